//! The data is there again.

use serde_json::Value;
use tidegate_testkit::control_plane::User;

use super::{
    super::super::command, Claims, DemoError, Lost, Stage, backup, orders, record, restore,
    was_backed_up,
};

/// Checks that the data of a change that went back is as it was when it was backed up, and how it came back.
pub(in super::super) async fn comes_back(
    stage: &Stage,
    claims: &mut Claims,
    change: &str,
    namespace: &str,
    lost: &Lost,
) -> Result<(), DemoError> {
    was_backed_up(stage, claims, change).await?;
    let status = stage.status(change).await?;
    let Some((_, made)) = backup::of(stage, &status).await? else {
        return Ok(());
    };
    stage.narrator.say(
        "The old pods alone would have found nothing to serve. So the pods went, the spoilt volume went, Velero \
         brought the one of the backup, and then the pods came again. What was written since the backup is lost with \
         it, which is why the policy has to allow it.",
    );
    restore::list(stage).await?;
    let restores = restore::of(stage, &made.name).await?;
    let narrator = &stage.narrator;
    let restored = restores.iter().find(|restore| restore.phase == "Completed");
    let name = restored.map_or("nothing", |restore| restore.name.as_str());
    claims.check(
        narrator,
        format!("Velero restored {}, as {name}", made.name),
        restored.is_some(),
        format!("{restores:?}"),
    );
    told_by_tidegate(stage, claims, change, name).await?;
    let now = orders::claim(stage, namespace).await?;
    claims.check(
        narrator,
        "the claim is a new one, with a volume of its own",
        now.is_another_than(&lost.claim),
        format!("{now:?}, before {:?}", lost.claim),
    );
    let found = orders::read(stage, namespace).await?;
    orders::show(stage, &found);
    claims.check(
        &stage.narrator,
        format!("the orders of {namespace} are there again, byte for byte"),
        found == orders::ORDERS,
        format!("{found:?}"),
    );
    Ok(())
}

/// The status and the record tell of the restore.
async fn told_by_tidegate(
    stage: &Stage,
    claims: &mut Claims,
    change: &str,
    restore: &str,
) -> Result<(), DemoError> {
    let mut get = stage.cluster.kubectl(User::Admin);
    let changes = &stage.cluster.names().changes;
    get.args(["get", "change", change, "-n", changes, "-o", "json"]);
    let object = command::json(get).await?;
    let told = object["status"]["data"]["told"].as_str();
    let narrator = &stage.narrator;
    claims.check(
        narrator,
        format!("its status says so: {}", told.unwrap_or_default()),
        told.is_some_and(|told| told.contains(restore)),
        &object["status"]["data"],
    );
    let steps = steps(&stage.record(change).await?);
    let kinds: Vec<&str> = steps.iter().map(|(kind, _)| kind.as_str()).collect();
    claims.check(
        narrator,
        format!(
            "the record has each step of it, before and after: {}",
            kinds.join(", ")
        ),
        kinds.contains(&"restore") && steps.iter().all(|(_, is_over)| *is_over),
        format!("{steps:?}"),
    );
    Ok(())
}

/// What was done between the way back of what runs and the end, and whether each of it has ended.
fn steps(record: &Value) -> Vec<(String, bool)> {
    let events = || record::entries(record).map(|entry| &entry["event"]);
    let begun = events().filter(|event| event["kind"] == "effectBegun");
    begun
        .map(|event| (event, event["effect"]["effect"]["kind"].as_str()))
        .skip_while(|(_, kind)| *kind != Some("rollBack"))
        .filter(|(_, kind)| *kind != Some("rollBack"))
        .take_while(|(_, kind)| *kind != Some("conclude"))
        .map(|(begun, kind)| {
            let key = &begun["key"];
            let is_over =
                events().any(|event| event["kind"] == "effectEnded" && event["key"] == *key);
            (kind.unwrap_or_default().to_owned(), is_over)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_follows_the_way_back_is_told_of() {
        let begun = |key, kind| {
            let effect = json!({"effect": {"kind": kind}});
            json!({"entry": {"event": {"kind": "effectBegun", "key": key, "effect": effect}}})
        };
        let ended = |key| json!({"entry": {"event": {"kind": "effectEnded", "key": key}}});
        let record = json!({"entries": [
            begun("1/apply/0/t", "apply"),
            ended("1/apply/0/t"),
            begun("1/rollback/t", "rollBack"),
            ended("1/rollback/t"),
            begun("1/restore/1/t", "restore"),
            ended("1/restore/1/t"),
            begun("1/start/1/t", "start"),
            begun("1/conclude/t", "conclude"),
        ]});
        let told = [("restore", true), ("start", false)];
        assert_eq!(
            steps(&record),
            told.map(|(kind, is_over)| (kind.to_owned(), is_over))
        );
    }
}
