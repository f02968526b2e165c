//! The real Velero beside a [`ControlPlane`], as a plain process, with an object store of its own.
//!
//! With [`crate::csi::Storage`] in the same cluster it takes snapshots of volumes that have data; start that first.

mod arguments;
mod error;
mod install;
mod layout;
mod object;

pub use self::{
    error::VeleroError,
    object::{backups, download_requests, restores, storage_locations},
};

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use kube::Client;
use tokio::{task::spawn_blocking, time::sleep};

use self::{arguments::Ports, layout::Layout};
use crate::{
    component::Program,
    control_plane::{ControlPlane, User},
    process::{Launch, Process, Unready},
    s3::{Behaviour, ObjectStore},
};

/// The namespace of Velero, its backups and everything else of it.
pub const NAMESPACE: &str = "velero";

/// How long Velero may take until it listens, and until it has looked at its storage locations. It takes seconds; a busy
/// machine is given more.
const PATIENCE: Duration = Duration::from_mins(2);

/// How often to look.
const LOOK: Duration = Duration::from_millis(100);

/// What Velero keeps backups in.
#[derive(Debug, Clone)]
pub struct Options {
    /// The names of its storage locations, of which the first is the default; each has a bucket of its name.
    pub locations: Vec<String>,
    /// How the object store treats Velero from the start.
    pub object_store: Behaviour,
    /// More arguments for `velero server`, after our own.
    pub server_arguments: Vec<String>,
}

impl Default for Options {
    /// One location `default` in an object store that works.
    fn default() -> Self {
        Self {
            locations: vec!["default".to_owned()],
            object_store: Behaviour::Serves,
            server_arguments: Vec::new(),
        }
    }
}

/// A running Velero of the version that the module in the work tree asks for, with its plugin for object stores of the S3
/// kind. It acts as [`User::Velero`], who may do everything in the cluster, as `velero install` has it.
///
/// It looks at its storage locations and at what it waits for every second, instead of every minute and every ten.
///
/// Dropping it stops it and its object store; drop it before the control plane. What it has written to the cluster stays
/// there, what it has stored does not.
pub struct Velero {
    // Dropped in this order: the server before what it talks to, writes to and listens on.
    server: Option<Process>,
    object_store: ObjectStore,
    layout: Layout,
    ports: Ports,
    kubeconfig: PathBuf,
    admin: Client,
    options: Options,
}

impl Velero {
    /// Installs Velero's definitions and permissions into the cluster of `plane`, starts an object store and the server,
    /// and waits until Velero has found every location available, or, with an object store that does not serve, not. Takes
    /// a few seconds once the programs are there; builds those that are missing, which takes minutes.
    pub async fn start(plane: &ControlPlane, options: Options) -> Result<Self, VeleroError> {
        let (layout, ports) = blocking(|| Ok((Layout::create()?, Ports::reserve()?))).await?;
        let object_store = ObjectStore::start()
            .await
            .map_err(VeleroError::ObjectStore)?;
        object_store.behave(options.object_store);
        let admin = plane
            .client(User::Admin)
            .await
            .map_err(VeleroError::ControlPlane)?;
        install::install(plane, &admin).await?;
        let mut velero = Self {
            server: None,
            object_store,
            layout,
            ports,
            kubeconfig: plane.kubeconfig(User::Velero),
            admin,
            options,
        };
        let locations = velero.options.locations.clone();
        for (index, location) in locations.iter().enumerate() {
            velero.create_location(location, index == 0).await?;
        }
        velero.start_server().await?;
        for location in &locations {
            velero.wait_until_looked_at(location).await?;
        }
        Ok(velero)
    }

    /// Stops Velero without blocking the thread.
    pub async fn stop(self) {
        // Fails only if the runtime is ending, which drops Velero as well.
        let _ = spawn_blocking(move || drop(self)).await;
    }

    /// Adds a storage location with a bucket of its name, and does not wait until Velero has looked at it.
    pub async fn add_location(&self, name: &str) -> Result<(), VeleroError> {
        self.create_location(name, false).await
    }

