//! Which files are opened, and which are left alone.

use super::*;
use crate::store::sqlite::schema;

fn reading() -> OpenOptions {
    OpenOptions {
        read_only: true,
        ..OpenOptions::default()
    }
}

#[tokio::test]
async fn missing_folders_are_made_and_entries_outlive_the_process() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("var/lib/ledger.db");
    let ledger = Ledger::open(&path).await.unwrap();
    ledger
        .begin(at(0), &change(1), "apply", &json!("a"))
        .await
        .unwrap();
    let head = ledger.head().await.unwrap();
    ledger.close().await;
    let ledger = Ledger::open(&path).await.unwrap();
    assert_eq!(ledger.verify(head).await.unwrap(), head);
    assert_eq!(ledger.path(), path);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_that_start_at_once_make_one_ledger() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("ledger.db");
    let tasks: Vec<_> = (0..8)
        .map(|number| {
            let path = path.clone();
            tokio::spawn(async move {
                let ledger = Ledger::open_with(path, &patient()).await.unwrap();
                ledger
                    .begin(at(0), &change(number), "apply", &json!(null))
                    .await
                    .unwrap();
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let ledger = Ledger::open(&path).await.unwrap();
    assert_eq!(ledger.verify(None).await.unwrap().unwrap().index, 7);
}

#[tokio::test]
async fn entries_are_synced_to_the_disk() {
    let folder = TempDir::new().unwrap();
    let ledger = written(&folder).await;
    let synchronous: i64 = sqlx::query_scalar("PRAGMA synchronous")
        .fetch_one(&ledger.writer)
        .await
        .unwrap();
    let journal: String = sqlx::query_scalar("PRAGMA journal_mode")
        .fetch_one(&ledger.writer)
        .await
        .unwrap();
    // 2 is FULL.
    assert_eq!((synchronous, journal.as_str()), (2, "wal"));
}

#[tokio::test]
async fn reader_follows_a_ledger_that_is_being_written() {
    let folder = TempDir::new().unwrap();
    let ledger = written(&folder).await;
    let reader = Ledger::open_with(ledger.path(), &reading()).await.unwrap();
    ledger
        .end(at(4), &change(1234), "apply/full", &json!("b"))
        .await
        .unwrap();
    assert_eq!(reader.entries(Filter::All).await.unwrap().len(), 5);
    assert_eq!(reader.head().await.unwrap(), ledger.head().await.unwrap());
    ledger.close().await;
    reader.close().await;
    let reader = Ledger::open_with(ledger.path(), &reading()).await.unwrap();
    assert_eq!(reader.verify(None).await.unwrap().unwrap().index, 4);
}

#[tokio::test]
async fn reader_makes_no_file() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("ledger.db");
    let error = Ledger::open_with(&path, &reading()).await.unwrap_err();
    assert!(matches!(error, OpenError::Missing { .. }), "{error}");
    assert!(!path.exists());
    std::fs::write(&path, "").unwrap();
    let error = Ledger::open_with(&path, &reading()).await.unwrap_err();
    assert!(
        matches!(error, OpenError::ForeignDatabase { .. }),
        "{error}"
    );
}

#[tokio::test]
async fn folder_in_place_of_the_file_is_named() {
    let folder = TempDir::new().unwrap();
    let error = Ledger::open(folder.path()).await.unwrap_err();
    let expected = format!("the ledger file {} is a folder", folder.path().display());
    assert_eq!(error.to_string(), expected);
}

#[tokio::test]
async fn file_in_place_of_its_folder_is_refused() {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("var"), "").unwrap();
    let error = Ledger::open(folder.path().join("var/ledger.db"))
        .await
        .unwrap_err();
    assert!(matches!(error, OpenError::Parent { .. }), "{error}");
}

// SQLite would take these names for a database in memory and for options.
#[tokio::test]
async fn odd_names_are_file_names() {
    let folder = TempDir::new().unwrap();
    for name in [":memory:", "file:ledger.db?mode=memory", "a b%20.db"] {
        let path = folder.path().join(name);
        Ledger::open(&path).await.unwrap().close().await;
        assert!(path.is_file(), "{name}");

        let error = Ledger::open_with(name, &reading()).await.unwrap_err();
        let expected = std::env::current_dir().unwrap().join(name);
        assert!(matches!(error, OpenError::Missing { path } if path == expected));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn new_file_that_another_process_is_writing_is_waited_for() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("ledger.db");
    let mut other = outsider(&path).await;
    let lock = other.begin_with("BEGIN IMMEDIATE").await.unwrap();
    let release = async {
        // Long enough for the opening to meet the lock; if not, it just opens.
        for _ in 0..20_000 {
            tokio::task::yield_now().await;
        }
        lock.rollback().await.unwrap();
    };
    let options = patient();
    let (opened, ()) = tokio::join!(Ledger::open_with(&path, &options), release);
    opened.unwrap();
}

#[tokio::test]
async fn database_of_another_program_is_left_alone() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("other.db");
    // _sqlx_migrations is in every program that uses the same library.
    execute(
        &path,
        "CREATE TABLE _sqlx_migrations (version BIGINT); CREATE TABLE mine (a)",
    )
    .await;
    let before = std::fs::read(&path).unwrap();
    for options in [OpenOptions::default(), reading()] {
        let error = Ledger::open_with(&path, &options).await.unwrap_err();
        assert!(
            matches!(error, OpenError::ForeignDatabase { .. }),
            "{error}"
        );
    }
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn file_that_is_no_database_is_left_alone() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("notes.txt");
    for text in [
        "Call Dana about the canary.\n".to_owned(),
        "x".repeat(10_000),
    ] {
        std::fs::write(&path, &text).unwrap();
        let error = Ledger::open(&path).await.unwrap_err();
        assert!(
            matches!(error, OpenError::Storage(StorageError::NotALedger { .. })),
            "{error}"
        );
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    }
}

#[tokio::test]
async fn schema_of_a_later_version_is_refused() {
    let folder = TempDir::new().unwrap();
    let ledger = written(&folder).await;
    ledger.close().await;
    execute(
        ledger.path(),
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES (99, 'later', TRUE, x'00', 0)",
    )
    .await;
    for options in [OpenOptions::default(), reading()] {
        let error = Ledger::open_with(ledger.path(), &options)
            .await
            .unwrap_err();
        assert!(
            matches!(
                error,
                OpenError::NewerSchema {
                    found: 99,
                    known: 1,
                    ..
                }
            ),
            "{error}"
        );
    }
}

#[tokio::test]
async fn schema_of_an_earlier_version_is_not_for_readers() {
    let folder = TempDir::new().unwrap();
    let ledger = written(&folder).await;
    ledger.close().await;
    execute(ledger.path(), "DELETE FROM _sqlx_migrations").await;
    let error = Ledger::open_with(ledger.path(), &reading())
        .await
        .unwrap_err();
    assert!(
        matches!(error, OpenError::OlderSchema { found: 0, .. }),
        "{error}"
    );
}

// SQLite opens a file it may not write as if nothing were amiss. Root may write
// everything, so the connection says it may not.
#[tokio::test]
async fn file_that_cannot_be_written_is_refused_at_once() {
    let folder = TempDir::new().unwrap();
    let ledger = written(&folder).await;
    let connect = SqliteConnectOptions::new()
        .filename(ledger.path())
        .read_only(true);
    let mut connection = connect.connect().await.unwrap();
    let error = schema::prepare(ledger.path(), &mut connection)
        .await
        .unwrap_err();
    assert!(
        matches!(error, OpenError::Storage(StorageError::ReadOnly { .. })),
        "{error}"
    );
}
