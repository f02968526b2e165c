//! Changes that start on a backup: the real Velero, an object store, and volumes
//! with data on the real control plane.

#![allow(
    clippy::unwrap_used,
    reason = "all of this file is tests; clippy knows only the functions marked as such"
)]

mod backup;
mod installation;

use std::collections::BTreeSet;
use std::time::Duration;

use backup::Site;
use installation::{NAMESPACE, eventually};
use jiff::{SignedDuration, Timestamp};
use kube::Api;
use kube::api::{Patch, PatchParams};
use serde_json::{Value, json};
use tidegate_api::Change;
use tidegate_core::lifecycle::Phase;
use tidegate_ledger::{Event, Filter};
use tidegate_testkit::control_plane::User;
use tidegate_testkit::csi::{CLASS_WITHOUT_SNAPSHOTS, Snapshots};
use tidegate_testkit::s3::Behaviour;

#[tokio::test(flavor = "multi_thread")]
async fn a_change_starts_on_a_backup_that_has_the_data_of_every_claim() {
    let mut site = Site::new().await;
    site.policy(json!({"provider": "velero", "keepFor": "48h"}))
        .await;
    site.tidegate.start_controller().await;
    let revision = site.tidegate.upgrade("v2.4.3", "v2.5.0");
    let change = site.approved("CHG-1234", &revision).await;
    let done = site.tidegate.until(&change, Phase::Succeeded).await;

    let status = done.status.unwrap().status;
    let backup = &status.backups[0];
    assert!(backup.name.starts_with("pre-change-chg-1234-20"));
    assert_eq!((backup.number, backup.volumes), (1, 1));
    assert!(backup.completed_at.is_some() && backup.expires_at.is_some());
    let told = status.backup.unwrap();
    assert!(told.starts_with(&format!("{} in ", backup.name)), "{told}");
    assert!(told.contains(": 1 volume, "), "{told}");

    let object = site.backup_of(&change).await.unwrap();
    let labels = object.metadata.labels.unwrap();
    assert_eq!(labels["change-id"], "CHG-1234");
    assert_eq!(
        object.data.pointer("/spec/includedNamespaces"),
        Some(&json!(["production"]))
    );
    assert_eq!(
        object.data.pointer("/spec/snapshotVolumes"),
        Some(&json!(true))
    );
    let text = |pointer: &str| object.data.pointer(pointer).and_then(Value::as_str);
    assert_eq!(text("/spec/ttl"), Some("172800s"));
    assert_eq!(text("/status/phase"), Some("Completed"));

    // The record has it before the first write, with what a person would type.
    let ledger = site.tidegate.ledger().await;
    ledger.verify(None).await.unwrap();
    let entries = ledger.entries(Filter::All).await.unwrap();
    let ended: Vec<(String, Value)> = entries
        .into_iter()
        .filter_map(|stored| match stored.entry.event {
            Event::EffectEnded { key, outcome } => Some((key, outcome)),
            _ => None,
        })
        .collect();
    let at = |part: &str| ended.iter().position(|(key, _)| key.contains(part));
    let (made, written) = (at("backup/1/").unwrap(), at("/apply/0/").unwrap());
    assert!(made < written);
    let command = ended[made].1.pointer("/done/command");
    let command = command.and_then(Value::as_str).unwrap();
    assert!(command.contains("--include-namespaces production --snapshot-volumes"));
    ledger.close().await;
    two_changes_back_up_one_namespace(&mut site).await;
    is_made_at_once_where_somebody_asks(&mut site).await;
    site.finish().await;
}

/// Beside each other, each with a backup of its own, from a store that is slow.
async fn two_changes_back_up_one_namespace(site: &mut Site) {
    let slow = Behaviour::Late(Duration::from_millis(500));
    site.velero.object_store().behave(slow);
    let revision = site.tidegate.upgrade("v2.5.0", "v2.6.0");
    let checkout = json!([{
        "name": "checkout",
        "path": "services/checkout/overlays/production",
        "namespace": "production",
    }]);
    let repository = site.tidegate.repository.path().to_str().unwrap();
    let source = json!({"repository": repository, "revision": revision});
    let one = site.tidegate.submit("CHG-1235", source.clone());
    one.await;
    let other = site.tidegate.submit_with("CHG-1236", source, |spec| {
        spec["targets"] = checkout;
    });
    other.await;
    for change in ["chg-1235", "chg-1236"] {
        site.tidegate.until(change, Phase::Approving).await;
        site.tidegate.approve(change, User::Lea).await;
        site.tidegate.approve(change, User::Marc).await;
    }
    let mut names = BTreeSet::new();
    for change in ["chg-1235", "chg-1236"] {
        let done = site.tidegate.until(change, Phase::Succeeded).await;
        let status = done.status.unwrap().status;
        assert_eq!(status.backups[0].volumes, 1, "{change}");
        names.insert(status.backups[0].name.clone());
    }
    assert_eq!(names.len(), 2);
    site.velero.object_store().behave(Behaviour::Serves);
}

