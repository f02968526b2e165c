//! A backup before its time, as a person at the program asks for it: the real
//! Velero, an object store, and a volume with data.

#![allow(clippy::unwrap_used, reason = "a test says what failed by failing")]

mod cluster;

use cluster::{Cluster, Ran};
use serde_json::{Value, json};
use tidegate_testkit::control_plane::User;
use tidegate_testkit::csi::{CLASS_WITHOUT_SNAPSHOTS, Storage};
use tidegate_testkit::velero::{Options, Velero};

fn policy(cluster: &Cluster) {
    cluster.apply(&json!({
        "apiVersion": "tidegate.dev/v1alpha1", "kind": "ChangePolicy",
        "metadata": {"name": "production"},
        "spec": {
            "governs": {"namespaces": ["production"]},
            "approvals": {"count": 1},
            "backup": {"provider": "velero", "deadline": "1m"},
            "stages": [{"name": "full", "share": "100%", "within": "1m"}],
        },
    }));
}

/// A claim with data.
async fn claim(cluster: &Cluster, storage: &Storage, name: &str, class: Option<&str>) {
    let mut claim = json!({
        "apiVersion": "v1", "kind": "PersistentVolumeClaim",
        "metadata": {"name": name, "namespace": "production"},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "1Gi"}},
        },
    });
    if let Some(class) = class {
        claim["spec"]["storageClassName"] = json!(class);
    }
    cluster.apply(&claim);
    let wrote = storage.write("production", name, "orders", "old").await;
    wrote.unwrap();
}

/// What it ends with, and what is said, one after the other.
#[track_caller]
fn says(ran: &Ran, code: i32, sentences: &[&str]) {
    let screen = ran.screen();
    assert_eq!(ran.code, Some(code), "{screen}");
    for sentence in sentences {
        assert!(screen.contains(sentence), "no {sentence:?} in\n{screen}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_makes_the_backup_of_a_change_that_waits() {
    let mut cluster = Cluster::with_tidegate().await;
    cluster.everybody_sees_policies_and_calendars();
    let storage = Storage::start(&cluster.plane).await.unwrap();
    let velero = Velero::start(&cluster.plane, Options::default())
        .await
        .unwrap();
    claim(&cluster, &storage, "data", None).await;
    claim(&cluster, &storage, "scratch", Some(CLASS_WITHOUT_SNAPSHOTS)).await;
    policy(&cluster);
    let revision = cluster.commit("2");
    says(&cluster.submit(User::Dana, "CHG-1", &revision, &[]), 0, &[]);
    let why = ["why", "chg-1"];
    cluster.until(User::Audrey, &why, "is Approving");

    // One that comes to nothing ends the command, and not the change.
    let failed = cluster.tidegate(User::Dana, &["backup", "chg-1"]);
    says(
        &failed,
        1,
        &[
            "✗ backup pre-change-chg-1-",
            " is not usable: ",
            "claim production/scratch",
        ],
    );
    let mut kubectl = cluster.plane.kubectl(User::Admin);
    kubectl.args(["-n", "production", "delete", "pvc", "scratch"]);
    assert!(kubectl.output().unwrap().status.success());

    let made = cluster.tidegate(User::Dana, &["backup", "CHG-1"]);
    says(
        &made,
        0,
        &[
            "✓ backup pre-change-chg-1-",
            ": 1 volume, ",
            "velero -n velero backup create pre-change-chg-1-",
            "next: tidegate why chg-1",
        ],
    );
    // The record has the same command.
    let record = cluster.record("chg-1");
    let entries = record["entries"].as_array().unwrap().iter();
    let commands: Vec<&str> = entries
        .filter_map(|stored| stored.pointer("/entry/event/outcome/done/command"))
        .filter_map(Value::as_str)
        .collect();
    let typed = commands.last().unwrap();
    assert!(made.result.contains(typed), "{typed}\n{}", made.screen());

    says(
        &cluster.tidegate(User::Tomas, &["approve", "chg-1"]),
        0,
        &[],
    );
    cluster.until(User::Audrey, &why, "ended Succeeded");
    assert_eq!(commands.len(), 2);
    let shown = cluster.tidegate(User::Audrey, &["backup", "chg-1", "-o", "json"]);
    let shown: Value = serde_json::from_str(&shown.result).unwrap();
    assert_eq!(shown["usable"], true);
    assert_eq!(shown["backups"][0]["number"], 2);
    assert_eq!(shown["commands"][0], *typed);
    velero.stop().await;
    storage.stop().await;
    cluster.finish().await;
}
