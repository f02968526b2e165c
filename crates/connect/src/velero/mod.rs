//! Velero 1.18, through its objects in a cluster
//! (`pkg/apis/velero/v1` of Velero).

mod back_up;
mod error;
mod look;
mod object_stores;
mod restore;
mod volumes;

pub use back_up::{Asked, BackupRequest};
pub use error::VeleroError;
pub use object_stores::ObjectStores;
pub use restore::RestoreRequest;

use kube::api::{ApiResource, DynamicObject};
use kube::core::GroupVersionKind;
use kube::{Api, Client};

/// The namespace that Velero is installed in, unless a Connection says otherwise.
pub const NAMESPACE: &str = "velero";

/// The label of a backup with the change's ticket, in its own case.
pub const CHANGE_ID: &str = "change-id";

/// The label of a backup with the `metadata.uid` of its change, which tells apart
/// two changes of one ticket.
pub const CHANGE_UID: &str = "tidegate.dev/change-uid";

/// Velero as it is found in a cluster.
#[derive(Clone)]
pub struct Velero<'a> {
    client: Client,
    namespace: String,
    stores: &'a ObjectStores,
}

impl<'a> Velero<'a> {
    /// Velero in `namespace` of the cluster of this client, with what is known of
    /// its object store.
    pub fn new(client: Client, namespace: String, stores: &'a ObjectStores) -> Self {
        Self {
            client,
            namespace,
            stores,
        }
    }

    /// The namespace that it is installed in.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    fn objects(&self, kind: &str, plural: &str) -> Api<DynamicObject> {
        let kind = self::kind(kind, plural);
        Api::namespaced_with(self.client.clone(), &self.namespace, &kind)
    }

    fn backups(&self) -> Api<DynamicObject> {
        let kind = backup_kind();
        Api::namespaced_with(self.client.clone(), &self.namespace, &kind)
    }

    fn restores(&self) -> Api<DynamicObject> {
        let kind = restore_kind();
        Api::namespaced_with(self.client.clone(), &self.namespace, &kind)
    }
}

/// Velero's restores.
pub fn restore_kind() -> ApiResource {
    kind("Restore", "restores")
}

/// Velero's backups.
pub fn backup_kind() -> ApiResource {
    kind("Backup", "backups")
}

fn kind(kind: &str, plural: &str) -> ApiResource {
    ApiResource::from_gvk_with_plural(&GroupVersionKind::gvk("velero.io", "v1", kind), plural)
}
