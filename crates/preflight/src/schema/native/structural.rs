//! Whether a schema of a CustomResourceDefinition is structural: says of every field
//! what it is, once, and nothing that the API server cannot prune by.

use serde_json::Value;
use tidegate_yaml::{Content, Node};

use super::{has, is_true, items, text};
use crate::manifest::Step;
use crate::schema::pattern;
use crate::schema::suggest::nearest;
use crate::schema::walk::{Walk, quoted};

const TYPES: [&str; 6] = ["array", "boolean", "integer", "number", "object", "string"];

/// Words of JSON Schema that the API server does not know.
const UNSUPPORTED: [&str; 7] = [
    "$ref",
    "additionalItems",
    "definitions",
    "dependencies",
    "id",
    "patternProperties",
    "uniqueItems",
];

/// What may be said only outside of `anyOf` and the like.
const OUTSIDE: [&str; 13] = [
    "additionalProperties",
    "default",
    "description",
    "nullable",
    "title",
    "type",
    "x-kubernetes-embedded-resource",
    "x-kubernetes-int-or-string",
    "x-kubernetes-list-map-keys",
    "x-kubernetes-list-type",
    "x-kubernetes-map-type",
    "x-kubernetes-preserve-unknown-fields",
    "x-kubernetes-validations",
];

/// A whole schema.
pub(super) fn root<'a>(walk: &mut Walk<'a>, root: &'a Node) {
    let kind = text(root, "type");
    let is_free = kind.is_empty() && is_true(root, "x-kubernetes-preserve-unknown-fields");
    if kind != "object" && !is_free {
        let near = root.field("type").unwrap_or(root);
        walk.error("bad-schema", near, "the type of an object is object");
    }
    for field in ["nullable", "additionalProperties"] {
        if is_true(root, field) || (field == "additionalProperties" && has(root, field)) {
            walk.error(
                "bad-schema",
                root,
                format!("{field} cannot be of a whole object"),
            );
        }
    }
    walk.at(root, &["properties", "metadata"], |walk, metadata| {
        let fields = metadata.field("properties").and_then(Node::as_mapping);
        let mut others = fields.unwrap_or_default().iter().map(|(name, _)| name);
        if others.any(|name| name != "name" && name != "generateName") {
            let message = "of metadata only name and generateName can be restricted";
            walk.error("bad-schema", metadata, message);
        }
    });
    if kind == "object" || is_free {
        schema(walk, root);
    }
}

fn schema<'a>(walk: &mut Walk<'a>, node: &'a Node) {
    let kind = text(node, "type");
    let is_free = is_true(node, "x-kubernetes-int-or-string")
        || is_true(node, "x-kubernetes-preserve-unknown-fields");
    if kind.is_empty() && !is_free {
        let message = "a schema must say its type";
        walk.error("bad-schema", node, message);
    } else if !kind.is_empty() && !TYPES.contains(&kind) {
        let near = node.field("type").unwrap_or(node);
        let message = format!("{} is none of {}", quoted(kind), TYPES.join(", "));
        let hint = nearest(kind, TYPES).map(|word| format!("write {word}"));
        walk.error_with_hint("bad-schema", near, message, hint);
    }
    shape(walk, node, kind);
    list(walk, node, kind);
    rules(walk, node);
    validation(walk, node, node);
    inner(walk, node, &mut schema);
}

/// Goes down to the schemas of fields, items and values.
fn inner<'a>(walk: &mut Walk<'a>, node: &'a Node, act: &mut impl FnMut(&mut Walk<'a>, &'a Node)) {
    walk.at(node, &["properties"], |walk, fields| {
        for (name, field) in fields.as_mapping().unwrap_or_default() {
            walk.within(Step::Field(name), |walk| act(walk, field));
        }
    });
    for one in ["items", "additionalProperties"] {
        walk.at(node, &[one], |walk, inner| {
            if inner.as_mapping().is_some() {
                act(walk, inner);
            }
        });
    }
}

fn shape<'a>(walk: &mut Walk<'a>, node: &'a Node, kind: &str) {
    let properties = node.field("properties").and_then(Node::as_mapping);
    let has_properties = properties.is_some_and(|fields| !fields.is_empty());
    let more = node
        .field("additionalProperties")
        .filter(|more| !more.is_null());
    let is_open = more.is_some_and(|more| more.content != Content::Scalar(Value::Bool(true)));
    if has_properties && is_open {
        let message = "a mapping has fields of its own or any, so not both of properties and \
                       additionalProperties";
        walk.error("bad-schema", node, message);
    }
    if kind == "array"
        && node
            .field("items")
            .is_none_or(|items| items.as_mapping().is_none())
    {
        walk.error("bad-schema", node, "a list must say what its items are");
    }
    let is_resource = is_true(node, "x-kubernetes-embedded-resource");
    let keeps = is_true(node, "x-kubernetes-preserve-unknown-fields");
    if is_resource && (kind != "object" || !(keeps || has_properties) || more.is_some()) {
        let message = "an embedded resource is of the type object, with properties or \
                       x-kubernetes-preserve-unknown-fields";
        walk.error("bad-schema", node, message);
    }
    if is_true(node, "x-kubernetes-int-or-string") && (keeps || is_resource) {
        let message = "what is a number or text has no unknown fields";
        walk.error("bad-schema", node, message);
    }
    walk.at(node, &["x-kubernetes-map-type"], |walk, given| {
        if kind != "object" || !matches!(given.as_str(), Some("atomic" | "granular")) {
            let message = "x-kubernetes-map-type is atomic or granular, and of the type object";
            walk.error("bad-schema", given, message);
        }
    });
}

