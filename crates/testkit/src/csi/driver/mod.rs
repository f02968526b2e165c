//! A storage driver whose volumes and snapshots are folders: the part of the Container Storage Interface 1.x
//! (<https://github.com/container-storage-interface/spec>) that makes and deletes them. Nothing is mounted, so there is no
//! node service.

mod folders;
mod message;
mod serve;
mod service;

pub use self::folders::Snapshots;

use std::{
    path::{Path, PathBuf},
    sync::{Arc, atomic::Ordering},
};

use tokio::{net::UnixListener, task::JoinHandle};

use self::service::Service;
use super::{StorageError, failed};

/// A driver that is being served; no more on drop.
#[derive(Debug)]
pub(super) struct Driver {
    service: Arc<Service>,
    socket: PathBuf,
    task: JoinHandle<()>,
}

impl Driver {
    /// Serves a driver of this name on a socket in `directory`, with a folder of its name there.
    pub(super) fn serve(
        name: &'static str,
        makes_snapshots: bool,
        directory: &Path,
    ) -> Result<Self, StorageError> {
        let socket = directory.join(name).with_added_extension("sock");
        let service = Arc::new(Service::new(name, makes_snapshots, &directory.join(name))?);
        let listener = UnixListener::bind(&socket).map_err(|source| failed(&socket, source))?;
        let task = tokio::spawn(serve::serve(listener, Arc::clone(&service)));
        Ok(Self {
            service,
            socket,
            task,
        })
    }

    pub(super) fn socket(&self) -> &Path {
        &self.socket
    }

    pub(super) fn set_snapshots(&self, snapshots: Snapshots) {
        self.service.folders.set_snapshots(snapshots);
    }

    /// The folder of a volume, if there is one of this handle.
    pub(super) fn folder(&self, handle: &str) -> Option<PathBuf> {
        self.service.folders.volume(handle)
    }

    pub(super) fn volumes(&self) -> usize {
        self.service.folders.volumes()
    }

    pub(super) fn snapshots(&self) -> usize {
        self.service.folders.snapshots()
    }

    /// How often somebody has asked it for its name.
    pub(super) fn introductions(&self) -> usize {
        self.service.introductions.load(Ordering::Relaxed)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.task.abort();
    }
}
