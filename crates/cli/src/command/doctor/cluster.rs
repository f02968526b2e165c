//! What a cluster has of Argo CD, and its namespaces.

use k8s_openapi::api::core::v1::Namespace;
use kube::api::{Api, ApiResource, DynamicObject, ListParams};
use kube::{Resource, ResourceExt};
use serde::de::DeserializeOwned;
use tidegate_core::doctor::{Inventory, Source};

use super::object;
use crate::cluster::Cluster;
use crate::failure::api::{ApiError, Asked};

/// How many objects one answer holds.
const PAGE: u32 = 500;

/// Adds what the cluster has. An AppProject that the repository has too is
/// judged there, where it can be edited.
pub(super) async fn read(cluster: &Cluster, inventory: &mut Inventory) -> Result<(), ApiError> {
    for namespace in all(
        cluster,
        Api::<Namespace>::all(cluster.client()),
        "namespaces",
    )
    .await?
    {
        object::namespace(inventory, Some(&namespace.name_any()));
    }
    // From here on every namespace of the cluster is known.
    inventory.more_namespaces = false;
    let known = inventory.projects.len();
    for found in argocd(cluster, "AppProject", "appprojects").await? {
        let name = found.name_any();
        let is_known = |project: &tidegate_core::doctor::Project| project.name == name;
        if inventory.projects.iter().take(known).any(is_known) {
            continue;
        }
        let place = format!(
            "cluster/{}/AppProject/{name}",
            found.namespace().unwrap_or_default()
        );
        let node = object::node(found.data);
        if let Some(mut project) = object::project(&node, &place, Source::Cluster) {
            project.name = name;
            inventory.projects.push(project);
        }
    }
    for found in argocd(cluster, "Application", "applications").await? {
        let name = found.name_any();
        inventory
            .applications
            .retain(|known| known.application.name != name);
        let whole = serde_json::to_value(&found).unwrap_or_default();
        object::application(inventory, &object::node(whole));
    }
    inventory.more_applications = false;
    Ok(())
}

/// Objects of Argo CD in all namespaces; none where it is not installed.
async fn argocd(
    cluster: &Cluster,
    kind: &str,
    plural: &str,
) -> Result<Vec<DynamicObject>, ApiError> {
    let resource = ApiResource {
        group: "argoproj.io".to_owned(),
        version: "v1alpha1".to_owned(),
        api_version: "argoproj.io/v1alpha1".to_owned(),
        kind: kind.to_owned(),
        plural: plural.to_owned(),
    };
    match all(cluster, Api::all_with(cluster.client(), &resource), plural).await {
        Err(ApiError::NotInstalled { .. }) => Ok(Vec::new()),
        answer => answer,
    }
}

async fn all<K>(cluster: &Cluster, api: Api<K>, what: &str) -> Result<Vec<K>, ApiError>
where
    K: Resource + Clone + DeserializeOwned + std::fmt::Debug,
{
    let asked = Asked::to_read(what, &cluster.namespace);
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
