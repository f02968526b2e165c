//! Holds a manifest against the definition of a kind of Kubernetes' own, as the API
//! server decodes it: strictly, and with `null` as if the field were not there.

use serde_json::Value;
use tidegate_yaml::{Content, Node};

use super::builtin::{Catalogue, Definition, Field, List, Type};
use super::format;
use super::keyed;
use super::native;
use super::quantity::Quantity;
use super::suggest::nearest;
use super::walk::{Walk, told};
use crate::manifest::Step;

/// Holds a whole manifest against a definition.
pub(super) fn object(walk: &mut Walk<'_>, catalogue: &Catalogue, position: usize) {
    let judge = Judge {
        catalogue,
        is_strict: true,
    };
    let root = walk.root();
    judge.object(walk, position, root);
    let definition = catalogue.definition(position);
    if definition.is_some_and(|definition| definition.field("metadata").is_some()) {
        native::of_object(walk);
    }
}

/// Holds the metadata of an object of any kind against what is asked of them.
pub(super) fn metadata(walk: &mut Walk<'_>, catalogue: &Catalogue) {
    if let Some(metadata) = walk.root().field("metadata") {
        walk.within(Step::Field("metadata"), |walk| {
            metadata_of(walk, catalogue, metadata);
        });
    }
    native::of_object(walk);
}

/// The same of an object that is in another.
pub(super) fn metadata_of<'a>(walk: &mut Walk<'a>, catalogue: &Catalogue, metadata: &'a Node) {
    let judge = Judge {
        catalogue,
        is_strict: true,
    };
    // Any object has it.
    let is = catalogue
        .kind("", "v1", "ConfigMap")
        .and_then(|position| catalogue.definition(position))
        .and_then(|definition| definition.field("metadata"));
    if let Some(field) = is {
        judge.value(walk, &field.is, metadata);
    }
}

/// What a mapping that is left out is like.
static NOTHING: Node = Node {
    line: 0,
    column: 0,
    key: None,
    content: Content::Mapping(Vec::new()),
};

#[derive(Clone, Copy)]
struct Judge<'c> {
    catalogue: &'c Catalogue,
    /// Whether the API server refuses fields that it does not know.
    is_strict: bool,
}

