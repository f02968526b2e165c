//! Holds a value against the schema of a custom kind, as the API server does after it
//! has filled in defaults: strictly, and with a null that is not allowed as if the
//! field were not there.

use serde_json::Value;
use tidegate_yaml::{Content, Node};

use super::lists;
use super::scalar::{choices, number, range, text};
use super::schema::{Kind, List, Others, Schema};
use crate::finding::Finding;
use crate::manifest::Step;
use crate::schema::suggest::nearest;
use crate::schema::walk::{Walk, told};

/// Whether fields that the schema does not say are an error.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Unknown {
    Refused,
    /// Inside of `allOf` and the like, and where the schema keeps them.
    Kept,
}

/// What is asked of a value.
#[derive(Clone, Copy)]
pub(super) struct Asked<'s> {
    schema: &'s Schema,
    /// The schema outside of `allOf` and the like, which alone says whether null counts.
    whole: Option<&'s Schema>,
    unknown: Unknown,
}

impl<'s> Asked<'s> {
    /// The same of a field, as far as something is asked of it.
    fn field(self, name: &str) -> Option<Self> {
        Some(Self {
            schema: self.schema.of_field(name)?,
            whole: self.whole.and_then(|whole| whole.of_field(name)),
            ..self
        })
    }

    /// The same of the items.
    fn items(self) -> Option<Self> {
        Some(Self {
            schema: self.schema.items.as_deref()?,
            whole: self.whole.and_then(|whole| whole.items.as_deref()),
            ..self
        })
    }

    /// The same inside of `allOf` and the like.
    const fn inside(self, schema: &'s Schema) -> Self {
        Self {
            schema,
            whole: self.whole,
            unknown: Unknown::Kept,
        }
    }

    /// Whether a field counts as there. Null where it is not allowed does not.
    fn has(self, name: &str, value: &Node) -> bool {
        let field = || self.whole.and_then(|whole| whole.of_field(name));
        !value.is_null() || field().is_none_or(|field| field.is_nullable)
    }
}

/// What cannot be judged, in words.
pub(super) type Unjudged = Vec<String>;

/// Notes where a value is not as its schema says.
pub(super) fn hold<'a>(
    walk: &mut Walk<'a>,
    unjudged: &mut Unjudged,
    asked: Asked<'_>,
    node: &'a Node,
) {
    let schema = asked.schema;
    if node.is_null() && asked.whole.is_none_or(|whole| whole.is_nullable) {
        return;
    }
    if !is_of_kind(walk, schema, node) {
        return;
    }
    match &node.content {
        Content::Mapping(entries) => {
            fields(walk, unjudged, asked, node, entries);
        }
        Content::Sequence(items) => list(walk, unjudged, asked, node, items),
        Content::Scalar(Value::String(given)) => text(walk, unjudged, schema, node, given),
        Content::Scalar(Value::Number(given)) => number(walk, schema, node, given),
        Content::Scalar(_) => {}
    }
    choices(walk, schema, node);
    together(walk, unjudged, asked, node);
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
    let asked = Asked {
        schema,
        whole: Some(schema),
        unknown: Unknown::Refused,
    };
    for (name, value) in entries {
        if matches!(name.as_str(), "apiVersion" | "kind") {
            continue;
        }
        match asked.field(name) {
            Some(inner) if asked.has(name, value) => {
                let before = walk.findings.len();
                let inner = Asked {
                    unknown: if name == "metadata" {
                        Unknown::Kept
                    } else {
                        Unknown::Refused
                    },
                    ..inner
                };
                walk.within(Step::Field(name), |walk| hold(walk, unjudged, inner, value));
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
    required(walk, asked, node, entries);
    together(walk, unjudged, asked, node);
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

fn fields<'a>(
    walk: &mut Walk<'a>,
    unjudged: &mut Unjudged,
    asked: Asked<'_>,
    node: &'a Node,
    entries: &'a [(String, Node)],
) {
    let schema = asked.schema;
    for (name, value) in entries {
        let is_meta =
            schema.is_resource && matches!(name.as_str(), "apiVersion" | "kind" | "metadata");
        match asked.field(name) {
            Some(inner) if asked.has(name, value) => {
                walk.within(Step::Field(name), |walk| hold(walk, unjudged, inner, value));
            }
            Some(_) => {}
            None => {
                let is_kept = asked.unknown == Unknown::Kept
                    || is_meta
                    || schema.keeps_unknown
                    || matches!(schema.others, Others::Any);
                if !is_kept {
                    unknown_field(walk, schema, name, value);
                }
            }
        }
    }
    required(walk, asked, node, entries);
    if schema.is_resource {
        super::embedded(walk, node);
    }
    let given = entries
        .iter()
        .filter(|(name, value)| asked.has(name, value));
    range(walk, node, &schema.bounds.fields, given.count(), "fields");
}

fn required(walk: &mut Walk<'_>, asked: Asked<'_>, node: &Node, entries: &[(String, Node)]) {
    for name in &asked.schema.required {
        let value = entries.iter().find(|(other, _)| other == name);
        let is_given = value.is_some_and(|(_, value)| asked.has(name, value));
        let field = asked.whole.and_then(|whole| whole.of_field(name));
        let is_filled_in = field.is_some_and(|field| field.default.is_some());
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
    asked: Asked<'_>,
    node: &'a Node,
    items: &'a [Node],
) {
    let schema = asked.schema;
    if let Some(inner) = asked.items() {
        for (position, item) in items.iter().enumerate() {
            // Null takes the default, if there is one.
            if item.is_null() && inner.whole.is_some_and(|whole| whole.default.is_some()) {
                continue;
            }
            walk.within(Step::Item(position), |walk| {
                hold(walk, unjudged, inner, item);
            });
        }
    }
    range(walk, node, &schema.bounds.items, items.len(), "items");
    match &schema.list {
        List::Atomic => {}
        List::Set => lists::set(walk, items),
        List::Map(keys) => lists::map(walk, schema.items.as_deref(), keys, items),
    }
}

/// `allOf`, `anyOf`, `oneOf` and `not`.
fn together<'a>(walk: &mut Walk<'a>, unjudged: &mut Unjudged, asked: Asked<'_>, node: &'a Node) {
    let schema = asked.schema;
    for inner in &schema.all {
        hold(walk, unjudged, asked.inside(inner), node);
    }
    let mut holds = |walk: &mut Walk<'a>, inner: &Schema| {
        let before = walk.findings.len();
        hold(walk, unjudged, asked.inside(inner), node);
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
