//! In what two environments may differ.

use std::str::FromStr;

use thiserror::Error;

/// In what two environments may differ: a list of rules, read from text.
///
/// A rule is a line `WORD: KIND FIELD`. The word says in a report what differs. The
/// kind is `*` for every kind. The field is a path as in `spec.template.spec`, items
/// of lists left out, `*` for any one field and `**` for any number of them, and
/// what is below it may differ as well. A name that is no word is quoted:
/// `metadata.labels["example.com/stage"]`. Without a field an object of that kind
/// may be in one of them only. What follows `#` is a remark.
///
/// A `data` of a ConfigMap or Secret that may differ has the same keys all the same,
/// unless the rule names the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowed(Vec<Rule>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Rule {
    word: String,
    kind: String,
    field: Option<Vec<String>>,
}

/// A line that is no rule.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("line {line}: {why}")]
pub struct AllowedError {
    /// Counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub why: RuleError,
}

/// What is wrong with a rule.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RuleError {
    /// There is no word.
    #[error("write WORD: KIND FIELD, as in replicas: Deployment spec.replicas")]
    Form,
    /// What stands for a kind is none.
    #[error("{0:?} is no kind; write one such as Deployment, or * for all")]
    Kind(String),
    /// What stands for a field is none.
    #[error("{0:?} is no field; write one such as spec.replicas")]
    Field(String),
    /// `*` without a field would allow everything.
    #[error("name the field, or the kind that may be in one of them only")]
    Everything,
}

const DEFAULT: &str = include_str!("allowed.txt");

impl Default for Allowed {
    /// Replicas, hosts, sizes, namespaces, the name of the environment in labels and
    /// annotations, and values of ConfigMaps and Secrets.
    fn default() -> Self {
        // A test holds that it can be read.
        DEFAULT.parse().unwrap_or(Self(Vec::new()))
    }
}

impl Allowed {
    /// Nothing.
    pub const fn nothing() -> Self {
        Self(Vec::new())
    }

    /// The rules of both.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// The word of the rule that lets an object of this kind be in one of them only.
    pub(super) fn object(&self, kind: &str) -> Option<&str> {
        let rule = self
            .0
            .iter()
            .find(|rule| rule.field.is_none() && rule.kind == kind);
        rule.map(|rule| rule.word.as_str())
    }

    /// The word of the rule that lets a field differ; `is_entry` where it is about an
    /// entry of `data` that only one of them has.
    pub(super) fn field(&self, kind: &str, fields: &[&str], is_entry: bool) -> Option<&str> {
        let rule = self.0.iter().find(|rule| {
            let of_kind = rule.kind == "*" || rule.kind == kind;
            let field = rule.field.as_deref();
            of_kind
                && field.is_some_and(|field| {
                    matches(field, fields) && (!is_entry || field.len() >= fields.len())
                })
        });
        rule.map(|rule| rule.word.as_str())
    }
}

/// Whether the pattern is of these fields, or of some above them.
fn matches(pattern: &[String], fields: &[&str]) -> bool {
    match (pattern.split_first(), fields.split_first()) {
        (None, _) => true,
        (Some((first, rest)), _) if first == "**" => {
            (0..=fields.len()).any(|count| matches(rest, fields.get(count..).unwrap_or_default()))
        }
        (Some((first, rest)), Some((field, below))) => {
            (first == "*" || first == field) && matches(rest, below)
        }
        (Some(_), None) => false,
    }
}

impl FromStr for Allowed {
    type Err = AllowedError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut rules = Vec::new();
        for (position, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if line.is_empty() {
                continue;
            }
            let rule = rule(line).map_err(|why| AllowedError {
                line: position + 1,
                why,
            })?;
            rules.push(rule);
        }
        Ok(Self(rules))
    }
}

