use std::{io, path::PathBuf, process::ExitStatus, time::Duration};

use thiserror::Error;

use crate::component::ComponentError;

/// Why the object store is not there.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ObjectStoreError {
    /// The program is neither on this machine nor could it be built.
    #[error("the program of the object store is not there")]
    Program(#[source] ComponentError),
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
    /// The port for its clients cannot be listened on.
    #[error("cannot listen for clients of the object store")]
    Listen(#[source] io::Error),
    /// It cannot be started.
    #[error("cannot start the object store")]
    Spawn(#[source] io::Error),
    /// It ended although it should run.
    #[error("the object store ended ({status}); the end of its log:\n{log}")]
    Ended {
        /// How it ended.
        status: ExitStatus,
        /// The last lines of its log.
        log: String,
    },
    /// It runs but does not listen.
    #[error("waited {} s for the object store to listen", waited.as_secs())]
    NotReady {
        /// For how long.
        waited: Duration,
    },
    /// The Tokio runtime ended while something was under way.
    #[error("the runtime ended")]
    RuntimeEnded(#[source] tokio::task::JoinError),
}
