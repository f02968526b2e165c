//! The record of all three.

use serde_json::Value;
use tidegate_testkit::control_plane::User;

use super::super::{DemoError, claims::Claims, stage::Stage};

/// `act` is its number.
pub(super) async fn play(stage: &mut Stage, claims: &mut Claims, act: u8) -> Result<(), DemoError> {
    stage
        .narrator
        .heading(&format!("{act}. The record of all three"));
    stage.narrator.say(
        "Audrey, the auditor, needs no access to the cluster: every effect is in the ledger, once before and once after, \
         each entry chained to the one before by its hash. The whole chain is verified before anything is printed.",
    );
    for name in ["chg-1234", "chg-1235", "chg-1236"] {
        let record = ["record", name, "--ledger", "ledger.sqlite"];
        stage.tidegate(User::Audrey, &record).await?;
    }
    let upgrade = stage.record("chg-1234").await?;
    let bad = stage.record("chg-1235").await?;
    let moved = stage.record("chg-1236").await?;
    let narrator = &stage.narrator;
    claims.check(
        narrator,
        "the chain is intact",
        [&upgrade, &bad, &moved]
            .iter()
            .all(|record| record["intact"] == true),
        &upgrade["head"],
    );
    for (record, kind, count, claim) in [
        (
            &upgrade,
            "apply",
            3,
            "CHG-1234: three stages were applied, each told before and after",
        ),
        (
            &bad,
            "rollBack",
            1,
            "CHG-1235: the way back was taken once, told before and after",
        ),
    ] {
        let (begun, ended) = effects(record, kind);
        let found = format!("{begun} begun, {ended} ended");
        claims.check(narrator, claim, begun == count && ended == count, found);
    }
    let begun = entries(&moved)
        .filter(|entry| entry["event"]["kind"] == "effectBegun")
        .count();
    claims.check(
        narrator,
        "CHG-1236: nothing was ever begun",
        begun == 0 && entries(&moved).count() > 0,
        format!("{begun} effects begun"),
    );
    stage.board().await
}

pub(super) fn entries(record: &Value) -> impl Iterator<Item = &Value> {
    let stored = record["entries"].as_array().map_or(&[][..], Vec::as_slice);
    stored.iter().map(|stored| &stored["entry"])
}

/// How many effects of a kind have begun, and how many of those have ended.
fn effects(record: &Value, kind: &str) -> (usize, usize) {
    let begun: Vec<&Value> = entries(record)
        .map(|entry| &entry["event"])
        .filter(|event| event["kind"] == "effectBegun" && event["effect"]["effect"]["kind"] == kind)
        .map(|event| &event["key"])
        .collect();
    let ended = entries(record)
        .map(|entry| &entry["event"])
        .filter(|event| event["kind"] == "effectEnded" && begun.contains(&&event["key"]))
        .count();
    (begun.len(), ended)
}
