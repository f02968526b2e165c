//! Which commit a change brings, who wrote it, and what it renders to.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;
use tidegate_api::connection::ConnectionKind;
use tidegate_connect::git::{Credentials, Repository};
use tidegate_connect::secret::Secret;
use tidegate_core::approval::counts::Head;
use tidegate_core::argo_cd::hook::is_hook;
use tidegate_core::argo_rollouts::Workloads;
use tidegate_core::digest::{change_digest, target_digest};
use tidegate_core::lifecycle::Facts;
use tidegate_core::lifecycle::facts::{Rendered, Source, Unstageable};
use tidegate_core::request::{Change, Wanted};
use tidegate_core::revision::{Revision, SourceRef};
use tidegate_core::rollout::object::ObjectKey;
use tidegate_core::rollout::stageable::plan_kinds;

use super::rendering::{Rendering, render, rendering};
use crate::hub::Term;
use crate::sentence::sentence;

/// Establishes the commit and its manifests.
pub(super) async fn source(term: &Term, change: &Change, facts: &mut Facts) {
    let repository = match repository(term, change).await {
        Ok(repository) => repository,
        Err(problem) => {
            facts.source = Some(Err(problem));
            return;
        }
    };
    let found = match revision(term, change, &repository).await {
        Ok(revision) => history(term, change, facts, &repository, &revision).await,
        Err(problem) => Err(problem),
    };
    let revision = found.as_ref().ok().map(|source| source.revision.clone());
    facts.source = Some(found);
    if let Some(revision) = revision {
        facts.rendered = Some(rendered(term, change, facts, &repository, &revision).await);
    }
}

/// The repository of a change.
///
/// # Errors
///
/// A sentence.
pub(crate) async fn repository(term: &Term, change: &Change) -> Result<Repository, String> {
    repository_at(term, &change.request.repository).await
}

/// A repository, with the credentials of the Connection whose URL it begins
/// with.
///
/// # Errors
///
/// A sentence.
pub(crate) async fn repository_at(term: &Term, url: &str) -> Result<Repository, String> {
    let connection = term
        .stores
        .connections
        .state()
        .into_iter()
        .filter(|connection| connection.spec.kind == ConnectionKind::Git)
        .filter(|connection| is_below(url, &connection.spec.url))
        .max_by_key(|connection| connection.spec.url.len());
    let reference = connection
        .as_ref()
        .and_then(|connection| connection.spec.secret_ref.as_ref());
    let credentials = match reference {
        None => None,
        Some(reference) => Some(credentials(term, &reference.name).await?),
    };
    Repository::new(url, credentials).map_err(|error| sentence(&error))
}

/// `https://git.example.com/apps` covers `https://git.example.com/apps/a.git`
/// but not `https://git.example.com.evil/`.
fn is_below(url: &str, connection: &str) -> bool {
    let connection = connection.trim_end_matches('/');
    url.strip_prefix(connection)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || rest == ".git")
}

pub(super) async fn credentials(term: &Term, name: &str) -> Result<Credentials, String> {
    let hub = &term.hub;
    let api: kube::Api<k8s_openapi::api::core::v1::Secret> =
        kube::Api::namespaced(hub.client.clone(), &hub.options.namespace);
    let secret = api
        .get(name)
        .await
        .map_err(|error| format!("Secret {name} with the repository's credentials: {error}"))?;
    let field = |key: &str| {
        let bytes = secret.data.as_ref().and_then(|data| data.get(key));
        bytes
            .and_then(|bytes| String::from_utf8(bytes.0.clone()).ok())
            .ok_or_else(|| format!("Secret {name} has no text under {key}"))
    };
    Ok(Credentials {
        username: field("username")?,
        password: Secret::new(field("password")?),
    })
}

