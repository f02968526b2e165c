//! Data that comes back: the real Velero restores what a failing rollout lost, on
//! the real control plane.

#![allow(
    clippy::unwrap_used,
    reason = "all of this file is tests; clippy knows only the functions marked as such"
)]

mod backup;
mod installation;

use std::time::Duration;

use backup::{DEPLOYMENT, Site};
use installation::{DANA, eventually, warning};
use k8s_openapi::api::core::v1::Pod;
use kube::api::DeleteParams;
use kube::{Api, ResourceExt as _};
use serde_json::{Value, json};
use tidegate_core::lifecycle::Phase;
use tidegate_ledger::{Event, Filter};
use tidegate_testkit::control_plane::User;
use tidegate_testkit::repository::Edit;
use tidegate_testkit::s3::Behaviour;
use tidegate_testkit::velero::backups;

fn on_failure() -> Value {
    json!({"provider": "velero", "restoreData": "onFailure"})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_rollout_that_loses_data_gets_it_back_or_a_person_is_told() {
    let mut site = Site::with_data_in_use().await;
    site.policy_within(on_failure(), "10s").await;
    site.tidegate.start_controller().await;
    let bad = site.tidegate.break_readiness("v2.4.3", "v2.5.0");
    comes_back(&site, &bad).await;
    comes_back_after_velero_died_in_the_restore(&mut site, &bad).await;
    comes_back_once_the_object_store_does(&mut site, &bad).await;
    is_left_as_it_is_where_the_backup_is_gone(&site, &bad).await;
    is_left_as_it_is_where_others_use_it(&site, &bad).await;
    is_left_as_it_is_where_the_backup_has_expired(&site, &bad).await;
    calls_a_person_with_what_to_type(&site, &bad).await;
    site.finish().await;
}

/// A change to this commit is out, and has lost the data.
async fn fails(site: &Site, ticket: &str, bad: &str) -> String {
    site.holds("old").await;
    let change = site.approved(ticket, bad).await;
    site.tidegate.until(&change, Phase::RollingOut).await;
    site.loses_data().await;
    change
}

async fn comes_back(site: &Site, bad: &str) {
    let change = fails(site, "CHG-1234", bad).await;
    let done = site.tidegate.until(&change, Phase::RolledBack).await;
    let status = done.status.unwrap().status;
    assert_eq!(site.orders().await, "old");
    let data = status.data.unwrap();
    assert_eq!((data.claims, data.restores.len()), (1, 1));
    let told = "1 claim brought back by restore bring-back-chg-1234-";
    assert!(data.told.starts_with(told), "{}", data.told);
    assert!(data.by_hand.is_empty(), "{:?}", data.by_hand);
    let spec = site.tidegate.deployment().await.spec;
    assert_eq!(spec.replicas, Some(2));
    assert_eq!(site.tidegate.ready_pods("v2.4.3").await, 2);
    // The volume with the newer data went once all was well.
    eventually("only the volume with the old data is there", async || {
        (site.storage.volumes() == 1).then_some(())
    })
    .await;

    let ledger = site.tidegate.ledger().await;
    ledger.verify(None).await.unwrap();
    let entries = ledger.entries(Filter::All).await.unwrap();
    ledger.close().await;
    let ended: Vec<(String, Value)> = entries
        .into_iter()
        .filter_map(|stored| match stored.entry.event {
            Event::EffectEnded { key, outcome } => Some((key, outcome)),
            _ => None,
        })
        .collect();
    let at = |part: &str| ended.iter().position(|(key, _)| key.contains(part));
    let positions = [
        "/rollback/",
        "/stop/1/",
        "/remove-claims/1/",
        "/restore/1/",
        "/start/1/",
        "/discard-volumes/1/",
        "/conclude/",
    ]
    .map(|part| at(part).unwrap());
    assert!(positions.is_sorted(), "{positions:?}");
    let (_, restored) = &ended[at("/restore/1/").unwrap()];
    let command = restored.pointer("/done/command").and_then(Value::as_str);
    let from = format!("--from-backup {}", status.backups[0].name);
    assert!(command.unwrap().contains(&from));
}

async fn comes_back_after_velero_died_in_the_restore(site: &mut Site, bad: &str) {
    let change = fails(site, "CHG-1", bad).await;
    let before = site.restores().await.len();
    // Velero has begun, and waits for what is in its store.
    let slow = Behaviour::Late(Duration::from_secs(3));
    site.velero.object_store().behave(slow);
    let begun = eventually("the restore is under way", async || {
        let restores = site.restores().await;
        let mut restores = restores.into_iter().filter(|(_, restore)| {
            restore.data.pointer("/status/phase") == Some(&json!("InProgress"))
        });
        restores.next().map(|(name, _)| name)
    })
    .await;
    site.velero.kill_server().await.unwrap();
    site.velero.object_store().behave(Behaviour::Serves);
    site.velero.start_server().await.unwrap();
    let done = site.tidegate.until(&change, Phase::RolledBack).await;
    assert_eq!(site.orders().await, "old");
    let restores = site.restores().await;
    assert_eq!(restores.len(), before + 2);
    let failed = restores[&begun].data.pointer("/status/phase");
    assert_eq!(failed, Some(&json!("Failed")));
    let data = done.status.unwrap().status.data.unwrap();
    assert_eq!(data.restores.len(), 2);
}

async fn comes_back_once_the_object_store_does(site: &mut Site, bad: &str) {
    let change = fails(site, "CHG-2", bad).await;
    site.velero.object_store().behave(Behaviour::Refuses);
    site.location_is("Unavailable").await;
    let told = "storage location default is Unavailable";
    site.tidegate.until_waiting(&change, told).await;
    // Nothing is taken away meanwhile.
    assert_eq!(site.orders().await, "lost");
    site.velero.object_store().behave(Behaviour::Serves);
    site.tidegate.until(&change, Phase::RolledBack).await;
    assert_eq!(site.orders().await, "old");
}

/// It ends failed, and what runs is the previous revision on the data as it is.
async fn is_left_as_it_is(site: &Site, change: &str, why: &str) {
    let failed = site.tidegate.until(change, Phase::Failed).await;
    let status = failed.status.unwrap().status;
    assert!(status.reason.contains(why), "{}", status.reason);
    let told = status.data.unwrap().told;
    let left = "not brought back, and left as it is: ";
    assert!(told.starts_with(left) && told.contains(why), "{told}");
    assert_eq!(site.orders().await, "lost");
    eventually("the previous revision runs", async || {
        (site.tidegate.ready_pods("v2.4.3").await == 2).then_some(())
    })
    .await;
    let warned = warning(&site.tidegate, change, "Failed").await;
    assert!(warned.contains(why), "{warned}");
}

async fn is_left_as_it_is_where_the_backup_is_gone(site: &Site, bad: &str) {
    let change = fails(site, "CHG-3", bad).await;
    let backup = site.backup_of(&change).await.unwrap().name_any();
    backups(&site.tidegate.admin)
        .delete(&backup, &DeleteParams::default())
        .await
        .unwrap();
    let why = format!("there is no backup {backup} any more");
    is_left_as_it_is(site, &change, &why).await;
}

async fn is_left_as_it_is_where_others_use_it(site: &Site, bad: &str) {
    let other = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": "shell", "namespace": "production"},
        "spec": {
            "containers": [{"name": "shell", "image": "registry.example.com/shell:v1"}],
            "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}],
        },
    });
    site.tidegate.apply(&other).await;
    let change = fails(site, "CHG-4", bad).await;
    let why = "uses claim production/data as well, and is not part of the change";
    is_left_as_it_is(site, &change, why).await;
    let pods: Api<Pod> = Api::namespaced(site.tidegate.admin.clone(), "production");
    let now = DeleteParams::default().grace_period(0);
    pods.delete("shell", &now).await.unwrap();
}

