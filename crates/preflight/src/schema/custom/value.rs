//! Holds a value against the schema of a custom kind, as the API server does after it
//! has filled in defaults: strictly, and with a null that is not allowed as if the
//! field were not there.

use serde_json::Value;
use tidegate_yaml::{Content, Node};

use super::schema::{Bounds, Kind, List, Others, Range, Schema};
use super::{format, lists};
use crate::finding::Finding;
use crate::manifest::Step;
use crate::schema::suggest::nearest;
use crate::schema::walk::{Walk, quoted, told};

/// Whether fields that the schema does not say are an error.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Unknown {
    Refused,
    /// Inside of `allOf` and the like, and where the schema keeps them.
    Kept,
}

/// What cannot be judged, in words.
pub(super) type Unjudged = Vec<String>;

/// Notes where a value is not as its schema says.
pub(super) fn hold<'a>(
    walk: &mut Walk<'a>,
    unjudged: &mut Unjudged,
    schema: &Schema,
    node: &'a Node,
    unknown: Unknown,
) {
    if node.is_null() && schema.is_nullable {
        return;
    }
    if !is_of_kind(walk, schema, node) {
        return;
    }
    match &node.content {
        Content::Mapping(entries) => {
            fields(walk, unjudged, schema, node, entries, unknown);
        }
        Content::Sequence(items) => list(walk, unjudged, schema, node, items, unknown),
        Content::Scalar(Value::String(given)) => text(walk, unjudged, schema, node, given),
        Content::Scalar(Value::Number(given)) => number(walk, schema, node, given),
        Content::Scalar(_) => {}
    }
    choices(walk, schema, node);
    together(walk, unjudged, schema, node);
}

/// Notes where a whole object is not as its schema says. Its apiVersion, kind and
/// metadata are judged elsewhere; a status that the API server takes away must only be
/// known.
pub(super) fn hold_root<'a>(
    walk: &mut Walk<'a>,
    unjudged: &mut Unjudged,
    schema: &Schema,
    node: &'a Node,
    passes_status: bool,
) {
    let Content::Mapping(entries) = &node.content else {
        return;
    };
    for (name, value) in entries {
        if matches!(name.as_str(), "apiVersion" | "kind") {
            continue;
        }
        let inner = schema.of_field(name);
        match inner {
            Some(inner) if is_there(Some(inner), value) => {
                let before = walk.findings.len();
                let unknown = if name == "metadata" {
                    Unknown::Kept
                } else {
                    Unknown::Refused
                };
                walk.within(Step::Field(name), |walk| {
                    hold(walk, unjudged, inner, value, unknown);
                });
                if name == "status" && passes_status {
                    let found = walk.findings.split_off(before);
                    let is_unknown = |one: &Finding| one.id == "unknown-field";
                    walk.findings.extend(found.into_iter().filter(is_unknown));
                }
            }
            Some(_) => {}
            None if name == "metadata" || schema.keeps_unknown => {}
            None => unknown_field(walk, schema, name, value),
        }
    }
    required(walk, schema, node, entries);
    together(walk, unjudged, schema, node);
}

fn is_of_kind(walk: &mut Walk<'_>, schema: &Schema, node: &Node) -> bool {
    let Some(kind) = schema.kind else {
        return true;
    };
    let is_whole = |number: &serde_json::Number| {
        number.is_i64() || number.is_u64() || number.as_f64().is_some_and(|one| one.fract() == 0.0)
    };
    let (holds, wanted) = match (kind, &node.content) {
        (Kind::Object, content) => (matches!(content, Content::Mapping(_)), "a mapping"),
        (Kind::List, content) => (matches!(content, Content::Sequence(_)), "a list"),
        (Kind::Text, content) => (matches!(content, Content::Scalar(Value::String(_))), "text"),
        (Kind::Boolean, content) => (
            matches!(content, Content::Scalar(Value::Bool(_))),
            "a boolean",
        ),
        (Kind::Number, content) => (
            matches!(content, Content::Scalar(Value::Number(_))),
            "a number",
        ),
        (Kind::Whole, Content::Scalar(Value::Number(number))) => {
            (is_whole(number), "a whole number")
        }
        (Kind::IntOrText, Content::Scalar(Value::Number(number))) => {
            (is_whole(number), "a whole number or text")
        }
        (Kind::IntOrText, Content::Scalar(Value::String(_))) => (true, ""),
        (Kind::Whole, _) => (false, "a whole number"),
        (Kind::IntOrText, _) => (false, "a whole number or text"),
    };
    if !holds {
        let message = format!("it must be {wanted}, and is {}", told(node));
        let is_plain = matches!(
            &node.content,
            Content::Scalar(Value::Bool(_) | Value::Number(_))
        );
        let hint = (is_plain && wanted == "text").then(|| "put it in quotes".to_owned());
        walk.error_with_hint("wrong-type", node, message, hint);
    }
    holds
}

