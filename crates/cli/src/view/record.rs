//! The record of changes, a line for each entry.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;
use tidegate_core::lifecycle::Effect;
use tidegate_ledger::{Entry, Event, StoredEntry};

use crate::output::paint::{BAD, GOOD, QUIET};
use crate::output::table::{Cell, cell, painted, table};

/// The entries in their order. With `with_change` each names its change.
pub(crate) fn record(entries: &[StoredEntry], with_change: bool, zone: &TimeZone) -> String {
    let mut headings = vec!["TIME", "WHAT", "OUTCOME"];
    if with_change {
        headings.insert(1, "CHANGE");
    }
    let begun = begun(entries);
    let rows: Vec<Vec<Cell>> = entries
        .iter()
        .map(|stored| {
            let mut row = row(&stored.entry, &begun, zone);
            if with_change {
                row.insert(1, cell(&stored.entry.change));
            }
            row
        })
        .collect();
    table(&headings, &rows)
}

/// What each effect is called, by its change and its key.
fn begun(entries: &[StoredEntry]) -> BTreeMap<(&str, &str), String> {
    let entries = entries.iter().map(|stored| &stored.entry);
    entries
        .filter_map(|entry| match &entry.event {
            Event::EffectBegun { key, effect } => Some((
                (entry.change_uid.as_str(), key.as_str()),
                effect_name(effect)?,
            )),
            _ => None,
        })
        .collect()
}

fn row(entry: &Entry, begun: &BTreeMap<(&str, &str), String>, zone: &TimeZone) -> Vec<Cell> {
    let name = |key: &String| {
        let name = begun.get(&(entry.change_uid.as_str(), key.as_str()));
        name.unwrap_or(key).clone()
    };
    let (what, outcome) = match &entry.event {
        Event::EffectBegun { key, .. } => (name(key), painted(QUIET, "begins")),
        Event::EffectEnded { key, outcome } => (name(key), ended(outcome)),
        Event::Recorded { what, detail, .. } => recorded(what, detail),
    };
    vec![cell(to_the_second(entry.at, zone)), cell(what), outcome]
}

fn to_the_second(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone())
        .strftime("%Y-%m-%d %H:%M:%S %Z")
        .to_string()
}

/// The effect by the name the core gives it.
fn effect_name(told: &Value) -> Option<String> {
    let effect: Effect = serde_json::from_value(told.get("effect")?.clone()).ok()?;
    Some(effect.to_string())
}

fn ended(outcome: &Value) -> Cell {
    match (outcome.get("failed"), outcome.get("done")) {
        (Some(why), _) => painted(BAD, format!("failed: {}", in_words(why))),
        (None, Some(detail)) => match in_words(detail).as_str() {
            "" => painted(GOOD, "done"),
            detail => painted(GOOD, format!("done: {detail}")),
        },
        (None, None) => cell(in_words(outcome)),
    }
}

fn recorded(what: &str, detail: &Value) -> (String, Cell) {
    let text = |field: &str| {
        detail
            .get(field)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    match what {
        "phase" => (
            format!("phase {} → {}", text("from"), text("to")),
            cell(text("why")),
        ),
        "end" => (format!("ended {}", text("to")), cell(text("why"))),
        other => (other.to_owned(), cell(in_words(detail))),
    }
}

/// A value on one line: text as it is, fields as `name value`.
fn in_words(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(in_words).collect::<Vec<_>>().join(", "),
        Value::Object(fields) => fields
            .iter()
            .filter(|(_, value)| !is_empty(value))
            .map(|(name, value)| format!("{name} {}", in_words(value)))
            .collect::<Vec<_>>()
            .join(", "),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::String(text) => text.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tidegate_ledger::Hash;

    use super::*;
    use crate::view::examples;

    fn stored(index: u64, second: u64, event: &Value) -> StoredEntry {
        let entry = json!({
            "index": index,
            "at": format!("2026-11-26T01:00:{second:02}Z"),
            "change": "chg-1234",
            "changeUid": "0b1c",
            "event": event,
            "previous": Hash::ZERO,
        });
        StoredEntry {
            entry: serde_json::from_value(entry).unwrap(),
            hash: Hash::ZERO,
        }
    }

    #[test]
    fn the_record_is_read_like_a_story() {
        let target = json!({ "cluster": "prod", "namespace": "production", "name": "api-gateway" });
        let claim =
            json!({ "effect": { "kind": "claim", "target": target }, "ticket": "CHG-1234" });
        let apply = json!({ "effect": { "kind": "apply", "target": target, "stage": 0 } });
        let key = "1/claim/prod/production/api-gateway";
        let entries = [
            stored(
                0,
                1,
                &json!({ "kind": "recorded", "key": "phase/4", "what": "phase",
                "detail": { "from": "Scheduled", "to": "BackingUp", "why": "its window is open" } }),
            ),
            stored(
                1,
                2,
                &json!({ "kind": "effectBegun", "key": key, "effect": claim }),
            ),
            stored(
                2,
                3,
                &json!({ "kind": "effectEnded", "key": key,
                "outcome": { "done": { "previous": "what ran", "objects": 9, "new": [] } } }),
            ),
            stored(
                3,
                4,
                &json!({ "kind": "effectBegun", "key": "1/apply/0/prod/production/api-gateway", "effect": apply }),
            ),
            stored(
                4,
                5,
                &json!({ "kind": "effectEnded", "key": "1/apply/0/prod/production/api-gateway",
                "outcome": { "failed": "deployments.apps is forbidden" } }),
            ),
            stored(
                5,
                6,
                &json!({ "kind": "recorded", "key": "end", "what": "end",
                "detail": { "to": "RolledBack", "why": "stage canary could not be applied" } }),
            ),
        ];
        let text = record(&entries, false, &examples::zone());
        insta::assert_snapshot!(examples::plain(&text));
    }
}
