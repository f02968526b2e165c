//! Delivery into a cluster by server-side apply.
//!
//! | file | what it does |
//! |---|---|
//! | `kinds` | finds how the cluster serves a kind |
//! | `capabilities` | what a chart may ask of the cluster |
//! | `place` | puts rendered objects where their target is |
//! | `objects` | reads, applies and deletes single objects |
//! | `record` | what runs in a target, who holds it, and what to go back to |
//! | `claim` | takes a target and gives it free |
//! | `data` | stops what uses the claims of a target, and starts it again |
//! | `deliver` | applies a stage, prunes, rolls back |
//! | `on_branch` | what the record says of a pin that is on a branch |
//! | `observe` | how a target does, and whether it is what was approved |
//! | `rollouts` | lets Rollouts of Argo Rollouts go on |
//! | `preview` | what the API server would say |
//! | `job` | verification Jobs |
//! | `survey` | what is there that a change has to do with |

mod capabilities;
pub mod claim;
pub mod data;
pub mod deliver;
pub mod error;
pub mod job;
mod kinds;
mod objects;
pub mod observe;
mod on_branch;
mod place;
pub mod preview;
pub mod record;
mod rollouts;
mod survey;

pub use capabilities::Capabilities;
pub use error::ClusterError;
pub use record::Record;
pub use survey::{DryRun, Surveyed};

use kube::Client;

use crate::velero::{ObjectStores, Velero};

/// A cluster that changes are delivered to.
#[derive(Clone)]
pub struct Cluster {
    client: Client,
    kinds: kinds::Kinds,
    capabilities: capabilities::Found,
    /// The cluster that Tidegate is in itself, where it keeps its own records.
    home: Client,
    /// The namespace of those records.
    namespace: String,
}

impl Cluster {
    /// Tidegate's own cluster. `namespace` is where it keeps its own records.
    pub fn new(client: Client, namespace: impl Into<String>) -> Self {
        Self {
            home: client.clone(),
            client,
            kinds: kinds::Kinds::default(),
            capabilities: capabilities::Found::default(),
            namespace: namespace.into(),
        }
    }

    /// The Velero that is installed in a namespace of this cluster.
    pub fn velero<'f>(&self, namespace: String, stores: &'f ObjectStores) -> Velero<'f> {
        Velero::new(self.client.clone(), namespace, stores)
    }

    /// Whether the API server answers.
    ///
    /// # Errors
    ///
    /// It does not.
    pub async fn reach(&self) -> Result<(), ClusterError> {
        let answered = self.client.apiserver_version().await;
        answered
            .map(drop)
            .map_err(|error| ClusterError::from_kube("its version", &error))
    }

    /// Another cluster, whose targets have their records beside those of this
    /// one.
    #[must_use]
    pub fn elsewhere(&self, client: Client) -> Self {
        Self {
            client,
            kinds: kinds::Kinds::default(),
            capabilities: capabilities::Found::default(),
            ..self.clone()
        }
    }
}
