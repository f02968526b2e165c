//! A rollout of ten pods that is disturbed.

use std::collections::BTreeSet;

use kube::Api;
use kube::api::DeleteParams;
use serde_json::json;
use tidegate_api::Change;
use tidegate_core::lifecycle::Phase;
use tidegate_testkit::control_plane::User;

use crate::installation::{Installation, NAMESPACE, eventually};

/// Submits an upgrade, lets it be approved, and waits for its canary.
async fn up_to_the_canary(
    tidegate: &mut Installation,
    ticket: &str,
    from: &str,
    to: &str,
) -> String {
    let revision = tidegate.upgrade(from, to);
    let repository = tidegate.repository.path().to_str().unwrap().to_owned();
    let source = json!({"repository": repository, "revision": revision});
    tidegate.submit(ticket, source).await;
    let change = ticket.to_lowercase();
    tidegate.until(&change, Phase::Approving).await;
    tidegate.approve(&change, User::Lea).await;
    tidegate.approve(&change, User::Marc).await;
    eventually("a canary", async || {
        (tidegate.pods_of(to).await == 1).then_some(())
    })
    .await;
    change
}

pub async fn the_api_server_goes_away(tidegate: &mut Installation) {
    tidegate.policy(|_| {}).await;
    tidegate.start_controller().await;
    let change = up_to_the_canary(tidegate, "CHG-140", "v2.4.3", "v2.5.0").await;
    tidegate.plane.restart_api_server().await.unwrap();
    tidegate.until(&change, Phase::Succeeded).await;
    assert_eq!(tidegate.ready_pods("v2.5.0").await, 10);
    assert_eq!(tidegate.pods_of("v2.4.3").await, 0);
    tidegate.ledger().await.verify(None).await.unwrap();
}

/// The pods of this version, by uid.
async fn serving(tidegate: &Installation, version: &str) -> BTreeSet<String> {
    assert_eq!(tidegate.ready_pods(version).await, 10);
    let pods = tidegate.pods().await;
    let of_version = pods.into_iter().filter(|pod| {
        let image = pod.spec.as_ref().unwrap().containers[0].image.clone();
        image.unwrap().ends_with(version)
    });
    of_version.map(|pod| pod.metadata.uid.unwrap()).collect()
}

/// A policy under which a canary stays out until somebody does something.
async fn canary_that_stays(tidegate: &Installation) {
    tidegate
        .policy(|spec| spec["stages"][0]["soak"] = json!("1h"))
        .await;
}

async fn canary_is_gone(tidegate: &Installation, version: &str) {
    eventually("no canary", async || {
        (tidegate.pods_of(version).await == 0).then_some(())
    })
    .await;
}

pub async fn a_change_is_cancelled(tidegate: &mut Installation) {
    canary_that_stays(tidegate).await;
    let before = serving(tidegate, "v2.5.0").await;
    let change = up_to_the_canary(tidegate, "CHG-141", "v2.5.0", "v2.6.0").await;
    tidegate
        .merge(
            &change,
            json!({"spec": {"cancel": {"reason": "the customer called"}}}),
        )
        .await;
    let ended = tidegate.until(&change, Phase::Cancelled).await;
    let status = ended.status.unwrap().status;
    assert_eq!(status.reason, "called off: the customer called");
    canary_is_gone(tidegate, "v2.6.0").await;
    assert_eq!(serving(tidegate, "v2.5.0").await, before);
}

pub async fn a_change_is_deleted(tidegate: &mut Installation) {
    canary_that_stays(tidegate).await;
    let before = serving(tidegate, "v2.5.0").await;
    let change = up_to_the_canary(tidegate, "CHG-142", "v2.6.0", "v2.7.0").await;
    let api: Api<Change> = Api::namespaced(tidegate.client(User::Dana).await, NAMESPACE);
    api.delete(&change, &DeleteParams::default()).await.unwrap();
    eventually("the change is gone", async || {
        api.get_opt(&change).await.unwrap().is_none().then_some(())
    })
    .await;
    // It may go only when what ran before runs again.
    let template = tidegate.deployment().await.spec.template;
    let image = template.spec.unwrap().containers[0].image.clone().unwrap();
    assert!(image.ends_with("v2.5.0"), "{image}");
    canary_is_gone(tidegate, "v2.7.0").await;
    assert_eq!(serving(tidegate, "v2.5.0").await, before);
}
