//! Which commit a change brings, who wrote it, and what it renders to.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::future::try_join_all;
use kube::runtime::reflector::ObjectRef;
use serde_json::Value;
use tidegate_connect::git::{Commit, Repository};
use tidegate_core::approval::counts::Head;
use tidegate_core::argo_cd::hook::is_hook;
use tidegate_core::argo_rollouts::Workloads;
use tidegate_core::digest::change_digest;
use tidegate_core::lifecycle::Facts;
use tidegate_core::lifecycle::facts::{Rendered, Source, Unstageable};
use tidegate_core::request::{Change, Wanted};
use tidegate_core::revision::Revision;
use tidegate_core::rollout::object::ObjectKey;
use tidegate_core::rollout::stageable::plan_kinds;

use super::cache::RenderedKey;
use super::material::{self, Age, Material};
use super::rendering::{Rendering, render, rendering};
use crate::hub::Term;
use crate::sentence::sentence;

/// Establishes the commit and its manifests.
pub(super) async fn source(term: &Term, change: &Change, facts: &mut Facts) {
    let found = match is_of_applications(change, facts) {
        Ok(()) => material::find(term, change).await,
        Err(problem) => Err(problem),
    };
    let material = match found {
        Ok(material) => material,
        Err(problem) => {
            facts.source = Some(Err(problem));
            return;
        }
    };
    let found = match &material {
        Material::Commit {
            repository,
            revision,
        } => history(term, change, facts, repository, revision).await,
        Material::Archive { revision, .. } => Ok(of_chart(change, revision)),
    };
    let is_found = found.is_ok();
    facts.source = Some(found);
    if is_found {
        facts.rendered = Some(rendered(term, change, facts, &material).await);
    }
}

/// A chart is fetched only from where its Applications have it, whatever a change
/// names.
fn is_of_applications(change: &Change, facts: &Facts) -> Result<(), String> {
    let request = &change.request;
    let Wanted::Chart { name, .. } = &request.wanted else {
        return Ok(());
    };
    for target in &request.targets {
        let application = match facts.applications.get(&target.key) {
            Some(Ok(fact)) => &fact.application,
            Some(Err(why)) => return Err(format!("Application {} {why}", target.key.name)),
            None => return Err(format!("Application {} was not read", target.key.name)),
        };
        let chart = application.manifests_of_chart(&request.repository, name);
        chart.map_err(|why| format!("Application {}: {why}", application.place()))?;
    }
    Ok(())
}

