//! Changes that Argo CD delivers, on the real Argo CD and the real control plane.

#![allow(
    clippy::unwrap_used,
    reason = "all of this file is tests; clippy knows only the functions marked as such"
)]

mod argo_cd;
mod installation;

use argo_cd::{APPLICATIONS, Delivery, OVERLAY};
use installation::{DANA, eventually};
use k8s_openapi::api::events::v1::Event;
use kube::Api;
use kube::api::ListParams;
use serde_json::json;
use tidegate_core::lifecycle::Phase;
use tidegate_testkit::control_plane::User;
use tidegate_testkit::repository::Edit;

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
    // What Argo CD is not to look at is approved as well.
    let before = digest(&delivery).await;
    let ignored =
        json!([{"group": "apps", "kind": "Deployment", "jsonPointers": ["/spec/replicas"]}]);
    let patch = json!({"spec": {"ignoreDifferences": ignored}});
    delivery.patch("gateway-full", &patch).await;
    eventually("the digest is another", async || {
        (digest(&delivery).await != before).then_some(())
    })
    .await;
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

/// What CHG-1234 would bring.
async fn digest(delivery: &Delivery) -> Option<String> {
    let status = delivery.tidegate.change("chg-1234").await.status?.status;
    status.digest.map(|digest| digest.to_string())
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

/// What Argo CD is told of the health of Widgets.
const WIDGET_HEALTH: &str = "\
local health = {status = 'Healthy'}
if obj.spec.size == 'none' then
  health = {status = 'Degraded', message = 'there is no such size'}
end
return health
";

#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_argo_cd_finds_degraded_fails_its_stage_before_the_deadline() {
    let mut delivery = Delivery::new().await;
    delivery
        .policy(|spec| spec["stages"][0]["within"] = json!("30m"))
        .await;
    delivery.tidegate.start_controller().await;
    for object in [
        json!({
            "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": "widgets.example.com"},
            "spec": {
                "group": "example.com", "scope": "Namespaced",
                "names": {"kind": "Widget", "plural": "widgets"},
                "versions": [{
                    "name": "v1", "served": true, "storage": true,
                    "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}},
                }],
            },
        }),
        json!({
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": "argocd-cm", "namespace": "argocd", "labels": {"app.kubernetes.io/part-of": "argocd"}},
            "data": {"resource.customizations.health.example.com_Widget": WIDGET_HEALTH},
        }),
    ] {
        delivery.tidegate.apply(&object).await;
    }
    let bad = delivery
        .tidegate
        .repository
        .commit(
            DANA,
            "CHG: Add a widget",
            &[
                Edit::write(
                    format!("{OVERLAY}/widget.yaml"),
                    "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: web}\nspec: {size: none}\n",
                ),
                Edit::replace(
                    format!("{OVERLAY}/kustomization.yaml"),
                    "[../../base, pdb.yaml]",
                    "[../../base, pdb.yaml, widget.yaml]",
                ),
            ],
        )
        .unwrap();
    delivery.submit_of(&APPLICATIONS[..1], "CHG-1", &bad).await;
    delivery.tidegate.until("chg-1", Phase::Approving).await;
    delivery.tidegate.approve("chg-1", User::Lea).await;
    delivery.tidegate.approve("chg-1", User::Marc).await;
    delivery
        .tidegate
        .until_waiting("chg-1", "Argo CD finds it Degraded")
        .await;
    let back = delivery.tidegate.until("chg-1", Phase::RolledBack).await;
    let reason = back.status.unwrap().status.reason;
    assert!(
        reason.contains("stage canary failed: Argo CD finds it Degraded"),
        "{reason}"
    );
    delivery.is_at(APPLICATIONS[0].0, &delivery.first).await;
    delivery.finish().await;
}
