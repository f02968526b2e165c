//! Opening the file, for writing or only for reading.

use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::ConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions, SqliteSynchronous};

use super::{Ledger, schema};
use crate::store::error::{OpenError, StorageError};

/// How to open a ledger file.
#[derive(Debug, Clone)]
pub struct OpenOptions {
    /// Only read: the ledger is neither made nor migrated, and any number of
    /// readers may look into one that a server is writing.
    pub read_only: bool,
    /// How long to wait for another process that holds the file; 2 s unless set.
    pub busy_timeout: Duration,
    /// The most pages of 4,096 bytes the file may grow to; unless set, the disk
    /// is the limit.
    pub max_pages: Option<u32>,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self {
            read_only: false,
            busy_timeout: Duration::from_secs(2),
            max_pages: None,
        }
    }
}

pub(super) async fn file(path: &Path, options: &OpenOptions) -> Result<Ledger, OpenError> {
    // Absolute, so that SQLite takes no name for a URI or for memory.
    let path = &std::path::absolute(path).map_err(|source| OpenError::Parent {
        path: path.to_path_buf(),
        source,
    })?;
    if path.is_dir() {
        return Err(OpenError::Folder { path: path.clone() });
    }
    if options.read_only {
        if !path.exists() {
            return Err(OpenError::Missing { path: path.clone() });
        }
    } else if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).map_err(|source| OpenError::Parent {
            path: path.clone(),
            source,
        })?;
    }

    let reading = connect_options(path, options).read_only(true);
    if options.read_only {
        let mut connection = reading
            .connect()
            .await
            .map_err(|error| StorageError::new(path, error))?;
        schema::require_current(path, &mut connection).await?;
        let readers = pool(4, reading);
        return Ok(Ledger {
            path: path.clone(),
            writer: readers.clone(),
            readers,
        });
    }
    let writing = connect_options(path, options).create_if_missing(true);
    let mut connection = writing
        .connect()
        .await
        .map_err(|error| StorageError::new(path, error))?;
    schema::prepare(path, &mut connection).await?;
    Ok(Ledger {
        path: path.clone(),
        writer: pool(1, writing.create_if_missing(false)),
        readers: pool(4, reading),
    })
}

pub(super) async fn memory() -> Result<Ledger, OpenError> {
    let path = PathBuf::from(":memory:");
    // Each connection has a memory of its own, so there is only one, for ever.
    let only = pool(1, SqliteConnectOptions::new().in_memory(true));
    let mut connection = only
        .acquire()
        .await
        .map_err(|error| StorageError::new(&path, error))?;
    schema::prepare(&path, &mut connection).await?;
    drop(connection);
    Ok(Ledger {
        path,
        writer: only.clone(),
        readers: only,
    })
}

impl Ledger {
    /// Paths of files are made absolute; `:memory:` is not.
    pub(super) fn is_file(&self) -> bool {
        self.path.is_absolute()
    }
}

fn connect_options(path: &Path, options: &OpenOptions) -> SqliteConnectOptions {
    let connect = SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(options.busy_timeout)
        .synchronous(SqliteSynchronous::Full);
    match options.max_pages {
        Some(pages) => connect.pragma("max_page_count", pages.to_string()),
        None => connect,
    }
}

fn pool(connections: u32, options: SqliteConnectOptions) -> SqlitePool {
    SqlitePoolOptions::new()
        .max_connections(connections)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_lazy_with(options)
}
