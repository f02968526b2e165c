use std::{io, path::PathBuf, process::ExitStatus, time::Duration};

use thiserror::Error;

use crate::{
    apply::ApplyError, component::ComponentError, control_plane::ControlPlaneError,
    s3::ObjectStoreError,
};

/// Why Velero is not there.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum VeleroError {
    /// A program or Velero's source is neither on this machine nor could it be got.
    #[error("the programs of Velero are not there")]
    Programs(#[source] ComponentError),
    /// A file cannot be written.
    #[error("cannot use {}", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the file system said.
        source: io::Error,
    },
    /// No port of the loopback interface is free.
    #[error("no free port on the loopback interface")]
    NoPort,
    /// There is nothing to keep backups in.
    #[error("the object store of Velero is not there")]
    ObjectStore(#[source] ObjectStoreError),
    /// The control plane gave no client.
    #[error("no client for the control plane")]
    ControlPlane(#[source] ControlPlaneError),
    /// What Velero needs in the cluster could not be put there.
    #[error("cannot install Velero")]
    Apply(#[source] ApplyError),
    /// The API server cannot be asked.
    #[error("cannot {what}")]
    Request {
        /// What was asked for.
        what: &'static str,
        /// What the client said.
        source: Box<kube::Error>,
    },
    /// The server cannot be started.
    #[error("cannot start velero")]
    Spawn(#[source] io::Error),
    /// The server ended although it should run.
    #[error("velero ended ({status}); the end of its log:\n{log}")]
    Ended {
        /// How it ended.
        status: ExitStatus,
        /// The last lines of its log.
        log: String,
    },
    /// The server runs but does not get there.
    #[error("waited {} s for {what}", waited.as_secs())]
    NotReady {
        /// What did not come.
        what: String,
        /// For how long.
        waited: Duration,
    },
    /// The Tokio runtime ended while something was under way.
    #[error("the runtime ended")]
    RuntimeEnded(#[source] tokio::task::JoinError),
}
