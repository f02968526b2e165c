//! Nothing is written to a target that the ledger does not know of, whatever is
//! wrong with the ledger, and whichever replica does it.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test says what failed by failing"
)]

mod installation;

use std::fs::OpenOptions;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use installation::answer::Answer;
use installation::case::Case;
use installation::{Installation, NAMESPACE, eventually};
use k8s_openapi::api::coordination::v1::Lease;
use kube::Api;
use kube::api::DeleteParams;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};
use tidegate_api::Change;
use tidegate_core::lifecycle::Phase;
use tidegate_ledger::{Event, Filter, Ledger};
use tidegate_server::ServeError;

fn ledger_file(tidegate: &Installation) -> PathBuf {
    tidegate.options("").ledger
}

fn told(tidegate: &Installation, problem: &str) -> String {
    let file = ledger_file(tidegate);
    format!("the ledger file {} {problem}", file.display())
}

/// A connection that is not Tidegate's.
async fn outsider(path: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(path);
    options.connect().await.unwrap()
}

/// The change says this of the ledger, and its target is not even claimed.
async fn waits_for_the_ledger(case: &Case<'_>, change: &str, problem: &str) {
    let file = ledger_file(case.tidegate);
    let sentence = format!(
        "could not take local/{}/settings: the ledger cannot be written: {problem}",
        case.name,
    );
    case.is_told(change, Phase::BackingUp, &sentence).await;
    let reading = tidegate_ledger::OpenOptions {
        read_only: true,
        ..tidegate_ledger::OpenOptions::default()
    };
    let ledger = Ledger::open_with(&file, &reading).await.unwrap();
    let about = ledger.entries(Filter::ChangeName(change)).await.unwrap();
    let begun = about
        .iter()
        .filter(|entry| matches!(entry.entry.event, Event::EffectBegun { .. }));
    assert_eq!(begun.count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_that_cannot_be_written_holds_a_change_until_it_can() {
    let mut tidegate = Installation::without_pods().await;
    tidegate.start_controller().await;
    a_locked_file(&tidegate).await;
    a_read_only_file(&tidegate).await;
    a_full_file(&tidegate).await;
    a_file_that_is_full_at_the_end(&tidegate).await;
    tidegate.ledger().await.verify(None).await.unwrap();
    tidegate.stop_controller().await;
    a_read_only_file_at_the_start(&tidegate).await;
    tidegate.finish().await;
}

async fn a_locked_file(tidegate: &Installation) {
    let case = Case::new(tidegate, "locked").await;
    let change = case.ready_to_start("CHG-300").await;
    let mut outsider = outsider(&ledger_file(tidegate)).await;
    let lock = outsider.begin_with("BEGIN EXCLUSIVE").await.unwrap();
    case.release(&change).await;
    let sentence = told(tidegate, "is locked by another process");
    waits_for_the_ledger(&case, &change, &sentence).await;
    lock.rollback().await.unwrap();
    case.ends_with(&change, "1").await;
    case.is_recorded_whole(&change).await;
}

async fn a_read_only_file(tidegate: &Installation) {
    let case = Case::new(tidegate, "read-only").await;
    let change = case.ready_to_start("CHG-301").await;
    set_write_version(&ledger_file(tidegate), UNKNOWN).await;
    case.release(&change).await;
    let sentence = told(tidegate, "is read-only");
    waits_for_the_ledger(&case, &change, &sentence).await;
    set_write_version(&ledger_file(tidegate), WRITE_AHEAD_LOG).await;
    case.ends_with(&change, "1").await;
}

/// SQLite refuses what has no room with one and the same code, be it an entry on
/// a full disk or, as here, a row of a table whose numbers are used up. So every
/// connection meets it, the controller's too, which no test can limit. A disk
/// that really takes nothing more is in `real_full_disk`.
async fn a_full_file(tidegate: &Installation) {
    let case = Case::new(tidegate, "full").await;
    let change = case.ready_to_start("CHG-303").await;
    let mut outsider = outsider(&ledger_file(tidegate)).await;
    fill(&mut outsider, "true").await;
    case.release(&change).await;
    let file = ledger_file(tidegate);
    let sentence = format!(
        "there is no room left for the ledger file {}",
        file.display()
    );
    waits_for_the_ledger(&case, &change, &sentence).await;
    make_room(outsider).await;
    case.ends_with(&change, "1").await;
    case.is_recorded_whole(&change).await;
}

/// A change has ended and is deleted before the ledger could take that it has:
/// it vanishes only when that is on record.
async fn a_file_that_is_full_at_the_end(tidegate: &Installation) {
    let case = Case::new(tidegate, "full-at-the-end").await;
    let change = case.ready_to_start("CHG-304").await;
    let mut outsider = outsider(&ledger_file(tidegate)).await;
    let is_end = r#"CAST(NEW.entry AS TEXT) LIKE '%"to":"Succeeded"%'"#;
    fill(&mut outsider, is_end).await;
    case.release(&change).await;
    case.ends_with(&change, "1").await;
    let changes: Api<Change> = Api::namespaced(tidegate.admin.clone(), NAMESPACE);
    let parameters = DeleteParams::default();
    changes.delete(&change, &parameters).await.unwrap();
    // Tidegate has heard of it by the time another change has gone through.
    let other = Case::new(tidegate, "full-for-others").await;
    let next = other.submit("CHG-305", other.here()).await;
    other.approve(&next).await;
    tidegate.until(&next, Phase::Succeeded).await;
    assert!(changes.get_opt(&change).await.unwrap().is_some());

    make_room(outsider).await;
    eventually("it is gone", async || {
        changes
            .get_opt(&change)
            .await
            .unwrap()
            .is_none()
            .then_some(())
    })
    .await;
    let ledger = tidegate.ledger().await;
    let entries = ledger.entries(Filter::ChangeName(&change)).await.unwrap();
    ledger.close().await;
    let last = serde_json::to_value(&entries.last().unwrap().entry.event).unwrap();
    assert!(last.to_string().contains(r#""to":"Succeeded""#), "{last}");
    other.is_recorded_whole(&next).await;
}

/// There is no room for an entry of which this is true.
async fn fill(outsider: &mut SqliteConnection, condition: &str) {
    let statements = format!(
        "CREATE TABLE room (number INTEGER PRIMARY KEY AUTOINCREMENT); \
         INSERT INTO room VALUES ({}); \
         CREATE TRIGGER no_room BEFORE INSERT ON entries WHEN {condition} \
         BEGIN INSERT INTO room (number) VALUES (NULL); END",
        i64::MAX
    );
    execute(outsider, statements).await;
}

async fn make_room(mut outsider: SqliteConnection) {
    let statements = "DROP TRIGGER no_room; DROP TABLE room".to_owned();
    execute(&mut outsider, statements).await;
    outsider.close().await.unwrap();
}

async fn execute(outsider: &mut SqliteConnection, statements: String) {
    let statements = sqlx::raw_sql(AssertSqlSafe(statements));
    statements.execute(outsider).await.unwrap();
}

async fn a_read_only_file_at_the_start(tidegate: &Installation) {
    set_write_version(&ledger_file(tidegate), UNKNOWN).await;
    let ended = tidegate.controller("late").await.ended().await;
    let Err(ServeError::Ledger(error)) = ended else {
        panic!("{ended:?}");
    };
    assert!(error.to_string().contains("is read-only"), "{error}");
    set_write_version(&ledger_file(tidegate), WRITE_AHEAD_LOG).await;
    let case = Case::new(tidegate, "read-only-at-start").await;
    let change = case.submit("CHG-302", case.here()).await;
    tidegate.restart_controller().await;
    case.goes_out(&change, "1").await;
}

const WRITE_AHEAD_LOG: u8 = 2;
const UNKNOWN: u8 = 3;

/// SQLite takes a file for read-only whose header asks for a later version of
/// the format to write it (SQLite, "Database File Format", 1.3.3). Unlike the
/// permissions of the file, that binds root as well.
async fn set_write_version(path: &Path, version: u8) {
    let mut outsider = outsider(path).await;
    let checkpoint = async |outsider: &mut SqliteConnection| {
        sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
            .execute(outsider)
            .await
            .unwrap();
    };
    // First the header has to be in the file itself and not in the log; then the
    // others have to notice that there is something to read again.
    checkpoint(&mut outsider).await;
    let file = OpenOptions::new().write(true).open(path).unwrap();
    file.write_all_at(&[version], 18).unwrap();
    checkpoint(&mut outsider).await;
    outsider.close().await.unwrap();
}

async fn leader(tidegate: &Installation) -> Option<String> {
    let api: Api<Lease> = Api::namespaced(tidegate.admin.clone(), NAMESPACE);
    let lease = api.get_opt("tidegate-controller").await.unwrap()?;
    lease.spec?.holder_identity
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_replicas_one_leads_and_the_other_finishes_what_it_began() {
    let tidegate = Installation::without_pods().await;
    let first = tidegate.controller("first").await;
    eventually("the first leads", async || {
        (leader(&tidegate).await? == "first").then_some(())
    })
    .await;
    let second = tidegate.controller("second").await;

    let case = Case::new(&tidegate, "replicas").await;
    let answer = Answer::bad().await;
    case.policy(|spec| spec["verification"] = answer.verification())
        .await;
    let change = case.submit("CHG-310", case.here()).await;
    case.approve(&change).await;
    tidegate.until(&change, Phase::Verifying).await;
    assert_eq!(leader(&tidegate).await.as_deref(), Some("first"));

    first.kill().await;
    answer.turn_good();
    case.ends_with(&change, "1").await;
    assert_eq!(leader(&tidegate).await.as_deref(), Some("second"));

    // A leader that stops in good order leaves the Lease to others at once.
    let third = tidegate.controller("third").await;
    second.stop().await;
    let change = case.submit("CHG-311", case.here()).await;
    case.goes_out(&change, "1").await;
    assert_eq!(leader(&tidegate).await.as_deref(), Some("third"));
    third.stop().await;

    let ledger = tidegate.ledger().await;
    ledger.verify(None).await.unwrap();
    tidegate.finish().await;
}
