//! The ledger in one SQLite file, which several processes of one machine may
//! share.
//!
//! Every entry is in the file, synced to the disk, before a call returns. A
//! call that fails or is dropped leaves the chain whole; whether a dropped one
//! was written is answered by making it again.

mod append;
mod open;
mod read;
mod row;
mod schema;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde_json::Value;
use sqlx::sqlite::SqlitePool;

pub use open::OpenOptions;

use super::{Begun, EffectRecord, Ended, Filter, Recorded, StoredEntry};
use crate::chain::{Broken, Fault, Head};
use crate::entry::{ChangeRef, Event};
use crate::store::error::{AppendError, OpenError, ReadError, StorageError};

/// The record of every effect. Clones share its connections.
#[derive(Debug, Clone)]
pub struct Ledger {
    path: PathBuf,
    // SQLite has one writer at a time. One connection lets the tasks of this
    // process queue here, instead of running into each other's busy timeout.
    writer: SqlitePool,
    readers: SqlitePool,
}

impl Ledger {
    /// Opens the ledger for writing; makes the file and its folders where they
    /// are missing, and brings its schema up to date.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        Self::open_with(path, &OpenOptions::default()).await
    }

    /// Opens the ledger as `options` say.
    pub async fn open_with(
        path: impl AsRef<Path>,
        options: &OpenOptions,
    ) -> Result<Self, OpenError> {
        open::file(path.as_ref(), options).await
    }

    /// A ledger that is gone when the last clone is dropped, for tests.
    pub async fn in_memory() -> Result<Self, OpenError> {
        open::memory().await
    }

    /// The absolute path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Waits for the calls under way and closes the file. Later calls fail.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    /// Writes that the effect `key` of `change` is about to be performed, once.
    ///
    /// `effect` says what is about to be done, without secrets. If it is there
    /// already, nothing is written and the earlier text stays.
    pub async fn begin(
        &self,
        at: Timestamp,
        change: &ChangeRef,
        key: &str,
        effect: &Value,
    ) -> Result<Begun, AppendError> {
        let event = Event::EffectBegun {
            key: key.to_owned(),
            effect: effect.clone(),
        };
        Ok(match self.append(at, change, event).await? {
            None => Begun::New,
            Some(_) => Begun::Already,
        })
    }

    /// Writes how the effect `key` of `change` ended, once.
    ///
    /// An effect that never began is an error: its beginning must be in the
    /// ledger before it is performed.
    pub async fn end(
        &self,
        at: Timestamp,
        change: &ChangeRef,
        key: &str,
        outcome: &Value,
    ) -> Result<Ended, AppendError> {
        let event = Event::EffectEnded {
            key: key.to_owned(),
            outcome: outcome.clone(),
        };
        Ok(match self.append(at, change, event).await? {
            None => Ended::New,
            Some(earlier) => Ended::Already(earlier.entry.event.into_value()),
        })
    }

    /// Writes what was decided or seen, such as a phase entered or an approval
    /// counted, once for each `once_key` of `change`.
    pub async fn record(
        &self,
        at: Timestamp,
        change: &ChangeRef,
        once_key: &str,
        what: &str,
        detail: &Value,
    ) -> Result<Recorded, AppendError> {
        let event = Event::Recorded {
            key: once_key.to_owned(),
            what: what.to_owned(),
            detail: detail.clone(),
        };
        Ok(match self.append(at, change, event).await? {
            None => Recorded::New,
            Some(_) => Recorded::Already,
        })
    }

    /// The effects of the change with this `metadata.uid`, by key.
    pub async fn outcomes(
        &self,
        change_uid: &str,
    ) -> Result<BTreeMap<String, EffectRecord>, ReadError> {
        let mut effects = BTreeMap::new();
        for StoredEntry { entry, .. } in self.entries(Filter::ChangeUid(change_uid)).await? {
            match entry.event {
                Event::EffectBegun { key, effect } => {
                    let record = EffectRecord {
                        effect,
                        began_at: entry.at,
                        ended: None,
                    };
                    effects.insert(key, record);
                }
                Event::EffectEnded { key, outcome } => {
                    let effect = effects.get_mut(&key).ok_or(Broken {
                        index: entry.index,
                        what: Fault::NeverBegun,
                    })?;
                    effect.ended = Some((entry.at, outcome));
                }
                Event::Recorded { .. } => {}
            }
        }
        Ok(effects)
    }

    /// The entries the filter names, oldest first.
    ///
    /// Each is compared with its own hash; only [`Ledger::verify`] looks at the
    /// chain between them.
    pub async fn entries(&self, filter: Filter<'_>) -> Result<Vec<StoredEntry>, ReadError> {
        read::entries(self, filter).await
    }

    /// The last entry, `None` while there is none. It is read, not verified.
    pub async fn head(&self) -> Result<Option<Head>, ReadError> {
        read::head(self).await
    }

    /// Verifies the whole chain, and that the look-up columns say what the
    /// entries say; returns the head, `None` of an empty ledger.
    ///
    /// A `remembered` head, noted outside the file at any earlier time, shows
    /// whether entries were cut off or written anew since.
    pub async fn verify(&self, remembered: Option<Head>) -> Result<Option<Head>, ReadError> {
        read::verify(self, remembered).await
    }

    fn storage(&self, source: sqlx::Error) -> StorageError {
        StorageError::new(&self.path, source)
    }
}

#[cfg(test)]
mod tests;
