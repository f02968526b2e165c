//! Defaults, filled in as the API server does before it validates.

use serde_json::Value;

use super::schema::Schema;

/// How deep defaults are filled in, as schemas are read.
const DEEPEST: usize = 64;

/// Takes nulls away where they are not allowed, and fills in what is left out and has
/// a default.
pub(super) fn fill(schema: &Schema, value: &mut Value) {
    fill_to(schema, value, DEEPEST);
}

fn fill_to(schema: &Schema, value: &mut Value, depth: usize) {
    if depth == 0 {
        return;
    }
    let is_refused = |schema: &Schema, value: &Value| value.is_null() && !schema.is_nullable;
    match value {
        Value::Object(fields) => {
            fields.retain(|name, value| {
                schema
                    .of_field(name)
                    .is_none_or(|inner| !is_refused(inner, value))
            });
            for (name, inner) in &schema.fields {
                if let Some(default) = inner
                    .default
                    .as_ref()
                    .filter(|_| !fields.contains_key(name))
                {
                    fields.insert(name.clone(), default.clone());
                }
            }
            for (name, value) in fields.iter_mut() {
                if let Some(inner) = schema.of_field(name) {
                    fill_to(inner, value, depth - 1);
                }
            }
        }
        Value::Array(items) => {
            let Some(inner) = &schema.items else { return };
            for item in items {
                if let Some(default) = inner.default.as_ref().filter(|_| is_refused(inner, item)) {
                    *item = default.clone();
                }
                fill_to(inner, item, depth - 1);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn defaults_are_filled_in_as_the_api_server_does() {
        let schema = Schema::read(&json!({
            "type": "object",
            "properties": {
                "size": {"type": "integer", "default": 1},
                "note": {"type": "string"},
                "maybe": {"type": "string", "nullable": true, "default": "a"},
                "inner": {
                    "type": "object",
                    "default": {},
                    "properties": {"mode": {"type": "string", "default": "A"}},
                },
                "list": {"type": "array", "items": {"type": "string", "default": "x"}},
            },
        }));
        let mut value = json!({"size": null, "note": null, "maybe": null, "list": [null, "y"]});
        fill(&schema, &mut value);
        let filled = json!({
            "size": 1, "maybe": null, "inner": {"mode": "A"}, "list": ["x", "y"],
        });
        assert_eq!(value, filled);
    }
}