/// Nobody has approved it yet, and the start needs no other.
async fn is_made_at_once_where_somebody_asks(site: &mut Site) {
    let tidegate = &mut site.tidegate;
    let revision = tidegate.upgrade("v2.6.0", "v2.6.1");
    let repository = tidegate.repository.path().to_str().unwrap();
    let source = json!({"repository": repository, "revision": revision});
    tidegate.submit("CHG-1240", source).await;
    tidegate.until("chg-1240", Phase::Approving).await;
    let asks = |at: Timestamp| json!({"spec": {"backup": {"requestedAt": at}}});
    let now = Timestamp::now();
    tidegate.merge("chg-1240", asks(now)).await;
    let made = eventually("the backup is usable", async || {
        let status = tidegate.change("chg-1240").await.status?.status;
        assert_eq!(status.phase, Phase::Approving);
        let backup = status.backups.first()?.clone();
        backup.completed_at.map(|_| backup)
    })
    .await;
    assert!(made.requested && made.volumes == 1, "{made:?}");
    let api: Api<Change> = Api::namespaced(tidegate.client(User::Dana).await, NAMESPACE);
    for taken_back in [
        asks(now - SignedDuration::from_secs(1)),
        json!({"spec": {"backup": null}}),
    ] {
        let patch = Patch::Merge(&taken_back);
        let answer = api.patch("chg-1240", &PatchParams::default(), &patch).await;
        let why = answer.unwrap_err().to_string();
        assert!(why.contains("cannot be taken back"), "{why}");
    }
    tidegate.approve("chg-1240", User::Lea).await;
    tidegate.approve("chg-1240", User::Marc).await;
    let done = tidegate.until("chg-1240", Phase::Succeeded).await;
    let status = done.status.unwrap().status;
    assert_eq!(status.backups_asked, 1);
    assert_eq!(status.backups[0].name, made.name);
    // What ran before stays known.
    let told = status.rollback_points[0].to_string();
    assert!(told.starts_with("api-gateway ran "), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_touched_where_no_backup_is_usable() {
    let mut site = Site::new().await;
    site.policy(json!({"provider": "velero", "deadline": "45s"}))
        .await;
    site.tidegate.start_controller().await;
    let revision = site.tidegate.upgrade("v2.4.3", "v2.5.0");

    // The object store is away: it is waited for, and the change goes on with it.
    site.velero.object_store().behave(Behaviour::Refuses);
    site.location_is("Unavailable").await;
    let change = site.approved("CHG-1", &revision).await;
    site.tidegate
        .until_waiting(&change, "storage location default is Unavailable")
        .await;
    site.velero.object_store().behave(Behaviour::Serves);
    // A snapshot that never becomes ready holds it up until its deadline.
    site.storage.set_snapshots(Snapshots::StayUnready);
    site.fails_untouched(&change, "was not complete by").await;
    site.storage.set_snapshots(Snapshots::BecomeReady);

    // Velero dies in the middle.
    site.storage.set_snapshots(Snapshots::Fail);
    let change = site.approved("CHG-2", &revision).await;
    eventually("the backup is under way", async || {
        let backup = site.backup_of("chg-2").await?;
        let phase = backup.data.pointer("/status/phase")?.as_str()?.to_owned();
        (phase == "InProgress").then_some(())
    })
    .await;
    site.velero.kill_server().await.unwrap();
    site.velero.start_server().await.unwrap();
    site.storage.set_snapshots(Snapshots::BecomeReady);
    site.fails_untouched(&change, "is not usable: it failed")
        .await;

    // The store has no room.
    site.velero.object_store().behave(Behaviour::Full);
    let change = site.approved("CHG-4", &revision).await;
    site.fails_untouched(&change, "is not usable: it failed")
        .await;
    site.velero.object_store().behave(Behaviour::Serves);

    // There is nothing to back up where there is no namespace.
    site.tidegate
        .policy(|spec| {
            spec["governs"] = json!({"namespaces": ["nowhere"]});
            spec["backup"] = json!({"provider": "velero"});
        })
        .await;
    let repository = site.tidegate.repository.path().to_str().unwrap();
    let source = json!({"repository": repository, "revision": revision});
    let nowhere = site.tidegate.submit_with("CHG-5", source, |spec| {
        spec["targets"][0]["namespace"] = json!("nowhere");
        spec["targets"][0]["path"] = json!("services/api-gateway/base");
    });
    nowhere.await;
    site.tidegate
        .until_waiting("chg-5", "namespaces \"nowhere\" not found")
        .await;
    site.policy(json!({"provider": "velero", "deadline": "45s"}))
        .await;

    // A claim that nobody can snapshot is named.
    site.claim("scratch", Some(CLASS_WITHOUT_SNAPSHOTS)).await;
    let change = site.approved("CHG-3", &revision).await;
    site.fails_untouched(&change, "claim production/scratch")
        .await;
    site.finish().await;
}