/// Whether a field counts as there. Null where it is not allowed does not.
fn is_there(schema: Option<&Schema>, value: &Node) -> bool {
    !value.is_null() || schema.is_none_or(|schema| schema.is_nullable)
}

fn fields<'a>(
    walk: &mut Walk<'a>,
    unjudged: &mut Unjudged,
    schema: &Schema,
    node: &'a Node,
    entries: &'a [(String, Node)],
    unknown: Unknown,
) {
    for (name, value) in entries {
        let is_meta =
            schema.is_resource && matches!(name.as_str(), "apiVersion" | "kind" | "metadata");
        match schema.of_field(name) {
            Some(inner) if is_there(Some(inner), value) => walk.within(Step::Field(name), |walk| {
                hold(walk, unjudged, inner, value, unknown);
            }),
            Some(_) => {}
            None => {
                let is_kept = unknown == Unknown::Kept
                    || is_meta
                    || schema.keeps_unknown
                    || matches!(schema.others, Others::Any);
                if !is_kept {
                    unknown_field(walk, schema, name, value);
                }
            }
        }
    }
    required(walk, schema, node, entries);
    if schema.is_resource {
        super::embedded(walk, node);
    }
    let of_fields = &schema.bounds.fields;
    let given = entries
        .iter()
        .filter(|(name, value)| is_there(schema.of_field(name), value));
    range(walk, node, of_fields, given.count(), "fields");
}

fn required(walk: &mut Walk<'_>, schema: &Schema, node: &Node, entries: &[(String, Node)]) {
    for name in &schema.required {
        let value = entries.iter().find(|(other, _)| other == name);
        let inner = schema.of_field(name);
        let is_given = value.is_some_and(|(_, value)| is_there(inner, value));
        let is_filled_in = inner.is_some_and(|inner| inner.default.is_some());
        if !is_given && !is_filled_in {
            let near = value.map_or(node, |(_, value)| value);
            walk.error("missing-field", near, format!("it must have {name}"));
        }
    }
}

fn unknown_field<'a>(walk: &mut Walk<'a>, schema: &Schema, name: &'a str, value: &'a Node) {
    let known = schema.fields.iter().map(|(name, _)| name.as_str());
    let hint = nearest(name, known).map(|near| format!("did you mean {near}?"));
    walk.within(Step::Field(name), |walk| {
        let message = format!("the definition has no field {name:?} here");
        walk.error_with_hint("unknown-field", value, message, hint);
    });
}

fn list<'a>(
    walk: &mut Walk<'a>,
    unjudged: &mut Unjudged,
    schema: &Schema,
    node: &'a Node,
    items: &'a [Node],
    unknown: Unknown,
) {
    for (position, item) in items.iter().enumerate() {
        let Some(inner) = &schema.items else { break };
        // Null takes the default, if there is one.
        if item.is_null() && !inner.is_nullable && inner.default.is_some() {
            continue;
        }
        walk.within(Step::Item(position), |walk| {
            hold(walk, unjudged, inner, item, unknown);
        });
    }
    range(walk, node, &schema.bounds.items, items.len(), "items");
    match &schema.list {
        List::Atomic => {}
        List::Set => lists::set(walk, items),
        List::Map(keys) => lists::map(walk, schema.items.as_deref(), keys, items),
    }
}

fn text(walk: &mut Walk<'_>, unjudged: &mut Unjudged, schema: &Schema, node: &Node, given: &str) {
    let letters = given.chars().count();
    range(walk, node, &schema.bounds.letters, letters, "letters");
    if let Some(pattern) = &schema.pattern {
        match &pattern.compiled {
            Some(compiled) if compiled.is_match(given) => {}
            Some(_) => {
                let message = format!("{} does not match {}", quoted(given), pattern.text);
                walk.error("wrong-pattern", node, message);
            }
            None => unjudged.push(format!(
                "the pattern {} is too large to be tried here",
                quoted(&pattern.text)
            )),
        }
    }
    if let Some(format) = schema
        .format
        .as_deref()
        .filter(|_| schema.kind != Some(Kind::IntOrText))
        && !format::holds(format, given)
    {
        let message = format!("{} is not of the format {format}", quoted(given));
        walk.error("wrong-format", node, message);
    }
}

