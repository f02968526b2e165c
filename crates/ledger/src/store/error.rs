//! What can go wrong with a ledger, told so that a person can act on it.

mod storage;

use std::path::PathBuf;

pub use storage::StorageError;
pub(crate) use storage::is_locked;

use crate::chain::Broken;
use crate::entry::EntryError;

/// A ledger that could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The file did not do what was asked of it.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// Opened for reading, and there is none.
    #[error("there is no ledger file {}", path.display())]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// A folder is where the file should be.
    #[error("the ledger file {} is a folder", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
    },
    /// The folder for the file could not be made, or the path is no path.
    #[error("the folder for the ledger file {} cannot be made", path.display())]
    Parent {
        /// The ledger file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// An SQLite file of another program, or an empty one opened for reading.
    #[error("the SQLite file {} is not a ledger", path.display())]
    ForeignDatabase {
        /// The file.
        path: PathBuf,
    },
    /// A later Tidegate wrote it.
    #[error(
        "the ledger file {} has schema version {found}, and this program knows only version {known} and earlier",
        path.display()
    )]
    NewerSchema {
        /// The ledger file.
        path: PathBuf,
        /// The version of the file.
        found: i64,
        /// The latest version this program knows.
        known: i64,
    },
    /// Opened for reading, and an earlier Tidegate wrote it.
    #[error(
        "the ledger file {} has schema version {found}, and this program reads version {known}",
        path.display()
    )]
    OlderSchema {
        /// The ledger file.
        path: PathBuf,
        /// The version of the file, 0 if it has none.
        found: i64,
        /// The version this program reads.
        known: i64,
    },
    /// Its schema could not be brought up to date; the file is as before.
    #[error("the schema of the ledger file {} cannot be brought up to date", path.display())]
    Migration {
        /// The ledger file.
        path: PathBuf,
        /// What is wrong with it.
        source: sqlx::migrate::MigrateError,
    },
}

/// An entry that could not be written; the ledger is as before.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AppendError {
    /// The file did not do what was asked of it.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The entry itself cannot be written.
    #[error(transparent)]
    Entry(#[from] EntryError),
    /// The change has no name or no UID, or the event has no key.
    #[error("a ledger entry needs a {what}, and it is empty")]
    Unnamed {
        /// What is empty.
        what: &'static str,
    },
    /// The end of an effect that is not in the ledger.
    #[error("the effect {key} of {change} ended but never began")]
    NeverBegun {
        /// The name of the change.
        change: String,
        /// The key of the effect.
        key: String,
    },
    /// The entry written earlier under the same key does not hold.
    #[error(transparent)]
    Broken(#[from] Broken),
}

/// Entries that could not be read, or that do not hold.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The file did not do what was asked of it.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// Someone changed the record.
    #[error(transparent)]
    Broken(#[from] Broken),
}

impl OpenError {
    /// What a person can do about it, in a sentence.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Storage(error) => error.hint(),
            Self::Missing { .. } => "Name the file the server writes, or start the server first.",
            Self::Folder { .. } => "Name a file in the folder, such as ledger.db.",
            Self::Parent { .. } => {
                "Make the folder, or let Tidegate's user write in the one above it."
            }
            Self::ForeignDatabase { .. } => "Name the right file, or move this one away.",
            Self::NewerSchema { .. } => {
                "Use the Tidegate version that wrote it, or a later one; a ledger is never taken back."
            }
            Self::OlderSchema { .. } => {
                "Start the server of this version once; it brings the file up to date."
            }
            Self::Migration { .. } => {
                "The file was not changed; restore it from a backup or report the cause named after it."
            }
        }
    }
}

impl AppendError {
    /// What a person can do about it, in a sentence.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Storage(error) => error.hint(),
            Self::Entry(error) => error.hint(),
            Self::Unnamed { .. } => {
                "Give the change its object's name and UID, and the event a key."
            }
            Self::NeverBegun { .. } => {
                "Look whether the ledger was restored from an older copy while the change ran."
            }
            Self::Broken(broken) => broken.hint(),
        }
    }
}

impl ReadError {
    /// What a person can do about it, in a sentence.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Storage(error) => error.hint(),
            Self::Broken(broken) => broken.hint(),
        }
    }
}
