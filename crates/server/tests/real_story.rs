//! The three stories of the demo, on the real control plane.

mod installation;

use installation::{Installation, eventually};
use serde_json::json;
use tidegate_core::lifecycle::Phase;
use tidegate_testkit::control_plane::User;

#[tokio::test(flavor = "multi_thread")]
async fn a_change_goes_from_submitted_to_succeeded_and_the_next_comes_back_by_itself() {
    let mut tidegate = Installation::new().await;
    tidegate.policy(|_| {}).await;
    let repository = tidegate.repository.path().to_str().unwrap().to_owned();
    tidegate.start_controller().await;

    let revision = tidegate.upgrade("v2.4.3", "v2.5.0");
    tidegate
        .submit(
            "CHG-1234",
            json!({"repository": repository, "revision": revision}),
        )
        .await;
    tidegate.until("chg-1234", Phase::Approving).await;
    tidegate.approve("chg-1234", User::Dana).await;
    tidegate.approve("chg-1234", User::Lea).await;
    let waiting = tidegate
        .until_waiting("chg-1234", "waits for a second approval")
        .await;
    assert!(waiting.contains("1 from @sre-team"), "{waiting}");
    let status = tidegate.change("chg-1234").await.status.unwrap().status;
    let dana = status
        .approvals
        .iter()
        .find(|approval| approval.approver == "dana@example.com")
        .unwrap();
    assert!(
        !dana.counts && dana.note.contains("asked for this change"),
        "{dana:?}"
    );
    tidegate.approve("chg-1234", User::Marc).await;
    let done = tidegate.until("chg-1234", Phase::Succeeded).await;
    assert_eq!(tidegate.ready_pods("v2.5.0").await, 10, "{:?}", done.status);
    assert_eq!(tidegate.pods_of("v2.4.3").await, 0);

    let revision = tidegate.break_readiness("v2.5.0", "v2.6.0");
    tidegate
        .policy(|spec| spec["stages"][0]["within"] = json!("5s"))
        .await;
    tidegate
        .submit(
            "CHG-1235",
            json!({"repository": repository, "revision": revision}),
        )
        .await;
    tidegate.until("chg-1235", Phase::Approving).await;
    tidegate.approve("chg-1235", User::Lea).await;
    tidegate.approve("chg-1235", User::Marc).await;
    eventually("a canary", async || {
        (tidegate.pods_of("v2.6.0").await == 1).then_some(())
    })
    .await;
    assert_eq!(tidegate.ready_pods("v2.5.0").await, 10);
    let back = tidegate.until("chg-1235", Phase::RolledBack).await;
    let status = back.status.unwrap().status;
    assert!(
        status.reason.contains("readiness gate"),
        "{}",
        status.reason
    );
    assert_eq!(tidegate.ready_pods("v2.5.0").await, 10);
    eventually("no canary", async || {
        (tidegate.pods_of("v2.6.0").await == 0).then_some(())
    })
    .await;

    let ledger = tidegate.ledger().await;
    ledger.verify(None).await.unwrap();
    tidegate.finish().await;
}
