//! A canary holds without Tidegate, and a change survives a crash at any point.

#![allow(clippy::unwrap_used, reason = "a test says what failed by failing")]

mod installation;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use installation::{Installation, eventually};
use serde_json::json;
use tidegate_core::lifecycle::Phase;
use tidegate_ledger::{Event, Filter};
use tidegate_testkit::control_plane::User;

const OLD: &str = "v2.4.3";
const NEW: &str = "v2.5.0";

/// How many new pods the Deployment is held at. None: it is not held.
async fn held_at(tidegate: &Installation) -> Option<usize> {
    let deployment = serde_json::to_value(tidegate.deployment().await).unwrap();
    tidegate_core::rollout::stage::held_at(&deployment).map(|pods| pods as usize)
}

/// Gives the controllers of the cluster all the time they could want to go
/// too far, and counts the most new pods seen.
async fn most_new_pods(tidegate: &Installation) -> usize {
    let most = Arc::new(AtomicUsize::new(0));
    for _ in 0..30 {
        most.fetch_max(tidegate.pods_of(NEW).await, Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    most.load(Ordering::Relaxed)
}

async fn submitted_and_approved(tidegate: &mut Installation) {
    let revision = tidegate.upgrade(OLD, NEW);
    let repository = tidegate.repository.path().to_str().unwrap().to_owned();
    tidegate
        .submit(
            "CHG-1234",
            json!({"repository": repository, "revision": revision}),
        )
        .await;
    tidegate.start_controller().await;
    tidegate.until("chg-1234", Phase::Approving).await;
    tidegate.approve("chg-1234", User::Lea).await;
    tidegate.approve("chg-1234", User::Marc).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stage_stops_at_its_share_although_tidegate_is_dead() {
    let mut tidegate = Installation::new().await;
    tidegate
        .policy(|spec| {
            for stage in spec["stages"].as_array_mut().unwrap() {
                stage["within"] = json!("5m");
            }
        })
        .await;
    submitted_and_approved(&mut tidegate).await;
    for share in [1, 5] {
        eventually("the stage is applied", async || {
            (held_at(&tidegate).await == Some(share)).then_some(())
        })
        .await;
        tidegate.kill_controller().await;
        eventually("the share is out", async || {
            (tidegate.ready_pods(NEW).await == share).then_some(())
        })
        .await;
        assert_eq!(most_new_pods(&tidegate).await, share);
        assert_eq!(tidegate.ready_pods(OLD).await, 10, "every old pod serves");
        tidegate.start_controller().await;
    }
    tidegate.until("chg-1234", Phase::Succeeded).await;
    assert_eq!(tidegate.ready_pods(NEW).await, 10);
    assert_eq!(
        held_at(&tidegate).await,
        None,
        "the manifest's own values are back"
    );
    tidegate.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_survives_a_crash_after_every_entry_of_its_record() {
    let mut tidegate = Installation::new().await;
    tidegate.policy(|_| {}).await;
    submitted_and_approved(&mut tidegate).await;
    let mut seen = 0;
    let mut crashes = 0;
    while !tidegate.phase("chg-1234").await.is_final() {
        let ledger = tidegate.ledger().await;
        let entries = ledger.entries(Filter::All).await.unwrap().len();
        ledger.close().await;
        if entries > seen {
            seen = entries;
            crashes += 1;
            tidegate.kill_controller().await;
            tidegate.start_controller().await;
        } else {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    let change = tidegate.until("chg-1234", Phase::Succeeded).await;
    assert!(crashes > 8, "{crashes} crashes");
    assert_eq!(tidegate.ready_pods(NEW).await, 10);

    let ledger = tidegate.ledger().await;
    ledger.verify(None).await.unwrap();
    let uid = change.metadata.uid.unwrap();
    let entries = ledger.entries(Filter::ChangeUid(&uid)).await.unwrap();
    let mut begun = Vec::new();
    let mut ended = Vec::new();
    for stored in &entries {
        match &stored.entry.event {
            Event::EffectBegun { key, .. } => begun.push(key.clone()),
            Event::EffectEnded { key, .. } => {
                assert!(begun.contains(key), "{key} ended before it began");
                ended.push(key.clone());
            }
            Event::Recorded { .. } => {}
        }
    }
    begun.sort();
    ended.sort();
    assert_eq!(
        begun, ended,
        "each effect is written before and after, once each"
    );
    begun.dedup();
    assert_eq!(begun.len(), ended.len());
    tidegate.finish().await;
}
