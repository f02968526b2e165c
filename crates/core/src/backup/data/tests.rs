use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{
    ClaimSeen, DataSeen, DataWork, Kept, KeptVolume, Live, Ran, Restored, Stopped, by_hand, survey,
};
use crate::backup::{ClaimKey, Volume};
use crate::rollout::object::ObjectKey;

fn deployment(name: &str, claim: &str) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": name, "namespace": "production"},
        "spec": {"replicas": 3, "template": {"spec": {"volumes": [
            {"name": "data", "persistentVolumeClaim": {"claimName": claim}},
        ]}}},
    })
}

fn owned(mut object: Value, kind: &str, name: &str) -> Value {
    object["metadata"]["ownerReferences"] = json!([{"kind": kind, "name": name}]);
    object
}

fn pod(name: &str, claim: &str, phase: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "namespace": "production"},
        "spec": {"volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": claim}}]},
        "status": {"phase": phase},
    })
}

fn volume(claim: &str, method: &str) -> Volume {
    Volume {
        pvc_name: claim.to_owned(),
        pvc_namespace: "production".to_owned(),
        backup_method: method.to_owned(),
        result: "succeeded".to_owned(),
        ..Volume::default()
    }
}

fn keys(objects: &[&Value]) -> BTreeSet<ObjectKey> {
    let keys = objects.iter().map(|object| ObjectKey::of(object).unwrap());
    keys.collect()
}

fn claim(name: &str) -> ClaimKey {
    ClaimKey {
        namespace: "production".to_owned(),
        name: name.to_owned(),
    }
}

/// What is found where `web` is the target's, and all of this is there as well.
fn found(others: &[Value], volumes: &[Volume]) -> Result<(Vec<String>, Vec<String>), String> {
    let web = deployment("web", "data");
    let ours = keys(&[&web]);
    let workloads: Vec<Value> = [web].iter().chain(others).cloned().collect();
    let live = Live {
        workloads: &workloads,
        of_change: &ours,
        of_target: &ours,
    };
    let found = survey("production", live, volumes)?;
    let stopped = found.stopped.iter().map(|one| one.key.to_string());
    let claims = found.claims.iter().map(ToString::to_string);
    Ok((stopped.collect(), claims.collect()))
}

#[test]
fn only_claims_that_the_target_uses_come_back() {
    let volumes = [volume("data", "CSISnapshot"), volume("else", "CSISnapshot")];
    let others = [
        deployment("other", "else"),
        owned(deployment("web-1", "data"), "Deployment", "web"),
        owned(pod("web-1-a", "data", "Running"), "ReplicaSet", "web-1"),
        pod("migrated", "data", "Succeeded"),
    ];
    let (stopped, claims) = found(&others, &volumes).unwrap();
    assert_eq!(stopped, ["Deployment/web"]);
    assert_eq!(claims, ["production/data"]);
    // What the backup does not have stays.
    let (stopped, claims) = found(&[], &[volume("else", "CSISnapshot")]).unwrap();
    assert!(stopped.is_empty() && claims.is_empty());
}

#[test]
fn claims_of_a_set_are_known_by_their_names() {
    let set = json!({
        "apiVersion": "apps/v1", "kind": "StatefulSet",
        "metadata": {"name": "db", "namespace": "production"},
        "spec": {"volumeClaimTemplates": [{"metadata": {"name": "data"}}]},
    });
    let ours = keys(&[&set]);
    let workloads = [set];
    let live = Live {
        workloads: &workloads,
        of_change: &ours,
        of_target: &ours,
    };
    let names = ["data-db-0", "data-db-10", "data-db-x", "data-dbx-0", "data"];
    let volumes = names.map(|name| volume(name, "CSISnapshot"));
    let found = survey("production", live, &volumes).unwrap();
    assert_eq!(found.claims, [claim("data-db-0"), claim("data-db-10")]);
    assert_eq!(found.stopped[0].ran, Ran::Replicas(1));
}

