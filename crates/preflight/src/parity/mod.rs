//! Do environments differ only where they may?

mod allowed;
mod names;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::diff::{Difference, compare, fields, is_secret, node_at, path, state_of};
use crate::finding::{Check, Finding, Path, Severity};
use crate::manifest::Manifest;
use crate::report::{CheckReport, Verdict};
pub use allowed::{Allowed, AllowedError, RuleError};
use names::{Named, alike};

/// So many characters of a value are told.
const WIDTH: usize = 80;

/// An environment.
#[derive(Debug, Clone, Copy)]
pub struct Environment<'a> {
    /// What it is called: `staging`.
    pub name: &'a str,
    /// All of it, rendered.
    pub manifests: &'a [Manifest],
}

/// Compares two environments, the second being the one that matters more: where both
/// have a field, the finding is told where the second has it.
///
/// Objects are matched by kind and name, in whatever namespace.
pub fn check(one: Environment<'_>, other: Environment<'_>, allowed: &Allowed) -> CheckReport {
    for side in [one, other] {
        if side.manifests.is_empty() {
            let mut report = CheckReport::of(Check::Parity, "", Vec::new());
            report.verdict = Verdict::NotJudged {
                why: format!("there is no manifest of {}", side.name),
                hint: Some("give both environments, or --waive parity=REASON".to_owned()),
            };
            return report;
        }
    }
    let mut comparison = Comparison {
        one: one.name,
        other: other.name,
        allowed,
        findings: Vec::new(),
        words: BTreeSet::new(),
    };
    let (left, right) = alike(one.manifests, other.manifests);
    let objects = comparison.objects(&left, &right);
    let Comparison {
        findings, words, ..
    } = comparison;
    let (one, other) = (one.name, other.name);
    let words: Vec<&str> = words.into_iter().collect();
    let what = match (findings.len(), words.as_slice()) {
        (0, []) if objects == 1 => format!("1 object is the same in {one} and {other}"),
        (0, []) => format!("{objects} objects are the same in {one} and {other}"),
        (0, [only]) => format!("{one} and {other} differ only in {only}"),
        (0, [all @ .., last]) => {
            format!(
                "{one} and {other} differ only in {} and {last}",
                all.join(", ")
            )
        }
        (1, _) => format!("{one} and {other} differ in 1 place that is not allowed"),
        (count, _) => format!("{one} and {other} differ in {count} places that are not allowed"),
    };
    CheckReport::of(Check::Parity, what, findings)
}

struct Comparison<'a> {
    one: &'a str,
    other: &'a str,
    allowed: &'a Allowed,
    findings: Vec<Finding>,
    /// In what they differ, and may.
    words: BTreeSet<&'a str>,
}

type Pairs<'a> = BTreeMap<(&'a str, &'a str, &'a str), (Vec<&'a Named<'a>>, Vec<&'a Named<'a>>)>;

impl Comparison<'_> {
    /// Compares all, and says how many both have.
    fn objects(&mut self, left: &[Named<'_>], right: &[Named<'_>]) -> usize {
        let mut pairs: Pairs<'_> = BTreeMap::new();
        let is_only =
            |all: &[Named<'_>]| all.iter().filter(|one| one.kind == "Namespace").count() == 1;
        // The namespace of an environment is called as the environment.
        let is_own = is_only(left) && is_only(right);
        for (position, named) in left
            .iter()
            .map(|one| (0, one))
            .chain(right.iter().map(|one| (1, one)))
        {
            let name = if is_own && named.kind == "Namespace" {
                ""
            } else {
                named.name.as_str()
            };
            let pair = pairs.entry((&named.group, &named.kind, name)).or_default();
            let side = if position == 0 {
                &mut pair.0
            } else {
                &mut pair.1
            };
            side.push(named);
        }
        let mut count = 0;
        for (one, other) in pairs.into_values() {
            for (left, right) in one.iter().zip(&other) {
                count += 1;
                self.fields(left, right);
            }
            let extra = one.get(other.len()..).unwrap_or_default();
            for named in extra {
                self.only(named, self.one, self.other);
            }
            let extra = other.get(one.len()..).unwrap_or_default();
            for named in extra {
                self.only(named, self.other, self.one);
            }
        }
        count
    }

    fn only(&mut self, named: &Named<'_>, has: &str, lacks: &str) {
        if let Some(word) = self.allowed.object(&named.kind) {
            self.words.insert(word);
            return;
        }
        let root = &named.manifest.node;
        self.findings.push(Finding {
            check: Check::Parity,
            id: "missing-object",
            severity: Severity::Error,
            object: named.manifest.key().ok(),
            path: Path::root(),
            place: named.manifest.place(root),
            message: format!("{has} has it, and {lacks} does not"),
            hint: Some(format!(
                "put it into the base, or allow the kind {} to be in one of them only",
                named.kind
            )),
        });
    }

    fn fields(&mut self, left: &Named<'_>, right: &Named<'_>) {
        let (one, other) = (state_of(&left.value), state_of(&right.value));
        let is_secret = is_secret(&right.value) || is_secret(&left.value);
        for difference in compare(&one, &other) {
            let names = fields(&difference.steps);
            let is_one_sided = difference.before.is_none() || difference.after.is_none();
            let is_entry = is_one_sided
                && matches!(right.kind.as_str(), "ConfigMap" | "Secret")
                && names.len() > 1;
            if let Some(word) = self.allowed.field(&right.kind, &names, is_entry) {
                self.words.insert(word);
                continue;
            }
            let manifest = match difference.after {
                Some(_) => right.manifest,
                None => left.manifest,
            };
            let finding = self.difference(&difference, manifest, is_secret);
            self.findings.push(finding);
        }
    }

    fn difference(&self, difference: &Difference, manifest: &Manifest, is_secret: bool) -> Finding {
        let (one, other) = (self.one, self.other);
        let (id, message) = match (&difference.before, &difference.after) {
            (Some(_), None) => (
                "missing-field",
                format!("{one} has it, and {other} does not"),
            ),
            (None, _) => (
                "missing-field",
                format!("{other} has it, and {one} does not"),
            ),
            (Some(before), Some(after)) => match (short(before), short(after)) {
                (Some(before), Some(after)) if !is_secret => (
                    "differs",
                    format!("it is {before} in {one} and {after} in {other}"),
                ),
                _ => (
                    "differs",
                    format!("it is not the same in {one} and {other}"),
                ),
            },
        };
        Finding {
            check: Check::Parity,
            id,
            severity: Severity::Error,
            object: manifest.key().ok(),
            path: path(&difference.steps),
            place: manifest.place(node_at(&manifest.node, &difference.steps)),
            message,
            hint: Some("let both have the same, or allow the field to differ".to_owned()),
        }
    }
}

/// A value that fits into a sentence.
fn short(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) if !text.is_empty() => text.clone(),
        Value::Array(_) | Value::Object(_) => return None,
        other => other.to_string(),
    };
    (text.chars().count() <= WIDTH && !text.contains(char::is_control)).then_some(text)
}
