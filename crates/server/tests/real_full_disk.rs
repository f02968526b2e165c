//! The disk of the ledger gets full in the middle of a change: nothing goes on
//! that the record could not tell of, people are told, and with room again it
//! goes on by itself.
//!
//! A file system of its own that is really full needs root, and SQLite opens
//! neither its file nor its log through a link to `/dev/full`. So this process,
//! in which the controller runs, takes a limit on the size of its files
//! (setrlimit(2), `RLIMIT_FSIZE`): the same writes fail in the same place, in the
//! middle of a page of the log, and what is there can be read. The kernel says
//! EFBIG and not ENOSPC, as it says EDQUOT where a quota is used up, and SQLite
//! makes the same of these two: a failed write. What it makes of ENOSPC is in
//! `real_ledger_faults`. This test is alone in its file, since the limit is for
//! the whole process.

#![allow(clippy::unwrap_used, reason = "a test says what failed by failing")]

mod installation;

use std::collections::BTreeSet;

use installation::answer::Answer;
use installation::case::Case;
use installation::{Installation, eventually, warning};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use rustix::process::{Resource, Rlimit, Signal, getrlimit, setrlimit};
use serde_json::json;
use tidegate_core::lifecycle::Phase;
use tidegate_ledger::Filter;
use tokio::signal::unix::{SignalKind, signal};

/// Half of a page of the log still fits, so that writes break off in the middle.
const ROOM: u64 = 2_000;

/// A page of the log, and what stands before it.
const PAGE: u64 = 4_096 + 24;

/// At so many points of a change the disk gets full, and at the last pages.
const POINTS: u64 = 10;
const LAST_PAGES: u64 = 2;

/// The ledger and its log: how large is the larger one?
fn size(tidegate: &Installation) -> u64 {
    let ledger = tidegate.options("").ledger;
    let log = ledger.with_file_name("ledger.sqlite-wal");
    let sizes = [ledger, log].map(|file| file.metadata().unwrap().len());
    sizes.into_iter().max().unwrap()
}

/// While it lives no file of this process grows larger than the ledger with so
/// much more.
struct FullDisk(Rlimit);

impl FullDisk {
    fn after(tidegate: &Installation, room: u64) -> Self {
        let before = getrlimit(Resource::Fsize);
        let limit = Rlimit {
            current: Some(size(tidegate) + room),
            ..before
        };
        setrlimit(Resource::Fsize, limit).unwrap();
        Self(before)
    }
}

impl Drop for FullDisk {
    fn drop(&mut self) {
        setrlimit(Resource::Fsize, self.0).unwrap();
    }
}

/// The keys of all that the ledger has of a change.
async fn entries(case: &Case<'_>, change: &str) -> Vec<String> {
    let ledger = case.tidegate.ledger().await;
    let entries = ledger.entries(Filter::ChangeName(change)).await.unwrap();
    ledger.close().await;
    let key = |entry: &tidegate_ledger::StoredEntry| entry.entry.event.key().to_owned();
    entries.iter().map(key).collect()
}

/// What a change says whose next effect the ledger cannot take.
async fn is_told(case: &Case<'_>, change: &str, phase: Phase, effect: &str) {
    let file = case.tidegate.options("").ledger;
    let sentence = format!(
        "could not {effect} local/{}/settings: the ledger cannot be written: the ledger file {} cannot be read or written",
        case.name,
        file.display()
    );
    let told = case.tidegate.until_waiting(change, &sentence).await;
    assert!(!told.contains('\n'), "{told}");
    let status = case.tidegate.change(change).await.status.unwrap();
    assert_eq!(status.status.phase, phase, "{told}");
    let mut conditions = status.conditions.iter();
    assert!(
        conditions.any(|condition| condition.message == told),
        "{told} is in no condition: {:?}",
        status.conditions
    );
    assert_eq!(warning(case.tidegate, change, "EffectFailed").await, told);
}

