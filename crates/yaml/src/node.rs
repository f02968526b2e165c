//! What a text holds.

use serde_json::{Map, Value};

/// A value and where it begins, counted from 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Where it begins. A value below its key begins on a line of its own.
    pub line: usize,
    /// In characters.
    pub column: usize,
    /// Where its key begins, if it is a mapping's value.
    pub key: Option<Mark>,
    /// What it is.
    pub content: Content,
}

/// A place in a text, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    /// The line.
    pub line: u32,
    /// The column, in characters.
    pub column: u32,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// Text, number, boolean or null.
    Scalar(Value),
    /// A list.
    Sequence(Vec<Node>),
    /// In the order of the file, keys unique.
    Mapping(Vec<(String, Node)>),
}

impl From<Value> for Node {
    /// A value that stands in no text: everything in it is at line 0.
    fn from(value: Value) -> Self {
        let content = match value {
            Value::Array(items) => Content::Sequence(items.into_iter().map(Self::from).collect()),
            Value::Object(fields) => {
                let fields = fields.into_iter();
                Content::Mapping(fields.map(|(name, value)| (name, value.into())).collect())
            }
            scalar => Content::Scalar(scalar),
        };
        Self {
            line: 0,
            column: 0,
            key: None,
            content,
        }
    }
}

impl Node {
    /// Where it begins.
    pub fn mark(&self) -> Mark {
        let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Mark {
            line: number(self.line),
            column: number(self.column),
        }
    }

    /// Its text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match &self.content {
            Content::Scalar(Value::String(text)) => Some(text),
            _ => None,
        }
    }

    /// Its fields, if it has some.
    pub fn as_mapping(&self) -> Option<&[(String, Self)]> {
        match &self.content {
            Content::Mapping(entries) => Some(entries),
            _ => None,
        }
    }

    /// Its items, if it is a list.
    pub fn as_sequence(&self) -> Option<&[Self]> {
        match &self.content {
            Content::Sequence(items) => Some(items),
            _ => None,
        }
    }

    /// The value of a field, if there is one.
    pub fn field(&self, name: &str) -> Option<&Self> {
        let fields = self.as_mapping()?;
        fields
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value)
    }

    /// Whether it is nothing.
    pub fn is_null(&self) -> bool {
        matches!(self.content, Content::Scalar(Value::Null))
    }

    /// The same without lines.
    pub fn into_json(self) -> Value {
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
