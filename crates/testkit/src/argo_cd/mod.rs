//! The real Argo CD beside a [`ControlPlane`]: its repository server and its application controller as plain processes,
//! with a redis of their own. Its API server and user interface do not run: people write Applications with a Kubernetes
//! client, as Git would.

mod arguments;
mod error;
mod install;
mod layout;
mod object;
mod part;
mod wait;

pub use self::{
    error::ArgoCdError,
    object::{NewApplication, applications, create, project, projects},
    part::Part,
    wait::{NotReached, is_synced_and_healthy, wait_for},
};

use std::{
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
    process::{Launch, Process, Processes, listens},
};

/// The namespace of Argo CD, its Applications and its AppProjects.
pub const NAMESPACE: &str = "argocd";

/// How long a program may take until it listens. It takes a second or two; a busy machine is given more.
const PATIENCE: Duration = Duration::from_mins(2);

/// How often to look.
const LOOK: Duration = Duration::from_millis(50);

/// How Argo CD knows the cluster that it deploys to, and what it renders.
#[derive(Debug, Clone)]
pub struct Options {
    /// The name of the cluster in Argo CD: an Application may give it as `spec.destination.name`, and a sync window in
    /// `clusters`.
    pub cluster_name: String,
    /// Argo CD finds Helm, which takes a minute to build on a new machine, and renders charts.
    pub charts: bool,
}

