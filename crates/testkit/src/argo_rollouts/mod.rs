//! The real controller of Argo Rollouts beside a [`ControlPlane`], as a plain process.

mod error;

pub use self::error::ArgoRolloutsError;

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    time::Duration,
};

use tempfile::TempDir;
use tokio::task::spawn_blocking;

use crate::{
    apply::{Found, apply_shipped},
    component::{Cache, Module, Program, source_folder},
    control_plane::{ControlPlane, User},
    process::{Launch, LoopbackPort, Process, Unready},
};

/// The namespace in which the controller looks for its own configuration.
const NAMESPACE: &str = "argo-rollouts";

/// How long it may take until it listens. It takes a second or two; a busy machine is given more.
const PATIENCE: Duration = Duration::from_mins(2);

/// What the controller and those who use it need in the cluster: its definitions, and what they add to the roles
/// `view`, `edit` and `admin`.
const SHIPPED: [(Found, &str); 2] = [
    (Found::ByKustomization, "manifests/crds"),
    (
        Found::InFiles,
        "manifests/base/argo-rollouts-aggregate-roles.yaml",
    ),
];

/// A running controller of the version that the module in the work tree asks for. It acts as [`User::Admin`].
///
/// Dropping it stops it; drop it before the control plane. What it has written to the cluster stays there.
#[derive(Debug)]
pub struct ArgoRollouts {
    // Dropped before the folder that it writes to and the ports that it listens on.
    process: Process,
    directory: TempDir,
    _health: LoopbackPort,
    _metrics: LoopbackPort,
}

impl ArgoRollouts {
    /// Installs the definitions of Argo Rollouts into the cluster of `plane` and starts the controller. It listens when
    /// this returns, after a few seconds once the program is there; builds it if it is missing, which takes minutes.
    pub async fn start(plane: &ControlPlane) -> Result<Self, ArgoRolloutsError> {
        let (program, source, health, metrics) = blocking(|| {
            let program = Program::RolloutsController
                .find_or_build()
                .map_err(ArgoRolloutsError::Program)?;
            let source = Module::of(Program::RolloutsController)
                .and_then(|module| source_folder(&module))
                .map_err(ArgoRolloutsError::Program)?;
            Ok((program, source, reserve()?, reserve()?))
        })
        .await?;
        for (found, file) in SHIPPED {
            apply_shipped(plane, NAMESPACE, found, &source.join(file))
                .await
                .map_err(ArgoRolloutsError::Apply)?;
        }
        let directory = tempfile::Builder::new()
            .prefix("tidegate-argo-rollouts-")
            .tempdir()
            .map_err(ArgoRolloutsError::Start)?;
        let process = Process::start(Launch {
            executable: &program,
            arguments: arguments(&plane.kubeconfig(User::Admin), &health, &metrics),
            environment: Vec::new(),
            home: directory.path(),
            log: log(directory.path()),
        })
        .map_err(ArgoRolloutsError::Start)?;
        let port = health.number();
        let mut started = Self {
            process,
            directory,
            _health: health,
            _metrics: metrics,
        };
        started.wait_until_listens(port).await?;
        Ok(started)
    }

    /// Stops it without blocking the thread.
    pub async fn stop(self) {
        // Fails only if the runtime is ending, which drops it as well.
        let _ = spawn_blocking(move || drop(self)).await;
    }

    /// What it has said.
    pub fn log(&self) -> PathBuf {
        log(self.directory.path())
    }

    async fn wait_until_listens(&mut self, port: u16) -> Result<(), ArgoRolloutsError> {
        let listens = self.process.until_listens(port, PATIENCE).await;
        listens.map_err(|unready| match unready {
            Unready::Ended(ended) => ArgoRolloutsError::Ended {
                status: ended.status,
                log: ended.log,
            },
            Unready::Late(waited) => ArgoRolloutsError::NotReady { waited },
        })
    }
}

fn log(directory: &Path) -> PathBuf {
    directory.join("rollouts-controller.log")
}

fn reserve() -> Result<LoopbackPort, ArgoRolloutsError> {
    let reservations = Cache::of_user()
        .and_then(|cache| cache.subfolder("ports"))
        .map_err(ArgoRolloutsError::Program)?;
    LoopbackPort::reserve(&reservations).ok_or(ArgoRolloutsError::NoPort)
}

/// Both of its ports listen beyond the loopback interface: it has no flags for their addresses.
fn arguments(kubeconfig: &Path, health: &LoopbackPort, metrics: &LoopbackPort) -> Vec<OsString> {
    let mut access = OsString::from("--kubeconfig=");
    access.push(kubeconfig);
    let others = [
        "--leader-elect=false".to_owned(),
        format!("--namespace={NAMESPACE}"),
        format!("--healthzPort={}", health.number()),
        format!("--metricsPort={}", metrics.number()),
    ];
    let mut arguments: Vec<OsString> = others.into_iter().map(OsString::from).collect();
    arguments.push(access);
    arguments
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ArgoRolloutsError> + Send + 'static,
) -> Result<T, ArgoRolloutsError> {
    spawn_blocking(work)
        .await
        .map_err(ArgoRolloutsError::RuntimeEnded)?
}
