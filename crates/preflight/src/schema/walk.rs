//! Goes through a manifest, and notes what is wrong where.

use tidegate_core::rollout::object::ObjectKey;
use tidegate_yaml::Node;

use super::release::Release;
use crate::finding::{Check, Finding, Path, Severity};
use crate::manifest::{self, Manifest, Step};

/// What is found at once in one object. More would be the same mistake again.
const MOST: usize = 200;

/// On the way through a manifest.
pub(crate) struct Walk<'a> {
    release: Release,
    manifest: &'a Manifest,
    key: Option<ObjectKey>,
    steps: Vec<Step<'a>>,
    pub(crate) findings: Vec<Finding>,
}

impl<'a> Walk<'a> {
    pub(crate) fn new(release: Release, manifest: &'a Manifest) -> Self {
        Self {
            release,
            manifest,
            key: None,
            steps: Vec::new(),
            findings: Vec::new(),
        }
    }

    /// What it is held against.
    pub(crate) fn release(&self) -> Release {
        self.release
    }

    /// What it goes through.
    pub(crate) fn manifest(&self) -> &'a Manifest {
        self.manifest
    }

    /// The whole of it.
    pub(crate) fn root(&self) -> &'a Node {
        &self.manifest.node
    }

    /// Does something inside of a step.
    pub(crate) fn within<T>(&mut self, step: Step<'a>, act: impl FnOnce(&mut Self) -> T) -> T {
        self.steps.push(step);
        let done = act(self);
        self.steps.pop();
        done
    }

    /// Does something inside of some fields, where they are all there.
    pub(crate) fn at(
        &mut self,
        from: &'a Node,
        fields: &[&'static str],
        act: impl FnOnce(&mut Self, &'a Node),
    ) {
        let found = fields.iter().try_fold(from, |node, name| node.field(name));
        if let Some(node) = found.filter(|node| !node.is_null()) {
            let before = self.steps.len();
            self.steps
                .extend(fields.iter().map(|name| Step::Field(name)));
            act(self, node);
            self.steps.truncate(before);
        }
    }

    /// Does something at each item of a list in these fields.
    pub(crate) fn each(
        &mut self,
        from: &'a Node,
        fields: &[&'static str],
        mut act: impl FnMut(&mut Self, &'a Node),
    ) {
        self.at(from, fields, |walk, list| {
            for (position, item) in list.as_sequence().unwrap_or_default().iter().enumerate() {
                walk.within(Step::Item(position), |walk| act(walk, item));
            }
        });
    }

    /// Where it is.
    pub(crate) fn path(&self) -> Path {
        manifest::path(&self.steps)
    }

    /// How deep it is in the manifest.
    pub(crate) fn depth(&self) -> usize {
        self.steps.len()
    }

    /// Whether it is in the status, which is set to nothing when an object is made.
    pub(crate) fn is_in_status(&self) -> bool {
        self.steps.first() == Some(&Step::Field("status"))
    }

    /// Whether it is somewhere below a field of this name.
    pub(crate) fn is_within(&self, field: &str) -> bool {
        self.steps.contains(&Step::Field(field))
    }

    /// The step before the one that led here.
    pub(crate) fn step_before_last(&self) -> Option<Step<'a>> {
        self.steps.iter().rev().nth(1).copied()
    }

    /// Notes an error at what is here.
    pub(crate) fn error(&mut self, id: &'static str, node: &Node, message: impl Into<String>) {
        self.note(Severity::Error, id, node, message.into(), None);
    }

    /// Notes an error, with what to do.
    pub(crate) fn error_with_hint(
        &mut self,
        id: &'static str,
        node: &Node,
        message: impl Into<String>,
        hint: impl Into<Option<String>>,
    ) {
        self.note(Severity::Error, id, node, message.into(), hint.into());
    }

    /// Notes what works and may surprise.
    pub(crate) fn warning(
        &mut self,
        id: &'static str,
        node: &Node,
        message: impl Into<String>,
        hint: impl Into<Option<String>>,
    ) {
        self.note(Severity::Warning, id, node, message.into(), hint.into());
    }

    fn note(
        &mut self,
        severity: Severity,
        id: &'static str,
        node: &Node,
        message: String,
        hint: Option<String>,
    ) {
        if self.findings.len() >= MOST {
            return;
        }
        if self.key.is_none() {
            self.key = self.manifest.key().ok();
        }
        self.findings.push(Finding {
            check: Check::Schema,
            id,
            severity,
            object: self.key.clone(),
            path: manifest::path(&self.steps),
            place: self.manifest.place(node),
            message,
            hint,
        });
    }
}

/// What a value is, in a word for people.
pub(crate) fn told(node: &Node) -> String {
    use serde_json::Value;
    use tidegate_yaml::Content;
    match &node.content {
        Content::Scalar(Value::Null) => "nothing".to_owned(),
        Content::Scalar(Value::Bool(value)) => format!("the boolean {value}"),
        Content::Scalar(Value::Number(number)) => format!("the number {number}"),
        Content::Scalar(Value::String(text)) => format!("the text {}", quoted(text)),
        Content::Scalar(_) => "something else".to_owned(),
        Content::Sequence(_) => "a list".to_owned(),
        Content::Mapping(_) => "a mapping".to_owned(),
    }
}

/// In quotes, and not too much of it.
pub(crate) fn quoted(text: &str) -> String {
    const MOST: usize = 60;
    if text.chars().count() <= MOST {
        return format!("{text:?}");
    }
    let begin: String = text.chars().take(MOST).collect();
    format!("{begin:?}…")
}
