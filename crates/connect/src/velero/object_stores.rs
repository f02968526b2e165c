//! What was read of Velero's object stores.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tidegate_core::backup::Volume;

use crate::feed::{FetchFailure, Fetcher};

/// So many backups are remembered.
const MOST: usize = 256;

/// Fetches from object stores, and remembers what backups that have ended say of
/// their volumes: that never changes, and a change asks for it before every first
/// write.
#[derive(Debug)]
pub struct ObjectStores {
    pub(super) fetcher: Fetcher,
    /// By the backup's `metadata.uid`.
    volumes: Mutex<BTreeMap<String, Arc<[Volume]>>>,
}

impl ObjectStores {
    /// Nothing is known yet.
    ///
    /// # Errors
    ///
    /// [`FetchFailure::Client`].
    pub fn new() -> Result<Self, FetchFailure> {
        Ok(Self {
            fetcher: Fetcher::new()?,
            volumes: Mutex::default(),
        })
    }

    pub(super) fn volumes(&self, backup: &str) -> Option<Arc<[Volume]>> {
        let volumes = self.volumes.lock().unwrap_or_else(PoisonError::into_inner);
        volumes.get(backup).cloned()
    }

    pub(super) fn keep_volumes(&self, backup: String, said: Arc<[Volume]>) {
        let mut volumes = self.volumes.lock().unwrap_or_else(PoisonError::into_inner);
        if volumes.len() >= MOST {
            volumes.clear();
        }
        volumes.insert(backup, said);
    }
}