async fn revision(
    term: &Term,
    change: &Change,
    repository: &Repository,
) -> Result<Revision, String> {
    let hub = &term.hub;
    match &change.request.wanted {
        Wanted::Revision(revision) => Ok(revision.clone()),
        Wanted::Reference(reference) => {
            let now = Timestamp::now();
            let url = repository.url();
            if let Some(revision) = hub.caches.reference(url, reference, now) {
                return Ok(revision);
            }
            let parsed = SourceRef::parse(reference).map_err(|error| sentence(&error))?;
            let revision = hub
                .mirrors
                .resolve(repository, &parsed)
                .await
                .map_err(|error| sentence(&error))?;
            hub.caches
                .keep_reference(url, reference, revision.clone(), now);
            Ok(revision)
        }
    }
}

/// Who wrote what is not deployed yet. For a target that Tidegate has not
/// delivered to before, that is everything: nobody can be shown to have had no
/// part in it.
async fn history(
    term: &Term,
    change: &Change,
    facts: &Facts,
    repository: &Repository,
    revision: &Revision,
) -> Result<Source, String> {
    let hub = &term.hub;
    let mut bases = BTreeSet::new();
    for target in &change.request.targets {
        let record = hub
            .cluster
            .record(&target.key)
            .await
            .map_err(|error| sentence(&error))?;
        let deployed = record.deployed.map(|deployed| deployed.revision);
        // What an adopted Application was pinned to ran before Tidegate came.
        let pinned = || match facts.applications.get(&target.key) {
            Some(Ok(fact)) if fact.application.is_adopted() => fact.application.pin(),
            _ => None,
        };
        bases.insert(deployed.or_else(pinned));
    }
    let key = (
        repository.url().to_owned(),
        revision.clone(),
        bases.iter().cloned().collect::<Vec<_>>(),
    );
    if let Some(source) = hub.caches.source(&key) {
        return Ok(source);
    }
    let mut authors = BTreeSet::new();
    let mut head = None;
    for base in &bases {
        let commits = match hub
            .mirrors
            .history(repository, base.as_ref(), revision)
            .await
        {
            Ok(commits) => commits,
            // What was deployed came from elsewhere, so nothing of this is known.
            Err(_) if base.is_some() => hub
                .mirrors
                .history(repository, None, revision)
                .await
                .map_err(|error| sentence(&error))?,
            Err(error) => return Err(sentence(&error)),
        };
        for commit in &commits {
            authors.extend(commit.authors.iter().map(|author| author.email.clone()));
        }
        head = head.or_else(|| {
            commits
                .into_iter()
                .find(|commit| commit.revision == *revision)
        });
    }
    let head = match head {
        Some(head) => head,
        // It is deployed already, or older than what is: only its own author
        // is known to have a part in it.
        None => hub
            .mirrors
            .history(repository, None, revision)
            .await
            .map_err(|error| sentence(&error))?
            .into_iter()
            .find(|commit| commit.revision == *revision)
            .ok_or_else(|| format!("commit {} has no history", revision.short()))?,
    };
    authors.extend(head.authors.iter().map(|author| author.email.clone()));
    let author = head
        .authors
        .first()
        .map(|author| author.email.clone())
        .unwrap_or_default();
    let source = Source {
        revision: revision.clone(),
        head: Head {
            parents: head.parents.clone(),
            subject: head.subject.clone(),
            author,
        },
        authors: authors.into_iter().collect(),
    };
    hub.caches.keep_source(key, source.clone());
    Ok(source)
}

