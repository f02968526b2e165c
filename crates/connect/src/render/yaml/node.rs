//! What a text holds.

use serde_json::{Map, Value};

/// A value and the line it begins on, counted from 1.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::render) struct Node {
    pub(in crate::render) line: usize,
    pub(in crate::render) content: Content,
}

#[derive(Debug, Clone, PartialEq)]
pub(in crate::render) enum Content {
    /// Text, number, boolean or null.
    Scalar(Value),
    Sequence(Vec<Node>),
    /// In the order of the file, keys unique.
    Mapping(Vec<(String, Node)>),
}

impl Node {
    pub(in crate::render) fn as_str(&self) -> Option<&str> {
        match &self.content {
            Content::Scalar(Value::String(text)) => Some(text),
            _ => None,
        }
    }

    pub(in crate::render) fn as_mapping(&self) -> Option<&[(String, Self)]> {
        match &self.content {
            Content::Mapping(entries) => Some(entries),
            _ => None,
        }
    }

    pub(in crate::render) fn is_null(&self) -> bool {
        matches!(self.content, Content::Scalar(Value::Null))
    }

    pub(in crate::render) fn into_json(self) -> Value {
        match self.content {
            Content::Scalar(value) => value,
            Content::Sequence(items) => items.into_iter().map(Self::into_json).collect(),
            Content::Mapping(entries) => Value::Object(
                entries
                    .into_iter()
                    .map(|(key, value)| (key, value.into_json()))
                    .collect::<Map<_, _>>(),
            ),
        }
    }
}
