//! How Applications are delivered, and what their projects permit.

use super::{Place, Text};
use crate::sync_window::Application;

/// How installed Applications are delivered. Rules about it look at what is
/// here and at nothing else, so what nobody asked about is left out.
#[derive(Debug, Clone, Default)]
pub struct Deliveries {
    /// Applications of Argo CD.
    pub applications: Vec<Delivery>,
    /// AppProjects of Argo CD.
    pub projects: Vec<Permissions>,
    /// Where somebody wrote down `argocd app rollback`.
    pub rollbacks: Vec<WrittenRollback>,
}

/// What decides how an Application is brought out and taken back.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// Where it was read.
    pub place: Place,
    /// `spec.project`; empty stands for `default`.
    pub project: Text,
    /// `spec.syncPolicy.automated`, unless it is switched off.
    pub automated: Option<Automated>,
    /// `spec.syncPolicy.retry`.
    pub retry: Option<Retry>,
    /// Of each source.
    pub revisions: Vec<Followed>,
    /// What sync windows look at.
    pub application: Application,
}

/// `spec.syncPolicy.automated`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Automated {
    /// Where it begins.
    pub line: usize,
    /// `selfHeal`.
    pub self_heal: bool,
}

/// `spec.syncPolicy.retry`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Retry {
    /// Where it begins.
    pub line: usize,
    /// `limit`. Below zero: without end.
    pub limit: i64,
    /// `backoff.duration`; empty where it is not written.
    pub duration: String,
    /// `backoff.factor`.
    pub factor: Option<i64>,
    /// `backoff.maxDuration`; empty where it is not written.
    pub max_duration: String,
}

/// What a source of an Application follows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Followed {
    /// `targetRevision`.
    pub revision: Text,
    /// Where it is looked up.
    pub origin: Origin,
}

/// Where a revision is looked up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Origin {
    /// The branches, tags and commits of a Git repository.
    #[default]
    Git,
    /// The versions of a chart, or of an artifact in a registry.
    Versions,
}

/// What an AppProject permits its Applications.
#[derive(Debug, Clone)]
pub struct Permissions {
    /// `metadata.name`.
    pub name: String,
    /// Where it was read.
    pub place: Place,
    /// `spec.sourceRepos`.
    pub repositories: Vec<Text>,
    /// `spec.destinations`.
    pub destinations: Vec<Destination>,
    /// `spec.clusterResourceWhitelist`.
    pub cluster_kinds: Vec<ClusterKind>,
}

/// An item of `spec.destinations`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Destination {
    /// Where it begins.
    pub line: usize,
    /// The cluster's address; may be empty.
    pub server: String,
    /// The cluster's name; may be empty.
    pub name: String,
    /// The namespace.
    pub namespace: String,
}

/// An item of `spec.clusterResourceWhitelist`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClusterKind {
    /// Where it begins.
    pub line: usize,
    /// The API group.
    pub group: String,
    /// The kind.
    pub kind: String,
}

/// A line of a document or a script that calls `argocd app rollback`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenRollback {
    /// The file.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// For which Application; empty where it is a variable or is to be filled in.
    pub application: String,
}

impl Delivery {
    pub(super) fn name(&self) -> &str {
        &self.application.name
    }

    /// The project that Argo CD takes (`GetProject` of its API).
    pub(super) fn project(&self) -> &str {
        match self.project.text.as_str() {
            "" => "default",
            named => named,
        }
    }
}
