//! Lists whose items are told apart: sets, and maps by keys.

use serde_json::Value;
use tidegate_yaml::Node;

use super::schema::Schema;
use crate::manifest::Step;
use crate::schema::walk::{Walk, quoted};

/// Whether two values are the same; 1 is 1.0.
pub(super) fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one.as_f64() == other.as_f64(),
        _ => one == other,
    }
}

/// Notes an item that is there twice.
pub(super) fn set<'a>(walk: &mut Walk<'a>, items: &'a [Node]) {
    let values = items
        .iter()
        .map(|item| item.clone().into_json().to_string());
    twice(walk, items, values, "the same item is there already");
}

/// Notes an item whose keys another before it has.
pub(super) fn map<'a>(
    walk: &mut Walk<'a>,
    schema: Option<&Schema>,
    keys: &[String],
    items: &'a [Node],
) {
    let of_item = |item: &Node| {
        let values = keys.iter().map(|key| {
            let default = || schema?.field(key)?.default.clone();
            let given = item.field(key).filter(|value| !value.is_null());
            let given = given.map(|value| value.clone().into_json());
            given
                .or_else(default)
                .map_or(String::new(), |value| value.to_string())
        });
        values.collect::<Vec<String>>().join("\n")
    };
    let message = format!(
        "an item with the same {} is there already",
        keys.iter()
            .map(|key| quoted(key))
            .collect::<Vec<_>>()
            .join(" and ")
    );
    twice(walk, items, items.iter().map(of_item), &message);
}

fn twice<'a>(
    walk: &mut Walk<'a>,
    items: &'a [Node],
    values: impl Iterator<Item = String>,
    message: &str,
) {
    let mut seen = std::collections::HashSet::new();
    for (position, (item, value)) in items.iter().zip(values).enumerate() {
        if !seen.insert(value) {
            walk.within(Step::Item(position), |walk| {
                walk.error("duplicate-item", item, message);
            });
        }
    }
}
