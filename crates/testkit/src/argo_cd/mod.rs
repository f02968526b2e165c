//! The real Argo CD beside a [`ControlPlane`]: its repository server and its application controller as plain processes,
//! with a redis of their own. Its API server and user interface do not run: people write Applications with a Kubernetes
//! client, as Git would.

mod arguments;
mod error;
mod install;
mod layout;
mod object;
mod wait;

pub use self::{
    error::ArgoCdError,
    object::{NewApplication, applications, project, projects},
    wait::{NotReached, is_synced_and_healthy, wait_for},
};

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use tokio::{task::spawn_blocking, time::sleep};

use self::{
    arguments::{Cluster, Ports},
    layout::Layout,
};
use crate::{
    component::{ComponentError, Module, Program, REDIS_SERVER, source_folder},
    control_plane::{ControlPlane, User},
    process::{Launch, Process, listens},
};

/// The namespace of Argo CD, its Applications and its AppProjects.
pub const NAMESPACE: &str = "argocd";

/// How long a program may take until it listens. It takes a second or two; a busy machine is given more.
const PATIENCE: Duration = Duration::from_mins(2);

/// How often to look.
const LOOK: Duration = Duration::from_millis(50);

/// How Argo CD knows the cluster that it deploys to.
#[derive(Debug, Clone)]
pub struct Options {
    /// The name of the cluster in Argo CD: an Application may give it as `spec.destination.name`, and a sync window in
    /// `clusters`.
    pub cluster_name: String,
}

impl Default for Options {
    /// A cluster of the name `production`.
    fn default() -> Self {
        Self {
            cluster_name: "production".to_owned(),
        }
    }
}

/// A running Argo CD of the version that the module in the work tree asks for, with the configuration that it ships: it
/// acts as [`User::ArgoCd`], who may do everything in the cluster.
///
/// Dropping it stops the controller, then the repository server, then redis, as [`ControlPlane`] does with its programs;
/// drop it before the control plane, or the controller spends its last moment asking for an API server that has gone.
/// What it has written to the cluster stays there.
#[derive(Debug)]
pub struct ArgoCd {
    // Fields are dropped in this order: each program before those that it talks to, and all before the folder that they
    // write to and the ports they listen on.
    controller: Option<Process>,
    repository_server: Option<Process>,
    redis: Process,
    layout: Layout,
    ports: Ports,
    cluster: Cluster,
}

/// A program of Argo CD that can be stopped alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    RepositoryServer,
    Controller,
}

impl Part {
    const ALL: [Self; 2] = [Self::RepositoryServer, Self::Controller];

    const fn name(self) -> &'static str {
        match self {
            Self::RepositoryServer => "argocd-repo-server",
            Self::Controller => "argocd-application-controller",
        }
    }
}

impl ArgoCd {
    /// Installs Argo CD's definitions, configuration and permissions into the cluster of `plane` and starts it. Ready
    /// when it returns; an Application that is created then is looked at within a second or two. Takes a few seconds
    /// once the programs are there; builds Argo CD and installs redis if they are missing, which takes minutes.
    pub async fn start(plane: &ControlPlane, options: Options) -> Result<Self, ArgoCdError> {
        let kustomize = plane.programs().path(Program::Kustomize).to_owned();
        let (redis_server, layout, ports) = blocking(move || {
            let argo_cd = Program::Argocd
                .find_or_build()
                .map_err(ArgoCdError::Programs)?;
            let redis_server = REDIS_SERVER
                .find_or_install()
                .map_err(ArgoCdError::Programs)?;
            let layout = Layout::create(&argo_cd, &kustomize)?;
            Ok((redis_server, layout, Ports::reserve()?))
        })
        .await?;
        let cluster = Cluster {
            name: options.cluster_name,
            kubeconfig: plane.kubeconfig(User::ArgoCd),
            server: plane.server(),
        };
        install::install(plane, &cluster).await?;
        let redis = launch(
            "redis-server",
            &layout,
            &redis_server,
            arguments::redis(&ports, &layout),
        )?;
        let mut argo_cd = Self {
            controller: None,
            repository_server: None,
            redis,
            layout,
            ports,
            cluster,
        };
        argo_cd.wait_until_ready("redis-server").await?;
        argo_cd.start_part(Part::RepositoryServer)?;
        argo_cd.start_part(Part::Controller)?;
        for part in Part::ALL {
            argo_cd.wait_until_ready(part.name()).await?;
        }
        Ok(argo_cd)
    }

    /// Stops Argo CD without blocking the thread.
    pub async fn stop(self) {
        // Fails only if the runtime is ending, which drops Argo CD as well.
        let _ = spawn_blocking(move || drop(self)).await;
    }

    /// Stops the application controller alone, which then neither compares nor syncs; does nothing if it is stopped.
    pub async fn stop_controller(&mut self) -> Result<(), ArgoCdError> {
        let process = self.controller.take();
        blocking(move || Ok(drop(process))).await
    }

