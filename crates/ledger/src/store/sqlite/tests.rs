mod once;
mod open;
mod tampering;
mod trouble;

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection};
use tempfile::TempDir;

use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_775_613_600 + second).unwrap()
}

fn change(number: u32) -> ChangeRef {
    ChangeRef {
        name: format!("chg-{number}"),
        uid: format!("uid-{number}"),
    }
}

/// Waits for others however slow the machine is.
fn patient() -> OpenOptions {
    OpenOptions {
        busy_timeout: Duration::from_mins(1),
        ..OpenOptions::default()
    }
}

/// A ledger file of four entries about chg-1234.
async fn written(folder: &TempDir) -> Ledger {
    let ledger = Ledger::open(folder.path().join("ledger.db")).await.unwrap();
    let change = change(1234);
    ledger
        .record(
            at(0),
            &change,
            "phase-1",
            "phase",
            &json!({"to": "RollingOut"}),
        )
        .await
        .unwrap();
    for (second, key) in [(1, "apply/canary"), (2, "apply/full")] {
        ledger
            .begin(at(second), &change, key, &json!({"do": key}))
            .await
            .unwrap();
    }
    ledger
        .end(at(3), &change, "apply/canary", &json!({"ok": true}))
        .await
        .unwrap();
    ledger
}

/// A connection of someone who does not go through the ledger.
async fn outsider(path: &Path) -> SqliteConnection {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .connect()
        .await
        .unwrap()
}

async fn execute(path: &Path, statement: &'static str) {
    let mut connection = outsider(path).await;
    sqlx::raw_sql(statement)
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
}