    /// What holds the backups, to be stopped, killed or told to refuse.
    pub const fn object_store(&mut self) -> &mut ObjectStore {
        &mut self.object_store
    }

    /// Stops the server alone and returns when it is gone. Does nothing if it is stopped.
    pub async fn stop_server(&mut self) -> Result<(), VeleroError> {
        let process = self.server.take();
        blocking(move || {
            drop(process);
            Ok(())
        })
        .await
    }

    /// Ends the server and its plugins as a crash of their container does (SIGKILL), in the middle of whatever they do.
    pub async fn kill_server(&mut self) -> Result<(), VeleroError> {
        let process = self.server.take();
        blocking(move || {
            if let Some(process) = process {
                process.kill();
            }
            Ok(())
        })
        .await
    }

    /// Starts the server again and waits until it listens; it looks at its storage locations and its backups soon after.
    /// Does nothing if it runs.
    pub async fn start_server(&mut self) -> Result<(), VeleroError> {
        if self.server.is_some() {
            return Ok(());
        }
        let process = Process::start(Launch {
            executable: &self.layout.program(),
            arguments: arguments::of_server(
                &self.ports,
                &self.kubeconfig,
                &self.layout,
                &self.options.server_arguments,
            ),
            environment: arguments::environment(
                &self.layout,
                &self.kubeconfig,
                &self.object_store.credentials(),
            ),
            home: self.layout.root(),
            log: self.log(),
        })
        .map_err(VeleroError::Spawn)?;
        let process = self.server.insert(process);
        let listens = process.until_listens(self.ports.metrics(), PATIENCE).await;
        listens.map_err(|unready| match unready {
            Unready::Ended(ended) => VeleroError::Ended {
                status: ended.status,
                log: ended.log,
            },
            Unready::Late(waited) => VeleroError::NotReady {
                what: "Velero to listen".to_owned(),
                waited,
            },
        })
    }

    /// What the server has said since the first start.
    pub fn log(&self) -> PathBuf {
        self.layout.log()
    }

    /// The folder with all files of the server.
    pub fn directory(&self) -> &Path {
        self.layout.root()
    }

    /// The process id of the server, if it runs.
    pub fn process_id(&self) -> Option<u32> {
        self.server.as_ref().map(Process::id)
    }

    async fn create_location(&self, name: &str, default: bool) -> Result<(), VeleroError> {
        self.object_store
            .create_bucket(name)
            .map_err(VeleroError::ObjectStore)?;
        let location = object::storage_location(name, &self.object_store.url(), default);
        crate::apply::apply(&self.admin, location)
            .await
            .map_err(VeleroError::Apply)
    }

    /// Waits until Velero has said of a location what it is.
    async fn wait_until_looked_at(&mut self, location: &str) -> Result<(), VeleroError> {
        let wanted = match self.options.object_store {
            Behaviour::Serves | Behaviour::Late(_) | Behaviour::Full => Some("Available"),
            Behaviour::Refuses | Behaviour::Fails => Some("Unavailable"),
        };
        let begun = Instant::now();
        while object::phase_of_location(&self.admin, location)
            .await?
            .as_deref()
            != wanted
        {
            if let Some(Err(ended)) = self.server.as_mut().map(Process::check) {
                return Err(VeleroError::Ended {
                    status: ended.status,
                    log: ended.log,
                });
            }
            let waited = begun.elapsed();
            if waited > PATIENCE {
                return Err(VeleroError::NotReady {
                    what: format!("Velero to look at the storage location {location}"),
                    waited,
                });
            }
            sleep(LOOK).await;
        }
        Ok(())
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, VeleroError> + Send + 'static,
) -> Result<T, VeleroError> {
    spawn_blocking(work)
        .await
        .map_err(VeleroError::RuntimeEnded)?
}

/// Where the programs are: the server, and its plugin for object stores.
fn programs() -> Result<(PathBuf, PathBuf), VeleroError> {
    let find = |program: Program| program.find_or_build().map_err(VeleroError::Programs);
    Ok((find(Program::Velero)?, find(Program::VeleroPluginForAws)?))
}
