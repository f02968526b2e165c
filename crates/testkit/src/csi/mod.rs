//! Volumes with data: a storage driver of ours whose volumes are folders, and the real programs that Kubernetes and a
//! storage vendor run beside such a driver.
//!
//! No pod writes into a volume, since pods only exist in name; tests do ([`Storage::write`], [`Storage::read`]).

mod arguments;
mod driver;
mod error;
mod install;
mod part;

pub use self::{driver::Snapshots, error::StorageError, part::Part};

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use k8s_openapi::api::core::v1::{PersistentVolume, PersistentVolumeClaim};
use kube::{Api, Client};
use tempfile::TempDir;
use tokio::{task::spawn_blocking, time::sleep};

use self::driver::Driver;
use crate::{
    control_plane::{ControlPlane, User},
    process::{Launch, Process, Processes},
};

/// The class of claims that name none. Their volumes can be snapshotted, and Velero is told how.
pub const CLASS: &str = "directories";

/// The class of claims whose volumes cannot be snapshotted: their driver has no VolumeSnapshotClass.
pub const CLASS_WITHOUT_SNAPSHOTS: &str = "directories-without-snapshots";

/// The VolumeSnapshotClass of the driver of [`CLASS`].
pub const SNAPSHOT_CLASS: &str = "directories";

/// How long the programs may take to find the driver, and a claim to be bound. It takes a second or two; a busy machine
/// is given more.
const PATIENCE: Duration = Duration::from_mins(2);

/// How often to look.
const LOOK: Duration = Duration::from_millis(50);

/// Running storage. A claim of [`CLASS`] or [`CLASS_WITHOUT_SNAPSHOTS`] is bound within a second or two, also if no pod
/// wants it.
///
/// The programs act as [`User::Admin`]. Dropping this stops them and removes every volume; drop it before the control
/// plane. The driver is served by the Tokio runtime in which the storage was started.
pub struct Storage {
    // Dropped in this order: the programs before the drivers that they ask and the folder that everything is in.
    processes: Processes<Part>,
    drivers: Drivers,
    directory: TempDir,
    admin: Client,
}

/// One driver for each class, because a driver either can be asked for snapshots or cannot.
#[derive(Debug)]
struct Drivers {
    with_snapshots: Driver,
    without_snapshots: Driver,
}

impl Storage {
    /// Installs the definitions of snapshots and the classes into the cluster of `plane`, and starts the drivers and the
    /// programs. They have found their drivers when this returns, after a few seconds once the programs are there; builds
    /// those that are missing, which takes minutes.
    pub async fn start(plane: &ControlPlane) -> Result<Self, StorageError> {
        let programs = blocking(arguments::programs).await?;
        let admin = plane
            .client(User::Admin)
            .await
            .map_err(StorageError::ControlPlane)?;
        install::install(plane, &admin).await?;
        let directory = tempfile::Builder::new()
            .prefix("tidegate-csi-")
            .tempdir()
            .map_err(|source| failed(&env::temp_dir(), source))?;
        let drivers = Drivers {
            with_snapshots: Driver::serve(install::DRIVER, true, directory.path())?,
            without_snapshots: Driver::serve(
                install::DRIVER_WITHOUT_SNAPSHOTS,
                false,
                directory.path(),
            )?,
        };
        let mut storage = Self {
            processes: Processes::none(),
            drivers,
            directory,
            admin,
        };
        for part in Part::ALL {
            storage.launch(part, &programs, &plane.kubeconfig(User::Admin))?;
        }
        storage.wait_until_drivers_are_known().await?;
        Ok(storage)
    }

    /// Stops the programs without blocking the thread.
    pub async fn stop(self) {
        // Fails only if the runtime is ending, which drops them as well.
        let _ = spawn_blocking(move || drop(self)).await;
    }

    /// What becomes of snapshots of [`CLASS`] from now on.
    pub fn set_snapshots(&self, snapshots: Snapshots) {
        self.drivers.with_snapshots.set_snapshots(snapshots);
    }

    /// Writes a file into the volume of a claim, once the claim is bound.
    pub async fn write(
        &self,
        namespace: &str,
        claim: &str,
        file: &str,
        contents: impl AsRef<[u8]>,
    ) -> Result<(), StorageError> {
        let path = self.folder(namespace, claim).await?.join(file);
        fs::write(&path, contents).map_err(|source| failed(&path, source))
    }

    /// What is in a file of the volume of a claim, once the claim is bound; `None` if there is no such file.
    pub async fn read(
        &self,
        namespace: &str,
        claim: &str,
        file: &str,
    ) -> Result<Option<Vec<u8>>, StorageError> {
        let path = self.folder(namespace, claim).await?.join(file);
        match fs::read(&path) {
            Ok(contents) => Ok(Some(contents)),
            Err(source) if source.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(failed(&path, source)),
        }
    }

