//! Argo CD's sync windows, on the real Argo CD and the real control plane.

#![allow(
    clippy::unwrap_used,
    reason = "all of this file is tests; clippy knows only the functions marked as such"
)]

mod argo_cd;
mod installation;

use argo_cd::{Delivery, PATIENCE};
use installation::eventually;
use serde_json::{Value, json};
use tidegate_core::lifecycle::Phase;
use tidegate_ledger::{Event, Filter};
use tidegate_testkit::argo_cd::{create, project, projects, wait_for};
use tidegate_testkit::control_plane::User;

const CANARY: &str = "gateway-canary";

fn targets() -> Value {
    json!([{"name": CANARY, "namespace": "production-canary", "application": CANARY}])
}

/// Somebody else's freeze of everything.
fn freeze() -> Value {
    json!({
        "kind": "deny", "schedule": "* * * * *", "duration": "1h", "applications": ["*"],
        "description": "Year-end close",
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn argo_cds_windows_are_waited_for_and_never_park_a_sync_or_the_way_back() {
    let mut delivery = Delivery::new().await;
    delivery.policy(|_| {}).await;
    delivery.tidegate.start_controller().await;
    let targets = targets();

    // Somebody else's window: waited for, with the reason and the time.
    let foreign = |kind: &str| json!([{"kind": kind, "schedule": "0 3 1 1 *", "duration": "1h", "applications": ["*"]}]);
    delivery.windows(&foreign("allow")).await;
    let second = delivery.tidegate.upgrade("v2.4.3", "v2.5.0");
    delivery.submit_to("CHG-1", &second, targets.clone()).await;
    delivery.tidegate.until("chg-1", Phase::Approving).await;
    delivery.tidegate.approve("chg-1", User::Lea).await;
    delivery.tidegate.approve("chg-1", User::Marc).await;
    let told = delivery
        .tidegate
        .until_waiting(
            "chg-1",
            "Argo CD does not allow a sync of Application gateway-canary now",
        )
        .await;
    assert!(told.contains("-01-01 03:00:01 UTC"), "{told}");
    assert_eq!(delivery.pin(CANARY).await, delivery.first);
    delivery.windows(&json!([])).await;
    delivery.tidegate.until("chg-1", Phase::Succeeded).await;

    // A freeze that Tidegate publishes in mid-rollout does not keep it from going
    // back, and stands there again afterwards.
    let third = delivery.tidegate.break_readiness("v2.5.0", "v2.6.0");
    delivery
        .policy(|spec| {
            spec["calendar"] = json!("production");
            spec["withoutWindow"] = json!("open");
            spec["stages"][0]["within"] = json!("20s");
        })
        .await;
    publish(&delivery, &json!([])).await;
    delivery.submit_to("CHG-2", &third, targets.clone()).await;
    delivery.tidegate.until("chg-2", Phase::Approving).await;
    delivery.tidegate.approve("chg-2", User::Lea).await;
    delivery.tidegate.approve("chg-2", User::Marc).await;
    eventually("the canary is pinned to the new commit", async || {
        (delivery.pin(CANARY).await == third).then_some(())
    })
    .await;
    publish(
        &delivery,
        &json!([{"name": "freeze", "schedule": "* * * * *", "duration": "24h"}]),
    )
    .await;
    eventually("the freeze is published", async || {
        (delivery.published().await == 1).then_some(())
    })
    .await;
    let back = delivery.tidegate.until("chg-2", Phase::RolledBack).await;
    delivery.is_at(CANARY, &second).await;
    eventually("the freeze stands again", async || {
        (delivery.published().await == 1).then_some(())
    })
    .await;
    assert!(back.status.unwrap().status.reason.contains("stage canary"));

    delivery.finish().await;
}

/// A calendar without windows, with these freezes, for Argo CD as well.
async fn publish(delivery: &Delivery, freezes: &Value) {
    delivery
        .tidegate
        .apply(&json!({
            "apiVersion": "tidegate.dev/v1alpha1",
            "kind": "ChangeCalendar",
            "metadata": {"name": "production"},
            "spec": {
                "timeZone": "UTC",
                "freezes": freezes,
                "publish": {"projects": ["production"]},
            },
        }))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_policy_says_so_windows_of_others_are_lifted_and_put_back() {
    let mut delivery = Delivery::new().await;
    delivery
        .policy(|spec| {
            spec["foreignWindows"] = json!("lift");
            spec["stages"][0]["within"] = json!("20s");
            spec["emergency"] = json!({
                "approvals": {"now": 1, "later": 0},
                "groups": ["sre-lead"],
                "passes": ["windows"],
            });
        })
        .await;
    delivery.tidegate.start_controller().await;
    let good = delivery.tidegate.upgrade("v2.4.3", "v2.5.0");
    the_way_back_passes_a_freeze(&mut delivery).await;
    an_emergency_passes_a_global_freeze_and_a_parked_sync(&delivery, &good).await;

    let ledger = delivery.tidegate.ledger().await;
    ledger.verify(None).await.unwrap();
    let entries = ledger.entries(Filter::All).await.unwrap();
    let told: Vec<String> = entries
        .into_iter()
        .filter_map(|stored| match stored.entry.event {
            Event::Recorded { what, .. }
                if what.starts_with("windows-l") || what.starts_with("windows-r") =>
            {
                Some(format!("{} {what}", stored.entry.change))
            }
            _ => None,
        })
        .collect();
    assert_eq!(
        told,
        [
            "appproject-argocd-production windows-lifted",
            "appproject-argocd-production windows-restored",
            "appproject-argocd-everybody windows-lifted",
            "appproject-argocd-everybody windows-restored",
        ]
    );
    delivery.finish().await;
}

async fn the_way_back_passes_a_freeze(delivery: &mut Delivery) {
    let bad = delivery.tidegate.break_readiness("v2.5.0", "v2.6.0");
    delivery.submit_to("CHG-1", &bad, targets()).await;
    delivery.tidegate.until("chg-1", Phase::Approving).await;
    delivery.tidegate.approve("chg-1", User::Lea).await;
    delivery.tidegate.approve("chg-1", User::Marc).await;
    delivery
        .tidegate
        .until_waiting("chg-1", "stage canary to be healthy")
        .await;
    delivery.windows(&json!([freeze()])).await;
    delivery.tidegate.until("chg-1", Phase::RolledBack).await;
    delivery.is_at(CANARY, &delivery.first).await;
    stands_as_before(delivery, "production").await;
    delivery.windows(&json!([])).await;
}

/// The freeze stands as it was written, and nothing tells that it was lifted.
async fn stands_as_before(delivery: &Delivery, name: &str) {
    eventually("the freeze stands as before", async || {
        let project = projects(&delivery.tidegate.admin).get(name).await.unwrap();
        let windows = project.data.pointer("/spec/syncWindows").cloned();
        let lifted = project.metadata.annotations.unwrap_or_default();
        let is_lifted = lifted.contains_key("tidegate.dev/lifted-windows");
        (windows == Some(json!([freeze()])) && !is_lifted).then_some(())
    })
    .await;
}

async fn an_emergency_passes_a_global_freeze_and_a_parked_sync(delivery: &Delivery, good: &str) {
    let admin = delivery.tidegate.admin.clone();
    create(&projects(&admin), project("everybody", &json!([freeze()])))
        .await
        .unwrap();
    let settings = json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "argocd-cm", "namespace": "argocd", "labels": {"app.kubernetes.io/part-of": "argocd"}},
        "data": {"globalProjects": "- projectName: everybody\n  labelSelector: {}\n"},
    });
    delivery.tidegate.apply(&settings).await;

    // A normal change waits for it, and so does a sync that Lea starts by hand.
    delivery.submit_to("CHG-2", good, targets()).await;
    delivery.tidegate.until("chg-2", Phase::Approving).await;
    delivery.tidegate.approve("chg-2", User::Lea).await;
    delivery.tidegate.approve("chg-2", User::Marc).await;
    let why = delivery
        .tidegate
        .until_waiting(
            "chg-2",
            "Argo CD does not allow a sync of Application gateway-canary now",
        )
        .await;
    assert!(why.contains("Year-end close"), "{why}");
    let by_hand = json!({
        "operation": {"initiatedBy": {"username": "lea"}, "sync": {"revision": delivery.first}},
    });
    delivery.patch(CANARY, &by_hand).await;
    let parked = |object: &Value| {
        let message = object.pointer("/status/operationState/message");
        message.and_then(Value::as_str) == Some("Sync operation blocked by sync window")
    };
    wait_for(
        &delivery.applications,
        CANARY,
        "is parked",
        PATIENCE,
        parked,
    )
    .await
    .unwrap();

    // An emergency passes both.
    delivery
        .tidegate
        .submit_emergency("CHG-911", good, |spec| spec["targets"] = targets())
        .await;
    delivery.tidegate.until("chg-911", Phase::Approving).await;
    delivery.tidegate.approve("chg-911", User::Tomas).await;
    delivery.tidegate.until("chg-911", Phase::Succeeded).await;
    assert_eq!(delivery.pin(CANARY).await, good);
    stands_as_before(delivery, "everybody").await;
}
