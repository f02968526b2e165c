//! Manifests with one thing changed.

use serde_json::{Value, json};

/// A manifest, and what was done to it.
#[derive(Debug)]
pub struct Case {
    /// What kind of change it is: `drop`, `capital`.
    pub class: &'static str,
    /// What was changed: `Deployment spec.replicas`.
    pub of: String,
    /// What came of it.
    pub manifest: Value,
}

/// The manifest as it is, and once for each change of each of its values. The same
/// seed gives the same cases in the same order.
pub fn cases(seed: &Value) -> Vec<Case> {
    let kind = seed["kind"].as_str().unwrap();
    let mut cases = vec![Case {
        class: "as-it-is",
        of: kind.to_owned(),
        manifest: seed.clone(),
    }];
    let mut pointers = Vec::new();
    values(seed, "", &mut pointers);
    for pointer in pointers {
        if matches!(pointer.as_str(), "/apiVersion" | "/kind") {
            continue;
        }
        let of = format!("{kind} {}", pointer[1..].replace('/', "."));
        let is = seed.pointer(&pointer).unwrap();
        let changed = changes(is).into_iter().map(|(class, to)| {
            let mut manifest = seed.clone();
            *manifest.pointer_mut(&pointer).unwrap() = to;
            (class, manifest)
        });
        let dropped = ("drop", without(seed, &pointer));
        cases.extend(changed.chain([dropped]).map(|(class, manifest)| Case {
            class,
            of: of.clone(),
            manifest,
        }));
    }
    cases
}

/// Where all values of a manifest are.
fn values(value: &Value, at: &str, found: &mut Vec<String>) {
    let mut inner = |key: &str, value: &Value| {
        let pointer = format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
        found.push(pointer.clone());
        values(value, &pointer, found);
    };
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                inner(key, value);
            }
        }
        Value::Array(items) => {
            for (position, value) in items.iter().enumerate() {
                inner(&position.to_string(), value);
            }
        }
        _ => {}
    }
}

fn without(seed: &Value, pointer: &str) -> Value {
    let (parent, last) = pointer.rsplit_once('/').unwrap();
    let mut manifest = seed.clone();
    match manifest.pointer_mut(parent).unwrap() {
        Value::Object(fields) => {
            fields.remove(&last.replace("~1", "/").replace("~0", "~"));
        }
        Value::Array(items) => {
            items.remove(last.parse().unwrap());
        }
        _ => {}
    }
    manifest
}

/// What a value may be changed to.
fn changes(value: &Value) -> Vec<(&'static str, Value)> {
    let mut changes = vec![("null", Value::Null)];
    match value {
        Value::Null => {}
        Value::Bool(_) => changes.push(("text-for-boolean", json!("true"))),
        Value::Number(_) => changes.extend([
            ("text-for-number", json!("many")),
            ("negative", json!(-1)),
            ("zero", json!(0)),
            ("more-than-32-bits", json!(3_000_000_000_i64)),
            ("more-than-a-port", json!(70000)),
            ("fraction", json!(1.5)),
        ]),
        Value::String(_) => changes.extend([
            ("empty", json!("")),
            ("number-for-text", json!(7)),
            ("bad-text", json!("Not_A valid/Name!")),
            ("capital", json!("UPPER")),
            ("long", json!("a".repeat(300))),
        ]),
        Value::Array(items) => {
            changes.extend([("empty-list", json!([])), ("text-for-list", json!("x"))]);
            if let Some(first) = items.first() {
                let with = |more| [items.as_slice(), std::slice::from_ref(more)].concat();
                changes.push(("twice", Value::Array(with(first))));
                changes.push(("null-item", Value::Array(with(&Value::Null))));
            }
        }
        Value::Object(fields) => {
            let mut more = fields.clone();
            more.insert("unknownThing".to_owned(), json!("x"));
            changes.extend([
                ("empty-map", json!({})),
                ("list-for-map", json!([])),
                ("unknown-field", Value::Object(more)),
            ]);
        }
    }
    changes
}
