//! Argo CD, through its objects in the cluster.
//!
//! An Application is read and written as a whole, by compare-and-set on its
//! resource version: the pin and the operation that syncs it are one write, and
//! nobody's write in between is lost.

mod branch;
mod clusters;
mod global_projects;
mod objects;
mod pause;
mod write;

pub use branch::OnBranch;
pub use clusters::{ArgoCluster, ArgoClusterError};
pub use global_projects::{SETTINGS, global_projects};
pub use objects::{ApplicationPlace, application_kind, project_kind, windows};
pub use write::{FIELD_MANAGER, Moved};

use kube::Client;

/// Argo CD as it is found in a cluster.
#[derive(Clone)]
pub struct ArgoCd {
    client: Client,
}

impl ArgoCd {
    /// Argo CD in the cluster of this client.
    pub fn new(client: Client) -> Self {
        Self { client }
    }
}
