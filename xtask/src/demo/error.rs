use std::{io, path::PathBuf, process::ExitStatus, time::Duration};

use thiserror::Error;
use tidegate_testkit::{
    argo_cd::ArgoCdError, component::ComponentError, control_plane::ControlPlaneError,
    csi::StorageError, repository::RepositoryError, velero::VeleroError,
};

/// Why the demo could not go on. What it shows and does not find is no error but a claim that does not hold.
#[derive(Debug, Error)]
pub(super) enum DemoError {
    /// The command under test does not build.
    #[error("tidegate does not build ({0})")]
    Build(ExitStatus),
    /// Cargo builds it but does not say where it is.
    #[error("cargo does not say where it put tidegate")]
    NoExecutable,
    /// A program of the control plane is not there.
    #[error("the programs of the control plane are not there")]
    Programs(#[from] ComponentError),
    /// The control plane does not start.
    #[error("the control plane does not start")]
    ControlPlane(#[from] ControlPlaneError),
    /// Argo CD does not start.
    #[error("Argo CD does not start")]
    ArgoCd(#[from] ArgoCdError),
    /// Velero does not start.
    #[error("Velero does not start")]
    Velero(#[from] VeleroError),
    /// There are no volumes, or one of them cannot be used.
    #[error("the volumes cannot be used")]
    Storage(#[from] StorageError),
    /// Something that runs beside the control plane was asked for on a lent cluster.
    #[error(
        "--with starts programs beside a control plane of its own, so it cannot play on a cluster of your kubeconfig; leave out --context"
    )]
    NeedsOwnControlPlane,
    /// The Git repository cannot be made.
    #[error("the Git repository cannot be made")]
    Repository(#[from] RepositoryError),
    /// A program cannot be run.
    #[error("cannot run {program}")]
    Run {
        /// The program.
        program: String,
        /// What the operating system said.
        source: io::Error,
    },
    /// A command that must succeed failed.
    #[error("`{command}` failed: {output}")]
    Failed {
        /// What was asked for.
        command: String,
        /// What it said.
        output: String,
    },
    /// A command was asked for JSON and answered something else.
    #[error("`{command}` does not answer in JSON")]
    NotJson {
        /// What was asked for.
        command: String,
        /// What the parser said.
        source: serde_json::Error,
    },
    /// The API server refused a request, or cannot be talked to.
    #[error("cannot {what}: {problem}")]
    Request {
        /// What was asked for.
        what: String,
        /// What the API server or the client said.
        problem: String,
    },
    /// The kubeconfig does not lead to a cluster.
    #[error("cannot use context {context} of the kubeconfig")]
    Kubeconfig {
        /// The context.
        context: String,
        /// What is wrong with it.
        source: Box<kube::config::KubeconfigError>,
    },
    /// The kubeconfig has no such context.
    #[error("the kubeconfig has no context {wanted}; it has {}", known.join(", "))]
    NoContext {
        /// The context that was asked for.
        wanted: String,
        /// Those that are there.
        known: Vec<String>,
    },
    /// The cluster has something of ours that would be overwritten, and then removed.
    #[error(
        "context {context} already has {found}; the demo installs Tidegate and removes it afterwards, so it plays only where there is none"
    )]
    Taken {
        /// The context.
        context: String,
        /// What is there.
        found: String,
    },
    /// A file of the demo cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the file system said.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the file system said.
        source: io::Error,
    },
    /// What was waited for did not come.
    #[error("waited {} s for {what}; {instead}", waited.as_secs())]
    Late {
        /// What did not come.
        what: String,
        /// For how long.
        waited: Duration,
        /// What there was instead.
        instead: String,
    },
    /// The operating system does not tell of signals, or gives no port.
    #[error("cannot {what}")]
    System {
        /// What was asked for.
        what: &'static str,
        /// What it said.
        source: io::Error,
    },
    /// The definitions of Tidegate's objects cannot be made.
    #[error("the definitions of Tidegate's objects cannot be made")]
    Definitions(#[from] tidegate_api::definitions::DefinitionError),
}

impl DemoError {
    /// A request to the API server that failed; `what` completes "cannot …".
    pub(super) fn request(what: impl Into<String>) -> impl FnOnce(kube::Error) -> Self {
        let what = what.into();
        move |error| Self::Request {
            what,
            problem: match error {
                kube::Error::Api(status) => status.message,
                other => other.to_string(),
            },
        }
    }
}
