//! The backup before a change.

use jiff::Timestamp;
use serde_json::Value;

use super::{Claims, DemoError, Stage, backup, orders, record};

/// Shows the backup of a change that has begun, and checks that it was good before anything was touched, with the data of
/// every claim.
pub(in super::super) async fn was_backed_up(
    stage: &Stage,
    claims: &mut Claims,
    change: &str,
) -> Result<(), DemoError> {
    stage
        .narrator
        .say("Before anything was touched, Velero backed up what the change could harm:");
    backup::list(stage).await?;
    let status = stage.status(change).await?;
    let narrator = &stage.narrator;
    let Some((state, made)) = backup::of(stage, &status).await? else {
        let found = format!("{status:?}");
        claims.check(narrator, format!("{change} has a backup"), false, found);
        return Ok(());
    };
    let wanted = orders::claims_in(stage, &made.namespaces).await?;
    claims.check(
        narrator,
        format!(
            "its backup is usable: {}",
            status.backup.as_deref().unwrap_or_default()
        ),
        made.phase == "Completed"
            && usize::try_from(state.volumes).is_ok_and(|volumes| volumes == wanted)
            && made.change.eq_ignore_ascii_case(change),
        format!("{made:?}, {state:?}, {wanted} claims"),
    );
    let record = stage.record(change).await?;
    let (asked, first) = (ended(&record, "backup/"), begun(&record, "/apply/0/"));
    claims.check(
        narrator,
        "by the record it was asked for, and by Velero's clock complete, before the first write",
        asked.zip(first).is_some_and(|(asked, first)| asked < first)
            && made
                .completed
                .zip(first)
                .is_some_and(|(completed, first)| completed <= first),
        format!(
            "asked for at {asked:?}, complete at {:?}, first write at {first:?}",
            made.completed
        ),
    );
    Ok(())
}

/// When an effect whose key holds this ended for the first time.
fn ended(record: &Value, key: &str) -> Option<Timestamp> {
    first(record, "effectEnded", key)
}

/// When one began.
fn begun(record: &Value, key: &str) -> Option<Timestamp> {
    first(record, "effectBegun", key)
}

fn first(record: &Value, kind: &str, key: &str) -> Option<Timestamp> {
    let has = |entry: &&Value| {
        let event = &entry["event"];
        event["kind"] == kind && event["key"].as_str().is_some_and(|own| own.contains(key))
    };
    record::entries(record).find(has)?["at"]
        .as_str()?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_first_of_a_kind_is_found_by_its_key() {
        let entry =
            |at, kind, key| json!({"entry": {"at": at, "event": {"kind": kind, "key": key}}});
        let record = json!({"entries": [
            entry("2026-11-24T02:00:00Z", "effectBegun", "backup/1/local"),
            entry("2026-11-24T02:00:01Z", "effectEnded", "backup/1/local"),
            entry("2026-11-24T02:00:09Z", "effectBegun", "1/apply/0/local/production/checkout"),
            entry("2026-11-24T02:00:19Z", "effectBegun", "1/apply/0/local/production/other"),
        ]});
        let at = |text: &str| Some(text.parse().unwrap());
        assert_eq!(ended(&record, "backup/"), at("2026-11-24T02:00:01Z"));
        assert_eq!(begun(&record, "/apply/0/"), at("2026-11-24T02:00:09Z"));
        assert_eq!(begun(&record, "/apply/1/"), None);
    }
}
