//! What SQLite and the operating system can refuse.

use std::path::{Path, PathBuf};

// Result codes of SQLite, https://www.sqlite.org/rescode.html. The low byte of
// a code is its kind, the rest says more.
const PERM: i32 = 3;
const BUSY: i32 = 5;
const LOCKED: i32 = 6;
const READONLY: i32 = 8;
const IOERR: i32 = 10;
const CORRUPT: i32 = 11;
const FULL: i32 = 13;
const CANTOPEN: i32 = 14;
const PROTOCOL: i32 = 15;
const AUTH: i32 = 23;
const NOTADB: i32 = 26;
/// No room for the index of the write-ahead log.
const IOERR_SHMSIZE: i32 = IOERR | (19 << 8);

/// The file did not do what was asked of it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StorageError {
    /// Another connection kept it for longer than the busy timeout.
    #[error("the ledger file {} is locked by another process", path.display())]
    Locked {
        /// The ledger file.
        path: PathBuf,
        /// What SQLite said.
        source: sqlx::Error,
    },
    /// It may be read but not written.
    #[error("the ledger file {} is read-only", path.display())]
    ReadOnly {
        /// The ledger file.
        path: PathBuf,
        /// What SQLite said.
        source: sqlx::Error,
    },
    /// No room for another entry.
    #[error("there is no room left for the ledger file {}", path.display())]
    Full {
        /// The ledger file.
        path: PathBuf,
        /// What SQLite said.
        source: sqlx::Error,
    },
    /// SQLite's own structures in it are damaged.
    #[error("the ledger file {} is damaged", path.display())]
    Corrupt {
        /// The ledger file.
        path: PathBuf,
        /// What SQLite said.
        source: sqlx::Error,
    },
    /// Not an SQLite file at all.
    #[error("the file {} is not a ledger", path.display())]
    NotALedger {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        source: sqlx::Error,
    },
    /// It cannot be opened: no permission, or its folder is missing.
    #[error("the ledger file {} cannot be opened", path.display())]
    Unopenable {
        /// The ledger file.
        path: PathBuf,
        /// What SQLite or the operating system said.
        source: sqlx::Error,
    },
    /// The device failed to read or write it.
    #[error("the ledger file {} cannot be read or written", path.display())]
    Device {
        /// The ledger file.
        path: PathBuf,
        /// What SQLite or the operating system said.
        source: sqlx::Error,
    },
    /// Anything else.
    #[error("the ledger file {} refused a request", path.display())]
    Refused {
        /// The ledger file.
        path: PathBuf,
        /// What SQLite said.
        source: sqlx::Error,
    },
}

impl StorageError {
    pub(crate) fn new(path: &Path, source: sqlx::Error) -> Self {
        let path = path.to_path_buf();
        match &source {
            sqlx::Error::PoolTimedOut => return Self::Locked { path, source },
            sqlx::Error::ColumnDecode { .. } => return Self::Corrupt { path, source },
            sqlx::Error::Io(_) => return Self::Unopenable { path, source },
            _ => {}
        }
        let code = result_code(&source).unwrap_or(0);
        match code & 0xff {
            BUSY | LOCKED | PROTOCOL => Self::Locked { path, source },
            READONLY => Self::ReadOnly { path, source },
            FULL => Self::Full { path, source },
            IOERR if code == IOERR_SHMSIZE => Self::Full { path, source },
            IOERR => Self::Device { path, source },
            CORRUPT => Self::Corrupt { path, source },
            NOTADB => Self::NotALedger { path, source },
            PERM | CANTOPEN | AUTH => Self::Unopenable { path, source },
            _ => Self::Refused { path, source },
        }
    }

    /// What a person can do about it, in a sentence.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Locked { .. } => {
                "Find the other process that holds this file; Tidegate goes on by itself when it lets go."
            }
            Self::ReadOnly { .. } => {
                "Let Tidegate's user write the file and its folder, or mount the volume writable."
            }
            Self::Full { .. } => "Make room on the volume; Tidegate goes on by itself then.",
            Self::Corrupt { .. } => {
                "Keep the file as it is, check the disk, and restore the ledger from a backup."
            }
            Self::NotALedger { .. } => "Name the right file, or move this one away.",
            Self::Unopenable { .. } => {
                "Check that the folder exists and that Tidegate's user may read and write in it; SQLite keeps two more files beside the ledger."
            }
            Self::Device { .. } => {
                "Check the disk and the mount that hold the file, and whether a quota is used up."
            }
            Self::Refused { .. } => "Look at the cause named after it, and try again.",
        }
    }
}

/// Whether another connection holds the file.
pub(crate) fn is_locked(error: &sqlx::Error) -> bool {
    matches!(result_code(error), Some(code) if matches!(code & 0xff, BUSY | LOCKED | PROTOCOL))
}

fn result_code(error: &sqlx::Error) -> Option<i32> {
    error.as_database_error()?.code()?.parse().ok()
}