    /// The folder that is the volume of a claim, once the claim is bound.
    pub async fn folder(&self, namespace: &str, claim: &str) -> Result<PathBuf, StorageError> {
        let begun = Instant::now();
        loop {
            if let Some(volume) = self.volume_of(namespace, claim).await? {
                return self.folder_of(&volume);
            }
            let waited = begun.elapsed();
            if waited > PATIENCE {
                return Err(StorageError::NotReady {
                    what: format!("the claim {namespace}/{claim} to be bound"),
                    waited,
                });
            }
            sleep(LOOK).await;
        }
    }

    /// How many volumes there are, of both classes; one that Kubernetes has deleted and the driver has not is one.
    pub fn volumes(&self) -> usize {
        self.drivers.with_snapshots.volumes() + self.drivers.without_snapshots.volumes()
    }

    /// How many snapshots there are, ready or not, whether Kubernetes knows of them or not.
    pub fn snapshots(&self) -> usize {
        self.drivers.with_snapshots.snapshots()
    }

    /// The folder with everything of it, the volumes among it.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// What a program has said.
    pub fn log(&self, part: Part) -> PathBuf {
        log(self.directory.path(), part)
    }

    /// The process ids of the programs that run.
    pub fn process_ids(&self) -> impl Iterator<Item = (Part, u32)> {
        self.processes.ids()
    }

    fn launch(
        &mut self,
        part: Part,
        programs: &arguments::Paths,
        kubeconfig: &Path,
    ) -> Result<(), StorageError> {
        let driver = match part {
            Part::Provisioner | Part::Snapshotter => Some(&self.drivers.with_snapshots),
            Part::ProvisionerWithoutSnapshots => Some(&self.drivers.without_snapshots),
            Part::SnapshotController => None,
        };
        let process = Process::start(Launch {
            executable: programs.of(part),
            arguments: arguments::of(part, driver.map(Driver::socket), kubeconfig),
            environment: arguments::environment(),
            home: self.directory.path(),
            log: self.log(part),
        })
        .map_err(|source| StorageError::Spawn { part, source })?;
        self.processes.add(part, process);
        Ok(())
    }

    /// Every program asks its driver first of all who it is.
    async fn wait_until_drivers_are_known(&mut self) -> Result<(), StorageError> {
        let begun = Instant::now();
        loop {
            self.processes
                .check()
                .map_err(|(part, ended)| StorageError::Ended {
                    part,
                    status: ended.status,
                    log: ended.log,
                })?;
            if self.drivers.with_snapshots.introductions() >= 2
                && self.drivers.without_snapshots.introductions() >= 1
            {
                return Ok(());
            }
            let waited = begun.elapsed();
            if waited > PATIENCE {
                return Err(StorageError::NotReady {
                    what: "the programs to find their drivers".to_owned(),
                    waited,
                });
            }
            sleep(LOOK).await;
        }
    }

    /// The volume that a claim is bound to.
    async fn volume_of(
        &self,
        namespace: &str,
        claim: &str,
    ) -> Result<Option<PersistentVolume>, StorageError> {
        let claims: Api<PersistentVolumeClaim> = Api::namespaced(self.admin.clone(), namespace);
        let found = claims
            .get_opt(claim)
            .await
            .map_err(|source| request(format!("read the claim {namespace}/{claim}"), source))?;
        let is_bound = |claim: &PersistentVolumeClaim| {
            let phase = claim
                .status
                .as_ref()
                .and_then(|status| status.phase.as_deref());
            phase == Some("Bound")
        };
        let Some(name) = found
            .filter(is_bound)
            .and_then(|claim| claim.spec?.volume_name)
        else {
            return Ok(None);
        };
        let volumes: Api<PersistentVolume> = Api::all(self.admin.clone());
        volumes
            .get_opt(&name)
            .await
            .map_err(|source| request(format!("read the volume {name}"), source))
    }

    fn folder_of(&self, volume: &PersistentVolume) -> Result<PathBuf, StorageError> {
        let csi = volume.spec.as_ref().and_then(|spec| spec.csi.as_ref());
        let driver = csi.and_then(|csi| match csi.driver.as_str() {
            install::DRIVER => Some(&self.drivers.with_snapshots),
            install::DRIVER_WITHOUT_SNAPSHOTS => Some(&self.drivers.without_snapshots),
            _ => None,
        });
        driver
            .zip(csi)
            .and_then(|(driver, csi)| driver.folder(&csi.volume_handle))
            .ok_or_else(|| StorageError::NotOurs {
                volume: volume.metadata.name.clone().unwrap_or_default(),
            })
    }
}

fn log(directory: &Path, part: Part) -> PathBuf {
    directory.join(part.name()).with_added_extension("log")
}

fn request(what: String, source: kube::Error) -> StorageError {
    StorageError::Request {
        what,
        source: Box::new(source),
    }
}

fn failed(path: &Path, source: io::Error) -> StorageError {
    StorageError::File {
        path: path.to_owned(),
        source,
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StorageError> + Send + 'static,
) -> Result<T, StorageError> {
    spawn_blocking(work)
        .await
        .map_err(StorageError::RuntimeEnded)?
}
