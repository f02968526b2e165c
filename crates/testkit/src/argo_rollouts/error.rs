use std::{io, process::ExitStatus, time::Duration};

use thiserror::Error;

use crate::{apply::ApplyError, component::ComponentError};

/// Why Argo Rollouts is not there.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ArgoRolloutsError {
    /// Its program or its source is neither on this machine nor could it be got.
    #[error("the controller of Argo Rollouts is not there")]
    Program(#[source] ComponentError),
    /// What it ships could not be applied.
    #[error("cannot install Argo Rollouts")]
    Apply(#[source] ApplyError),
    /// No port of the loopback interface is free.
    #[error("no free port on the loopback interface")]
    NoPort,
    /// It cannot be started, or has no folder.
    #[error("cannot start the controller of Argo Rollouts")]
    Start(#[source] io::Error),
    /// It ended although it should run.
    #[error("the controller of Argo Rollouts ended ({status}); the end of its log:\n{log}")]
    Ended {
        /// How it ended.
        status: ExitStatus,
        /// The last lines of its log.
        log: String,
    },
    /// It runs but does not listen.
    #[error("waited {} s for the controller of Argo Rollouts to listen", waited.as_secs())]
    NotReady {
        /// For how long.
        waited: Duration,
    },
    /// The Tokio runtime ended while something was under way.
    #[error("the runtime ended")]
    RuntimeEnded(#[source] tokio::task::JoinError),
}
