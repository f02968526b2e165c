use std::{io, path::PathBuf, process::ExitStatus, time::Duration};

use thiserror::Error;

use super::Part;
use crate::{apply::ApplyError, component::ComponentError, control_plane::ControlPlaneError};

/// Why the storage is not there, or a volume cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StorageError {
    /// A program or its source is neither on this machine nor could it be got.
    #[error("the programs of the storage are not there")]
    Programs(#[source] ComponentError),
    /// A file cannot be read or written.
    #[error("cannot use {}", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the file system said.
        source: io::Error,
    },
    /// The control plane gave no client.
    #[error("no client for the control plane")]
    ControlPlane(#[source] ControlPlaneError),
    /// What the storage needs in the cluster could not be put there.
    #[error("cannot install the storage")]
    Apply(#[source] ApplyError),
    /// A program cannot be started.
    #[error("cannot start {part}")]
    Spawn {
        /// The program.
        part: Part,
        /// What the operating system said.
        source: io::Error,
    },
    /// A program ended although it should run.
    #[error("{part} ended ({status}); the end of its log:\n{log}")]
    Ended {
        /// The program.
        part: Part,
        /// How it ended.
        status: ExitStatus,
        /// The last lines of its log.
        log: String,
    },
    /// Something does not come.
    #[error("waited {} s for {what}", waited.as_secs())]
    NotReady {
        /// What did not come.
        what: String,
        /// For how long.
        waited: Duration,
    },
    /// The API server refused a request, or cannot be talked to.
    #[error("cannot {what}")]
    Request {
        /// What was asked for.
        what: String,
        /// What the client said.
        source: Box<kube::Error>,
    },
    /// A volume is of another driver, or its folder has gone.
    #[error("the volume {volume} has no folder here")]
    NotOurs {
        /// The PersistentVolume.
        volume: String,
    },
    /// The Tokio runtime ended while something was under way.
    #[error("the runtime ended")]
    RuntimeEnded(#[source] tokio::task::JoinError),
}
