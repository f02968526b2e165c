//! What the API server checks by hand-written code, where it is well known: names,
//! labels, numbers, and what must fit together (`pkg/apis/*/validation` of
//! Kubernetes). A file for each topic.

mod autoscaling;
mod choices;
mod config;
mod containers;
mod definitions;
mod disruption;
mod endpoints;
mod form;
mod labels;
mod limits;
mod metadata;
mod names;
mod network;
mod numbers;
mod probes;
mod rbac;
mod resources;
mod rule;
mod scheduling;
mod services;
mod storage;
mod structural;
mod volumes;
mod webhooks;
mod workloads;

use std::collections::HashMap;

use serde_json::Value;
use tidegate_yaml::{Content, Node};

use super::walk::Walk;

pub(crate) use labels::of_any as labels_of;
pub(crate) use metadata::of_object;
pub(crate) use rule::{Rule, hold, refuses_zero};

/// What is asked of the whole of an object.
pub(crate) type Check = for<'a> fn(&mut Walk<'a>, &'a Node);

/// By definition and field.
pub(crate) type Rules = HashMap<(&'static str, &'static str), Rule>;

/// A row of a table: the definition, the field, and what is asked of its value.
type Row = (&'static str, &'static str, Rule);

/// What is asked of single fields.
pub(crate) fn rules() -> Rules {
    [choices::ROWS, names::ROWS, numbers::ROWS]
        .concat()
        .into_iter()
        .map(|(definition, field, rule)| ((definition, field), rule))
        .collect()
}

/// Definitions of which something is asked as a whole.
const CHECKS: &[&[(&str, Check)]] = &[
    autoscaling::CHECKS,
    config::CHECKS,
    containers::CHECKS,
    definitions::CHECKS,
    disruption::CHECKS,
    endpoints::CHECKS,
    labels::CHECKS,
    limits::CHECKS,
    metadata::CHECKS,
    network::CHECKS,
    probes::CHECKS,
    rbac::CHECKS,
    resources::CHECKS,
    scheduling::CHECKS,
    services::CHECKS,
    storage::CHECKS,
    volumes::CHECKS,
    webhooks::CHECKS,
    workloads::CHECKS,
];

/// What is asked of a definition as a whole.
pub(crate) fn checks(definition: &str) -> Vec<Check> {
    let all = CHECKS.iter().copied().flatten();
    let of_this = all.filter(|(name, _)| *name == definition);
    of_this.map(|(_, check)| *check).collect()
}

/// Their names.
#[cfg(test)]
pub(crate) fn checked() -> Vec<&'static str> {
    let all = CHECKS.iter().copied().flatten();
    all.map(|(name, _)| *name).collect()
}

/// The text of a field; empty where there is none.
fn text<'a>(node: &'a Node, field: &str) -> &'a str {
    node.field(field).and_then(Node::as_str).unwrap_or_default()
}

/// A whole number.
fn number(node: &Node) -> Option<i64> {
    match &node.content {
        Content::Scalar(value) => value.as_i64(),
        _ => None,
    }
}

/// Whether a field is there with something in it.
fn has(node: &Node, field: &str) -> bool {
    node.field(field).is_some_and(|value| !value.is_null())
}

/// Whether a field is true.
fn is_true(node: &Node, field: &str) -> bool {
    let is = node.field(field).map(|value| &value.content);
    is == Some(&Content::Scalar(Value::Bool(true)))
}

/// The items of a list in a field.
fn items<'a>(node: &'a Node, field: &str) -> &'a [Node] {
    node.field(field)
        .and_then(Node::as_sequence)
        .unwrap_or_default()
}

/// Notes what an item is called that another before it is called, too.
fn unique<'a>(
    walk: &mut Walk<'a>,
    from: &'a Node,
    list: &'static str,
    field: &'static str,
    seen: &mut std::collections::HashSet<&'a str>,
) {
    walk.each(from, &[list], |walk, item| {
        walk.at(item, &[field], |walk, name| {
            if let Some(text) = name.as_str()
                && !text.is_empty()
                && !seen.insert(text)
            {
                walk.error("duplicate-name", name, format!("{text:?} is there twice"));
            }
        });
    });
}

/// Notes where not exactly one of a union's fields is there.
fn exactly_one(walk: &mut Walk<'_>, node: &Node, of: &str, but: &[&str]) {
    let given: Vec<&str> = node
        .as_mapping()
        .unwrap_or_default()
        .iter()
        .filter(|(name, value)| !value.is_null() && !but.contains(&name.as_str()))
        .map(|(name, _)| name.as_str())
        .collect();
    match given.as_slice() {
        [_] => {}
        [] => walk.error("missing-field", node, format!("it names no {of}")),
        several => {
            let message = format!(
                "it may name only one {of}, and names {}",
                several.join(" and ")
            );
            walk.error("too-many", node, message);
        }
    }
}
