//! Manifests with nonsense in them.

#![allow(
    clippy::unwrap_used,
    unreachable_pub,
    reason = "each test target uses a part of it, and says what failed by failing"
)]

use serde_json::{Value, json};
use tidegate_preflight::Manifest;
use tidegate_preflight::read::read;

/// What somebody may write in place of anything.
fn nonsense() -> [Value; 9] {
    [
        Value::Null,
        json!(true),
        json!(-1),
        json!(i64::MAX),
        json!(1e300),
        json!("nonsense"),
        json!("9223372036854775807%"),
        json!([]),
        json!({}),
    ]
}

/// Each of the manifests with each of its values replaced by nonsense: alone, and
/// among the others.
pub fn spoilt(manifests: &[Manifest]) -> Vec<(Vec<Manifest>, Vec<Manifest>)> {
    let mut found = Vec::new();
    for (position, manifest) in manifests.iter().enumerate() {
        for value in spoilt_values(&manifest.value()) {
            let spoilt = read("web.yaml", value.to_string().as_bytes(), true).manifests;
            let mut all = manifests.to_vec();
            all.splice(position..=position, spoilt.iter().cloned());
            found.push((spoilt, all));
        }
    }
    found
}

fn spoilt_values(manifests: &Value) -> Vec<Value> {
    let mut pointers = vec![String::new()];
    let mut at = 0;
    while let Some(pointer) = pointers.get(at).cloned() {
        at += 1;
        match manifests.pointer(&pointer) {
            Some(Value::Object(fields)) => {
                let names = fields
                    .keys()
                    .map(|name| name.replace('~', "~0").replace('/', "~1"));
                pointers.extend(names.map(|name| format!("{pointer}/{name}")));
            }
            Some(Value::Array(items)) => {
                pointers.extend((0..items.len()).map(|item| format!("{pointer}/{item}")));
            }
            _ => {}
        }
    }
    let mut all = Vec::new();
    for pointer in pointers.iter().skip(1) {
        for nonsense in nonsense() {
            let mut manifests = manifests.clone();
            *manifests.pointer_mut(pointer).unwrap() = nonsense;
            all.push(manifests);
        }
    }
    all
}
