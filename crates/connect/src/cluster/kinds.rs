//! How the cluster serves a kind.

use std::collections::BTreeMap;
use std::sync::Arc;

use kube::Client;
use kube::core::GroupVersionKind;
use kube::discovery::{ApiResource, Scope, pinned_kind};
use tidegate_core::rollout::object::ObjectKey;
use tokio::sync::RwLock;

use super::error::ClusterError;

/// A kind as the cluster serves it.
#[derive(Debug, Clone)]
pub(super) struct Kind {
    pub(super) resource: ApiResource,
    pub(super) namespaced: bool,
}

/// Group, version and kind.
type KindName = (String, String, String);

/// Remembers the kinds that were looked up. A kind that is not served is looked
/// up again each time, since its definition may be installed any moment.
#[derive(Clone, Default)]
pub(super) struct Kinds {
    known: Arc<RwLock<BTreeMap<KindName, Kind>>>,
}

impl Kinds {
    pub(super) async fn find(
        &self,
        client: &Client,
        key: &ObjectKey,
    ) -> Result<Kind, ClusterError> {
        let name = (key.group.clone(), key.version.clone(), key.kind.clone());
        if let Some(kind) = self.known.read().await.get(&name) {
            return Ok(kind.clone());
        }
        let wanted = GroupVersionKind::gvk(&key.group, &key.version, &key.kind);
        let (resource, capabilities) = pinned_kind(client, &wanted).await.map_err(|error| {
            let unknown = || ClusterError::Refused {
                object: key.to_string(),
                message: format!(
                    "this cluster does not serve {} {}",
                    key.api_version(),
                    key.kind
                ),
            };
            match &error {
                kube::Error::Discovery(_) => unknown(),
                kube::Error::Api(status) if status.code == 404 => unknown(),
                other => ClusterError::from_kube(&key.to_string(), other),
            }
        })?;
        let kind = Kind {
            resource,
            namespaced: capabilities.scope == Scope::Namespaced,
        };
        self.known.write().await.insert(name, kind.clone());
        Ok(kind)
    }
}