impl Judge<'_> {
    fn object<'a>(self, walk: &mut Walk<'a>, position: usize, node: &'a Node) {
        let Some(definition) = self.catalogue.definition(position) else {
            return;
        };
        let Some(entries) = entries(walk, node) else {
            return;
        };
        let before = walk.findings.len();
        for (name, value) in entries {
            match definition.field(name) {
                Some(field) => walk.within(Step::Field(name), |walk| {
                    // A list or one of schemas is decoded by itself as well.
                    let is_alone = field.name == "items"
                        && definition.name == "apiextensions.v1.JSONSchemaProps";
                    let judge = Self {
                        is_strict: self.is_strict && !is_alone,
                        ..self
                    };
                    judge.value(walk, &field.is, value);
                    if let Some(rule) = field.rule.filter(|_| !walk.is_in_status()) {
                        native::hold(walk, rule, value);
                    }
                }),
                None => self.unknown_field(walk, definition, name, value),
            }
        }
        if walk.is_in_status() {
            return;
        }
        for field in definition.fields().iter().filter(|field| field.is_required) {
            let value = entries.iter().find(|(name, _)| name == field.name);
            let is_left_out = value.is_none_or(|(_, value)| is_nothing(value, field));
            if is_left_out && !self.takes_nothing(walk, field) {
                let near = value.map_or(node, |(_, value)| value);
                walk.within(Step::Field(field.name), |walk| {
                    let message = format!("{} must have {}", definition.title(), field.name);
                    walk.error("missing-field", near, message);
                });
            }
        }
        // What is asked of the whole makes sense only where its parts do.
        let wrong_type = |id: &str| matches!(id, "wrong-type" | "missing-field");
        let found = walk.findings.get(before..).unwrap_or_default();
        if !found.iter().any(|finding| wrong_type(finding.id)) {
            for check in &definition.checks {
                check(walk, node);
            }
            keyed_lists(walk, definition, entries, before);
        }
    }

    /// Whether a field that is required may be left out: Go leaves a zero there, and what
    /// matters is whether that is taken.
    fn takes_nothing(self, walk: &mut Walk<'_>, field: &Field) -> bool {
        if field.needs_item {
            return false;
        }
        match &field.is {
            Type::Boolean | Type::List(_) | Type::Map(_) => true,
            Type::Int32 | Type::Int64 | Type::Number => {
                field.rule.is_none_or(|rule| !native::refuses_zero(rule))
            }
            Type::Object(position) => {
                let before = walk.findings.len();
                walk.within(Step::Field(field.name), |walk| {
                    self.object(walk, *position, &NOTHING);
                });
                let is_taken = walk.findings.len() == before;
                walk.findings.truncate(before);
                is_taken
            }
            _ => false,
        }
    }

    fn value<'a>(self, walk: &mut Walk<'a>, is: &Type, node: &'a Node) {
        // The API machinery leaves the field as if it were not there.
        if node.is_null() {
            return;
        }
        match is {
            Type::Anything => {}
            Type::Object(position) => self.object(walk, *position, node),
            Type::ObjectOrBoolean(position) => {
                if !matches!(node.content, Content::Scalar(Value::Bool(_))) {
                    // It decodes such a value by itself, and passes over the rest.
                    let lenient = Self {
                        is_strict: false,
                        ..self
                    };
                    lenient.object(walk, *position, node);
                }
            }
            Type::List(list) => self.list(walk, list, node),
            Type::Map(values) => {
                for (name, value) in entries(walk, node).unwrap_or_default() {
                    walk.within(Step::Field(name), |walk| self.value(walk, values, value));
                }
            }
            scalar => scalar_value(walk, scalar, node),
        }
    }

    fn list<'a>(self, walk: &mut Walk<'a>, list: &List, node: &'a Node) {
        let Some(items) = node.as_sequence() else {
            wrong_type(walk, node, "a list");
            return;
        };
        for (position, item) in items.iter().enumerate() {
            walk.within(Step::Item(position), |walk| match &list.items {
                Type::Object(definition) => self.object(walk, *definition, item),
                other => self.value(walk, other, item),
            });
        }
    }

    fn unknown_field<'a>(
        self,
        walk: &mut Walk<'a>,
        definition: &Definition,
        name: &'a str,
        value: &'a Node,
    ) {
        let hint = self.hint(definition, name);
        walk.within(Step::Field(name), |walk| {
            let message = format!("{} has no field {name:?}", definition.title());
            if self.is_strict {
                walk.error_with_hint("unknown-field", value, message, hint);
            } else {
                walk.warning("unknown-field", value, message, hint);
            }
        });
    }

    /// Where it was probably meant to stand, or what it was meant to be called.
    fn hint(self, definition: &Definition, name: &str) -> Option<String> {
        let names = || definition.fields().iter().map(|field| field.name);
        if let Some(near) = nearest(name, names()).filter(|near| near.eq_ignore_ascii_case(name)) {
            return Some(format!("write {near}"));
        }
        self.deeper(definition, name, 3)
            .map(|path| format!("it belongs in {path}"))
            .or_else(|| nearest(name, names()).map(|near| format!("did you mean {near}?")))
    }

    /// The way from a definition down to the nearest field of this name.
    fn deeper(self, definition: &Definition, name: &str, levels: usize) -> Option<String> {
        let mut level: Vec<(String, &Definition)> = vec![(String::new(), definition)];
        for _ in 0..levels {
            let mut next = Vec::new();
            for (path, definition) in &level {
                for field in definition.fields() {
                    let (suffix, is) = match &field.is {
                        Type::List(list) => ("[]", &list.items),
                        other => ("", other),
                    };
                    let Type::Object(position) = is else { continue };
                    let Some(below) = self.catalogue.definition(*position) else {
                        continue;
                    };
                    // What a status or the metadata has is hardly what is meant.
                    if matches!(field.name, "status" | "managedFields" | "ownerReferences") {
                        continue;
                    }
                    let path = format!("{path}{}{suffix}.", field.name);
                    if below.field(name).is_some() {
                        return Some(format!("{path}{name}"));
                    }
                    next.push((path, below));
                }
            }
            level = next;
        }
        None
    }
}

/// Warns of items that are there twice, where nothing was found of that so far.
fn keyed_lists<'a>(
    walk: &mut Walk<'a>,
    definition: &Definition,
    entries: &'a [(String, Node)],
    before: usize,
) {
    for (name, value) in entries {
        let is = definition.field(name).map(|field| &field.is);
        let (Some(Type::List(list)), Some(items)) = (is, value.as_sequence()) else {
            continue;
        };
        let path = walk.path().field(name);
        let found = walk.findings.get(before..).unwrap_or_default();
        let is_told = found.iter().any(|finding| {
            finding.id.starts_with("duplicate-") && finding.path.as_str().starts_with(path.as_str())
        });
        if !list.keys.is_empty() && !is_told {
            walk.within(Step::Field(name), |walk| {
                keyed::twice(walk, &list.keys, items);
            });
        }
    }
}