fn rule(line: &str) -> Result<Rule, RuleError> {
    let (word, rest) = line.split_once(':').ok_or(RuleError::Form)?;
    let word = word.trim();
    if word.is_empty() || word.contains(['.', '[', '*']) {
        return Err(RuleError::Form);
    }
    let mut parts = rest.split_whitespace();
    let kind = parts.next().ok_or(RuleError::Form)?;
    let is_kind = kind
        .bytes()
        .next()
        .is_some_and(|byte| byte.is_ascii_uppercase())
        && kind.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !is_kind && kind != "*" {
        return Err(RuleError::Kind(kind.to_owned()));
    }
    let field = parts.next();
    if parts.next().is_some() {
        return Err(RuleError::Form);
    }
    let field = match field {
        Some(text) => Some(fields(text).ok_or_else(|| RuleError::Field(text.to_owned()))?),
        None if kind == "*" => return Err(RuleError::Everything),
        None => None,
    };
    if field
        .as_ref()
        .is_some_and(|field| field.iter().all(|name| name.starts_with('*')))
    {
        return Err(RuleError::Everything);
    }
    Ok(Rule {
        word: word.to_owned(),
        kind: kind.to_owned(),
        field,
    })
}

/// The names of a path: `metadata.labels["example.com/stage"]`. Items are left out.
fn fields(text: &str) -> Option<Vec<String>> {
    let mut names = Vec::new();
    let mut rest = text;
    loop {
        if let Some(quoted) = rest.strip_prefix("[\"") {
            let (name, after) = quoted.split_once("\"]")?;
            names.push(name.to_owned());
            rest = after;
        } else if let Some(item) = rest.strip_prefix('[') {
            rest = item.split_once(']')?.1;
        } else {
            let word = rest.strip_prefix('.').filter(|_| !names.is_empty());
            let word = word.or(names.is_empty().then_some(rest))?;
            let end = word.find(['.', '[']).unwrap_or(word.len());
            let (name, after) = word.split_at(end);
            let is_name = name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"_-*$".contains(&byte));
            let is_star = !name.contains('*') || name == "*" || name == "**";
            if name.is_empty() || !is_name || !is_star {
                return None;
            }
            names.push(name.to_owned());
            rest = after;
        }
        if rest.is_empty() {
            return Some(names);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_read() {
        assert!(
            DEFAULT
                .parse::<Allowed>()
                .is_ok_and(|allowed| allowed.0.len() > 20)
        );
    }

    #[test]
    fn a_rule_is_of_a_kind_and_a_field_and_all_below() {
        let allowed: Allowed = "sizes: Deployment **.containers[*].resources # those\n\
            stage: * metadata.labels[\"example.com/stage\"]\nbudgets: PodDisruptionBudget\n"
            .parse()
            .unwrap();
        let field = |kind, fields: &[&str]| allowed.field(kind, fields, false);
        let resources = [
            "spec",
            "template",
            "spec",
            "containers",
            "resources",
            "limits",
            "cpu",
        ];
        assert_eq!(field("Deployment", &resources), Some("sizes"));
        assert_eq!(field("StatefulSet", &resources), None);
        assert_eq!(field("Deployment", &["spec", "containers", "image"]), None);
        assert_eq!(
            field("Service", &["metadata", "labels", "example.com/stage"]),
            Some("stage")
        );
        assert_eq!(allowed.object("PodDisruptionBudget"), Some("budgets"));
        assert_eq!(allowed.object("Deployment"), None);
    }

    #[test]
    fn what_is_no_rule_says_where_and_why() {
        let table = [
            (
                "a: Deployment spec.replicas\nreplicas",
                "line 2: write WORD: KIND FIELD, as in replicas: Deployment spec.replicas",
            ),
            (
                "a: deployment spec",
                "line 1: \"deployment\" is no kind; write one such as Deployment, or * for all",
            ),
            (
                "a: Deployment spec..x",
                "line 1: \"spec..x\" is no field; write one such as spec.replicas",
            ),
            (
                "a: Deployment spec.re*",
                "line 1: \"spec.re*\" is no field; write one such as spec.replicas",
            ),
            (
                "a: Deployment x[\"y",
                "line 1: \"x[\\\"y\" is no field; write one such as spec.replicas",
            ),
            (
                "a: *",
                "line 1: name the field, or the kind that may be in one of them only",
            ),
            (
                "a: * **",
                "line 1: name the field, or the kind that may be in one of them only",
            ),
            (
                "a: Deployment spec x",
                "line 1: write WORD: KIND FIELD, as in replicas: Deployment spec.replicas",
            ),
        ];
        for (text, message) in table {
            assert_eq!(
                text.parse::<Allowed>().unwrap_err().to_string(),
                message,
                "{text}"
            );
        }
    }
}