fn number(walk: &mut Walk<'_>, schema: &Schema, node: &Node, given: &serde_json::Number) {
    let Some(amount) = given.as_f64() else { return };
    let Bounds {
        least,
        is_above_least,
        most,
        is_below_most,
        multiple_of,
        ..
    } = &schema.bounds;
    if let Some(least) = least
        && (amount < *least || (*is_above_least && amount <= *least))
    {
        let which = if *is_above_least {
            "more than"
        } else {
            "at least"
        };
        let message = format!("{given} is too small: it must be {which} {least}");
        walk.error("out-of-range", node, message);
    }
    if let Some(most) = most
        && (amount > *most || (*is_below_most && amount >= *most))
    {
        let which = if *is_below_most {
            "less than"
        } else {
            "at most"
        };
        let message = format!("{given} is too large: it must be {which} {most}");
        walk.error("out-of-range", node, message);
    }
    if let Some(factor) = multiple_of
        && *factor > 0.0
        && (amount / factor).fract() != 0.0
    {
        let message = format!("{given} is no multiple of {factor}");
        walk.error("out-of-range", node, message);
    }
    let is_small = matches!(schema.format.as_deref(), Some("int32"));
    if is_small && !(f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&amount) {
        let message = format!("{given} does not fit into 32 bits");
        walk.error("out-of-range", node, message);
    }
}

fn range(walk: &mut Walk<'_>, node: &Node, range: &Range, count: usize, of: &str) {
    let count = u64::try_from(count).unwrap_or(u64::MAX);
    if let Some(least) = range.least.filter(|least| count < *least) {
        let message = format!("it has {count} {of}: {least} are the least");
        walk.error("out-of-range", node, message);
    }
    if let Some(most) = range.most.filter(|most| count > *most) {
        let message = format!("it has {count} {of}: {most} are the most");
        walk.error("out-of-range", node, message);
    }
}

fn choices(walk: &mut Walk<'_>, schema: &Schema, node: &Node) {
    if schema.choices.is_empty() {
        return;
    }
    let given = node.clone().into_json();
    if schema
        .choices
        .iter()
        .any(|choice| lists::is_same(choice, &given))
    {
        return;
    }
    let words: Vec<String> = schema
        .choices
        .iter()
        .map(|choice| {
            choice
                .as_str()
                .map_or_else(|| choice.to_string(), ToOwned::to_owned)
        })
        .collect();
    let message = format!("{} is none of {}", told(node), words.join(", "));
    let hint = node
        .as_str()
        .and_then(|text| nearest(text, words.iter().map(String::as_str)))
        .map(|word| format!("write {word}"));
    walk.error_with_hint("not-a-choice", node, message, hint);
}

/// `allOf`, `anyOf`, `oneOf` and `not`.
fn together<'a>(walk: &mut Walk<'a>, unjudged: &mut Unjudged, schema: &Schema, node: &'a Node) {
    for inner in &schema.all {
        hold(walk, unjudged, inner, node, Unknown::Kept);
    }
    let mut holds = |walk: &mut Walk<'a>, inner: &Schema| {
        let before = walk.findings.len();
        hold(walk, unjudged, inner, node, Unknown::Kept);
        let is_held = walk.findings.len() == before;
        walk.findings.truncate(before);
        is_held
    };
    if !schema.any.is_empty() && !schema.any.iter().any(|inner| holds(walk, inner)) {
        walk.error(
            "no-alternative",
            node,
            "it is like none of anyOf in its definition",
        );
    }
    if !schema.one.is_empty() {
        let mut count = 0;
        for inner in &schema.one {
            count += usize::from(holds(walk, inner));
        }
        if count != 1 {
            let message =
                format!("it must be like one of oneOf in its definition, and is like {count}");
            walk.error("no-alternative", node, message);
        }
    }
    if schema
        .not
        .as_deref()
        .is_some_and(|inner| holds(walk, inner))
    {
        walk.error(
            "no-alternative",
            node,
            "it is like what its definition forbids by not",
        );
    }
}
