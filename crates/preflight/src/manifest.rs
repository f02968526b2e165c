//! Manifests, with where everything in them stands.

use serde_json::Value;
use tidegate_core::rollout::object::{ObjectError, ObjectKey};
use tidegate_yaml::Node;

use crate::finding::{Path, Place};

/// One manifest.
#[derive(Debug, Clone, PartialEq)]
pub struct Manifest {
    /// The file that it was read from, or the overlay that it was rendered from.
    pub file: String,
    /// What it says, with the lines and columns of that text.
    pub node: Node,
    /// The lines and columns are those of a file that a person wrote, and not of a
    /// rendered text.
    pub is_source: bool,
}

impl Manifest {
    /// Which object it is about.
    ///
    /// # Errors
    ///
    /// It is none.
    pub fn key(&self) -> Result<ObjectKey, ObjectError> {
        let root = |name| text(self.node.field(name)).ok_or(ObjectError::Missing(name));
        let metadata = self.node.field("metadata");
        let of_metadata = |name| text(metadata.and_then(|metadata| metadata.field(name)));
        let api_version = root("apiVersion")?;
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        Ok(ObjectKey {
            group: group.to_owned(),
            version: version.to_owned(),
            kind: root("kind")?.to_owned(),
            namespace: of_metadata("namespace").map(ToOwned::to_owned),
            name: of_metadata("name")
                .ok_or(ObjectError::Missing("metadata.name"))?
                .to_owned(),
        })
    }

    /// What it says, without places.
    pub fn value(&self) -> Value {
        self.node.clone().into_json()
    }

    /// Where a node of it stands, with its key if it has one. None: only in a
    /// rendered text.
    pub fn place(&self, node: &Node) -> Option<Place> {
        let number = |number: u32| usize::try_from(number).unwrap_or_default();
        let mark = node.key.unwrap_or_else(|| node.mark());
        self.is_source.then(|| Place {
            file: self.file.clone(),
            line: number(mark.line),
            column: number(mark.column),
        })
    }

    /// The node at a path of fields and positions, as far as there is one.
    pub fn find(&self, steps: &[Step<'_>]) -> Option<&Node> {
        steps.iter().try_fold(&self.node, |node, step| match step {
            Step::Field(name) => node.field(name),
            Step::Item(position) => node.as_sequence()?.get(*position),
        })
    }
}

/// A step down into an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step<'a> {
    /// Into a field.
    Field(&'a str),
    /// To an item.
    Item(usize),
}

/// The path of these steps.
pub fn path(steps: &[Step<'_>]) -> Path {
    steps.iter().fold(Path::root(), |path, step| match step {
        Step::Field(name) => path.field(name),
        Step::Item(position) => path.item(*position),
    })
}

fn text(node: Option<&Node>) -> Option<&str> {
    node.and_then(Node::as_str).filter(|text| !text.is_empty())
}
