//! Two objects, field by field.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::keys;
use super::same::{is_nothing, same};
use super::steps::{Step, last_field};

/// A field that is not what it was.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// Where.
    pub steps: Vec<Step>,
    /// None: it was not there.
    pub before: Option<Value>,
    /// None: it is not there any more.
    pub after: Option<Value>,
}

/// What differs, in the order of names. What only one side has is told at the
/// highest place that it lacks, except entries of maps such as labels and data,
/// which are told one by one.
pub fn compare(before: &Value, after: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    walk(&mut Vec::new(), Some(before), Some(after), &mut found);
    found
}

fn walk(
    steps: &mut Vec<Step>,
    before: Option<&Value>,
    after: Option<&Value>,
    found: &mut Vec<Difference>,
) {
    match (before, after) {
        (Some(Value::Object(before)), Some(Value::Object(after))) => {
            of_maps(steps, before, after, found);
        }
        (Some(Value::Object(before)), None) if is_map_of_entries(steps) => {
            of_maps(steps, before, &Map::new(), found);
        }
        (None, Some(Value::Object(after))) if is_map_of_entries(steps) => {
            of_maps(steps, &Map::new(), after, found);
        }
        (Some(Value::Array(before)), Some(Value::Array(after))) => {
            of_lists(steps, before, after, found);
        }
        (Some(one), Some(other)) if same(steps, one, other) => {}
        (Some(only), None) | (None, Some(only)) if is_nothing(name(steps), only) => {}
        (None, None) => {}
        (before, after) => found.push(Difference {
            steps: steps.clone(),
            before: before.cloned(),
            after: after.cloned(),
        }),
    }
}

/// The name of a field; nothing of an item, which is there or not.
fn name(steps: &[Step]) -> &str {
    match steps.last() {
        Some(Step::Field(name)) => name,
        _ => "selector",
    }
}

fn is_map_of_entries(steps: &[Step]) -> bool {
    matches!(
        last_field(steps),
        "data" | "binaryData" | "stringData" | "labels" | "annotations"
    )
}

fn of_maps(
    steps: &mut Vec<Step>,
    before: &Map<String, Value>,
    after: &Map<String, Value>,
    found: &mut Vec<Difference>,
) {
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for name in names {
        steps.push(Step::field(name));
        walk(steps, before.get(name), after.get(name), found);
        steps.pop();
    }
}

fn of_lists(steps: &mut Vec<Step>, before: &[Value], after: &[Value], found: &mut Vec<Difference>) {
    let keys = |list| keys::of_list(steps, list);
    let (Some(left), Some(right)) = (keys(before), keys(after)) else {
        of_items(steps, before, after, found);
        return;
    };
    let before: BTreeMap<&String, &Value> = left.iter().zip(before).collect();
    let after: BTreeMap<&String, &Value> = right.iter().zip(after).collect();
    let added = right.iter().filter(|key| !before.contains_key(key));
    for key in left.iter().chain(added) {
        steps.push(Step::Key(key.clone()));
        walk(
            steps,
            before.get(key).copied(),
            after.get(key).copied(),
            found,
        );
        steps.pop();
    }
}

/// Items without keys: what both begin and end with is the same, and what is
/// between is compared in order where it is as many.
fn of_items(steps: &mut Vec<Step>, before: &[Value], after: &[Value], found: &mut Vec<Difference>) {
    let is_same = |(one, other): &(&Value, &Value)| same(steps, one, other);
    let start = before.iter().zip(after).take_while(is_same).count();
    let (left, right) = (before.get(start..), after.get(start..));
    let (left, right) = (left.unwrap_or_default(), right.unwrap_or_default());
    let end = left.iter().rev().zip(right.iter().rev());
    let end = end.take_while(is_same).count();
    let left = left.get(..left.len() - end).unwrap_or_default();
    let right = right.get(..right.len() - end).unwrap_or_default();
    let is_paired = left.len() == right.len();
    for position in 0..left.len().max(right.len()) {
        let (one, other) = (left.get(position), right.get(position));
        steps.push(Step::Item(start + position));
        if is_paired || one.is_none() || other.is_none() {
            walk(steps, one, other, found);
        } else {
            found.push(Difference {
                steps: steps.clone(),
                before: one.cloned(),
                after: other.cloned(),
            });
        }
        steps.pop();
    }
}
