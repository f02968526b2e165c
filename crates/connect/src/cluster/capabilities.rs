//! What a chart may ask of the cluster that it is rendered for. Helm calls it the
//! cluster's capabilities, and Argo CD tells Helm of them.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use kube::Client;
use kube::client::{APIGroupDiscovery, APIResourceDiscovery};
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::Cluster;
use super::error::ClusterError;

/// For how long they are believed. Definitions are installed at any moment, and nobody
/// tells.
const BELIEVED_FOR: Duration = Duration::from_secs(30);

/// The version of a cluster, and what it serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capabilities {
    /// Its version in its own words, such as `v1.36.3`.
    pub kube_version: String,
    /// The versions of its groups and the kinds in them, sorted: `apps/v1`,
    /// `apps/v1/Deployment`.
    pub api_versions: Vec<String>,
}

/// What was found last.
#[derive(Clone, Default)]
pub(super) struct Found(Arc<Mutex<Option<Known>>>);

struct Known {
    at: Instant,
    capabilities: Arc<Capabilities>,
}

impl Cluster {
    /// Its capabilities, as Argo CD finds them (`APIResourcesToStrings` in
    /// `util/argo/argo.go`, `GetAPIResources` in `pkg/utils/kube/ctl.go` of its GitOps
    /// engine): what can be listed and watched, in every version.
    ///
    /// # Errors
    ///
    /// The API server.
    pub async fn capabilities(&self) -> Result<Arc<Capabilities>, ClusterError> {
        let mut found = self.capabilities.0.lock().await;
        if let Some(known) = found.as_ref()
            && known.at.elapsed() < BELIEVED_FOR
        {
            return Ok(known.capabilities.clone());
        }
        let capabilities = ask(&self.client).await;
        let capabilities = capabilities
            .map_err(|error| ClusterError::from_kube("the versions that it serves", &error))?;
        let capabilities = Arc::new(capabilities);
        *found = Some(Known {
            at: Instant::now(),
            capabilities: capabilities.clone(),
        });
        Ok(capabilities)
    }
}

async fn ask(client: &Client) -> Result<Capabilities, kube::Error> {
    let (version, core, groups) = futures::try_join!(
        client.apiserver_version(),
        client.list_core_api_versions_aggregated(),
        client.list_api_groups_aggregated(),
    )?;
    Ok(Capabilities {
        kube_version: version.git_version,
        api_versions: api_versions(core.items.iter().chain(&groups.items)),
    })
}

fn api_versions<'a>(groups: impl Iterator<Item = &'a APIGroupDiscovery>) -> Vec<String> {
    let mut served = BTreeSet::new();
    for group in groups {
        let name = group
            .metadata
            .as_ref()
            .and_then(|metadata| metadata.name.as_deref())
            .unwrap_or_default();
        for version in &group.versions {
            let number = version.version.as_deref().unwrap_or_default();
            // Of a group that does not answer Argo CD knows nothing either.
            if version.freshness.as_deref() == Some("Stale") {
                continue;
            }
            let of_group = if name.is_empty() {
                number.to_owned()
            } else {
                format!("{name}/{number}")
            };
            for resource in version.resources.iter().filter(|one| is_followed(one)) {
                let kind = resource.response_kind.as_ref();
                let kind = kind.and_then(|kind| kind.kind.as_deref());
                served.extend(kind.map(|kind| format!("{of_group}/{kind}")));
                served.insert(of_group.clone());
            }
        }
    }
    served.into_iter().collect()
}

fn is_followed(resource: &APIResourceDiscovery) -> bool {
    let can = |wanted: &str| {
        let mut verbs = resource.verbs.iter();
        verbs.any(|verb| verb.eq_ignore_ascii_case(wanted))
    };
    can("list") && can("watch")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn what_can_be_listed_and_watched_is_named_with_its_version_and_its_kind() {
        let resource =
            |kind: &str, verbs: Value| json!({"responseKind": {"kind": kind}, "verbs": verbs});
        let followed = json!(["get", "list", "watch"]);
        let groups: Vec<APIGroupDiscovery> = serde_json::from_value(json!([
            {"versions": [{"version": "v1", "resources": [
                resource("Pod", followed.clone()),
                resource("Binding", json!(["create"])),
            ]}]},
            {"metadata": {"name": "apps"}, "versions": [
                {"version": "v1", "freshness": "Current", "resources": [resource("Deployment", followed.clone())]},
            ]},
            {"metadata": {"name": "authorization.k8s.io"}, "versions": [
                {"version": "v1", "resources": [resource("SubjectAccessReview", json!(["create"]))]},
            ]},
            {"metadata": {"name": "metrics.k8s.io"}, "versions": [
                {"version": "v1beta1", "freshness": "Stale", "resources": [resource("PodMetrics", followed)]},
            ]},
        ]))
        .unwrap();
        assert_eq!(
            api_versions(groups.iter()),
            ["apps/v1", "apps/v1/Deployment", "v1", "v1/Pod"]
        );
    }
}