/// Whether somebody has to look at it.
async fn attention(case: &Case<'_>, change: &str) -> String {
    let status = case.tidegate.change(change).await.status.unwrap();
    let mut conditions = status.conditions.into_iter();
    let is_it = |condition: &Condition| condition.type_ == "AttentionNeeded";
    conditions.find(is_it).unwrap().status
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_holds_a_change_wherever_it_is_until_there_is_room() {
    // Who writes beyond the limit and takes no notice of this is killed by it.
    let number = Signal::XFSZ.as_raw();
    let _noticed = signal(SignalKind::from_raw(number)).unwrap();
    let mut tidegate = Installation::without_pods().await;
    tidegate.start_controller().await;
    before_the_first_write(&tidegate).await;
    before_the_record_of_what_is_out(&tidegate).await;
    before_the_way_back(&tidegate).await;
    wherever_it_is(&tidegate).await;
    let ledger = tidegate.ledger().await;
    ledger.verify(None).await.unwrap();
    ledger.close().await;
    tidegate.finish().await;
}

async fn before_the_first_write(tidegate: &Installation) {
    let case = Case::new(tidegate, "first").await;
    let change = case.ready_to_start("CHG-1").await;
    let known = entries(&case, &change).await;
    let full = FullDisk::after(tidegate, ROOM);
    case.release(&change).await;
    is_told(&case, &change, Phase::BackingUp, "take").await;
    assert_eq!(case.version("settings").await, None);
    assert_eq!(entries(&case, &change).await, known);
    drop(full);
    case.ends_with(&change, "1").await;
    case.is_recorded_whole(&change).await;
}

async fn before_the_record_of_what_is_out(tidegate: &Installation) {
    let case = Case::new(tidegate, "last").await;
    let answer = Answer::bad().await;
    case.policy(|spec| spec["verification"] = answer.verification())
        .await;
    let change = case.submit("CHG-2", case.here()).await;
    case.approve(&change).await;
    tidegate.until(&change, Phase::Verifying).await;
    let full = FullDisk::after(tidegate, ROOM);
    answer.turn_good();
    is_told(&case, &change, Phase::Verifying, "release").await;
    drop(full);
    case.ends_with(&change, "1").await;
    case.is_recorded_whole(&change).await;
}

/// To go back is a write like others: what was written without the record
/// knowing of it could be anything.
async fn before_the_way_back(tidegate: &Installation) {
    let mut case = Case::new(tidegate, "back").await;
    let change = case.submit("CHG-3", case.here()).await;
    case.goes_out(&change, "1").await;
    let answer = Answer::bad().await;
    case.policy(|spec| spec["verification"] = answer.verification())
        .await;
    case.commit_version("2");
    let change = case.submit("CHG-4", case.here()).await;
    case.approve(&change).await;
    tidegate.until(&change, Phase::Verifying).await;
    let full = FullDisk::after(tidegate, ROOM);
    let cancel = json!({"spec": {"cancel": {"reason": "it was the wrong one"}}});
    tidegate.merge(&change, cancel).await;
    is_told(&case, &change, Phase::RollingBack, "roll back").await;
    assert_eq!(attention(&case, &change).await, "True");
    assert_eq!(case.version("settings").await.as_deref(), Some("2"));
    drop(full);
    tidegate.until(&change, Phase::Cancelled).await;
    assert_eq!(attention(&case, &change).await, "False");
    assert_eq!(case.version("settings").await.as_deref(), Some("1"));
    case.is_recorded_whole(&change).await;
}

/// The disk takes a little more of each change than of the one before, so that
/// it gets full before and after every entry.
async fn wherever_it_is(tidegate: &Installation) {
    let mut case = Case::new(tidegate, "anywhere").await;
    let change = case.ready_to_start("CHG-10").await;
    let before = size(tidegate);
    case.release(&change).await;
    case.ends_with(&change, "1").await;
    case.is_recorded_whole(&change).await;
    let whole = size(tidegate) - before;

    let rooms = (1..POINTS).map(|point| whole * point / POINTS);
    let rooms = rooms.chain((1..=LAST_PAGES).map(|pages| whole - pages * PAGE));
    let mut held = BTreeSet::new();
    for (number, room) in rooms.enumerate() {
        let version = format!("{}", number + 2);
        case.commit_version(&version);
        let ticket = format!("CHG-{}", number + 11);
        let change = case.ready_to_start(&ticket).await;
        let full = FullDisk::after(tidegate, room);
        case.release(&change).await;
        let phase = eventually("it is held, or over", async || {
            let status = tidegate.change(&change).await.status?.status;
            let mut reasons = status.waiting_on.iter().map(|waiting| &waiting.message);
            let is_held = reasons.any(|reason| reason.contains("the ledger cannot be written"));
            (is_held || status.phase.is_final()).then_some(status.phase)
        })
        .await;
        held.insert(phase);
        let known = entries(&case, &change).await;
        if case.version("settings").await.as_deref() == Some(&version) {
            let mut keys = known.iter();
            assert!(keys.any(|key| key.contains("apply")), "{known:?}");
        }
        drop(full);
        case.ends_with(&change, &version).await;
        case.is_recorded_whole(&change).await;
    }
    let everywhere = [Phase::BackingUp, Phase::RollingOut, Phase::Verifying];
    assert!(
        everywhere.iter().all(|phase| held.contains(phase)),
        "{held:?}"
    );
}
