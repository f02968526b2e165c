//! Lists whose items are told apart by keys. The API server takes an item twice where
//! an object is made as it is, if it does not look by hand; a server-side apply merges
//! by the keys, and takes none.

use std::collections::HashSet;

use serde_json::Value;
use tidegate_yaml::{Content, Node};

use super::walk::{Walk, quoted};
use crate::manifest::Step;

/// Warns of items that have the same keys as one before.
pub(super) fn twice<'a>(walk: &mut Walk<'a>, keys: &[&str], items: &'a [Node]) {
    let mut seen = HashSet::new();
    for (position, item) in items.iter().enumerate() {
        let values: Vec<String> = keys.iter().map(|key| value(item, key)).collect();
        let told = quoted(&values.join(", "));
        if !seen.insert(values) {
            walk.within(Step::Item(position), |walk| {
                let message = format!("{told} is there twice");
                let hint = "a server-side apply, which Tidegate uses, refuses it".to_owned();
                walk.warning("duplicate-item", item, message, hint);
            });
        }
    }
}

/// The value of a key. The only one with a default is a protocol.
fn value(item: &Node, key: &str) -> String {
    match item.field(key).map(|value| &value.content) {
        Some(Content::Scalar(Value::String(text))) => text.clone(),
        Some(Content::Scalar(value)) if !value.is_null() => value.to_string(),
        _ if key == "protocol" => "TCP".to_owned(),
        _ => String::new(),
    }
}
