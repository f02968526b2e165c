//! AppProjects whose sync windows bind the Applications of other AppProjects too
//! (`GetGlobalProjects` in `util/argo/argo.go` of Argo CD).

use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use kube::api::DynamicObject;
use kube::core::{Selector, SelectorExt as _};
use kube::{Api, ResourceExt as _};
use serde::Deserialize;

use super::ArgoCd;
use crate::cluster::ClusterError;
use tidegate_yaml as yaml;

/// The ConfigMap with Argo CD's settings, in the namespace that it is installed in.
pub const SETTINGS: &str = "argocd-cm";

/// Where in the settings they are named.
const FIELD: &str = "globalProjects";

/// One entry of the settings.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct GlobalProject {
    project_name: String,
    label_selector: LabelSelector,
}

/// The names of the global AppProjects that bind this one, in Argo CD's order.
///
/// An entry whose selector is not valid ends the list, as it does in Argo CD.
///
/// # Errors
///
/// A sentence: the settings do not read, so nobody knows what Argo CD makes of
/// them.
pub fn global_projects(
    settings: &ConfigMap,
    project: &DynamicObject,
) -> Result<Vec<String>, String> {
    let data = settings.data.as_ref();
    let Some(text) = data.and_then(|data| data.get(FIELD)) else {
        return Ok(Vec::new());
    };
    let unreadable = |error: &dyn std::fmt::Display| {
        format!("{FIELD} of ConfigMap {SETTINGS} does not read: {error}")
    };
    let documents = yaml::documents(text).map_err(|error| unreadable(&error))?;
    let Some(list) = documents.into_iter().next().filter(|node| !node.is_null()) else {
        return Ok(Vec::new());
    };
    let entries: Vec<GlobalProject> =
        serde_json::from_value(list.into_json()).map_err(|error| unreadable(&error))?;
    let mut names = Vec::new();
    for entry in entries {
        if entry.project_name == project.name_any() {
            continue;
        }
        let Ok(selector) = Selector::try_from(entry.label_selector) else {
            break;
        };
        if selector.matches(project.labels()) {
            names.push(entry.project_name);
        }
    }
    Ok(names)
}

impl ArgoCd {
    /// Reads the settings of the Argo CD in a namespace. None: there are none.
    ///
    /// # Errors
    ///
    /// The API server.
    pub async fn settings(&self, namespace: &str) -> Result<Option<ConfigMap>, ClusterError> {
        let settings: Api<ConfigMap> = Api::namespaced(self.client.clone(), namespace);
        settings.get_opt(SETTINGS).await.map_err(|error| {
            ClusterError::from_kube(&format!("ConfigMap {namespace}/{SETTINGS}"), &error)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn settings(text: &str) -> ConfigMap {
        serde_json::from_value(json!({"data": {FIELD: text}})).unwrap()
    }

    fn project() -> DynamicObject {
        serde_json::from_value(json!({
            "apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject",
            "metadata": {"name": "production", "labels": {"tier": "gold"}},
        }))
        .unwrap()
    }

    fn found(text: &str) -> Result<Vec<String>, String> {
        global_projects(&settings(text), &project())
    }

    #[test]
    fn a_global_project_binds_those_that_its_selector_chooses() {
        let text = "
- projectName: everybody
- projectName: production
- labelSelector:
    matchExpressions: [{key: tier, operator: In, values: [silver]}]
  projectName: silver
- labelSelector: {matchLabels: {tier: gold}}
  projectName: gold
";
        assert_eq!(found(text).unwrap(), ["everybody", "gold"]);
        assert_eq!(found("").unwrap(), [""; 0]);
    }

    #[test]
    fn what_is_not_valid_ends_the_list_and_what_does_not_read_is_told() {
        let text = "
- projectName: first
- labelSelector: {matchExpressions: [{key: tier, operator: Around}]}
  projectName: second
- projectName: third
";
        assert_eq!(found(text).unwrap(), ["first"]);
        let told = found("projectName: first").unwrap_err();
        assert!(told.starts_with("globalProjects of ConfigMap argocd-cm does not read"));
    }
}
