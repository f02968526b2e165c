//! Data that comes back: the real Velero restores what a failing rollout lost, on
//! the real control plane.

#![allow(
    clippy::unwrap_used,
    reason = "all of this file is tests; clippy knows only the functions marked as such"
)]

mod backup;
mod installation;

use backup::Site;
use installation::eventually;
use serde_json::{Value, json};
use tidegate_core::lifecycle::Phase;
use tidegate_ledger::{Event, Filter};

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_rollout_that_loses_data_gets_it_back() {
    let mut site = Site::with_data_in_use().await;
    site.policy(json!({"provider": "velero", "restoreData": "onFailure"}))
        .await;
    site.tidegate.start_controller().await;
    let bad = site.tidegate.break_readiness("v2.4.3", "v2.5.0");
    let change = site.approved("CHG-1234", &bad).await;
    site.tidegate.until(&change, Phase::RollingOut).await;
    site.loses_data().await;
    let done = site.tidegate.until(&change, Phase::RolledBack).await;

    let status = done.status.unwrap().status;
    println!("{:#}", serde_json::to_value(&status.data).unwrap());
    assert_eq!(site.orders().await, "old");
    let data = status.data.unwrap();
    assert_eq!((data.claims, data.restores.len()), (1, 1));
    assert!(
        data.told
            .starts_with("1 claim brought back by restore bring-back-chg-1234-")
    );
    assert!(data.by_hand.is_empty(), "{:?}", data.by_hand);
    let deployment = site.tidegate.deployment().await;
    let spec = deployment.spec;
    assert_eq!(spec.replicas, Some(2));
    let image = spec.template.spec.unwrap().containers[0].image.clone();
    assert!(image.unwrap().ends_with("v2.4.3"));
    // The volume with the newer data went once all was well.
    eventually("only the volume with the old data is there", async || {
        (site.storage.volumes() == 1).then_some(())
    })
    .await;

    let ledger = site.tidegate.ledger().await;
    ledger.verify(None).await.unwrap();
    let entries = ledger.entries(Filter::All).await.unwrap();
    let ended: Vec<(String, Value)> = entries
        .into_iter()
        .filter_map(|stored| match stored.entry.event {
            Event::EffectEnded { key, outcome } => Some((key, outcome)),
            _ => None,
        })
        .collect();
    let at = |part: &str| {
        let found = ended.iter().position(|(key, _)| key.contains(part));
        found.unwrap_or_else(|| panic!("{part} in {ended:#?}"))
    };
    let order = [
        "/rollback/",
        "/stop/1/",
        "/remove-claims/1/",
        "/restore/1/",
        "/start/1/",
        "/discard-volumes/1/",
        "/conclude/",
    ];
    let positions = order.map(at);
    assert!(positions.is_sorted(), "{positions:?}");
    let command = ended[at("/restore/1/")].1.pointer("/done/command");
    let command = command.and_then(Value::as_str).unwrap();
    assert!(command.contains(&format!("--from-backup {}", status.backups[0].name)));
    site.finish().await;
}
