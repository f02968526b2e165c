//! The real Velero with volumes that have data: what a backup holds, what a restore brings back, and what a crash in the
//! middle leaves.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "all of this file is tests; clippy knows only the functions marked as such"
)]

mod plane;
mod velero;

use serde_json::{Value, json};
use tidegate_testkit::{
    csi::{CLASS_WITHOUT_SNAPSHOTS, Snapshots},
    s3::Behaviour,
    velero::Options,
};

use velero::{NAMESPACE, Site, eventually, fields, phase};

/// What Velero says of a volume in a backup (`BackupVolumeInfos`), as it was seen here: one that was snapshotted, and one
/// that was skipped.
///
/// Of what this cluster cannot have Velero's source says (`internal/volume/volumes_information.go` of 1.18.3): the
/// `backupMethod` `NativeSnapshot` comes with `nativeSnapshotInfo` (`snapshotHandle`, `volumeType`, `volumeAZ`, `iops`,
/// `Phase`), `PodVolumeBackup` with `pvbInfo` (`snapshotHandle`, `size`, `uploaderType`, `volumeName`, `podName`,
/// `podNamespace`, `nodeName`, `Phase`), and where `snapshotDataMoved` is true, `snapshotDataMovementInfo` (`dataMover`,
/// `uploaderType`, `retainedSnapshot`, `snapshotHandle`, `operationID`, `size`, `Phase`). `result` is `succeeded` or
/// `failed`. `ReadyToUse` and `Phase` do begin with a capital.
const VOLUMES: &str = include_str!("velero/volumes.json");

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_brings_back_what_a_volume_held_when_it_was_backed_up() {
    let site = Site::start(Options::default()).await;
    site.claim("data", None).await;
    site.write("old").await;
    let before = site.storage.folder(NAMESPACE, "data").await.unwrap();

    site.back_up("before", NAMESPACE, &json!({})).await;
    let backup = site.backup_at_end("before").await;
    let status = &backup["status"];
    assert_eq!(phase(&backup), "Completed", "{status:#}");
    for counter in [
        "csiVolumeSnapshotsAttempted",
        "csiVolumeSnapshotsCompleted",
        "backupItemOperationsAttempted",
        "backupItemOperationsCompleted",
    ] {
        assert_eq!(status[counter], 1, "{status:#}");
    }
    let volumes = site.download("BackupVolumeInfos", "before").await;
    let seen: Value = serde_json::from_str(VOLUMES).unwrap();
    assert_eq!(
        fields(&volumes[0]),
        fields(&seen["csiSnapshot"]),
        "{volumes:#}"
    );
    assert_eq!(volumes[0]["pvcName"], "data");
    assert_eq!(volumes[0]["result"], "succeeded");
    assert_eq!(site.storage.snapshots(), 1);

    // A claim that is there is left as it is.
    site.write("new").await;
    site.restore("over", &json!({ "backupName": "before" }))
        .await;
    assert_eq!(phase(&site.restore_at_end("over").await), "Completed");
    assert_eq!(site.read().await, "new");

    site.delete_claim("data").await;
    eventually("the volume is gone", async || site.storage.volumes() == 0).await;
    site.restore("back", &json!({ "backupName": "before" }))
        .await;
    let restore = site.restore_at_end("back").await;
    assert_eq!(phase(&restore), "Completed", "{restore:#}");
    let after = site.storage.folder(NAMESPACE, "data").await.unwrap();
    assert_ne!(before, after);
    assert_eq!(site.read().await, "old");
    site.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_volume_that_is_not_backed_up_is_an_error_or_skipped_but_never_counted() {
    let options = Options {
        locations: vec!["default".to_owned(), "second".to_owned()],
        ..Options::default()
    };
    let site = Site::start(options).await;
    site.claim("data", None).await;
    site.claim("scratch", Some(CLASS_WITHOUT_SNAPSHOTS)).await;

    site.back_up("half", NAMESPACE, &json!({})).await;
    let half = site.backup_at_end("half").await;
    let status = &half["status"];
    assert_eq!(phase(&half), "PartiallyFailed", "{status:#}");
    assert_eq!(status["errors"], 1);
    // Of what could not even be begun, neither the counters nor the volumes say anything.
    assert_eq!(status["csiVolumeSnapshotsAttempted"], 1);
    assert_eq!(status["csiVolumeSnapshotsCompleted"], 1);
    let volumes = site.download("BackupVolumeInfos", "half").await;
    assert_eq!(claims(&volumes), ["data"], "{volumes:#}");
    let results = site.download("BackupResults", "half").await;
    let error = results["errors"]["velero"][0].as_str().unwrap();
    assert!(
        error.contains("failed to get VolumeSnapshotClass"),
        "{error}"
    );

    let without = json!({ "storageLocation": "second", "snapshotVolumes": false });
    site.back_up("without", NAMESPACE, &without).await;
    let backup = site.backup_at_end("without").await;
    assert_eq!(phase(&backup), "Completed", "{backup:#}");
    assert!(
        backup["status"]
            .get("csiVolumeSnapshotsAttempted")
            .is_none()
    );
    let volumes = site.download("BackupVolumeInfos", "without").await;
    assert_eq!(claims(&volumes), ["data", "scratch"], "{volumes:#}");
    assert_eq!(fields(&volumes[0]), fields(&seen("skipped")), "{volumes:#}");
    site.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_backed_up_is_said() {
    let mut site = Site::start(Options::default()).await;
    site.claim("data", None).await;

    site.back_up("nowhere", "nowhere", &json!({})).await;
    let nowhere = site.backup_at_end("nowhere").await;
    assert_eq!(phase(&nowhere), "PartiallyFailed", "{nowhere:#}");
    assert_eq!(nowhere["status"]["errors"], 1);
    let results = site.download("BackupResults", "nowhere").await;
    assert!(results.to_string().contains("nowhere"), "{results:#}");

    let elsewhere = json!({ "storageLocation": "elsewhere" });
    site.back_up("elsewhere", NAMESPACE, &elsewhere).await;
    let elsewhere = site.backup_at_end("elsewhere").await;
    assert_eq!(phase(&elsewhere), "FailedValidation", "{elsewhere:#}");
    assert!(refusal(&elsewhere).contains("\"elsewhere\" not found"));

    let object_store = site.velero.object_store();
    object_store.behave(Behaviour::Full);
    site.back_up("full", NAMESPACE, &json!({ "snapshotVolumes": false }))
        .await;
    let full = site.backup_at_end("full").await;
    assert_eq!(phase(&full), "Failed", "{full:#}");
    let reason = full["status"]["failureReason"].as_str().unwrap();
    assert!(reason.contains("StatusCode: 507"), "{reason}");

    let object_store = site.velero.object_store();
    object_store.behave(Behaviour::Refuses);
    let location = site.location_in("default", "Unavailable").await;
    let message = location["status"]["message"].as_str().unwrap();
    assert!(message.contains("is unavailable"), "{message}");
    site.back_up("shut", NAMESPACE, &json!({})).await;
    let shut = site.backup_at_end("shut").await;
    assert_eq!(phase(&shut), "FailedValidation", "{shut:#}");
    assert!(refusal(&shut).contains("default is in Unavailable status"));

    // The program is killed, too, and comes back with what it held.
    let object_store = site.velero.object_store();
    object_store.kill_server().await.unwrap();
    object_store.behave(Behaviour::Serves);
    object_store.start_server().await.unwrap();
    site.location_in("default", "Available").await;
    let results = site.download("BackupVolumeInfos", "nowhere").await;
    assert_eq!(results, json!([]));
    site.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_crash_in_the_middle_of_a_backup_leaves() {
    let mut site = Site::start(Options::default()).await;
    site.claim("data", None).await;
    site.write("old").await;

    // While it waits for a snapshot that cannot be taken.
    site.storage.set_snapshots(Snapshots::Fail);
    site.back_up("early", NAMESPACE, &json!({})).await;
    eventually("a snapshot is asked for", async || {
        !site.snapshot_objects("VolumeSnapshot").await.is_empty()
    })
    .await;
    site.velero.kill_server().await.unwrap();
    let left = site.backup_in("early", &["InProgress"]).await;
    println!("left by the crash: {:#}", left["status"]);
    site.velero.start_server().await.unwrap();
    let failed = site.backup_at_end("early").await;
    println!("after the start: {:#}", failed["status"]);
    assert_eq!(phase(&failed), "Failed");
    let reason = failed["status"]["failureReason"].as_str().unwrap();
    assert!(
        reason.contains("found a backup with status \"InProgress\""),
        "{reason}"
    );
    // Nobody clears away what it had asked for.
    assert_eq!(site.snapshot_objects("VolumeSnapshot").await.len(), 1);

    // While it waits for a snapshot that has been taken to be ready.
    site.storage.set_snapshots(Snapshots::StayUnready);
    site.back_up("late", NAMESPACE, &json!({})).await;
    let waiting = site
        .backup_in("late", &["WaitingForPluginOperations"])
        .await;
    println!("waiting: {:#}", waiting["status"]);
    assert_eq!(waiting["status"]["csiVolumeSnapshotsAttempted"], 1);
    assert!(
        waiting["status"]
            .get("csiVolumeSnapshotsCompleted")
            .is_none()
    );
    site.velero.kill_server().await.unwrap();
    site.velero.start_server().await.unwrap();
    site.storage.set_snapshots(Snapshots::BecomeReady);
    let completed = site.backup_at_end("late").await;
    println!("late: {:#}", completed["status"]);
    assert_eq!(phase(&completed), "Completed");
    assert_eq!(completed["status"]["csiVolumeSnapshotsCompleted"], 1);
    let volumes = site.download("BackupVolumeInfos", "late").await;
    assert_eq!(volumes[0]["result"], "succeeded", "{volumes:#}");
    site.stop().await;
}

/// An entry of [`VOLUMES`].
fn seen(kind: &str) -> Value {
    let seen: Value = serde_json::from_str(VOLUMES).unwrap();
    seen[kind].clone()
}

/// The claims that volumes of a backup are of, in order.
fn claims(volumes: &Value) -> Vec<&str> {
    let volumes = volumes.as_array().unwrap().iter();
    let mut claims: Vec<_> = volumes
        .map(|volume| volume["pvcName"].as_str().unwrap())
        .collect();
    claims.sort_unstable();
    claims
}

/// Why Velero does not begin with a backup.
fn refusal(backup: &Value) -> &str {
    backup["status"]["validationErrors"][0].as_str().unwrap()
}