#[test]
fn whoever_else_would_lose_data_or_cannot_be_stopped_is_named() {
    let snapshot = [volume("data", "CSISnapshot")];
    let job = json!({
        "apiVersion": "batch/v1", "kind": "Job",
        "metadata": {"name": "report", "namespace": "production"},
        "spec": {"template": {"spec": {"volumes": [
            {"name": "data", "persistentVolumeClaim": {"claimName": "data"}},
        ]}}},
    });
    for (other, volumes, why) in [
        (
            deployment("other", "data"),
            &snapshot,
            "Deployment/other uses claim production/data as well, and is not part of the change: it would lose what it wrote since",
        ),
        (
            pod("shell", "data", "Running"),
            &snapshot,
            "Pod/shell uses claim production/data as well, and is not part of the change: it would lose what it wrote since",
        ),
        (
            job,
            &snapshot,
            "Job/report uses claim production/data as well, and is not part of the change: it would lose what it wrote since",
        ),
        (
            deployment("idle", "none"),
            &[volume("data", "PodVolumeBackup")],
            "the data of claim production/data was backed up as PodVolumeBackup and not by a snapshot of CSI, so a person has to bring it back",
        ),
    ] {
        assert_eq!(found(&[other], volumes), Err(why.to_owned()));
    }
    let set = json!({
        "apiVersion": "apps/v1", "kind": "DaemonSet",
        "metadata": {"name": "agent", "namespace": "production"},
        "spec": deployment("agent", "data")["spec"],
    });
    let ours = keys(&[&set]);
    let workloads = [set];
    let live = Live {
        workloads: &workloads,
        of_change: &ours,
        of_target: &ours,
    };
    let why = survey("production", live, &snapshot).unwrap_err();
    assert!(why.ends_with("and cannot be scaled to zero"), "{why}");
}

fn work() -> DataWork {
    let key = |group: &str, kind: &str, name: &str| ObjectKey {
        group: group.to_owned(),
        version: "v1".to_owned(),
        kind: kind.to_owned(),
        namespace: Some("production".to_owned()),
        name: name.to_owned(),
    };
    DataWork {
        round: 1,
        stopped: vec![
            Stopped {
                key: key("apps", "Deployment", "web"),
                ran: Ran::Replicas(3),
            },
            Stopped {
                key: key("batch", "CronJob", "report"),
                ran: Ran::Scheduled,
            },
        ],
        claims: vec![
            Kept {
                claim: claim("data"),
                volume: Some(KeptVolume {
                    name: "pvc-1".to_owned(),
                    reclaimed: "Delete".to_owned(),
                }),
            },
            Kept {
                claim: claim("gone"),
                volume: None,
            },
        ],
    }
}

#[test]
fn a_person_is_told_every_command() {
    let lines = by_hand(
        &work(),
        Some(("argocd", "web")),
        "pre-change-chg-1",
        "velero",
    );
    assert_eq!(
        lines,
        [
            "kubectl -n argocd annotate application web argocd.argoproj.io/skip-reconcile=true --overwrite",
            "kubectl -n production scale deployment/web --replicas=0",
            r#"kubectl -n production patch cronjob/report --type merge -p '{"spec":{"suspend":true}}'"#,
            r#"kubectl patch pv pvc-1 --type merge -p '{"spec":{"persistentVolumeReclaimPolicy":"Retain"}}'"#,
            "kubectl -n production delete pvc data --ignore-not-found",
            "kubectl -n production delete pvc gone --ignore-not-found",
            "velero -n velero restore create --from-backup pre-change-chg-1 --include-namespaces production --include-resources persistentvolumeclaims,persistentvolumes,volumesnapshots.snapshot.storage.k8s.io,volumesnapshotcontents.snapshot.storage.k8s.io,datauploads.velero.io --wait",
            "kubectl -n production get pvc",
            "kubectl -n production scale deployment/web --replicas=3",
            r#"kubectl -n production patch cronjob/report --type merge -p '{"spec":{"suspend":false}}'"#,
            "kubectl -n argocd annotate application web argocd.argoproj.io/skip-reconcile-",
        ]
    );
}

#[test]
fn a_claim_is_back_only_if_the_restore_made_it() {
    let seen = |name: &str, restore: Option<&str>, is_ready: bool| ClaimSeen {
        key: claim(name),
        is_going: false,
        restore: restore.map(ToOwned::to_owned),
        is_ready,
        phase: "Pending".to_owned(),
    };
    let restored = |claims: Vec<ClaimSeen>| {
        let seen = DataSeen {
            work: Some(work()),
            claims,
            ..DataSeen::default()
        };
        seen.restored(&["back-1", "back-2"])
    };
    let good = || {
        vec![
            seen("data", Some("back-1"), true),
            seen("gone", Some("back-2"), true),
        ]
    };
    assert_eq!(restored(good()), Restored::All);
    let mut pending = good();
    pending[1].is_ready = false;
    let says = "claim production/gone is Pending".to_owned();
    assert_eq!(restored(pending), Restored::NotYet(says));
    let mut empty = good();
    empty[0].restore = None;
    let Restored::Not(why) = restored(empty) else {
        panic!("an empty claim counts as restored");
    };
    assert!(why.contains("made by somebody else"), "{why}");
    let mut missing = good();
    missing.pop();
    let why = "no restore made claim production/gone".to_owned();
    assert_eq!(restored(missing), Restored::Not(why));
}