fn list<'a>(walk: &mut Walk<'a>, node: &'a Node, kind: &str) {
    let keys = items(node, "x-kubernetes-list-map-keys");
    let given = text(node, "x-kubernetes-list-type");
    if !matches!(given, "" | "atomic" | "set" | "map") || (!given.is_empty() && kind != "array") {
        let message = "x-kubernetes-list-type is atomic, set or map, and of the type array";
        walk.error("bad-schema", node, message);
    }
    if (given == "map") == keys.is_empty() {
        let message = "a list of the type map, and no other, has x-kubernetes-list-map-keys";
        walk.error("bad-schema", node, message);
    }
    let Some(of_items) = node.field("items") else {
        return;
    };
    for key in keys.iter().filter_map(Node::as_str) {
        let field = of_items
            .field("properties")
            .and_then(|fields| fields.field(key));
        let is_scalar =
            field.is_some_and(|field| !matches!(text(field, "type"), "array" | "object"));
        let required = items(of_items, "required");
        let is_there = required.iter().any(|name| name.as_str() == Some(key))
            || field.is_some_and(|field| has(field, "default"));
        if !is_scalar || !is_there {
            let message = format!(
                "the key {} must be a field of the items, no list or mapping, and required",
                quoted(key)
            );
            walk.error("bad-schema", node, message);
        }
    }
    if matches!(given, "map" | "set") && is_true(of_items, "nullable") {
        walk.error(
            "bad-schema",
            of_items,
            "an item of such a list cannot be null",
        );
    }
    let of_set = text(of_items, "x-kubernetes-map-type");
    if given == "set" && text(of_items, "type") == "object" && of_set != "atomic" {
        let message = "what is told apart as a whole is x-kubernetes-map-type: atomic";
        walk.error("bad-schema", of_items, message);
    }
}

fn rules<'a>(walk: &mut Walk<'a>, node: &'a Node) {
    walk.each(node, &["x-kubernetes-validations"], |walk, rule| {
        let (given, message) = (text(rule, "rule").trim(), text(rule, "message"));
        if given.is_empty() {
            walk.error("bad-schema", rule, "there is no rule");
        } else if message.trim().contains('\n') {
            walk.error("bad-schema", rule, "a message has one line");
        } else if given.contains('\n') && message.trim().is_empty() {
            let wanted = "a rule of several lines must have a message";
            walk.error("bad-schema", rule, wanted);
        }
    });
}

/// What is asked of a value: the same at every depth of `allOf` and the like.
/// `whole` is the schema of the value outside of them.
fn validation<'a>(walk: &mut Walk<'a>, node: &'a Node, whole: &'a Node) {
    for word in UNSUPPORTED {
        let given = node.field(word).filter(|value| !value.is_null());
        let is_off =
            given.is_some_and(|value| value.content == Content::Scalar(Value::Bool(false)));
        if let Some(given) = given.filter(|_| !is_off) {
            walk.error("bad-schema", given, format!("{word} is not supported"));
        }
    }
    walk.at(node, &["pattern"], |walk, given| {
        if let Some(reason) = given.as_str().and_then(pattern::fault) {
            let message = format!("it is no regular expression: {reason}");
            walk.error("bad-schema", given, message);
        }
    });
    for list in ["allOf", "anyOf", "oneOf"] {
        // To say that something is a number or text is allowed, in these words.
        let is_said =
            is_true(whole, "x-kubernetes-int-or-string") && is_int_or_text(items(node, list));
        if list == "anyOf" && is_said {
            continue;
        }
        walk.each(node, &[list], |walk, inner| nested(walk, inner, whole));
    }
    walk.at(node, &["not"], |walk, inner| nested(walk, inner, whole));
}

fn is_int_or_text(alternatives: &[Node]) -> bool {
    let is_only = |node: &Node, kind: &str| {
        node.as_mapping().is_some_and(|fields| fields.len() == 1) && text(node, "type") == kind
    };
    matches!(alternatives, [one, other] if is_only(one, "integer") && is_only(other, "string"))
}

fn nested<'a>(walk: &mut Walk<'a>, node: &'a Node, whole: &'a Node) {
    for word in OUTSIDE {
        let given = node.field(word).filter(|value| !value.is_null());
        let is_off =
            given.is_some_and(|value| value.content == Content::Scalar(Value::Bool(false)));
        if let Some(given) = given.filter(|_| !is_off) {
            let message = format!("{word} is said outside of allOf, anyOf, oneOf and not");
            walk.error("bad-schema", given, message);
        }
    }
    validation(walk, node, whole);
    walk.at(node, &["properties"], |walk, fields| {
        let known = whole.field("properties");
        for (name, field) in fields.as_mapping().unwrap_or_default() {
            walk.within(Step::Field(name), |walk| {
                if let Some(whole) = known.and_then(|known| known.field(name)) {
                    nested(walk, field, whole);
                } else {
                    let message = "a field that is asked of must be said outside, too";
                    walk.error("bad-schema", field, message);
                }
            });
        }
    });
    walk.at(node, &["items"], |walk, inner| {
        if let Some(whole) = whole.field("items") {
            nested(walk, inner, whole);
        } else {
            let message = "items that are asked of must be said outside, too";
            walk.error("bad-schema", inner, message);
        }
    });
}
