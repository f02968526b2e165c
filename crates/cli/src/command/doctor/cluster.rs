//! What a cluster has of Argo CD, and its namespaces.

use k8s_openapi::api::core::v1::Namespace;
use kube::api::{Api, ApiResource, DynamicObject, ListParams};
use kube::{Resource, ResourceExt};
use serde::de::DeserializeOwned;
use tidegate_core::doctor::{Inventory, Place, Source};

use super::{delivery, object};
use crate::cluster::Cluster;
use crate::exit::Exit;
use crate::failure::Explain;
use crate::failure::api::{ApiError, Asked};

/// How many objects one answer holds.
const PAGE: u32 = 500;

// As RBAC and `kubectl` call them.
const NAMESPACES: &str = "namespaces";
const PROJECTS: &str = "appprojects.argoproj.io";
const APPLICATIONS: &str = "applications.argoproj.io";

/// What of the cluster was looked at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    /// How many AppProjects. None: the cluster has no Argo CD.
    pub(super) projects: Option<usize>,
}

/// The cluster cannot be judged.
#[derive(Debug, thiserror::Error)]
pub(super) enum ClusterError {
    /// RBAC does not let this person see all that a judgement needs.
    #[error("you may not list {} in the whole cluster, so what it has cannot be judged", all_of(.kinds))]
    MayNotSee { kinds: Vec<&'static str> },
    /// Anything else.
    #[error(transparent)]
    Api(#[from] ApiError),
}

impl Explain for ClusterError {
    fn exit(&self) -> Exit {
        match self {
            Self::MayNotSee { .. } => Exit::CannotJudge,
            Self::Api(error) => error.exit(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::MayNotSee { kinds } => Some(format!(
                "ask an administrator for a ClusterRole that lists {}, or leave out --context and --kubeconfig to judge the files alone",
                all_of(kinds)
            )),
            Self::Api(error) => error.hint(),
        }
    }
}

/// `namespaces, appprojects.argoproj.io and applications.argoproj.io`
fn all_of(kinds: &[&str]) -> String {
    match kinds {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// Adds what the cluster has. An AppProject that the repository has too is
/// judged there, where it can be edited.
pub(super) async fn read(
    cluster: &Cluster,
    inventory: &mut Inventory,
) -> Result<Seen, ClusterError> {
    let mut hidden = Vec::new();
    let namespaces = Api::<Namespace>::all(cluster.client());
    let namespaces = seen(
        all(cluster, namespaces, NAMESPACES).await,
        NAMESPACES,
        &mut hidden,
    )?;
    let projects = argocd(cluster, "AppProject", PROJECTS).await;
    let projects = seen(projects, PROJECTS, &mut hidden)?.flatten();
    let applications = argocd(cluster, "Application", APPLICATIONS).await;
    let applications = seen(applications, APPLICATIONS, &mut hidden)?.flatten();
    if !hidden.is_empty() {
        return Err(ClusterError::MayNotSee { kinds: hidden });
    }
    for namespace in namespaces.unwrap_or_default() {
        object::namespace(inventory, Some(&namespace.name_any()));
    }
    // From here on every namespace of the cluster is known.
    inventory.more_namespaces = false;
    let seen = Seen {
        projects: projects.as_ref().map(Vec::len),
    };
    add_projects(inventory, projects.unwrap_or_default());
    if let Some(applications) = applications {
        add_applications(inventory, applications);
    }
    Ok(seen)
}

fn add_projects(inventory: &mut Inventory, projects: Vec<DynamicObject>) {
    let known = inventory.projects.len();
    for found in projects {
        let name = found.name_any();
        let whole = serde_json::to_value(&found).unwrap_or_default();
        let place = place(&found, "AppProject");
        delivery::take_live_project(
            &mut inventory.deliveries,
            &object::node(whole),
            place.clone(),
        );
        let is_known = |project: &tidegate_core::doctor::Project| project.name == name;
        if inventory.projects.iter().take(known).any(is_known) {
            continue;
        }
        let node = object::node(found.data);
        let counted = Place {
            source: Source::Cluster,
            ..place
        };
        if let Some(mut project) = object::project(&node, counted) {
            project.name = name;
            inventory.projects.push(project);
        }
    }
}

/// Also those that ApplicationSets have made: then all are known.
fn add_applications(inventory: &mut Inventory, applications: Vec<DynamicObject>) {
    for found in applications {
        let name = found.name_any();
        inventory
            .applications
            .retain(|known| known.application.name != name);
        let place = place(&found, "Application");
        let whole = object::node(serde_json::to_value(&found).unwrap_or_default());
        object::application(inventory, &whole);
        delivery::take_live_application(&mut inventory.deliveries, &whole, place);
    }
    inventory.more_applications = false;
}

fn place(found: &DynamicObject, kind: &str) -> Place {
    let namespace = found.namespace().unwrap_or_default();
    Place {
        source: Source::Object,
        file: format!("cluster/{namespace}/{kind}/{}", found.name_any()),
    }
}

/// Notes what may not be seen, so that all of it can be told at once.
fn seen<T>(
    answer: Result<T, ApiError>,
    kind: &'static str,
    hidden: &mut Vec<&'static str>,
) -> Result<Option<T>, ApiError> {
    match answer {
        Ok(found) => Ok(Some(found)),
        Err(ApiError::Forbidden { .. }) => {
            hidden.push(kind);
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Objects of Argo CD in all namespaces. None: it is not installed.
async fn argocd(
    cluster: &Cluster,
    kind: &str,
    plural: &str,
) -> Result<Option<Vec<DynamicObject>>, ApiError> {
    let resource = ApiResource {
        group: "argoproj.io".to_owned(),
        version: "v1alpha1".to_owned(),
        api_version: "argoproj.io/v1alpha1".to_owned(),
        kind: kind.to_owned(),
        plural: plural.trim_end_matches(".argoproj.io").to_owned(),
    };
    match all(cluster, Api::all_with(cluster.client(), &resource), plural).await {
        Err(ApiError::NotInstalled { .. }) => Ok(None),
        answer => answer.map(Some),
    }
}

async fn all<K>(cluster: &Cluster, api: Api<K>, what: &str) -> Result<Vec<K>, ApiError>
where
    K: Resource + Clone + DeserializeOwned + std::fmt::Debug,
{
    let asked = Asked::to_read_of_cluster(what);
    let mut objects = Vec::new();
    let mut page = ListParams::default().limit(PAGE);
    loop {
        let list = api
            .list(&page)
            .await
            .map_err(|error| cluster.explain(error, &asked))?;
        objects.extend(list.items);
        match list.metadata.continue_ {
            Some(token) if !token.is_empty() => page = page.continue_token(&token),
            _ => return Ok(objects),
        }
    }
}
