use std::{io, path::PathBuf, process::ExitStatus, time::Duration};

use thiserror::Error;

use super::Part;
use crate::{apply::ApplyError, component::ComponentError, control_plane::ControlPlaneError};

/// Why Argo CD is not there.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ArgoCdError {
    /// A program or Argo CD's source is neither on this machine nor could it be got.
    #[error("the programs of Argo CD are not there")]
    Programs(#[source] ComponentError),
    /// A file cannot be read or written.
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
    /// The kubeconfig of Argo CD's user lacks what Argo CD must be told.
    #[error("{} has no {wanted}", path.display())]
    Kubeconfig {
        /// The kubeconfig.
        path: PathBuf,
        /// What was looked for.
        wanted: &'static str,
    },
    /// The control plane gave no client.
    #[error("no client for the control plane")]
    ControlPlane(#[source] ControlPlaneError),
    /// What Argo CD needs in the cluster could not be put there.
    #[error("cannot install Argo CD")]
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
    /// A program runs but does not listen.
    #[error("waited {} s for {part} to listen", waited.as_secs())]
    NotReady {
        /// The program.
        part: Part,
        /// For how long.
        waited: Duration,
    },
    /// The Tokio runtime ended while something was under way.
    #[error("the runtime ended")]
    RuntimeEnded(#[source] tokio::task::JoinError),
}