impl Default for Options {
    /// A cluster of the name `production`, and no charts.
    fn default() -> Self {
        Self {
            cluster_name: "production".to_owned(),
            charts: false,
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
    // Fields are dropped in this order: the programs before the folder that they write to and the ports they listen on.
    processes: Processes<Part>,
    layout: Layout,
    ports: Ports,
    cluster: Cluster,
    redis_server: PathBuf,
}

impl ArgoCd {
    /// Installs Argo CD's definitions, configuration and permissions into the cluster of `plane` and starts it. Ready
    /// when it returns; an Application that is created then is looked at within a second or two. Takes a few seconds
    /// once the programs are there; builds Argo CD and installs redis if they are missing, which takes minutes.
    pub async fn start(plane: &ControlPlane, options: Options) -> Result<Self, ArgoCdError> {
        let kustomize = plane.programs().path(Program::Kustomize).to_owned();
        let charts = options.charts;
        let (redis_server, layout, ports) = blocking(move || {
            let argo_cd = Program::Argocd
                .find_or_build()
                .map_err(ArgoCdError::Programs)?;
            let redis_server = REDIS_SERVER
                .find_or_install()
                .map_err(ArgoCdError::Programs)?;
            let mut tools = vec![("kustomize", kustomize)];
            if charts {
                let helm = Program::Helm.find_or_build();
                tools.push(("helm", helm.map_err(ArgoCdError::Programs)?));
            }
            let layout = Layout::create(&argo_cd, &tools)?;
            Ok((redis_server, layout, Ports::reserve()?))
        })
        .await?;
        let cluster = Cluster {
            name: options.cluster_name,
            kubeconfig: plane.kubeconfig(User::ArgoCd),
            server: plane.server(),
        };
        install::install(plane, &cluster).await?;
        let mut argo_cd = Self {
            processes: Processes::none(),
            layout,
            ports,
            cluster,
            redis_server,
        };
        argo_cd.launch(Part::Redis)?;
        argo_cd.wait_until_ready(Part::Redis).await?;
        for part in Part::OWN {
            argo_cd.launch(part)?;
        }
        for part in Part::OWN {
            argo_cd.wait_until_ready(part).await?;
        }
        Ok(argo_cd)
    }

    /// Tells Argo CD of another cluster, which it acts in as [`User::ArgoCd`] too. `plane` is the control plane that
    /// Argo CD itself is in.
    pub async fn add_cluster(
        &self,
        plane: &ControlPlane,
        name: &str,
        other: &ControlPlane,
    ) -> Result<(), ArgoCdError> {
        let cluster = Cluster {
            name: name.to_owned(),
            kubeconfig: other.kubeconfig(User::ArgoCd),
            server: other.server(),
        };
        install::add_cluster(plane, &cluster, other).await
    }

    /// Stops Argo CD without blocking the thread.
    pub async fn stop(self) {
        // Fails only if the runtime is ending, which drops Argo CD as well.
        let _ = spawn_blocking(move || drop(self)).await;
    }

    /// Stops one program alone and returns when it is gone: without the controller nothing is compared or synced, without
    /// the repository server nothing is rendered that redis does not hold. Does nothing if it is stopped.
    pub async fn stop_part(&mut self, part: Part) -> Result<(), ArgoCdError> {
        let process = self.processes.remove(part);
        blocking(move || {
            drop(process);
            Ok(())
        })
        .await
    }

    /// Ends one program as a crash does (SIGKILL), in the middle of whatever it does.
    pub async fn kill_part(&mut self, part: Part) -> Result<(), ArgoCdError> {
        let process = self.processes.remove(part);
        blocking(move || {
            if let Some(process) = process {
                process.kill();
            }
            Ok(())
        })
        .await
    }

    /// Starts one program on its port again and waits until it listens; does nothing if it runs.
    pub async fn start_part(&mut self, part: Part) -> Result<(), ArgoCdError> {
        self.launch(part)?;
        self.wait_until_ready(part).await
    }

    /// What a program has said since the first start.
    pub fn log(&self, part: Part) -> PathBuf {
        self.layout.log(part)
    }

    /// The folder with all files of this Argo CD: logs in `logs`.
    pub fn directory(&self) -> &Path {
        self.layout.root()
    }

    /// The address of the cluster as Argo CD knows it, for `spec.destination.server`.
    pub fn server(&self) -> &str {
        &self.cluster.server
    }

    /// The process ids of the programs that run.
    pub fn process_ids(&self) -> impl Iterator<Item = (Part, u32)> {
        self.processes.ids()
    }

    /// Starts a program unless it runs.
    fn launch(&mut self, part: Part) -> Result<(), ArgoCdError> {
        if self.processes.contains(part) {
            return Ok(());
        }
        let executable = match part {
            Part::Redis => self.redis_server.clone(),
            Part::RepositoryServer | Part::Controller => self.layout.program(part.name()),
        };
        let process = Process::start(Launch {
            executable: &executable,
            arguments: arguments::of(part, &self.ports, &self.cluster, &self.layout),
            environment: arguments::environment(&self.layout, &self.cluster),
            home: self.layout.root(),
            log: self.layout.log(part),
        })
        .map_err(|source| ArgoCdError::Spawn { part, source })?;
        self.processes.add(part, process);
        Ok(())
    }

    async fn wait_until_ready(&mut self, part: Part) -> Result<(), ArgoCdError> {
        let begun = Instant::now();
        let port = self.ports.of(part);
        while !listens(port).await {
            self.processes
                .check()
                .map_err(|(part, ended)| ArgoCdError::Ended {
                    part,
                    status: ended.status,
                    log: ended.log,
                })?;
            let waited = begun.elapsed();
            if waited > PATIENCE {
                return Err(ArgoCdError::NotReady { part, waited });
            }
            sleep(LOOK).await;
        }
        Ok(())
    }
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
    definition("appproject-crd.yaml")
}

/// The same of Applications. It is too large for `kubectl apply` without `--server-side`.
pub fn application_definition() -> Result<PathBuf, ComponentError> {
    definition("application-crd.yaml")
}

fn definition(file: &str) -> Result<PathBuf, ComponentError> {
    Ok(source()?.join("manifests/crds").join(file))
}

/// Where Argo CD's own source is.
fn source() -> Result<PathBuf, ComponentError> {
    source_folder(&Module::of(Program::Argocd)?)
}
