//! The data is there again.

use serde_json::Value;
use tidegate_testkit::control_plane::User;

use super::{
    super::super::command, BROUGHT_BACK_BY_TIDEGATE, Claims, DemoError, Lost, Service, Stage,
    backup, by_hand, orders, record, restore,
};

/// Checks that the data of a change that went back is as it was when it was backed up, and how it came back. Where
/// Tidegate does not do that, a person does it first; `application` is what Argo CD calls the service there.
pub(in super::super) async fn comes_back(
    stage: &Stage,
    claims: &mut Claims,
    change: &str,
    (namespace, keeper, application): (&str, Service, Option<&str>),
    lost: &Lost,
) -> Result<(), DemoError> {
    let status = stage.status(change).await?;
    let Some((_, made)) = backup::of(stage, &status).await? else {
        let found = format!("{status:?}");
        let claim = format!("{change} has a backup");
        claims.check(&stage.narrator, claim, false, found);
        return Ok(());
    };
    if BROUGHT_BACK_BY_TIDEGATE {
        stage.narrator.say(
            "The old pods alone would have found nothing to serve. So the pods went, the spoilt volume went, Velero \
             brought the one of the backup, and then the pods came again. What was written since the backup is lost \
             with it, which is why the policy has to allow it.",
        );
        told_by_tidegate(stage, claims, change).await?;
    } else {
        by_hand::bring_back(stage, &made.name, namespace, keeper, application).await?;
    }
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
) -> Result<(), DemoError> {
    let mut get = stage.cluster.kubectl(User::Admin);
    let changes = &stage.cluster.names().changes;
    get.args(["get", "change", change, "-n", changes, "-o", "json"]);
    let object = command::json(get).await?;
    let restore = &object["status"]["restore"];
    let narrator = &stage.narrator;
    claims.check(
        narrator,
        format!("the status of {change} tells of the restore"),
        restore.is_object() || restore.is_array(),
        restore,
    );
    let steps = steps(&stage.record(change).await?);
    for (step, is_over) in &steps {
        narrator.aside(&format!(
            "in the record: {step}, {}",
            if *is_over { "begun and ended" } else { "begun" }
        ));
    }
    claims.check(
        narrator,
        "each step of it is in the record, before and after",
        !steps.is_empty() && steps.iter().all(|(_, is_over)| *is_over),
        format!("{steps:?}"),
    );
    Ok(())
}

/// The effects that are about bringing data back, by their keys, and whether each has ended.
fn steps(record: &Value) -> Vec<(String, bool)> {
    let events = || record::entries(record).map(|entry| &entry["event"]);
    let begun = events().filter(|event| {
        event["kind"] == "effectBegun" && event.to_string().to_lowercase().contains("restor")
    });
    begun
        .map(|begun| {
            let key = &begun["key"];
            let is_over =
                events().any(|event| event["kind"] == "effectEnded" && event["key"] == *key);
            (key.as_str().unwrap_or_default().to_owned(), is_over)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_steps_of_the_restore_are_told_of() {
        let entry = |kind, key| json!({"entry": {"event": {"kind": kind, "key": key}}});
        let record = json!({"entries": [
            entry("effectBegun", "1/rollback/t"),
            entry("effectEnded", "1/rollback/t"),
            entry("effectBegun", "1/restore/1/t"),
            entry("effectEnded", "1/restore/1/t"),
            entry("effectBegun", "1/scale-restored/t"),
        ]});
        let told = [("1/restore/1/t", true), ("1/scale-restored/t", false)];
        assert_eq!(
            steps(&record),
            told.map(|(key, is_over)| (key.to_owned(), is_over))
        );
    }
}
