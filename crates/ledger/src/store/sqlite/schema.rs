//! What is in the file, whose it is, and its schema.

use std::path::Path;

use sqlx::Connection;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::SqliteConnection;

use crate::store::error::{OpenError, StorageError, is_locked};

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// As set by the first migration.
const APPLICATION_ID: i64 = 1_416_193_125;

/// How often the switch to a write-ahead log is tried. Each try first waits for
/// whoever was in the way, so a second one nearly always does.
const LOG_SWITCH_TRIES: u32 = 16;

/// Makes the file a ledger of the current schema that can be written.
pub(super) async fn prepare(
    path: &Path,
    connection: &mut SqliteConnection,
) -> Result<(), OpenError> {
    // Before anything is written, so that another program's file stays as it is.
    if let Some(found) = schema_version(path, connection).await? {
        refuse_newer(path, found)?;
    }
    use_write_ahead_log(connection)
        .await
        .map_err(|error| StorageError::new(path, error))?;
    migrate(connection).await.map_err(|error| match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => {
            StorageError::new(path, error).into()
        }
        source => OpenError::Migration {
            path: path.to_path_buf(),
            source,
        },
    })
}

/// Refuses a file that is not a ledger of exactly the current schema.
pub(super) async fn require_current(
    path: &Path,
    connection: &mut SqliteConnection,
) -> Result<(), OpenError> {
    let Some(found) = schema_version(path, connection).await? else {
        return Err(OpenError::ForeignDatabase {
            path: path.to_path_buf(),
        });
    };
    refuse_newer(path, found)?;
    let known = known_version();
    if found < known {
        return Err(OpenError::OlderSchema {
            path: path.to_path_buf(),
            found,
            known,
        });
    }
    Ok(())
}

fn refuse_newer(path: &Path, found: i64) -> Result<(), OpenError> {
    let known = known_version();
    if found > known {
        return Err(OpenError::NewerSchema {
            path: path.to_path_buf(),
            found,
            known,
        });
    }
    Ok(())
}

fn known_version() -> i64 {
    MIGRATIONS
        .iter()
        .map(|migration| migration.version)
        .max()
        .unwrap_or(0)
}

/// The schema version of a ledger, `None` of a file without any tables.
async fn schema_version(
    path: &Path,
    connection: &mut SqliteConnection,
) -> Result<Option<i64>, OpenError> {
    let (application, objects) = identity(connection)
        .await
        .map_err(|error| StorageError::new(path, error))?;
    match (application, objects) {
        (APPLICATION_ID, _) => {
            let version: Option<i64> =
                sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations")
                    .fetch_one(connection)
                    .await
                    .map_err(|error| StorageError::new(path, error))?;
            Ok(Some(version.unwrap_or(0)))
        }
        (0, 0) => Ok(None),
        _ => Err(OpenError::ForeignDatabase {
            path: path.to_path_buf(),
        }),
    }
}

/// The application id and the number of tables, indexes and the like, both of
/// the same moment.
async fn identity(connection: &mut SqliteConnection) -> Result<(i64, i64), sqlx::Error> {
    sqlx::query_as(
        "SELECT application_id, (SELECT count(*) FROM sqlite_master) FROM pragma_application_id",
    )
    .fetch_one(connection)
    .await
}

/// The log lets readers go on while an entry is written. Some file systems have
/// no shared memory for it; the file then keeps its rollback journal, which is
/// as safe.
async fn use_write_ahead_log(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    let mut tries = 1;
    loop {
        let switched = sqlx::query("PRAGMA journal_mode = WAL")
            .execute(&mut *connection)
            .await;
        match switched {
            // SQLite does not wait for the lock this needs, but for a write
            // lock it does: until whoever is in the way is done.
            Err(error) if is_locked(&error) && tries < LOG_SWITCH_TRIES => {
                tries += 1;
                connection
                    .begin_with("BEGIN IMMEDIATE")
                    .await?
                    .rollback()
                    .await?;
            }
            other => return other.map(|_| ()),
        }
    }
}

/// All migrations in one transaction that has the write lock from its start:
/// sqlx itself takes no lock in SQLite, and two processes may start at once.
async fn migrate(connection: &mut SqliteConnection) -> Result<(), MigrateError> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    // `Migrator::run` does the same, but its future counts as not `Send`, and no
    // task that opens a ledger could be spawned.
    MIGRATIONS
        .run_direct(None, &mut *transaction, false)
        .await?;
    // SQLite opens a file it may not write without a word. This changes
    // nothing, but asks for permission to.
    sqlx::query("DELETE FROM entries WHERE position IS NULL")
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(())
}
