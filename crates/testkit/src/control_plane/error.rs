use std::{io, path::PathBuf, process::ExitStatus, time::Duration};

use thiserror::Error;

use crate::{
    component::{ComponentError, Program},
    kwok_stage::StageError,
};

/// Why the control plane is not there.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ControlPlaneError {
    /// A program is neither on this machine nor could it be built.
    #[error("the programs of the control plane are not there")]
    Programs(#[source] ComponentError),
    /// The stages that kwok plays cannot be made.
    #[error("the stages of the fake nodes are not there")]
    Stages(#[source] StageError),
    /// A file of the control plane cannot be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the file system said.
        source: io::Error,
    },
    /// No port of the loopback interface is free.
    #[error("no free port on the loopback interface")]
    NoPort,
    /// The operating system gave no random bytes for keys and tokens.
    #[error("cannot make keys for the control plane")]
    Keys,
    /// A program cannot be started.
    #[error("cannot start {program}")]
    Spawn {
        /// The program.
        program: Program,
        /// What the operating system said.
        source: io::Error,
    },
    /// A program ended although it should run.
    #[error("{program} ended ({status}); the end of its log:\n{log}")]
    Ended {
        /// The program.
        program: Program,
        /// How it ended.
        status: ExitStatus,
        /// The last lines of its log.
        log: String,
    },
    /// The control plane runs but does not become ready.
    #[error("waited {} s for {what}", waited.as_secs())]
    NotReady {
        /// What did not come.
        what: &'static str,
        /// For how long.
        waited: Duration,
    },
    /// A kubeconfig of the control plane cannot be read.
    #[error("cannot read the kubeconfig")]
    Kubeconfig(#[source] Box<kube::config::KubeconfigError>),
    /// The API server refused a request of the start, or cannot be talked to.
    #[error("cannot {what}")]
    Request {
        /// What was asked for.
        what: &'static str,
        /// What the client said.
        source: Box<kube::Error>,
    },
    /// The Tokio runtime ended while something was under way.
    #[error("the runtime ended")]
    RuntimeEnded(#[source] tokio::task::JoinError),
}
