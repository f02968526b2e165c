//! Fields that cannot be changed once an object is there, as the validation of
//! Kubernetes 1.36 has them.

mod exceptions;
mod rules;

use serde_json::Value;
use tidegate_core::rollout::object::ObjectKey;

use super::compare::Difference;
use super::steps::{Step, fields, path};
use crate::finding::{Check, Finding, Severity};
use crate::manifest::Manifest;
use rules::RULES;

/// A rule of the API server.
struct Rule {
    group: &'static str,
    kind: &'static str,
    /// The field, and all below it.
    field: &'static [&'static str],
    /// Where it may change all the same.
    unless: fn(&Change<'_>) -> bool,
    /// `cannot be changed`, and what else is to be said.
    says: &'static str,
    hint: &'static str,
}

/// A field that would change.
struct Change<'a> {
    difference: &'a Difference,
    /// The names of the fields on the way.
    fields: &'a [&'a str],
    /// All of the live object.
    live: &'a Value,
    /// The object as it would be, without what the system writes.
    after: &'a Value,
}

/// What the API server would refuse, one finding for each field that a rule is about.
pub(super) fn found(
    manifest: &Manifest,
    key: &ObjectKey,
    live: &Value,
    after: &Value,
    differences: &[Difference],
) -> Vec<Finding> {
    let mut found: Vec<Finding> = Vec::new();
    for difference in differences {
        let fields = fields(&difference.steps);
        let change = Change {
            difference,
            fields: &fields,
            live,
            after,
        };
        let rule = RULES.iter().find(|rule| rule.forbids(key, &change));
        let Some(rule) = rule else { continue };
        // Below `spec` the field that a person would look for.
        let depth = match rule.field {
            ["spec"] => 2,
            field => field.len(),
        };
        let steps = up_to(&difference.steps, depth);
        let path = path(steps);
        if found.iter().any(|finding| finding.path == path) {
            continue;
        }
        found.push(Finding {
            check: Check::Diff,
            id: "immutable-field",
            severity: Severity::Error,
            object: Some(key.clone()),
            place: manifest.place(super::steps::node_at(&manifest.node, steps)),
            message: format!("{path} of a {} {}", key.kind, rule.says),
            path,
            hint: Some(rule.hint.to_owned()),
        });
    }
    found
}

/// The steps down to this many fields. An item of a list on the way stays.
fn up_to(steps: &[Step], depth: usize) -> &[Step] {
    let mut count = 0;
    for (position, step) in steps.iter().enumerate() {
        count += usize::from(matches!(step, Step::Field(_)));
        if count == depth {
            return steps.get(..=position).unwrap_or(steps);
        }
    }
    steps
}

impl Rule {
    fn forbids(&self, key: &ObjectKey, change: &Change<'_>) -> bool {
        key.is(self.group, self.kind)
            && change.fields.starts_with(self.field)
            && !(self.unless)(change)
    }
}

impl<'a> Change<'a> {
    /// Where the field that changes stands below the object.
    fn is(&self, field: &[&str]) -> bool {
        self.fields.starts_with(field)
    }

    fn live(&self, pointer: &str) -> Option<&'a str> {
        self.live.pointer(pointer).and_then(Value::as_str)
    }

    fn after(&self, pointer: &str) -> Option<&'a str> {
        self.after.pointer(pointer).and_then(Value::as_str)
    }
}
