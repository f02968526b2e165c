use serde_json::{Value, json};

use super::{chart, commit, object, of_chart, read, revision, set, with};
use crate::argo_cd::seen::{Seen, not_approved, see};
use crate::lifecycle::facts::Observation;
use crate::rollout::object::ObjectKey;

fn sees(object: &Value) -> Seen {
    see(&read(object), &commit("a"))
}

fn progressing(object: &Value) -> String {
    match sees(object) {
        Seen::Otherwise(Observation::Progressing(what)) => what,
        other => panic!("{other:?}"),
    }
}

fn failed(object: &Value) -> String {
    match sees(object) {
        Seen::Otherwise(Observation::Failed(why)) => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn synced_and_healthy_is_settled_whoever_started_the_sync() {
    assert_eq!(sees(&object()), Seen::Settled);
    let healed = with(
        "/status/operationState/operation",
        json!({"initiatedBy": {"automated": true}, "sync": {"revision": revision("a").as_str(), "autoHealAttemptsCount": 1}}),
    );
    assert_eq!(sees(&healed), Seen::Settled);
    let never = with("/status/operationState", Value::Null);
    assert_eq!(sees(&never), Seen::Settled);
}

#[test]
fn another_pin_is_a_difference_and_names_it() {
    let moved = with("/spec/source/targetRevision", json!("main"));
    let Seen::Otherwise(Observation::Differs(what)) = sees(&moved) else {
        panic!("{:?}", sees(&moved));
    };
    assert_eq!(
        what,
        "somebody moved the pin of Application argocd/web to main"
    );
}

#[test]
fn a_sync_under_way_says_what_it_does() {
    let mut running = with("/status/operationState/phase", json!("Running"));
    set(
        &mut running,
        "/status/operationState/finishedAt",
        Value::Null,
    );
    set(
        &mut running,
        "/status/operationState/message",
        json!("waiting for healthy state of apps/Deployment/web"),
    );
    assert_eq!(
        progressing(&running),
        "Argo CD syncs it: waiting for healthy state of apps/Deployment/web"
    );
    // Argo CD writes a hook phase for every object; only hooks have a type.
    set(
        &mut running,
        "/status/operationState/syncResult/resources",
        json!([
            {"kind": "ConfigMap", "name": "web", "hookPhase": "Running", "status": "Synced"},
            {"kind": "Job", "name": "migrate", "hookPhase": "Running", "hookType": "PreSync"},
        ]),
    );
    assert_eq!(
        progressing(&running),
        "the sync waits for its PreSync hook Job/migrate"
    );
    set(
        &mut running,
        "/status/operationState/message",
        json!("Sync operation blocked by sync window"),
    );
    assert_eq!(
        progressing(&running),
        "Argo CD has parked the sync until its sync windows allow it"
    );
}

#[test]
fn a_failed_sync_that_is_tried_again_is_not_failed_yet() {
    let mut failing = with("/status/operationState/phase", json!("Running"));
    set(&mut failing, "/status/operationState/retryCount", json!(1));
    set(
        &mut failing,
        "/status/operationState/syncResult/resources",
        json!([{"kind": "Deployment", "name": "web", "status": "SyncFailed", "message": "admission denied"}]),
    );
    assert_eq!(
        progressing(&failing),
        "the sync failed and is tried again, tried again 1 times: Deployment/web: admission denied"
    );
    set(
        &mut failing,
        "/status/operationState/phase",
        json!("Failed"),
    );
    assert_eq!(
        failed(&failing),
        "Application argocd/web could not be synced: Deployment/web: admission denied"
    );
    // What failed before this commit was pinned says nothing about it.
    for pointer in [
        "/status/operationState/syncResult/revision",
        "/status/operationState/operation/sync/revision",
    ] {
        set(&mut failing, pointer, json!(revision("b").as_str()));
    }
    assert_eq!(sees(&failing), Seen::Settled);
}

#[test]
fn what_was_compared_with_another_commit_does_not_count() {
    let stale = with("/status/sync/revision", json!(revision("b").as_str()));
    assert_eq!(
        progressing(&stale),
        "Argo CD has not compared it with the commit yet"
    );
    let mut differs = with("/status/sync/status", json!("OutOfSync"));
    set(
        &mut differs,
        "/status/resources/0/status",
        json!("OutOfSync"),
    );
    assert_eq!(
        progressing(&differs),
        "Argo CD finds Deployment/web out of sync"
    );
    let mut unknown = with("/status/sync/status", json!("Unknown"));
    set(
        &mut unknown,
        "/status/conditions",
        json!([{"type": "ComparisonError", "message": "failed to list refs: connection refused"}]),
    );
    assert_eq!(
        progressing(&unknown),
        "Argo CD cannot compare it: ComparisonError: failed to list refs: connection refused"
    );
}

#[test]
fn what_is_synced_and_not_healthy_is_for_the_objects_themselves_to_tell() {
    let mut degraded = with("/status/health/status", json!("Degraded"));
    set(
        &mut degraded,
        "/status/health/message",
        json!("Deployment \"web\" exceeded its progress deadline"),
    );
    assert_eq!(
        sees(&degraded),
        Seen::Applied(
            "Argo CD finds it Degraded: Deployment \"web\" exceeded its progress deadline"
                .to_owned()
        )
    );
    // It says since when, and that counts from the end of the sync on.
    let moment = |text: &str| text.parse().unwrap();
    for (at, since) in [
        ("2026-11-24T10:00:00Z", "2026-11-24T15:52:56Z"),
        ("2026-11-24T15:53:10Z", "2026-11-24T15:53:10Z"),
    ] {
        set(
            &mut degraded,
            "/status/health/lastTransitionTime",
            json!(at),
        );
        set(
            &mut degraded,
            "/status/resources",
            json!([
                {"kind": "Service", "name": "web", "health": {"status": "Healthy"}},
                {"kind": "Certificate", "name": "web", "health": {"status": "Degraded", "message": "no issuer"}},
            ]),
        );
        let says = "Argo CD finds it Degraded: Certificate/web: no issuer".to_owned();
        let since = moment(since);
        assert_eq!(sees(&degraded), Seen::Degraded { says, since });
    }
    let stopped = with(
        "/status/health",
        json!({"status": "Suspended", "message": "CanaryPauseStep"}),
    );
    assert_eq!(
        sees(&stopped),
        Seen::Suspended("Argo CD finds it Suspended: CanaryPauseStep".to_owned())
    );
    let unjudged = with("/status/health", json!({}));
    assert_eq!(
        sees(&unjudged),
        Seen::Applied("Argo CD has not judged its health yet".to_owned())
    );
}

#[test]
fn what_an_application_owns_beyond_the_approved_is_told() {
    let deployment =
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}});
    let mut approved = ObjectKey::of(&deployment).unwrap();
    approved.namespace = Some("shop".to_owned());
    let mut owns = object();
    assert_eq!(
        not_approved(&read(&owns), &[approved.clone()]),
        Vec::<String>::new()
    );
    set(
        &mut owns,
        "/status/resources",
        json!([
            {"group": "apps", "kind": "Deployment", "namespace": "shop", "name": "web"},
            {"kind": "ConfigMap", "namespace": "shop", "name": "left", "requiresPruning": true},
            {"group": "batch", "kind": "Job", "namespace": "shop", "name": "migrate", "hook": true},
            {"kind": "Secret", "namespace": "shop", "name": "planted"},
        ]),
    );
    assert_eq!(not_approved(&read(&owns), &[approved]), ["Secret/planted"]);
}

#[test]
fn a_chart_is_synced_when_its_version_and_its_values_are() {
    let pin = chart("1.4.2", Some("a"));
    let sees = |object: &Value| see(&read(object), &pin);
    assert_eq!(sees(&of_chart()), Seen::Settled);
    for (revisions, wait) in [
        (json!(["1.4.1", revision("a").as_str()]), true),
        (json!(["1.4.2", revision("b").as_str()]), true),
        (json!(["1.4.2", revision("a").as_str()]), false),
    ] {
        let mut object = of_chart();
        set(&mut object, "/status/sync/revisions", revisions);
        let told =
            Observation::Progressing("Argo CD has not compared it with the version yet".to_owned());
        let expected = if wait {
            Seen::Otherwise(told)
        } else {
            Seen::Settled
        };
        assert_eq!(sees(&object), expected);
    }
    let mut moved = of_chart();
    set(&mut moved, "/spec/sources/0/targetRevision", json!("1.x"));
    let told = format!(
        "somebody moved the pin of Application argocd/web to 1.x with values of {}",
        revision("a")
    );
    assert_eq!(sees(&moved), Seen::Otherwise(Observation::Differs(told)));
}
