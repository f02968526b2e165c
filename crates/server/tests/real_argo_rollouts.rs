//! Shares of one workload under Argo CD, on the real Argo CD, the real controller
//! of Argo Rollouts and the real control plane.

#![allow(
    clippy::unwrap_used,
    reason = "all of this file is tests; clippy knows only the functions marked as such"
)]

mod argo_cd;
mod argo_rollouts;
mod installation;

use argo_rollouts::{Canary, FIRST, NAME};
use serde_json::json;
use tidegate_core::lifecycle::Phase;

#[tokio::test(flavor = "multi_thread")]
async fn each_share_goes_out_alone_whenever_tidegate_dies_and_all_of_it_comes_back() {
    let mut canary = Canary::new().await;
    canary.policy(|_| {}).await;
    canary.delivery.tidegate.start_controller().await;

    let second = canary.upgrade(FIRST, "v2.5.0");
    let change = canary.goes("CHG-1", &second).await;
    canary.soaks(&change, "canary", "v2.5.0", 1).await;
    canary.delivery.tidegate.kill_controller().await;
    assert_eq!(canary.delivery.tidegate.ready_pods("v2.5.0").await, 1);
    canary.delivery.tidegate.start_controller().await;
    canary.soaks(&change, "staged", "v2.5.0", 5).await;
    canary
        .delivery
        .tidegate
        .until(&change, Phase::Succeeded)
        .await;
    canary.runs("v2.5.0").await;

    // What succeeded in all its stages and fails its verification goes back
    // without stopping at a share.
    canary
        .policy(|spec| {
            let check = json!({"http": {"url": "http://127.0.0.1:9/", "status": 200}});
            spec["verification"] = json!({"within": "1s", "checks": [check]});
        })
        .await;
    // Whenever Tidegate dies meanwhile, no share is promoted twice.
    let third = canary.upgrade("v2.5.0", "v2.6.0");
    let change = canary.goes("CHG-2", &third).await;
    let crashes = canary.delivery.tidegate.crash_at_every_step(&change).await;
    assert!(crashes > 10, "{crashes} crashes");
    canary
        .went_back(&change, &["http"], &second, "v2.5.0")
        .await;
    let change = canary.delivery.tidegate.change(&change).await;
    canary
        .delivery
        .tidegate
        .each_effect_is_told_once(&change)
        .await;
    let did = canary.did(&change).await;
    let did_last = |effect: &str| did.iter().rposition(|key| key.contains(effect));
    assert!(
        did_last("/promote-back/") > did_last("/rollback/"),
        "{did:?}"
    );
    canary.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_share_that_fails_or_is_meddled_with_goes_back_and_one_that_nothing_holds_is_refused() {
    let mut canary = Canary::new().await;
    canary.policy(|_| {}).await;
    canary.delivery.tidegate.start_controller().await;
    let first = canary.delivery.first.clone();

    // Its analysis fails, which aborts it.
    canary.meter.measures(false);
    let bad = canary.upgrade(FIRST, "v2.5.0");
    let change = canary.goes("CHG-1", &bad).await;
    let why = [
        "stage canary failed",
        "RolloutAborted",
        "metric good-answers is Failed",
    ];
    canary.went_back(&change, &why, &first, FIRST).await;
    canary.meter.measures(true);

    // Somebody lets it on beyond the share, then somebody aborts another.
    let next = canary.upgrade("v2.5.0", "v2.6.0");
    let change = canary.goes("CHG-2", &next).await;
    canary.soaks(&change, "canary", "v2.6.0", 1).await;
    canary.by_hand(json!({"promoteFull": true})).await;
    let why = ["somebody promoted it beyond the 10% of this stage"];
    canary.went_back(&change, &why, &first, FIRST).await;

    let next = canary.upgrade("v2.6.0", "v2.7.0");
    let change = canary.goes("CHG-3", &next).await;
    canary.soaks(&change, "canary", "v2.7.0", 1).await;
    canary.by_hand(json!({"abort": true})).await;
    canary
        .went_back(&change, &["stage canary failed", "aborted"], &first, FIRST)
        .await;

    // Its pods never become ready, so no old one was touched.
    canary
        .policy(|spec| spec["stages"][0]["within"] = json!("8s"))
        .await;
    let old = canary.pods().await;
    let broken = canary.delivery.tidegate.break_readiness("v2.7.0", "v2.8.0");
    let change = canary.goes("CHG-4", &broken).await;
    let why = ["stage canary", "readiness gate"];
    canary.went_back(&change, &why, &first, FIRST).await;
    assert_eq!(canary.pods().await, old);

    // What nothing would hold is refused.
    let other = canary.edit("- setWeight: 50", "- setWeight: 30");
    refused(
        &canary,
        "CHG-5",
        &other,
        "stage canary asks for 10% of Application gateway: Rollout/api-gateway step 5 stops at 30% and not at 50%; its steps have to be `setWeight: 10`, `pause: {}`, `setWeight: 50`, `pause: {}`",
    )
    .await;
    let plain = canary.plain();
    refused(
        &canary,
        "CHG-6",
        &plain,
        "stage canary asks for 10% of Application gateway, and Argo CD delivers a plain workload only whole; stage it by `applications`, or use a Rollout of Argo Rollouts",
    )
    .await;
    assert_eq!(canary.delivery.pin(NAME).await, first);
    canary.finish().await;
}

async fn refused(canary: &Canary, ticket: &str, revision: &str, why: &str) {
    let change = canary.submit(ticket, revision).await;
    let change = canary
        .delivery
        .tidegate
        .until(&change, Phase::Rejected)
        .await;
    let reason = change.status.unwrap().status.reason;
    assert!(reason.contains(why), "{reason}");
}
