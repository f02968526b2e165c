//! Whether what runs is still what was delivered, where a change touches it.

use serde_json::Value;

use super::field::pointer_to;
use super::object::ObjectKey;

/// Pointers of the fields in which a change's manifest differs from the one
/// delivered last, and in which the live object has a third value: somebody
/// wrote there since, and the change would undo it unseen. Values are left out,
/// since the object may be a Secret.
///
/// Elements of lists are compared by their `name` where all have one, as
/// server-side apply does for containers, ports and variables; other lists are
/// compared whole.
pub fn drifted_fields(delivered: &Value, approved: &Value, live: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let is_secret = ObjectKey::of(live).is_ok_and(|key| key.is("", "Secret"));
    walk("", Some(delivered), Some(approved), Some(live), &mut found);
    if is_secret {
        // `stringData` is write-only: it is never in the live object.
        found.retain(|pointer| !pointer.starts_with("/stringData"));
    }
    found
}

fn walk(
    pointer: &str,
    delivered: Option<&Value>,
    approved: Option<&Value>,
    live: Option<&Value>,
    found: &mut Vec<String>,
) {
    if delivered == approved {
        return;
    }
    let maps = |value: Option<&Value>| value.is_none_or(Value::is_object);
    if (delivered.is_some() || approved.is_some())
        && maps(delivered)
        && maps(approved)
        && maps(live)
    {
        for name in names(delivered, approved) {
            let child = |value: Option<&Value>| value.and_then(|map| map.get(&name)).cloned();
            let (old, new, now) = (child(delivered), child(approved), child(live));
            walk(
                &pointer_to(pointer, &name),
                old.as_ref(),
                new.as_ref(),
                now.as_ref(),
                found,
            );
        }
        return;
    }
    if let (Some(old), Some(new), Some(now)) =
        (by_name(delivered), by_name(approved), by_name(live))
    {
        let keys = old.iter().chain(&new).map(|(name, _)| name.clone());
        for name in keys.collect::<std::collections::BTreeSet<_>>() {
            let item = |list: &[(String, Value)]| {
                list.iter()
                    .find(|(other, _)| *other == name)
                    .map(|(_, value)| value.clone())
            };
            let (old, new, now) = (item(&old), item(&new), item(&now));
            walk(
                &pointer_to(pointer, &name),
                old.as_ref(),
                new.as_ref(),
                now.as_ref(),
                found,
            );
        }
        return;
    }
    // A field that was never delivered may hold the API server's default.
    let untouched = live == delivered || live == approved || delivered.is_none();
    if !untouched && !same_quantity(live, delivered) {
        found.push(pointer.to_owned());
    }
}

fn names(a: Option<&Value>, b: Option<&Value>) -> std::collections::BTreeSet<String> {
    let keys = |value: Option<&Value>| {
        value
            .and_then(Value::as_object)
            .map(|map| map.keys().cloned().collect::<Vec<_>>())
    };
    keys(a).into_iter().chain(keys(b)).flatten().collect()
}

fn by_name(list: Option<&Value>) -> Option<Vec<(String, Value)>> {
    let Some(list) = list else {
        return Some(Vec::new());
    };
    list.as_array()?
        .iter()
        .map(|item| Some((item.get("name")?.as_str()?.to_owned(), item.clone())))
        .collect()
}

/// The API server rewrites numbers in quantities (`1000m` becomes `1`): a field
/// below `resources` that reads differently is not called drift.
fn same_quantity(live: Option<&Value>, delivered: Option<&Value>) -> bool {
    let number = |value: Option<&Value>| match value {
        Some(Value::String(text)) => text.strip_suffix('m').map_or_else(
            || text.parse::<f64>().ok().map(|number| number * 1000.0),
            |text| text.parse::<f64>().ok(),
        ),
        Some(Value::Number(number)) => number.as_f64().map(|number| number * 1000.0),
        _ => None,
    };
    match (number(live), number(delivered)) {
        (Some(live), Some(delivered)) => (live - delivered).abs() < f64::EPSILON,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn deployment(image: &str, replicas: u32) -> Value {
        json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a"},
            "spec": {"replicas": replicas, "template": {"spec": {"containers": [
                {"name": "a", "image": image},
            ]}}},
        })
    }

    #[test]
    fn somebody_wrote_where_the_change_writes() {
        let mut live = deployment("a:hotfix", 3);
        live["spec"]["template"]["spec"]["containers"][0]["imagePullPolicy"] = json!("Always");
        let fields = drifted_fields(&deployment("a:1", 3), &deployment("a:2", 3), &live);
        assert_eq!(fields, ["/spec/template/spec/containers/a/image"]);
    }

    #[test]
    fn what_the_change_does_not_touch_may_differ() {
        let live = deployment("a:1", 9);
        assert!(drifted_fields(&deployment("a:1", 3), &deployment("a:2", 3), &live).is_empty());
    }

    #[test]
    fn what_is_there_already_is_no_drift() {
        let live = deployment("a:2", 3);
        assert!(drifted_fields(&deployment("a:1", 3), &deployment("a:2", 3), &live).is_empty());
    }

    #[test]
    fn a_field_that_is_gone_is_drift_and_a_rewritten_quantity_is_not() {
        let map = |data: Value| json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": data});
        let fields = drifted_fields(
            &map(json!({"k": "1"})),
            &map(json!({"k": "2"})),
            &map(json!({})),
        );
        assert_eq!(fields, ["/data/k"]);
        let fields = drifted_fields(
            &map(json!({"k": "1000m"})),
            &map(json!({"k": "2"})),
            &map(json!({"k": "1"})),
        );
        assert!(fields.is_empty());
    }
}
