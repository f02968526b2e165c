//! Why Velero did not do what it was asked.

use thiserror::Error;

use crate::cluster::ClusterError;
use crate::feed::FetchFailure;

/// Why Velero did not do what it was asked.
#[derive(Debug, Error)]
pub enum VeleroError {
    /// Nothing of Velero is in the cluster.
    #[error(
        "Velero is not installed in namespace {namespace}, or Tidegate may not use it there: {message}"
    )]
    Missing {
        /// Where it was looked for.
        namespace: String,
        /// What the API server says.
        message: String,
    },
    /// There is no such storage location, or no default.
    #[error("Velero in namespace {namespace} has no {what}")]
    NoLocation {
        /// Where it was looked for.
        namespace: String,
        /// Which.
        what: String,
    },
    /// The storage location cannot be used now.
    #[error("storage location {location} is {phase}{message}")]
    LocationUnavailable {
        /// Its name.
        location: String,
        /// `Unavailable`, or what else it is.
        phase: String,
        /// Why, after a colon; may be empty.
        message: String,
    },
    /// Something else has the name.
    #[error("a {what} {name} of another change is there already")]
    NameTaken {
        /// `backup`, or `restore`.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// The backup whose data is wanted is gone.
    #[error("there is no backup {name} any more")]
    NoBackup {
        /// Its name.
        name: String,
    },
    /// The API server.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    /// An object of Velero does not read.
    #[error("{object} does not read: {message}")]
    Unreadable {
        /// Which.
        object: String,
        /// Why.
        message: String,
    },
    /// Velero did not say where in its store something is.
    #[error("Velero did not say in time where the volume information of backup {name} is")]
    NoDownload {
        /// The backup.
        name: String,
    },
    /// It could not be fetched from Velero's store.
    #[error("the volume information of backup {name} cannot be fetched from Velero's object store")]
    Download {
        /// The backup.
        name: String,
        /// Why.
        #[source]
        source: FetchFailure,
    },
}

impl VeleroError {
    /// Trying again without anybody having done anything may help.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::LocationUnavailable { .. } | Self::NoDownload { .. } | Self::Download { .. } => {
                true
            }
            Self::Cluster(error) => error.is_passing(),
            Self::Missing { .. }
            | Self::NoLocation { .. }
            | Self::NameTaken { .. }
            | Self::NoBackup { .. }
            | Self::Unreadable { .. } => false,
        }
    }
}
