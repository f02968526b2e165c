use serde_json::{Value, json};

use super::*;
use crate::lifecycle::facts::BackupFact;

const NOW: &str = "2026-11-26T01:10:00Z";

fn completed() -> Value {
    json!({
        "metadata": {"name": "pre-change-chg-1234-20261126-010004"},
        "status": {
            "phase": "Completed",
            "completionTimestamp": "2026-11-26T01:00:45Z",
            "expiration": "2026-12-26T01:00:04Z",
            "warnings": 2,
            "csiVolumeSnapshotsAttempted": 1, "csiVolumeSnapshotsCompleted": 1,
            "backupItemOperationsAttempted": 1, "backupItemOperationsCompleted": 1,
            "progress": {"itemsBackedUp": 12, "totalItems": 12},
        },
    })
}

fn snapshot() -> Value {
    json!({
        "pvcName": "data", "pvcNamespace": "production",
        "backupMethod": "CSISnapshot", "result": "succeeded",
    })
}

fn claim(name: &str) -> ClaimKey {
    ClaimKey {
        namespace: "production".to_owned(),
        name: name.to_owned(),
    }
}

fn judged(backup: &Value, volumes: &Value, claims: &[&str]) -> BackupFact {
    let backup: Backup = serde_json::from_value(backup.clone()).unwrap();
    let volumes: Vec<Volume> = serde_json::from_value(volumes.clone()).unwrap();
    let claims: Vec<ClaimKey> = claims.iter().map(|name| claim(name)).collect();
    judge(&backup, Some(&volumes), &claims, NOW.parse().unwrap())
}

/// The completed backup with these fields of its status.
fn why(status: &Value) -> String {
    let mut backup = completed();
    for (field, value) in status.as_object().unwrap() {
        backup["status"][field] = value.clone();
    }
    match judged(&backup, &json!([snapshot()]), &["data"]) {
        BackupFact::Unusable(why) => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_backup_that_completed_and_has_every_volume_is_usable() {
    let fact = judged(&completed(), &json!([snapshot()]), &["data"]);
    assert_eq!(
        fact,
        BackupFact::Usable {
            completed_at: "2026-11-26T01:00:45Z".parse().unwrap(),
            expires_at: Some("2026-12-26T01:00:04Z".parse().unwrap()),
            volumes: 1,
            warnings: 2,
        }
    );
}

#[test]
fn whatever_is_not_complete_is_not_usable_and_says_what() {
    for (status, told) in [
        (
            json!({"phase": "PartiallyFailed", "errors": 1}),
            "it failed in part, with 1 error",
        ),
        (
            json!({"phase": "Failed", "failureReason": "get a backup with status InProgress during the server starting"}),
            "it failed: get a backup with status InProgress during the server starting",
        ),
        (
            json!({"phase": "FailedValidation", "validationErrors": ["the location is unavailable"]}),
            "Velero refused it: the location is unavailable",
        ),
        (json!({"phase": "Deleting"}), "it is being deleted"),
        (json!({"errors": 2}), "it has 2 errors"),
        (
            json!({"expiration": "2026-11-26T01:10:00Z"}),
            "it expired at 2026-11-26T01:10:00Z",
        ),
        (
            json!({"hookStatus": {"hooksAttempted": 2, "hooksFailed": 1}}),
            "1 of 2 hooks failed",
        ),
        (
            json!({"volumeSnapshotsAttempted": 3, "volumeSnapshotsCompleted": 2}),
            "2 of 3 volume snapshots completed",
        ),
        (
            json!({"csiVolumeSnapshotsCompleted": 0}),
            "0 of 1 CSI snapshot completed",
        ),
        (
            json!({"backupItemOperationsAttempted": 2}),
            "1 of 2 operations of plugins completed",
        ),
    ] {
        assert_eq!(why(&status), told);
    }
}

#[test]
fn a_claim_that_no_snapshot_accounts_for_makes_it_unusable_by_name() {
    let cases = [
        (
            json!([snapshot()]),
            "the data of claim production/logs is not in it: the backup does not name it",
        ),
        (
            json!([{"pvcName": "logs", "pvcNamespace": "production", "skipped": true, "skippedReason": "no applicable plugin found"}]),
            "the data of claim production/logs is not in it: Velero left it out: no applicable plugin found",
        ),
        (
            json!([{"pvcName": "logs", "pvcNamespace": "production", "backupMethod": "CSISnapshot", "result": "failed"}]),
            "the data of claim production/logs is not in it: its snapshot failed",
        ),
    ];
    for (volumes, told) in cases {
        assert_eq!(
            judged(&completed(), &volumes, &["logs"]),
            BackupFact::Unusable(told.to_owned())
        );
    }
    // A claim of the same name elsewhere does not stand in for it.
    let mut elsewhere = snapshot();
    elsewhere["pvcNamespace"] = json!("staging");
    assert!(matches!(
        judged(&completed(), &json!([elsewhere]), &["data"]),
        BackupFact::Unusable(_)
    ));
}

#[test]
fn one_that_failed_in_part_names_the_claims_that_it_lacks() {
    let mut partial = completed();
    partial["status"]["phase"] = json!("PartiallyFailed");
    partial["status"]["errors"] = json!(1);
    let told = "it failed in part, with 1 error; the data of claim production/logs is not in it: the backup does not name it";
    assert_eq!(
        judged(&partial, &json!([snapshot()]), &["data", "logs"]),
        BackupFact::Unusable(told.to_owned())
    );
}

#[test]
fn what_has_not_ended_is_waited_for_and_says_how_far_it_is() {
    let mut running = completed();
    running["status"] =
        json!({"phase": "InProgress", "progress": {"itemsBackedUp": 5, "totalItems": 12}});
    let progressing = |text: &str| BackupFact::Progressing(text.to_owned());
    let none = json!([]);
    assert_eq!(
        judged(&running, &none, &["data"]),
        progressing("InProgress, 5 of 12 objects")
    );
    // The name ends in a failure, and it has not ended all the same.
    running["status"] = json!({"phase": "FinalizingPartiallyFailed"});
    assert_eq!(
        judged(&running, &none, &["data"]),
        progressing("FinalizingPartiallyFailed")
    );
    running["status"] = json!({});
    assert_eq!(
        judged(&running, &none, &["data"]),
        progressing("Velero has not seen it yet")
    );
}

#[test]
fn the_name_is_legal_and_tells_ticket_and_moment() {
    let at = "2026-04-08T02:00:00Z".parse().unwrap();
    assert_eq!(
        backup_name("CHG-1234", at),
        "pre-change-chg-1234-20260408-020000"
    );
    let long = backup_name(&format!("CHG{}", "1".repeat(60)), at);
    assert_eq!(long.len(), 63);
    assert!(long.ends_with("-20260408-020000"));
}