async fn rendered(
    term: &Term,
    change: &Change,
    facts: &Facts,
    repository: &Repository,
    revision: &Revision,
) -> Result<Rendered, String> {
    let hub = &term.hub;
    let overlays: Vec<String> = change
        .request
        .targets
        .iter()
        .map(|target| {
            let rendering = rendering(facts, repository, target)?;
            Ok(format!("{}={}", target.key, rendering.key()))
        })
        .collect::<Result<_, String>>()?;
    let key = (repository.url().to_owned(), revision.clone(), overlays);
    if let Some(rendered) = hub.caches.rendered(&key) {
        return Ok(rendered);
    }
    let mut digests = BTreeMap::new();
    let mut unstageable = Vec::new();
    let mut workloads = BTreeMap::new();
    let mut tool = String::new();
    for target in &change.request.targets {
        let rendering = rendering(facts, repository, target)?;
        let manifests = render(term, repository, revision, &rendering).await?;
        let digest = target_digest(&manifests.objects).map_err(|error| sentence(&error))?;
        digests.insert(target.key.clone(), digest);
        if target.is_application() {
            let found = Workloads::of(&manifests.objects);
            workloads.insert(target.key.clone(), found);
        } else {
            unstageable.extend(stuck(&manifests.objects));
        }
        tool = manifests.tool;
    }
    let rendered = Rendered {
        revision: revision.clone(),
        digest: change_digest(&digests),
        targets: digests,
        tool,
        unstageable,
        workloads,
    };
    hub.caches.keep_rendered(key, rendered.clone());
    Ok(rendered)
}

/// Objects that no stage can hold, each with its kind as a policy names it.
fn stuck(objects: &[Value]) -> Vec<Unstageable> {
    objects
        .iter()
        .filter_map(|object| {
            let why = plan_kinds(std::slice::from_ref(object), &[]).err()?;
            let kind = ObjectKey::of(object)
                .map(|key| key.kind)
                .unwrap_or_default();
            why.into_iter().next().map(|why| Unstageable {
                kind,
                why: why.to_string(),
            })
        })
        .collect()
}

/// The manifests of one target at the commit that the change's status names. Of
/// an Application these are the objects that stay, without the hooks.
///
/// # Errors
///
/// A sentence, where they cannot be rendered.
pub(crate) async fn manifests(
    term: &Term,
    change: &Change,
    target: &tidegate_core::target::TargetKey,
) -> Result<Arc<Vec<Value>>, String> {
    let revision = change
        .status
        .revision
        .as_ref()
        .ok_or("its commit is not established")?;
    let wanted = change
        .request
        .targets
        .iter()
        .find(|wanted| wanted.key == *target)
        .ok_or("the target is not in the change")?;
    let repository = repository(term, change).await?;
    let place = super::place(change, target);
    let rendering = match &place {
        None => rendering(&Facts::default(), &repository, wanted)?,
        Some(place) => {
            let (_, application) = super::application_of(term, place).await?;
            Rendering::of(&application, &repository)?
        }
    };
    let manifests = render(term, &repository, revision, &rendering).await?;
    let digest = target_digest(&manifests.objects).map_err(|error| sentence(&error))?;
    let approved = change
        .status
        .targets
        .iter()
        .find(|approved| approved.target == *target);
    if approved.map(|approved| approved.digest) != Some(digest) {
        return Err(format!(
            "the manifests of {target} render to {} with {}, which is not what was approved",
            digest.short(),
            manifests.tool
        ));
    }
    if place.is_none() || !manifests.objects.iter().any(is_hook) {
        return Ok(manifests.objects);
    }
    let stay = manifests.objects.iter().filter(|object| !is_hook(object));
    Ok(Arc::new(stay.cloned().collect()))
}

#[cfg(test)]
mod tests {
    use super::is_below;

    #[test]
    fn credentials_go_only_to_the_connection_they_belong_to() {
        let connection = "https://git.example.com/apps";
        assert!(is_below(
            "https://git.example.com/apps/gitops.git",
            connection
        ));
        assert!(is_below("https://git.example.com/apps.git", connection));
        assert!(!is_below(
            "https://git.example.com/apps-of-others/x.git",
            connection
        ));
        assert!(!is_below(
            "https://git.example.com.evil.org/apps/x.git",
            "https://git.example.com"
        ));
        assert!(!is_below(
            "https://git.example.com@evil.org/x.git",
            "https://git.example.com"
        ));
    }
}
