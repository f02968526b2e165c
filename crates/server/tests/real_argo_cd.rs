//! Changes that Argo CD delivers, on the real Argo CD and the real control plane.

#![allow(
    clippy::unwrap_used,
    reason = "all of this file is tests; clippy knows only the functions marked as such"
)]

mod argo_cd;
mod installation;

use argo_cd::{APPLICATIONS, Delivery};
use installation::eventually;
use k8s_openapi::api::events::v1::Event;
use kube::Api;
use kube::api::ListParams;
use serde_json::{Value, json};
use tidegate_core::lifecycle::Phase;
use tidegate_testkit::control_plane::User;

#[tokio::test(flavor = "multi_thread")]
async fn argo_cd_delivers_stage_by_stage_and_comes_back_with_automated_sync_on() {
    let mut delivery = Delivery::new().await;
    delivery.policy(|_| {}).await;
    delivery.tidegate.start_controller().await;

    let second = delivery.tidegate.upgrade("v2.4.3", "v2.5.0");
    delivery.submit("CHG-1234", &second).await;
    delivery.tidegate.until("chg-1234", Phase::Approving).await;
    // Automated sync is on, and nothing of the new commit goes out by itself.
    for (name, _) in APPLICATIONS {
        assert_eq!(delivery.pin(name).await, delivery.first);
    }
    delivery.tidegate.approve("chg-1234", User::Lea).await;
    delivery.tidegate.approve("chg-1234", User::Marc).await;
    delivery.tidegate.until("chg-1234", Phase::Succeeded).await;
    for (name, namespace) in APPLICATIONS {
        assert_eq!(delivery.pin(name).await, second, "{name}");
        assert!(delivery.image(namespace).await.ends_with("v2.5.0"));
        assert_eq!(
            delivery
                .get(name)
                .await
                .pointer("/spec/syncPolicy/automated/selfHeal"),
            Some(&json!(true))
        );
    }

    let third = delivery.tidegate.break_readiness("v2.5.0", "v2.6.0");
    delivery
        .policy(|spec| spec["stages"][0]["within"] = json!("5s"))
        .await;
    delivery.submit("CHG-1235", &third).await;
    delivery.tidegate.until("chg-1235", Phase::Approving).await;
    delivery.tidegate.approve("chg-1235", User::Lea).await;
    delivery.tidegate.approve("chg-1235", User::Marc).await;
    let back = delivery.tidegate.until("chg-1235", Phase::RolledBack).await;
    let status = back.status.unwrap().status;
    assert!(
        status.reason.contains("stage canary") && status.reason.contains("readiness gate"),
        "{}",
        status.reason
    );
    for (name, namespace) in APPLICATIONS {
        delivery.is_at(name, &second).await;
        assert!(delivery.image(namespace).await.ends_with("v2.5.0"));
    }
    // Only the canary was ever touched.
    let ledger = delivery.tidegate.ledger().await;
    ledger.verify(None).await.unwrap();
    delivery.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pin_that_somebody_moves_is_put_back_and_people_are_told() {
    let mut delivery = Delivery::new().await;
    delivery.policy(|_| {}).await;
    delivery.tidegate.start_controller().await;
    let (name, namespace) = APPLICATIONS[2];
    let second = delivery.tidegate.upgrade("v2.4.3", "v2.5.0");
    eventually("the adoption is remembered", async || {
        events(&delivery, name)
            .await
            .iter()
            .any(|(reason, _)| reason == "Adopted")
            .then_some(())
    })
    .await;
    for moved in ["main", second.as_str()] {
        delivery
            .patch(
                name,
                &json!({"spec": {"source": {"targetRevision": moved}}}),
            )
            .await;
        eventually("the pin is put back", async || {
            (delivery.pin(name).await == delivery.first).then_some(())
        })
        .await;
    }
    delivery.is_at(name, &delivery.first).await;
    assert!(delivery.image(namespace).await.ends_with("v2.4.3"));
    let told = events(&delivery, name).await;
    let alarm = format!("somebody moved its pin to {second} without a change");
    assert!(
        told.iter()
            .any(|(reason, note)| reason == "PinMoved" && note.starts_with(&alarm)),
        "{told:?}"
    );

    // Given back it follows its branch again, and nobody holds it.
    delivery.release(name).await;
    delivery.is_at(name, &second).await;
    eventually("that it was given back is told", async || {
        events(&delivery, name)
            .await
            .iter()
            .any(|(reason, _)| reason == "Released")
            .then_some(())
    })
    .await;
    assert_eq!(delivery.pin(name).await, "main");
    delivery.finish().await;
}

/// The Events of an Application: their reasons and notes.
async fn events(delivery: &Delivery, name: &str) -> Vec<(String, String)> {
    let api: Api<Event> = Api::namespaced(delivery.tidegate.admin.clone(), "argocd");
    let of = ListParams::default().fields(&format!("regarding.name={name}"));
    let events = api.list(&of).await.unwrap().items.into_iter();
    let texts = events.map(|event| {
        (
            event.reason.unwrap_or_default(),
            event.note.unwrap_or_default(),
        )
    });
    texts.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn argo_cds_windows_are_waited_for_and_never_park_a_sync_or_the_way_back() {
    let mut delivery = Delivery::new().await;
    delivery.policy(|_| {}).await;
    delivery.tidegate.start_controller().await;
    let targets = json!([{"name": "gateway-canary", "namespace": "production-canary", "application": "gateway-canary"}]);

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
    assert_eq!(delivery.pin("gateway-canary").await, delivery.first);
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
        (delivery.pin("gateway-canary").await == third).then_some(())
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
    delivery.is_at("gateway-canary", &second).await;
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
