//! Whatever fails while Argo CD delivers, the end is the new commit verified,
//! the old one healthy, or a change that says what a person has to do.

#![allow(
    clippy::unwrap_used,
    reason = "all of this file is tests; clippy knows only the functions marked as such"
)]

mod argo_cd;
mod installation;

use std::time::Duration;

use argo_cd::faults::{CANARY, CANARY_NAMESPACE, HOOK};
use argo_cd::{APPLICATIONS, Delivery};
use serde_json::{Value, json};
use tidegate_core::lifecycle::Phase;
use tidegate_testkit::argo_cd::Part;

const FIRST: &str = "v2.4.3";

/// The stages' deadlines, so short that a test can wait for them.
fn within(seconds: u32) -> impl Fn(&mut Value) {
    move |spec| {
        for stage in spec["stages"].as_array_mut().unwrap() {
            stage["within"] = json!(format!("{seconds}s"));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_survives_that_argo_cd_or_the_api_server_dies_in_it() {
    let mut delivery = Delivery::new().await;
    delivery.policy(|_| {}).await;
    delivery.tidegate.start_controller().await;

    let second = delivery.upgrade(FIRST, "v2.5.0");
    let change = delivery.submit_approved("CHG-1", &second).await;
    delivery.waits_for_hook(CANARY, &second).await;
    delivery.argo_cd.kill_part(Part::Controller).await.unwrap();
    delivery.run_hooks(true).await;
    delivery.argo_cd.start_part(Part::Controller).await.unwrap();
    delivery.succeeded(&change, &second, "v2.5.0").await;

    delivery.run_hooks(false).await;
    let third = delivery.upgrade("v2.5.0", "v2.6.0");
    let change = delivery.submit_approved("CHG-2", &third).await;
    delivery.waits_for_hook(CANARY, &third).await;
    delivery
        .argo_cd
        .kill_part(Part::RepositoryServer)
        .await
        .unwrap();
    delivery.run_hooks(true).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    delivery
        .argo_cd
        .start_part(Part::RepositoryServer)
        .await
        .unwrap();
    delivery.succeeded(&change, &third, "v2.6.0").await;

    delivery.run_hooks(false).await;
    let fourth = delivery.upgrade("v2.6.0", "v2.7.0");
    let change = delivery.submit_approved("CHG-3", &fourth).await;
    delivery.waits_for_hook(CANARY, &fourth).await;
    delivery.tidegate.plane.restart_api_server().await.unwrap();
    delivery.run_hooks(true).await;
    delivery.succeeded(&change, &fourth, "v2.7.0").await;
    delivery.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_whose_repository_is_gone_goes_back_and_succeeds_once_it_is_there() {
    let mut delivery = Delivery::new().await;
    delivery.policy(|_| {}).await;
    delivery.tidegate.start_controller().await;
    delivery.run_hooks(true).await;
    let second = delivery.upgrade(FIRST, "v2.5.0");
    let path = delivery.tidegate.repository.path().to_owned();
    let away = path.with_extension("away");

    // Tidegate has it already; Argo CD has not fetched it.
    let change = delivery.submit_canary("CHG-1", &second).await;
    delivery
        .tidegate
        .merge(
            &change,
            json!({"spec": {"hold": {"reason": "until it is gone"}}}),
        )
        .await;
    delivery.approve(&change).await;
    delivery.tidegate.until_waiting(&change, "is held").await;
    std::fs::rename(&path, &away).unwrap();
    delivery
        .tidegate
        .merge(&change, json!({"spec": {"hold": null}}))
        .await;
    let back = delivery.ends(&change, Phase::RolledBack).await;
    let reason = back.status.unwrap().status.reason;
    assert!(reason.contains("stage canary failed"), "{reason}");
    delivery.canary_is(&delivery.first, FIRST).await;
    assert_eq!(delivery.rollouts(CANARY_NAMESPACE).await, 1);

    // Away for a moment only: Argo CD tries again by itself.
    std::fs::rename(&away, &path).unwrap();
    delivery.run_hooks(false).await;
    let change = delivery.submit_approved("CHG-2", &second).await;
    delivery.waits_for_hook(CANARY, &second).await;
    std::fs::rename(&path, &away).unwrap();
    delivery.run_hooks(true).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    std::fs::rename(&away, &path).unwrap();
    delivery.succeeded(&change, &second, "v2.5.0").await;
    delivery.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tidegate_dies_at_each_of_its_steps_and_all_ends_right() {
    let mut delivery = Delivery::new().await;
    delivery.policy(|_| {}).await;
    delivery.run_hooks(true).await;
    let second = delivery.upgrade(FIRST, "v2.5.0");
    let two = &APPLICATIONS[..2];
    delivery.submit_of(two, "CHG-1", &second).await;
    delivery.tidegate.start_controller().await;
    delivery.approve("chg-1").await;
    let crashes = delivery.tidegate.crash_at_every_step("chg-1").await;
    assert!(crashes > 8, "{crashes} crashes");
    let change = delivery.ends("chg-1", Phase::Succeeded).await;
    delivery.tidegate.each_effect_is_told_once(&change).await;
    for (name, namespace) in two {
        delivery.is_at(name, &second).await;
        assert_eq!(delivery.syncs(name, &second).await, 1, "{name}");
        assert_eq!(delivery.rollouts(namespace).await, 2, "{name}");
    }

    let third = delivery.tidegate.break_readiness("v2.5.0", "v2.6.0");
    delivery.policy(within(30)).await;
    delivery.submit_of(two, "CHG-2", &third).await;
    delivery.approve("chg-2").await;
    let crashes = delivery.tidegate.crash_at_every_step("chg-2").await;
    assert!(crashes > 8, "{crashes} crashes");
    let change = delivery.ends("chg-2", Phase::RolledBack).await;
    delivery.tidegate.each_effect_is_told_once(&change).await;
    delivery.canary_is(&second, "v2.5.0").await;
    assert_eq!(delivery.syncs(CANARY, &third).await, 1);
    assert_eq!(delivery.syncs(CANARY, &second).await, 2);
    assert_eq!(delivery.rollouts(CANARY_NAMESPACE).await, 4);
    let (name, namespace) = APPLICATIONS[1];
    delivery.is_at(name, &second).await;
    assert_eq!(delivery.syncs(name, &second).await, 1);
    assert_eq!(delivery.rollouts(namespace).await, 2);
    delivery.finish().await;
}

/// What somebody asks Argo CD for, by hand.
fn by_hand(revision: &str) -> Value {
    json!({"operation": {
        "initiatedBy": {"username": "lea"},
        "retry": {"limit": 3, "backoff": {"duration": "2s", "factor": 1}},
        "sync": {"revision": revision, "prune": true},
    }})
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_else_does_meanwhile_is_waited_for_or_undone() {
    let mut delivery = Delivery::new().await;
    delivery
        .policy(|spec| spec["stages"][0]["soak"] = json!("5s"))
        .await;
    delivery.tidegate.start_controller().await;
    delivery.run_hooks(true).await;
    let second = delivery.upgrade(FIRST, "v2.5.0");
    let first = delivery.first.clone();

    // A sync that is tried again and again is there first.
    let change = delivery.submit_canary("CHG-1", &second).await;
    delivery.tidegate.until(&change, Phase::Approving).await;
    delivery.patch(CANARY, &by_hand(&"0".repeat(40))).await;
    delivery
        .wait(CANARY, "is synced by somebody", |object| {
            object.pointer("/status/operationState/operation/initiatedBy/username")
                == Some(&json!("lea"))
        })
        .await;
    delivery.approve(&change).await;
    delivery
        .tidegate
        .until_waiting(
            &change,
            "waits for the sync of Application gateway-canary that lea started",
        )
        .await;
    assert_eq!(delivery.pin(CANARY).await, first);

    // It goes out then, and somebody asks for the old commit while it soaks,
    // which Argo CD itself puts right.
    delivery
        .tidegate
        .until_waiting(&change, "canary is healthy")
        .await;
    delivery.patch(CANARY, &by_hand(&first)).await;
    delivery.succeeded(&change, &second, "v2.5.0").await;

    // One that is asked for while another runs does nothing.
    delivery.run_hooks(false).await;
    let third = delivery.upgrade("v2.5.0", "v2.6.0");
    let change = delivery.submit_approved("CHG-2", &third).await;
    delivery.waits_for_hook(CANARY, &third).await;
    delivery.patch(CANARY, &by_hand(&second)).await;
    let off = json!({"spec": {"syncPolicy": {"automated": null}}});
    delivery.patch(CANARY, &off).await;
    delivery.run_hooks(true).await;
    delivery.succeeded(&change, &third, "v2.6.0").await;

    // A change needs no automated sync, neither forwards nor back.
    let fourth = delivery.upgrade("v2.6.0", "v2.7.0");
    let change = delivery.submit_approved("CHG-3", &fourth).await;
    delivery
        .tidegate
        .until_waiting(&change, "canary is healthy")
        .await;
    let moved = json!({"spec": {"source": {"targetRevision": "main"}}});
    delivery.patch(CANARY, &moved).await;
    delivery
        .went_back(&change, "moved the pin", &third, "v2.6.0")
        .await;

    let change = delivery.submit_approved("CHG-4", &fourth).await;
    delivery
        .tidegate
        .until_waiting(&change, "canary is healthy")
        .await;
    let other = json!(["registry.example.com/api-gateway=registry.example.com/other:v1"]);
    let edited = json!({
        "spec": {
            "source": {"kustomize": {"images": other}},
            "syncPolicy": {"automated": {"prune": true, "selfHeal": true}},
        },
    });
    delivery.patch(CANARY, &edited).await;
    delivery
        .went_back(&change, "somebody edited the source", &third, "v2.6.0")
        .await;
    let object = delivery.get(CANARY).await;
    assert_eq!(object.pointer("/spec/source/kustomize/images"), None);
    delivery.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_that_does_not_end_is_stopped_and_one_that_is_parked_never_runs_later() {
    let mut delivery = Delivery::new().await;
    delivery.policy(within(15)).await;
    delivery.tidegate.start_controller().await;
    let first = delivery.first.clone();

    // Its hook never ends.
    let second = delivery.upgrade(FIRST, "v2.5.0");
    let change = delivery.submit_approved("CHG-1", &second).await;
    delivery.waits_for_hook(CANARY, &second).await;
    delivery.tidegate.until_waiting(&change, HOOK).await;
    delivery.went_back(&change, HOOK, &first, FIRST).await;
    assert_eq!(delivery.rollouts(CANARY_NAMESPACE).await, 1);

    // A window shuts in mid-sync, when all is applied but the last hook.
    let second = delivery.upgrade_with("v2.5.0", "v2.6.0", "PostSync");
    let change = delivery.submit_approved("CHG-2", &second).await;
    delivery.waits_for_hook(CANARY, &second).await;
    let shut =
        json!([{"kind": "deny", "schedule": "* * * * *", "duration": "1h", "applications": ["*"]}]);
    delivery.windows(&shut).await;
    delivery.run_hooks(true).await;
    delivery
        .tidegate
        .until_waiting(&change, "has parked the sync")
        .await;
    let failed = delivery.ends(&change, Phase::Failed).await;
    let reason = failed.status.unwrap().status.reason;
    assert!(reason.contains("has parked the sync"), "{reason}");
    assert!(
        reason.contains("`argocd proj windows enable-manual-sync production 0 && argocd app sync gateway-canary`"),
        "{reason}"
    );

    // Nothing of it runs, neither now nor when the windows are open again.
    delivery
        .wait(
            CANARY,
            "is pinned to what ran before, and nothing waits",
            |object| {
                let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str);
                text("/spec/source/targetRevision") == Some(first.as_str())
                    && object.pointer("/operation").is_none()
                    && text("/status/operationState/phase") != Some("Running")
            },
        )
        .await;
    delivery.windows(&json!([])).await;
    let poke = json!({"metadata": {"annotations": {"argocd.argoproj.io/refresh": "normal"}}});
    delivery.patch(CANARY, &poke).await;
    delivery
        .wait(CANARY, "is as before", |object| {
            let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str);
            text("/status/sync/status") == Some("Synced")
                && text("/status/sync/revision") == Some(first.as_str())
                && text("/status/health/status") == Some("Healthy")
        })
        .await;
    assert!(delivery.image(CANARY_NAMESPACE).await.ends_with(FIRST));
    assert_eq!(delivery.syncs(CANARY, &second).await, 0);

    // And the next change starts as if nothing had been.
    let change = delivery.submit_approved("CHG-3", &second).await;
    delivery.succeeded(&change, &second, "v2.6.0").await;
    delivery.finish().await;
}
