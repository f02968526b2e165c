//! Whom an entry concerns, and whom it lets through.

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
    /// The kind of the change.
    pub kind: ChangeType,
}

/// Which targets an entry concerns: those that match one pattern of each list.
/// An empty list matches all.
#[derive(Debug, Clone, Default)]
pub struct Selector {
    /// Patterns for the cluster.
    pub clusters: Vec<Glob>,
    /// Patterns for the namespace.
    pub namespaces: Vec<Glob>,
    /// Patterns for the application or target.
    pub applications: Vec<Glob>,
}

impl Selector {
    /// Whether an entry of this effect concerns the subject.
    ///
    /// A namespace as a whole has no application. A window that names
    /// applications does not open it, and a freeze that names some shuts it:
    /// one of them may be meant.
    pub fn selects(&self, subject: &Subject<'_>, effect: Effect) -> bool {
        let application = match subject.name {
            Some(name) => any(&self.applications, name),
            None => self.applications.is_empty() || effect == Effect::Deny,
        };
        application
            && any(&self.clusters, subject.cluster)
            && any(&self.namespaces, subject.namespace)
    }
}

fn any(globs: &[Glob], name: &str) -> bool {
    globs.is_empty() || globs.iter().any(|glob| glob.matches(name))
}

/// Which changes a freeze lets through: those that match each list given. With
/// both lists empty it lets nothing through.
#[derive(Debug, Clone, Default)]
pub struct Exemption {
    /// The kinds of change.
    pub types: Vec<ChangeType>,
    /// Patterns for the application or target.
    pub applications: Vec<Glob>,
}

impl Exemption {
    /// Whether it lets nothing through.
    pub fn is_empty(&self) -> bool {
        self.types.is_empty() && self.applications.is_empty()
    }

    /// Whether the subject is exempt, before any policy is asked.
    pub fn covers(&self, subject: &Subject<'_>) -> bool {
        if self.is_empty() {
            return false;
        }
        let kind = self.types.is_empty() || self.types.contains(&subject.kind);
        let application = self.applications.is_empty()
            || subject
                .name
                .is_some_and(|name| self.applications.iter().any(|glob| glob.matches(name)));
        kind && application
    }
}
