//! The branch that an Application is to be adopted by: what is there, and who
//! else follows it.

use kube::Api;
use kube::api::{DynamicObject, ListParams};
use tidegate_connect::argo_cd::application_kind;
use tidegate_connect::git::{GitError, Mirrors, Repository};
use tidegate_core::argo_cd::adoption::{Parent, Refusal};
use tidegate_core::argo_cd::branch::adoption::{self, Head, Wanted};
use tidegate_core::argo_cd::source::is_same_repository;
use tidegate_core::argo_cd::{Application, Pin};
use tidegate_core::branch::Branch;

use super::{ApplicationError, explain};
use crate::cluster::Cluster;
use crate::failure::Failure;
use crate::failure::api::Asked;

/// A branch as a person types it.
pub(super) fn read(text: &str) -> Result<Branch, Failure> {
    Ok(Branch::parse(text).map_err(ApplicationError::Branch)?)
}

/// Whether the Application can be adopted by this branch; what runs, or all that
/// is in the way.
pub(super) async fn examine(
    cluster: &Cluster,
    application: &Application,
    parent: Option<&Parent>,
    branch: &Branch,
) -> Result<Result<Pin, Vec<Refusal>>, Failure> {
    let head = head(application, branch).await?;
    let others = others(cluster, application, branch).await?;
    let wanted = Wanted {
        branch,
        head: &head,
        others: &others,
    };
    Ok(adoption::examine(application, parent, wanted).map(Pin::Commit))
}

/// What is at the branch, as the person's own git sees it. What the Application
/// follows already Argo CD has seen.
async fn head(application: &Application, branch: &Branch) -> Result<Head, Failure> {
    let Some(live) = application.live_revision() else {
        // That is refused for itself.
        return Ok(Head::Followed);
    };
    if application.follows(branch) {
        return Ok(Head::Followed);
    }
    let sources = application.sources();
    let renders = sources.iter().find(|source| !source.path.is_empty());
    let url = renders.map_or("", |source| source.repo_url.as_str());
    let unreadable = |error: String| ApplicationError::Unreadable {
        place: application.place(),
        problem: error,
    };
    let repository = Repository::new(url, None).map_err(|error| unreadable(error.to_string()))?;
    let directory = tempfile::tempdir().map_err(|error| unreadable(error.to_string()))?;
    let unseen = |source: GitError| ApplicationError::Unseen {
        branch: branch.clone(),
        repository: url.to_owned(),
        source,
    };
    let mirrors = Mirrors::of_user(directory.path()).map_err(unseen)?;
    let Some(commit) = mirrors.head(&repository, branch).await.map_err(unseen)? else {
        return Ok(Head::Missing);
    };
    let same = mirrors.same_content(&repository, &commit, &live).await;
    let same = same.map_err(unseen)?;
    Ok(Head::At { commit, same })
}

/// The Applications that follow the branch as well, as far as they may be seen.
async fn others(
    cluster: &Cluster,
    application: &Application,
    branch: &Branch,
) -> Result<Vec<String>, Failure> {
    let own = &application.metadata;
    let everything = ListParams::default();
    let all: Api<DynamicObject> = Api::all_with(cluster.client(), &application_kind());
    let beside = || {
        let kind = application_kind();
        Api::<DynamicObject>::namespaced_with(cluster.client(), &own.namespace, &kind)
    };
    let found = match all.list(&everything).await {
        Err(kube::Error::Api(status)) if status.code == 403 => beside().list(&everything).await,
        other => other,
    };
    let asked = Asked::to_read("Applications", &own.namespace);
    let found = found.map_err(|error| explain(cluster, error, &asked))?;
    let mut others = Vec::new();
    for object in found.items {
        let other = serde_json::to_value(object).ok();
        let other = other.and_then(|object| Application::read(&object).ok());
        let Some(other) = other.filter(|other| other.metadata.uid != own.uid) else {
            continue;
        };
        let follows = other.sources().iter().any(|source| {
            let same = |one: &tidegate_core::argo_cd::application::Source| {
                is_same_repository(&source.repo_url, &one.repo_url)
            };
            branch.is(&source.target_revision) && application.sources().iter().any(same)
        });
        if follows {
            others.push(format!("Application {}", other.place()));
        }
    }
    Ok(others)
}