/// A chart has no history, so nobody is known to have written it. Who asked for the
/// change does not count all the same.
fn of_chart(change: &Change, revision: &Revision) -> Source {
    Source {
        revision: revision.clone(),
        head: Head {
            parents: Vec::new(),
            subject: format!("chart {}", change.request.wanted),
            author: String::new(),
        },
        authors: Vec::new(),
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
    if ran_before(term, change, revision) {
        return undoing(term, repository, revision).await;
    }
    let targets = &change.request.targets;
    let records = targets.iter().map(|target| hub.cluster.record(&target.key));
    let records = try_join_all(records).await;
    let records = records.map_err(|error| sentence(&error))?;
    let mut bases = BTreeSet::new();
    for (target, record) in targets.iter().zip(records) {
        let deployed = match &record.pin {
            // Of a chart whose values come from Git it is their commit.
            Some(pin) => pin.commit().cloned(),
            None => record.deployed.map(|deployed| deployed.revision),
        };
        // What an adopted Application was pinned to ran before Tidegate came.
        let pinned = || match facts.applications.get(&target.key) {
            Some(Ok(fact)) if fact.application.is_adopted() => {
                fact.application.pin()?.commit().cloned()
            }
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
        None => alone(term, repository, revision).await?,
    };
    authors.extend(head.authors.iter().map(|author| author.email.clone()));
    let source = of_commit(&head, authors.into_iter().collect());
    hub.caches.keep_source(key, source.clone());
    Ok(source)
}

/// Whether a change brings back what ran in each of its targets before the change
/// that it undoes, as Tidegate itself wrote down then.
fn ran_before(term: &Term, change: &Change, revision: &Revision) -> bool {
    let Some(undoes) = &change.request.rolls_back else {
        return false;
    };
    let place = ObjectRef::new(&undoes.change).within(&term.hub.options.namespace);
    let Some(status) = term
        .stores
        .changes
        .get(&place)
        .and_then(|earlier| earlier.status.clone())
    else {
        return false;
    };
    let points = &status.status.rollback_points;
    change.request.targets.iter().all(|target| {
        let mut points = points.iter();
        points.any(|point| point.target == target.key && point.revision.as_ref() == Some(revision))
    })
}

/// What ran there once brings nobody's work that was not agreed to then.
async fn undoing(
    term: &Term,
    repository: &Repository,
    revision: &Revision,
) -> Result<Source, String> {
    // No other source is of no base at all.
    let key = (repository.url().to_owned(), revision.clone(), Vec::new());
    let caches = &term.hub.caches;
    if let Some(source) = caches.source(&key) {
        return Ok(source);
    }
    let commit = alone(term, repository, revision).await?;
    let source = of_commit(&commit, Vec::new());
    caches.keep_source(key, source.clone());
    Ok(source)
}

/// A commit, without what leads to it.
async fn alone(
    term: &Term,
    repository: &Repository,
    revision: &Revision,
) -> Result<Commit, String> {
    let commit = term.hub.mirrors.commit(repository, revision).await;
    commit.map_err(|error| sentence(&error))
}

fn of_commit(commit: &Commit, authors: Vec<String>) -> Source {
    let author = commit.authors.first().map(|author| author.email.clone());
    Source {
        revision: commit.revision.clone(),
        head: Head {
            parents: commit.parents.clone(),
            subject: commit.subject.clone(),
            author: author.unwrap_or_default(),
        },
        authors,
    }
}

async fn rendered(
    term: &Term,
    change: &Change,
    facts: &Facts,
    material: &Material,
) -> Result<Rendered, String> {
    let hub = &term.hub;
    let key = key(term, change, facts, material).await?;
    if let Some(rendered) = hub.caches.rendered(&key) {
        return Ok(rendered);
    }
    let mut digests = BTreeMap::new();
    let mut unstageable = Vec::new();
    let mut workloads = BTreeMap::new();
    let mut tools = BTreeSet::new();
    for target in &change.request.targets {
        let rendering = rendering(term, change, facts, material, target).await?;
        let manifests = render(term, change, &target.key, material, &rendering).await?;
        let digest = rendering.digest(&manifests.objects)?;
        digests.insert(target.key.clone(), digest);
        if target.is_application() {
            let found = Workloads::of(&manifests.objects);
            workloads.insert(target.key.clone(), found);
        } else {
            unstageable.extend(stuck(&manifests.objects));
        }
        tools.insert(manifests.tool);
    }
    let rendered = Rendered {
        revision: material.revision().clone(),
        digest: change_digest(&digests),
        targets: digests,
        tool: tools.into_iter().collect::<Vec<_>>().join(", "),
        unstageable,
        workloads,
    };
    // Which folders are charts may have been found out only now.
    let key = self::key(term, change, facts, material).await?;
    hub.caches.keep_rendered(key, rendered.clone());
    Ok(rendered)
}

/// Names what is rendered, and how of each target.
async fn key(
    term: &Term,
    change: &Change,
    facts: &Facts,
    material: &Material,
) -> Result<RenderedKey, String> {
    let mut overlays = Vec::new();
    for target in &change.request.targets {
        let rendering = rendering(term, change, facts, material, target).await?;
        overlays.push(format!("{}={}", target.key, rendering.key()));
    }
    let url = material.url().to_owned();
    Ok((url, material.revision().clone(), overlays))
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
    let material = material::established(term, change, revision).await?;
    let place = super::place(change, target);
    let rendering = match &place {
        None => rendering(term, change, &Facts::default(), &material, wanted).await?,
        Some(place) => {
            let (_, application) = super::application_of(term, place).await?;
            Rendering::of(term, change, target, &application, &material, Age::Any).await?
        }
    };
    let manifests = render(term, change, target, &material, &rendering).await?;
    let digest = rendering.digest(&manifests.objects)?;
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
