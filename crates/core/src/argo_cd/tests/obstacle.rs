use jiff::Timestamp;
use serde_json::{Value, json};

use super::{object, read, set, with};
use crate::argo_cd::obstacle::{Obstacle, obstacle};
use crate::change::ChangeType;
use crate::sync_window::{SyncWindow, SyncWindows};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn stands(object: &Value, windows: &Value, now: &str) -> Option<Obstacle> {
    stands_for(ChangeType::Normal, object, windows, now)
}

fn stands_for(kind: ChangeType, object: &Value, windows: &Value, now: &str) -> Option<Obstacle> {
    let windows: Vec<SyncWindow> = serde_json::from_value(windows.clone()).unwrap();
    obstacle(
        &read(object),
        &SyncWindows::load(&windows),
        "chg-1",
        kind,
        at(now),
    )
}

fn night() -> Value {
    json!([{"kind": "allow", "schedule": "0 2 * * *", "duration": "4h", "applications": ["*"]}])
}

#[test]
fn only_an_adopted_and_pinned_application_may_be_synced() {
    let none = json!([]);
    let now = "2026-11-24T16:00:00Z";
    assert_eq!(stands(&object(), &none, now), None);
    let free = with("/metadata/annotations", json!({}));
    assert_eq!(stands(&free, &none, now), Some(Obstacle::NotAdopted));
    let follows = with("/spec/source/targetRevision", json!("main"));
    let at = "main".to_owned();
    assert_eq!(
        stands(&follows, &none, now),
        Some(Obstacle::NotPinned { at })
    );
}

#[test]
fn an_operation_of_somebody_else_is_waited_for_and_our_own_is_not() {
    let mut running = with("/status/operationState/phase", json!("Running"));
    let none = json!([]);
    let now = "2026-11-24T16:00:00Z";
    assert_eq!(stands(&running, &none, now), None);
    set(
        &mut running,
        "/status/operationState/operation",
        json!({"initiatedBy": {"username": "lea"}}),
    );
    assert_eq!(
        stands(&running, &none, now),
        Some(Obstacle::Operation {
            by: "lea".to_owned(),
            message: "successfully synced (all tasks run)".to_owned(),
        })
    );
    // One that Argo CD has not taken up yet.
    let asked = with("/operation", json!({"initiatedBy": {"automated": true}}));
    assert!(matches!(
        stands(&asked, &none, now),
        Some(Obstacle::Operation { by, .. }) if by == "Argo CD itself"
    ));
}

#[test]
fn windows_that_would_park_the_sync_are_told_with_the_time_they_open() {
    let found = stands(&object(), &night(), "2026-11-24T16:00:00Z");
    let Some(Obstacle::Windows { opens_at, reason }) = found else {
        panic!("{found:?}");
    };
    // A second after the edge: Argo CD keeps whole seconds, and shuts at them.
    assert_eq!(opens_at, Some(at("2026-11-25T02:00:01Z")));
    assert!(!reason.is_empty());
    for shut in ["2026-11-25T02:00:00Z", "2026-11-25T02:00:00.9Z"] {
        assert!(stands(&object(), &night(), shut).is_some(), "{shut}");
    }
    assert_eq!(stands(&object(), &night(), "2026-11-25T02:00:01Z"), None);
}

#[test]
fn a_window_about_to_close_starts_nothing() {
    assert_eq!(stands(&object(), &night(), "2026-11-25T05:58:59Z"), None);
    let found = stands(&object(), &night(), "2026-11-25T05:59:30Z");
    let Some(Obstacle::Windows { opens_at, reason }) = found else {
        panic!("{found:?}");
    };
    assert_eq!(reason, "its sync window closes within a minute");
    assert_eq!(opens_at, Some(at("2026-11-26T02:00:01Z")));
}

#[test]
fn a_window_that_argo_cd_cannot_read_blocks_and_says_so() {
    let broken = json!([{"kind": "allow", "schedule": "0 25 * * *", "duration": "1h", "applications": ["*"]}]);
    let found = stands(&object(), &broken, "2026-11-24T16:00:00Z");
    assert!(
        matches!(&found, Some(Obstacle::Windows { opens_at: None, reason }) if reason.contains("25")),
        "{found:?}"
    );
}

#[test]
fn an_emergency_gets_past_an_operation_that_is_parked_and_past_no_other() {
    let mut parked = with("/status/operationState/phase", json!("Running"));
    set(
        &mut parked,
        "/status/operationState/operation",
        json!({"initiatedBy": {"username": "lea"}}),
    );
    let none = json!([]);
    let now = "2026-11-24T16:00:00Z";
    let emergency = |object: &Value| stands_for(ChangeType::Emergency, object, &none, now);
    assert!(emergency(&parked).is_some());
    let message = json!("Sync operation blocked by sync window");
    set(&mut parked, "/status/operationState/message", message);
    assert_eq!(emergency(&parked), None);
    assert!(stands(&parked, &none, now).is_some());
}