/// Whether a value is as good as none to Go: what a required field must not be.
fn is_nothing(node: &Node, field: &Field) -> bool {
    match (&node.content, &field.is) {
        (Content::Scalar(Value::Null), _) => true,
        (Content::Sequence(items), Type::List(_)) => items.is_empty() && field.needs_item,
        (Content::Mapping(entries), Type::Map(_)) => entries.is_empty() && field.needs_item,
        (Content::Scalar(Value::String(text)), Type::Text) => text.is_empty(),
        _ => false,
    }
}

fn wrong_type(walk: &mut Walk<'_>, node: &Node, wanted: &str) {
    let message = format!("it must be {wanted}, and is {}", told(node));
    let hint = match &node.content {
        Content::Scalar(Value::Bool(_) | Value::Number(_)) if wanted == "text" => {
            Some("put it in quotes".to_owned())
        }
        Content::Scalar(Value::String(text))
            if wanted == "a boolean" || wanted.contains("number") =>
        {
            let is_number = text.parse::<i64>().is_ok();
            (is_number || matches!(text.as_str(), "true" | "false"))
                .then(|| "take the quotes away".to_owned())
        }
        _ => None,
    };
    walk.error_with_hint("wrong-type", node, message, hint);
}

/// The fields of a mapping. Nothing is a mapping without fields.
fn entries<'a>(walk: &mut Walk<'a>, node: &'a Node) -> Option<&'a [(String, Node)]> {
    if node.is_null() {
        return Some(&[]);
    }
    let entries = node.as_mapping();
    if entries.is_none() {
        wrong_type(walk, node, "a mapping");
    }
    entries
}

fn scalar_value(walk: &mut Walk<'_>, is: &Type, node: &Node) {
    let Content::Scalar(value) = &node.content else {
        wrong_type(walk, node, name_of(is));
        return;
    };
    match (is, value) {
        (Type::Boolean, Value::Bool(_))
        | (Type::Number, Value::Number(_))
        | (Type::Text | Type::IntOrText, Value::String(_)) => {}
        (Type::Int64, Value::Number(number)) if number.as_i64().is_some() => {}
        (Type::Int32 | Type::IntOrText, Value::Number(number))
            if number.is_i64() || number.is_u64() =>
        {
            let fits = number
                .as_i64()
                .is_some_and(|number| i32::try_from(number).is_ok());
            if !fits {
                let message = format!("{number} does not fit into 32 bits");
                walk.error("wrong-type", node, message);
            }
        }
        (Type::Quantity, Value::String(text)) => quantity(walk, node, text.trim()),
        (Type::Quantity, Value::Number(number)) => quantity(walk, node, &number.to_string()),
        (Type::Time, Value::String(text)) => {
            if !format::is_time(text) {
                let message = format!("{text:?} is no time like 2026-11-28T02:00:00Z");
                walk.error("bad-time", node, message);
            }
        }
        (Type::Bytes, Value::String(text)) => {
            if !format::is_base64(text) {
                let hint = "encode it, or write it as it is under stringData";
                walk.error_with_hint("bad-base64", node, "it is not Base64", hint.to_owned());
            }
        }
        _ => wrong_type(walk, node, name_of(is)),
    }
}

fn quantity(walk: &mut Walk<'_>, node: &Node, text: &str) {
    if Quantity::read(text).is_none() {
        let message = format!("{text:?} is no quantity");
        let hint = "write it like 250m, 1, 512Mi or 10Gi".to_owned();
        walk.error_with_hint("bad-quantity", node, message, hint);
    }
}

fn name_of(is: &Type) -> &'static str {
    match is {
        Type::Text => "text",
        Type::Int32 | Type::Int64 => "a whole number",
        Type::Number => "a number",
        Type::Boolean => "a boolean",
        Type::Bytes => "text in Base64",
        Type::Time => "a time as text",
        Type::Quantity => "a quantity",
        Type::IntOrText => "a whole number or text",
        Type::List(_) => "a list",
        Type::Anything | Type::Object(_) | Type::ObjectOrBoolean(_) | Type::Map(_) => "a mapping",
    }
}
