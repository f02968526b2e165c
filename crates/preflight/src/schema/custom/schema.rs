//! What a definition says of a value, read once.

use regex::Regex;
use serde_json::{Map, Value};

use crate::schema::pattern;

/// The schema of a value, or what is asked of it besides inside of `allOf` and the like.
#[derive(Debug, Default)]
pub(super) struct Schema {
    /// None: any.
    pub(super) kind: Option<Kind>,
    pub(super) is_nullable: bool,
    /// Fields that are not said are kept.
    pub(super) keeps_unknown: bool,
    /// An object with apiVersion, kind and metadata.
    pub(super) is_resource: bool,
    pub(super) fields: Vec<(String, Self)>,
    pub(super) others: Others,
    pub(super) items: Option<Box<Self>>,
    pub(super) list: List,
    pub(super) default: Option<Value>,
    pub(super) choices: Vec<Value>,
    pub(super) required: Vec<String>,
    pub(super) format: Option<String>,
    pub(super) pattern: Option<Pattern>,
    pub(super) bounds: Bounds,
    pub(super) all: Vec<Self>,
    pub(super) any: Vec<Self>,
    pub(super) one: Vec<Self>,
    pub(super) not: Option<Box<Self>>,
}

/// The type of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Object,
    List,
    Text,
    Whole,
    Number,
    Boolean,
    IntOrText,
}

/// Fields of a mapping that are not said by name.
#[derive(Debug, Default)]
pub(super) enum Others {
    #[default]
    Unknown,
    Any,
    Of(Box<Schema>),
}

/// By what the items of a list are told apart.
#[derive(Debug, Default)]
pub(super) enum List {
    #[default]
    Atomic,
    Set,
    Map(Vec<String>),
}

/// A pattern that a text has to match.
#[derive(Debug)]
pub(super) struct Pattern {
    pub(super) text: String,
    /// None: it is too large to be compiled here.
    pub(super) compiled: Option<Regex>,
}

/// From and to, of a number, the letters of a text, the items of a list and the fields
/// of a mapping.
#[derive(Debug, Default)]
pub(super) struct Bounds {
    pub(super) least: Option<f64>,
    pub(super) is_above_least: bool,
    pub(super) most: Option<f64>,
    pub(super) is_below_most: bool,
    pub(super) multiple_of: Option<f64>,
    pub(super) letters: Range,
    pub(super) items: Range,
    pub(super) fields: Range,
}

/// From and to.
#[derive(Debug, Default)]
pub(super) struct Range {
    pub(super) least: Option<u64>,
    pub(super) most: Option<u64>,
}

/// What is deeper is not read; the API server takes no deeper schema of which this
/// would matter.
const DEEPEST: usize = 64;

impl Schema {
    /// Reads one. Whether it is structural is judged where the definition is.
    pub(super) fn read(value: &Value) -> Self {
        read(value, 0)
    }

    /// What it says of a field by name.
    pub(super) fn field(&self, name: &str) -> Option<&Self> {
        let mut fields = self.fields.iter();
        fields
            .find(|(other, _)| other == name)
            .map(|(_, schema)| schema)
    }

    /// What it says of a field of this name.
    pub(super) fn of_field(&self, name: &str) -> Option<&Self> {
        self.field(name).or(match &self.others {
            Others::Of(schema) => Some(schema),
            Others::Unknown | Others::Any => None,
        })
    }
}

fn read(value: &Value, depth: usize) -> Schema {
    let Some(fields) = value.as_object().filter(|_| depth < DEEPEST) else {
        return Schema {
            keeps_unknown: true,
            ..Schema::default()
        };
    };
    let is_true = |name: &str| fields.get(name) == Some(&Value::Bool(true));
    let inner = |name: &str| {
        let inner = fields.get(name).filter(|inner| inner.is_object());
        inner.map(|inner| Box::new(read(inner, depth + 1)))
    };
    let several = |name: &str| {
        let inner = fields.get(name).and_then(Value::as_array);
        let inner = inner.map(Vec::as_slice).unwrap_or_default();
        inner.iter().map(|inner| read(inner, depth + 1)).collect()
    };
    let is_int_or_text = is_true("x-kubernetes-int-or-string");
    let properties = fields.get("properties").and_then(Value::as_object);
    Schema {
        kind: if is_int_or_text {
            Some(Kind::IntOrText)
        } else {
            fields.get("type").and_then(Value::as_str).and_then(kind)
        },
        is_nullable: is_true("nullable"),
        keeps_unknown: is_true("x-kubernetes-preserve-unknown-fields"),
        is_resource: is_true("x-kubernetes-embedded-resource"),
        fields: properties
            .into_iter()
            .flatten()
            .map(|(name, field)| (name.clone(), read(field, depth + 1)))
            .collect(),
        others: match fields.get("additionalProperties") {
            Some(Value::Bool(true)) => Others::Any,
            Some(Value::Object(_)) => inner("additionalProperties").map_or(Others::Any, Others::Of),
            _ => Others::Unknown,
        },
        items: inner("items"),
        list: match fields.get("x-kubernetes-list-type").and_then(Value::as_str) {
            Some("set") => List::Set,
            Some("map") => List::Map(texts(fields, "x-kubernetes-list-map-keys")),
            _ => List::Atomic,
        },
        default: fields
            .get("default")
            .filter(|value| !value.is_null())
            .cloned(),
        choices: fields
            .get("enum")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default(),
        required: texts(fields, "required"),
        format: text(fields, "format"),
        pattern: text(fields, "pattern").map(|text| Pattern {
            compiled: pattern::compiled(&text).ok(),
            text,
        }),
        bounds: bounds(fields),
        all: several("allOf"),
        // That it is a number or text is said by its type.
        any: if is_int_or_text {
            Vec::new()
        } else {
            several("anyOf")
        },
        one: several("oneOf"),
        not: inner("not"),
    }
}

fn kind(name: &str) -> Option<Kind> {
    Some(match name {
        "object" => Kind::Object,
        "array" => Kind::List,
        "string" => Kind::Text,
        "integer" => Kind::Whole,
        "number" => Kind::Number,
        "boolean" => Kind::Boolean,
        _ => return None,
    })
}

fn bounds(fields: &Map<String, Value>) -> Bounds {
    let number = |name: &str| fields.get(name).and_then(Value::as_f64);
    let count = |name: &str| fields.get(name).and_then(Value::as_u64);
    let is_true = |name: &str| fields.get(name) == Some(&Value::Bool(true));
    Bounds {
        least: number("minimum"),
        is_above_least: is_true("exclusiveMinimum"),
        most: number("maximum"),
        is_below_most: is_true("exclusiveMaximum"),
        multiple_of: number("multipleOf"),
        letters: Range {
            least: count("minLength"),
            most: count("maxLength"),
        },
        items: Range {
            least: count("minItems"),
            most: count("maxItems"),
        },
        fields: Range {
            least: count("minProperties"),
            most: count("maxProperties"),
        },
    }
}

fn text(fields: &Map<String, Value>, name: &str) -> Option<String> {
    let text = fields.get(name).and_then(Value::as_str);
    text.filter(|text| !text.is_empty()).map(ToOwned::to_owned)
}

fn texts(fields: &Map<String, Value>, name: &str) -> Vec<String> {
    let list = fields.get(name).and_then(Value::as_array);
    let list = list.map(Vec::as_slice).unwrap_or_default();
    list.iter()
        .filter_map(Value::as_str)
        .map(ToOwned::to_owned)
        .collect()
}