/// It expires while the change is out.
async fn is_left_as_it_is_where_the_backup_has_expired(site: &Site, bad: &str) {
    let mut backup = on_failure();
    backup["keepFor"] = json!("60s");
    site.policy_within(backup, "62s").await;
    let change = fails(site, "CHG-6", bad).await;
    is_left_as_it_is(site, &change, "cannot be restored: it expired at ").await;
}

/// The snapshot is gone, and with it what the claim was to be made from.
async fn calls_a_person_with_what_to_type(site: &Site, bad: &str) {
    let mut backup = on_failure();
    backup["restoreWithin"] = json!("15s");
    site.policy_within(backup, "10s").await;
    let change = fails(site, "CHG-5", bad).await;
    let volume = site.storage.folder("production", "data").await.unwrap();
    let snapshots = volume.parent().unwrap().with_file_name("snapshots");
    for snapshot in std::fs::read_dir(snapshots).unwrap() {
        std::fs::remove_dir_all(snapshot.unwrap().path()).unwrap();
    }
    let failed = site.tidegate.until(&change, Phase::Failed).await;
    let status = failed.status.unwrap().status;
    let why = "its data was not back by";
    assert!(status.reason.contains(why), "{}", status.reason);
    warning(&site.tidegate, &change, "Failed").await;
    // What was written last is kept, and can be had again.
    let kept = std::fs::read_to_string(volume.join("orders"));
    assert_eq!(kept.unwrap(), "lost");
    let by_hand = status.data.unwrap().by_hand.join("\n");
    for command in [
        "kubectl -n production scale deployment/api-gateway --replicas=0",
        "kubectl -n production delete pvc data --ignore-not-found",
        "--from-backup pre-change-chg-5-",
        "kubectl -n production scale deployment/api-gateway --replicas=2",
    ] {
        assert!(by_hand.contains(command), "{by_hand}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn data_comes_back_once_wherever_tidegate_dies() {
    let mut site = Site::with_data_in_use().await;
    site.policy_within(on_failure(), "30s").await;
    site.tidegate.start_controller().await;
    let bad = site.tidegate.break_readiness("v2.4.3", "v2.5.0");
    let change = fails(&site, "CHG-1234", &bad).await;
    let crashes = site.tidegate.crash_at_every_step(&change).await;
    assert!(crashes > 12, "{crashes} crashes");
    let done = site.tidegate.until(&change, Phase::RolledBack).await;
    assert_eq!(site.orders().await, "old");
    assert_eq!(site.restores().await.len(), 1);
    assert_eq!(site.tidegate.ready_pods("v2.4.3").await, 2);
    site.tidegate.each_effect_is_told_once(&done).await;
    comes_back_where_a_person_asks(&mut site).await;
    comes_back_long_after(&mut site).await;
    site.finish().await;
}

/// The policy leaves it to a person, who calls a running change off.
async fn comes_back_where_a_person_asks(site: &mut Site) {
    site.policy(json!({"provider": "velero"})).await;
    let edits = [Edit::replace(DEPLOYMENT, "v2.5.0", "v2.5.0-rc.1")];
    let repository = &mut site.tidegate.repository;
    let bad = repository.commit(DANA, "CHG: Try again", &edits).unwrap();
    site.holds("old").await;
    let change = site.approved("CHG-2", &bad).await;
    site.tidegate.until(&change, Phase::RollingOut).await;
    site.is_out("v2.5.0-rc.1").await;
    site.holds("lost").await;
    let off = json!({"cancel": {"reason": "the orders are wrong", "restoreData": true}});
    site.tidegate.merge(&change, json!({"spec": off})).await;
    let done = site.tidegate.until(&change, Phase::Cancelled).await;
    assert_eq!(site.orders().await, "old");
    assert!(done.status.unwrap().status.data.unwrap().ended_at.is_some());
}

/// A change that succeeded is undone by one of its own, data included.
async fn comes_back_long_after(site: &mut Site) {
    let gate = "\n      readinessGates: [{conditionType: tidegate.dev/never}]";
    let edits = [
        Edit::replace(DEPLOYMENT, "v2.5.0-rc.1", "v2.5.0"),
        Edit::replace(DEPLOYMENT, gate, ""),
    ];
    let repository = &mut site.tidegate.repository;
    let good = repository.commit(DANA, "CHG: Try well", &edits).unwrap();
    let change = site.approved("CHG-3", &good).await;
    // Wherever Tidegate dies on the way out, one backup is asked for.
    site.tidegate.crash_at_every_step(&change).await;
    let done = site.tidegate.until(&change, Phase::Succeeded).await;
    site.tidegate.each_effect_is_told_once(&done).await;
    let status = done.status.unwrap().status;
    assert_eq!(status.backups_asked, 1);
    let backup = status.backups[0].name.clone();
    site.holds("new").await;

    let first = site.tidegate.repository.revision("HEAD~3").unwrap();
    let repository = site.tidegate.repository.path().to_str().unwrap();
    let source = json!({"repository": repository, "revision": first});
    let undoing = site.tidegate.submit_with("CHG-4", source, |spec| {
        let data = json!([{"cluster": "local", "backup": backup}]);
        spec["rollsBack"] = json!({"change": change, "data": data});
    });
    undoing.await;
    site.tidegate.until("chg-4", Phase::Approving).await;
    site.tidegate.approve("chg-4", User::Lea).await;
    site.tidegate.approve("chg-4", User::Marc).await;
    let done = site.tidegate.until("chg-4", Phase::Succeeded).await;
    let status = done.status.unwrap().status;
    assert_eq!(site.orders().await, "old");
    assert_eq!(site.tidegate.ready_pods("v2.4.3").await, 2);
    assert_eq!(status.data.unwrap().restores[0].backup, backup);
    // What it discarded can be had again as well.
    assert_ne!(status.backups[0].name, backup);
}