    /// Ends the application controller as a crash does (SIGKILL), in the middle of whatever it does.
    pub async fn kill_controller(&mut self) -> Result<(), ArgoCdError> {
        let process = self.controller.take();
        blocking(move || Ok(process.map_or((), Process::kill))).await
    }

    /// Starts the application controller and waits until it runs; does nothing if it does.
    pub async fn start_controller(&mut self) -> Result<(), ArgoCdError> {
        self.start_part(Part::Controller)?;
        self.wait_until_ready(Part::Controller.name()).await
    }

    /// Stops the repository server alone: nothing can be rendered then that is not in redis. Does nothing if it is
    /// stopped.
    pub async fn stop_repository_server(&mut self) -> Result<(), ArgoCdError> {
        let process = self.repository_server.take();
        blocking(move || Ok(drop(process))).await
    }

    /// Starts the repository server and waits until it runs; does nothing if it does.
    pub async fn start_repository_server(&mut self) -> Result<(), ArgoCdError> {
        self.start_part(Part::RepositoryServer)?;
        self.wait_until_ready(Part::RepositoryServer.name()).await
    }

    /// What the application controller has said since the start.
    pub fn controller_log(&self) -> PathBuf {
        self.layout.log(Part::Controller.name())
    }

    /// What the repository server has said since the start.
    pub fn repository_server_log(&self) -> PathBuf {
        self.layout.log(Part::RepositoryServer.name())
    }

    /// The folder with all files of this Argo CD: logs in `logs`.
    pub fn directory(&self) -> &Path {
        self.layout.root()
    }

    /// The address of the cluster as Argo CD knows it, for `spec.destination.server`.
    pub fn server(&self) -> &str {
        &self.cluster.server
    }

    /// The names and process ids of the programs that run.
    pub fn process_ids(&self) -> impl Iterator<Item = (&'static str, u32)> {
        let part = |part: Part, process: &Option<Process>| {
            process.as_ref().map(|process| (part.name(), process.id()))
        };
        [
            Some(("redis-server", self.redis.id())),
            part(Part::RepositoryServer, &self.repository_server),
            part(Part::Controller, &self.controller),
        ]
        .into_iter()
        .flatten()
    }

    fn start_part(&mut self, part: Part) -> Result<(), ArgoCdError> {
        let arguments = match part {
            Part::RepositoryServer => arguments::repository_server(&self.ports),
            Part::Controller => arguments::controller(&self.ports, &self.cluster),
        };
        let running = match part {
            Part::RepositoryServer => &mut self.repository_server,
            Part::Controller => &mut self.controller,
        };
        if running.is_none() {
            let executable = self.layout.program(part.name());
            *running = Some(launch(part.name(), &self.layout, &executable, arguments)?);
        }
        Ok(())
    }

    async fn wait_until_ready(&mut self, program: &'static str) -> Result<(), ArgoCdError> {
        let ports = self.ports.of(program);
        let begun = Instant::now();
        for port in ports {
            while !listens(port).await {
                self.check()?;
                let waited = begun.elapsed();
                if waited > PATIENCE {
                    return Err(ArgoCdError::NotReady { program, waited });
                }
                sleep(LOOK).await;
            }
        }
        Ok(())
    }

    /// An error if a program has ended that should run.
    fn check(&mut self) -> Result<(), ArgoCdError> {
        let parts = [
            ("redis-server", Some(&mut self.redis)),
            (
                Part::RepositoryServer.name(),
                self.repository_server.as_mut(),
            ),
            (Part::Controller.name(), self.controller.as_mut()),
        ];
        for (program, process) in parts {
            if let Some(process) = process {
                process.check().map_err(|ended| ArgoCdError::Ended {
                    program,
                    status: ended.status,
                    log: ended.log,
                })?;
            }
        }
        Ok(())
    }
}

fn launch(
    program: &'static str,
    layout: &Layout,
    executable: &Path,
    arguments: Vec<OsString>,
) -> Result<Process, ArgoCdError> {
    Process::start(Launch {
        executable,
        arguments,
        environment: arguments::environment(layout),
        home: layout.root(),
        log: layout.log(program),
    })
    .map_err(|source| ArgoCdError::Spawn { program, source })
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ArgoCdError> + Send + 'static,
) -> Result<T, ArgoCdError> {
    spawn_blocking(work)
        .await
        .map_err(ArgoCdError::RuntimeEnded)?
}

/// The CustomResourceDefinition of AppProjects as Argo CD ships it, a YAML file. Downloads Argo CD's module if it is not
/// on this machine, which is done once; blocks meanwhile.
pub fn app_project_definition() -> Result<PathBuf, ComponentError> {
    Ok(source()?.join("manifests/crds/appproject-crd.yaml"))
}

/// Where Argo CD's own source is.
fn source() -> Result<PathBuf, ComponentError> {
    source_folder(&Module::of(Program::Argocd)?)
}
