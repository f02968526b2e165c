//! Defaults, filled in as the API server does before it validates.

use serde_json::Value;
use tidegate_yaml::{Content, Node};

use super::schema::Schema;

/// How deep defaults are filled in, as schemas are read.
const DEEPEST: usize = 64;

/// Takes nulls away where they are not allowed, and fills in what is left out and has
/// a default. What is filled in stands where the mapping is that it is filled into.
pub(super) fn fill(schema: &Schema, node: &mut Node) {
    fill_to(schema, node, DEEPEST);
}

fn fill_to(schema: &Schema, node: &mut Node, depth: usize) {
    if depth == 0 {
        return;
    }
    let is_refused = |schema: &Schema, node: &Node| node.is_null() && !schema.is_nullable;
    let (line, column) = (node.line, node.column);
    match &mut node.content {
        Content::Mapping(fields) => {
            fields.retain(|(name, value)| {
                let inner = schema.of_field(name);
                inner.is_none_or(|inner| !is_refused(inner, value))
            });
            for (name, inner) in &schema.fields {
                let is_there = fields.iter().any(|(other, _)| other == name);
                if let Some(default) = inner.default.as_ref().filter(|_| !is_there) {
                    fields.push((name.clone(), read(default, line, column)));
                }
            }
            for (name, value) in fields {
                if let Some(inner) = schema.of_field(name) {
                    fill_to(inner, value, depth - 1);
                }
            }
        }
        Content::Sequence(items) => {
            let Some(inner) = &schema.items else { return };
            for item in items {
                if let Some(default) = inner.default.as_ref().filter(|_| is_refused(inner, item)) {
                    *item = read(default, item.line, item.column);
                }
                fill_to(inner, item, depth - 1);
            }
        }
        Content::Scalar(_) => {}
    }
}

/// A value that stands somewhere.
fn read(value: &Value, line: usize, column: usize) -> Node {
    let content = match value {
        Value::Array(items) => {
            Content::Sequence(items.iter().map(|item| read(item, line, column)).collect())
        }
        Value::Object(fields) => Content::Mapping(
            fields
                .iter()
                .map(|(name, value)| (name.clone(), read(value, line, column)))
                .collect(),
        ),
        scalar => Content::Scalar(scalar.clone()),
    };
    Node {
        line,
        column,
        key: None,
        content,
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
        let given = json!({"size": null, "note": null, "maybe": null, "list": [null, "y"]});
        let mut node = read(&given, 1, 1);
        fill(&schema, &mut node);
        let filled = json!({
            "size": 1, "maybe": null, "inner": {"mode": "A"}, "list": ["x", "y"],
        });
        assert_eq!(node.into_json(), filled);
    }
}
