//! Whom an entry concerns, and whom it lets through.

use std::collections::BTreeMap;

use super::Effect;
use super::glob::Glob;
use crate::change::ChangeType;

/// What a calendar is asked about: a kind of change to one target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subject<'a> {
    /// The cluster's name as Tidegate knows it.
    pub cluster: &'a str,
    /// The namespace.
    pub namespace: &'a str,
    /// The application or target; `None` asks about the namespace as a whole.
    pub name: Option<&'a str>,
    /// The target's labels; `None` if they are not known.
    pub labels: Option<&'a BTreeMap<String, String>>,
    /// The kind of the change.
    pub kind: ChangeType,
}

/// Which targets an entry concerns: those that match one pattern of each list
/// and every label. An empty list matches all.
#[derive(Debug, Clone, Default)]
pub struct Selector {
    /// Patterns for the cluster.
    pub clusters: Vec<Glob>,
    /// Patterns for the namespace.
    pub namespaces: Vec<Glob>,
    /// Patterns for the application or target.
    pub applications: Vec<Glob>,
    /// Patterns for labels: each key must be there, with a value that matches.
    pub labels: BTreeMap<String, Glob>,
}

impl Selector {
    /// Whether an entry of this effect concerns the subject.
    ///
    /// A namespace as a whole has no application. A window that names
    /// applications does not open it, and a freeze that names some shuts it:
    /// one of them may be meant. Where labels are not known, a window that asks
    /// for some does not open and a freeze that does shuts, for the same reason.
    pub fn selects(&self, subject: &Subject<'_>, effect: Effect) -> bool {
        any(&self.namespaces, subject.namespace)
            && any(&self.clusters, subject.cluster)
            && match subject.name {
                Some(name) => any(&self.applications, name),
                None => self.applications.is_empty() || effect == Effect::Deny,
            }
            && match subject.labels {
                Some(labels) => self.labels.iter().all(|(key, glob)| {
                    let value = labels.get(key);
                    value.is_some_and(|value| glob.matches(value))
                }),
                None => self.labels.is_empty() || effect == Effect::Deny,
            }
    }

    /// Whether it asks for nothing and so selects every target.
    pub fn is_empty(&self) -> bool {
        self.clusters.is_empty()
            && self.namespaces.is_empty()
            && self.applications.is_empty()
            && self.labels.is_empty()
    }
}

fn any(globs: &[Glob], name: &str) -> bool {
    globs.is_empty() || globs.iter().any(|glob| glob.matches(name))
}

/// Which changes a freeze lets through: those of one of the types, and those to
/// a target that the selector selects, if one is given. With neither it lets
/// nothing through.
#[derive(Debug, Clone, Default)]
pub struct Exemption {
    /// The kinds of change.
    pub types: Vec<ChangeType>,
    /// The targets. What is not known of a subject does not match.
    pub targets: Selector,
}

impl Exemption {
    /// Whether it lets nothing through.
    pub fn is_empty(&self) -> bool {
        self.types.is_empty() && self.targets.is_empty()
    }

    /// Whether the subject is exempt by the kind of the change. For an emergency
    /// its policy has to agree.
    pub fn covers_type(&self, subject: &Subject<'_>) -> bool {
        self.types.contains(&subject.kind)
    }

    /// Whether the subject is exempt by its target, whatever the change.
    pub fn covers_target(&self, subject: &Subject<'_>) -> bool {
        !self.targets.is_empty() && self.targets.selects(subject, Effect::Allow)
    }
}
