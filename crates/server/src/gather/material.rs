//! What the manifests of a change are made from: a commit of a Git repository, or the
//! archive of a chart.

use jiff::Timestamp;
use tidegate_api::connection::ConnectionKind;
use tidegate_connect::chart::{self, Archive, ChartAddress};
use tidegate_connect::git::{Credentials, Repository};
use tidegate_connect::secret::Secret;
use tidegate_core::argo_cd::Application;
use tidegate_core::digest::Digest;
use tidegate_core::request::{Change, Wanted};
use tidegate_core::revision::{Revision, SourceRef};

use crate::hub::Term;
use crate::sentence::sentence;

/// What the manifests of a change are made from.
pub(super) enum Material {
    /// A commit.
    Commit {
        repository: Repository,
        revision: Revision,
    },
    /// The archive of a chart; its digest is the revision.
    Archive {
        address: ChartAddress,
        archive: Archive,
        revision: Revision,
    },
}

/// How old what is known of an archive may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Age {
    /// It is asked for again when it is not of just now.
    Fresh,
    /// It is what a change that runs was approved with.
    Any,
}

impl Material {
    pub(super) fn url(&self) -> &str {
        match self {
            Self::Commit { repository, .. } => repository.url(),
            Self::Archive { address, .. } => &address.repository,
        }
    }

    pub(super) fn revision(&self) -> &Revision {
        match self {
            Self::Commit { revision, .. } | Self::Archive { revision, .. } => revision,
        }
    }
}

/// What the change brings now.
pub(super) async fn find(term: &Term, change: &Change) -> Result<Material, String> {
    let request = &change.request;
    let url = &request.repository;
    let revision = match &request.wanted {
        Wanted::Chart { name, version } => {
            return packed(term, url, name, version.as_str(), Age::Fresh).await;
        }
        Wanted::Revision(revision) => Ok(revision.clone()),
        Wanted::Reference(reference) => Err(reference),
    };
    let repository = repository(term, url).await?;
    let revision = match revision {
        Ok(revision) => revision,
        Err(reference) => look_up(term, &repository, reference).await?,
    };
    Ok(Material::Commit {
        repository,
        revision,
    })
}

/// What the change brought when this was its revision.
pub(super) async fn established(
    term: &Term,
    change: &Change,
    revision: &Revision,
) -> Result<Material, String> {
    let request = &change.request;
    let url = &request.repository;
    if let Wanted::Chart { name, version } = &request.wanted {
        let material = packed(term, url, name, version.as_str(), Age::Any).await?;
        let now = material.revision();
        if now != revision {
            return Err(format!(
                "chart {name} {version} of {url} has another archive now ({}) than what was approved ({})",
                now.short(),
                revision.short()
            ));
        }
        return Ok(material);
    }
    Ok(Material::Commit {
        repository: repository(term, url).await?,
        revision: revision.clone(),
    })
}

async fn packed(
    term: &Term,
    repository: &str,
    name: &str,
    version: &str,
    age: Age,
) -> Result<Material, String> {
    let address = ChartAddress {
        repository: repository.to_owned(),
        name: name.to_owned(),
        version: version.to_owned(),
    };
    let archive = archive(term, &address, age).await?;
    let revision = Revision::parse(&archive.digest.to_string());
    Ok(Material::Archive {
        address,
        archive,
        revision: revision.map_err(|error| sentence(&error))?,
    })
}

/// The archive of a chart, fetched with the credentials of the Connection whose URL it
/// begins with.
pub(super) async fn archive(
    term: &Term,
    address: &ChartAddress,
    age: Age,
) -> Result<Archive, String> {
    let hub = &term.hub;
    let fetching = hub.caches.fetching(address);
    let _alone = fetching.lock().await;
    let now = Timestamp::now();
    if let Some(archive) = hub.caches.archive(address, age == Age::Any, now) {
        return Ok(archive);
    }
    let credentials = connected(term, ConnectionKind::Helm, &address.repository).await?;
    let archive = chart::fetch(&hub.helm, address, credentials.as_ref())
        .await
        .map_err(|error| sentence(&error))?;
    hub.caches.keep_archive(address, archive.clone(), now);
    Ok(archive)
}

/// The digest of the archive that an Application's chart has in the version that it
/// points at. None: it has no chart of a Helm repository.
pub(crate) async fn archive_digest(
    term: &Term,
    application: &Application,
) -> Option<Result<Digest, String>> {
    let source = application.rendered_from().ok()?;
    let address = ChartAddress {
        repository: source.repository.to_owned(),
        name: source.chart?.name.to_owned(),
        version: application.chart_version()?.to_owned(),
    };
    let archive = archive(term, &address, Age::Fresh).await;
    Some(archive.map(|archive| archive.digest))
}

/// The repository, with the credentials of the Connection whose URL it begins
/// with.
pub(crate) async fn repository(term: &Term, url: &str) -> Result<Repository, String> {
    let credentials = connected(term, ConnectionKind::Git, url).await?;
    Repository::new(url, credentials).map_err(|error| sentence(&error))
}

/// The credentials of the Connection whose URL this one begins with.
async fn connected(
    term: &Term,
    kind: ConnectionKind,
    url: &str,
) -> Result<Option<Credentials>, String> {
    let connection = term
        .stores
        .connections
        .state()
        .into_iter()
        .filter(|connection| connection.spec.kind == kind)
        .filter(|connection| is_below(url, &connection.spec.url))
        .max_by_key(|connection| connection.spec.url.len());
    let reference = connection
        .as_ref()
        .and_then(|connection| connection.spec.secret_ref.as_ref());
    match reference {
        None => Ok(None),
        Some(reference) => credentials(term, &reference.name).await.map(Some),
    }
}

/// `https://git.example.com/apps` covers `https://git.example.com/apps/a.git`
/// but not `https://git.example.com.evil/`. A registry may be written without
/// `oci://`, as Argo CD has it.
fn is_below(url: &str, connection: &str) -> bool {
    let bare = |url: &'_ str| url.strip_prefix("oci://").unwrap_or(url).to_owned();
    let (url, connection) = (bare(url), bare(connection));
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

async fn look_up(
    term: &Term,
    repository: &Repository,
    reference: &str,
) -> Result<Revision, String> {
    let hub = &term.hub;
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
        assert!(is_below(
            "registry.example.com/charts",
            "oci://registry.example.com"
        ));
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
