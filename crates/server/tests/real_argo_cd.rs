//! Changes that Argo CD delivers, on the real Argo CD and the real control plane.

mod argo_cd;
mod installation;

use argo_cd::{APPLICATIONS, Delivery};
use serde_json::json;
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
