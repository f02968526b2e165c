//! Where in an object something stands, lists by their keys.

use serde_json::Value;
use tidegate_yaml::Node;

use super::keys;
use crate::finding::Path;

/// A step down into an object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Into a field.
    Field(String),
    /// To the item of a list that has this key: `web`, `8080/TCP`.
    Key(String),
    /// To an item of a list whose items have no keys, counted from 0.
    Item(usize),
}

impl Step {
    /// Into a field.
    pub(crate) fn field(name: &str) -> Self {
        Self::Field(name.to_owned())
    }
}

/// The path of these steps: `spec.template.spec.containers[web].image`.
pub fn path(steps: &[Step]) -> Path {
    steps.iter().fold(Path::root(), |path, step| match step {
        Step::Field(name) => path.field(name),
        Step::Key(key) => path.keyed(key),
        Step::Item(position) => path.item(*position),
    })
}

/// The last field on the way, which says what is there.
pub(crate) fn last_field(steps: &[Step]) -> &str {
    let mut fields = steps.iter().rev().filter_map(|step| match step {
        Step::Field(name) => Some(name.as_str()),
        Step::Key(_) | Step::Item(_) => None,
    });
    fields.next().unwrap_or_default()
}

/// The names of the fields, items left out: `spec`, `template`, `spec`, `containers`.
pub(crate) fn fields(steps: &[Step]) -> Vec<&str> {
    let fields = steps.iter().filter_map(|step| match step {
        Step::Field(name) => Some(name.as_str()),
        Step::Key(_) | Step::Item(_) => None,
    });
    fields.collect()
}

/// What stands there.
pub(crate) fn value_at<'a>(object: &'a Value, steps: &[Step]) -> Option<&'a Value> {
    let mut value = object;
    for (count, step) in steps.iter().enumerate() {
        value = match step {
            Step::Field(name) => value.get(name)?,
            Step::Item(position) => value.get(position)?,
            Step::Key(key) => {
                let list = value.as_array()?;
                let above = steps.get(..count).unwrap_or_default();
                let keys = keys::of_list(above, list)?;
                list.get(keys.iter().position(|other| other == key)?)?
            }
        };
    }
    Some(value)
}

/// The node there, or the nearest one above it.
pub(crate) fn node_at<'a>(root: &'a Node, steps: &[Step]) -> &'a Node {
    let mut node = root;
    for (count, step) in steps.iter().enumerate() {
        let below = match step {
            // What a Secret has as data may be written as text.
            Step::Field(name) if count == 0 && name == "data" => {
                let key = match steps.get(1) {
                    Some(Step::Field(key)) => key.as_str(),
                    _ => "",
                };
                let text = node.field("stringData");
                let text = text.filter(|text| key.is_empty() || text.field(key).is_some());
                node.field(name)
                    .filter(|data| data.field(key).is_some())
                    .or(text)
                    .or(node.field(name))
            }
            Step::Field(name) => node.field(name),
            Step::Item(position) => node.as_sequence().and_then(|items| items.get(*position)),
            Step::Key(key) => node.as_sequence().and_then(|items| {
                let list: Vec<Value> = items.iter().cloned().map(Node::into_json).collect();
                let above = steps.get(..count).unwrap_or_default();
                let keys = keys::of_list(above, &list)?;
                items.get(keys.iter().position(|other| other == key)?)
            }),
        };
        match below {
            Some(below) => node = below,
            None => break,
        }
    }
    node
}
