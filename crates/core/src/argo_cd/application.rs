//! An Application as Argo CD 3.5 writes it, as far as Tidegate looks at it
//! (`pkg/apis/application/v1alpha1/types.go` of Argo CD).

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

/// An Application of Argo CD. Everything that Argo CD may leave out may be
/// missing here.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Application {
    /// Its name, labels and annotations.
    pub metadata: Metadata,
    /// What it deploys, and where to.
    pub spec: Spec,
    /// An operation that Argo CD has not taken up, or not finished.
    pub operation: Option<Operation>,
    /// How it does.
    pub status: Status,
}

/// The part of the object's metadata that matters.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Metadata {
    /// The object's name.
    pub name: String,
    /// The namespace that the object is in.
    pub namespace: String,
    /// The object's identity.
    pub uid: String,
    /// Set while it is being deleted.
    pub deletion_timestamp: Option<String>,
    /// Labels, by which stages choose it.
    pub labels: BTreeMap<String, String>,
    /// Annotations, among them Tidegate's own.
    pub annotations: BTreeMap<String, String>,
    /// Who made it.
    pub owner_references: Vec<OwnerReference>,
}

/// Who made an object.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
pub struct OwnerReference {
    /// Such as `ApplicationSet`.
    pub kind: String,
    /// Its name.
    pub name: String,
}

/// What an Application deploys, and where to.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Spec {
    /// The AppProject whose windows bind it.
    pub project: String,
    /// The cluster and the namespace that receive the objects.
    pub destination: Destination,
    /// Its only source.
    pub source: Option<Source>,
    /// Its sources, where there are several; then `source` does not count.
    pub sources: Vec<Source>,
    /// Manifests that are rendered into another branch first.
    pub source_hydrator: Option<Value>,
    /// How it is synced.
    pub sync_policy: SyncPolicy,
    /// Fields that Argo CD does not compare.
    pub ignore_differences: Vec<Value>,
}

/// Where the objects go.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
pub struct Destination {
    /// The cluster's name; may be empty.
    pub name: String,
    /// The cluster's address; may be empty.
    pub server: String,
    /// The namespace of objects that name none.
    pub namespace: String,
}

/// One source of manifests.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Source {
    /// The repository.
    #[serde(rename = "repoURL")]
    pub repo_url: String,
    /// The folder in it.
    pub path: String,
    /// A commit, a branch or a tag; of a chart its version. Empty is `HEAD`.
    pub target_revision: String,
    /// The chart of a Helm repository, in place of a folder.
    pub chart: String,
    /// A name under which other sources refer to files of this one.
    #[serde(rename = "ref")]
    pub reference: String,
    /// Parameters of Helm.
    pub helm: Option<Value>,
    /// Parameters of kustomize.
    pub kustomize: Option<Value>,
    /// How a plain folder is read.
    pub directory: Option<Value>,
    /// A config management plugin.
    pub plugin: Option<Value>,
}

/// How an Application is synced.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SyncPolicy {
    /// Argo CD syncs it by itself.
    pub automated: Option<Automated>,
    /// Options of every sync. An operation does not inherit them.
    pub sync_options: Vec<String>,
    /// How often a sync that failed is tried again.
    pub retry: Option<Value>,
}

/// How Argo CD syncs by itself.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Automated {
    /// What Git no longer has is deleted.
    pub prune: bool,
    /// What was changed in the cluster is put back.
    pub self_heal: bool,
    /// Off only where this is `false`.
    pub enabled: Option<bool>,
}

/// A sync that was asked for.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Operation {
    /// What is synced.
    pub sync: SyncOperation,
    /// Who asked for it. Self-declared.
    pub initiated_by: InitiatedBy,
    /// What they added to it.
    pub info: Vec<Info>,
}

/// What a sync is to do.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SyncOperation {
    /// The commit.
    pub revision: String,
    /// The commits, where there are several sources.
    pub revisions: Vec<String>,
    /// How often Argo CD has healed the same commit by itself.
    #[serde(rename = "autoHealAttemptsCount")]
    pub heal_attempts: u64,
}

/// Who asked for a sync.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
pub struct InitiatedBy {
    /// A person; empty where Argo CD asked itself.
    pub username: String,
    /// Argo CD asked itself.
    pub automated: bool,
}

/// A line that whoever asked for a sync added to it.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
pub struct Info {
    /// What it is.
    pub name: String,
    /// Its text.
    pub value: String,
}

/// How an Application does.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Status {
    /// Whether the cluster has what Git has.
    pub sync: SyncStatus,
    /// How the objects do.
    pub health: HealthStatus,
    /// The operation that runs, or ran last.
    pub operation_state: Option<OperationState>,
    /// Every object that it owns.
    pub resources: Vec<Resource>,
    /// What stands in its way.
    pub conditions: Vec<Condition>,
    /// When Argo CD compared it last.
    pub reconciled_at: Option<Timestamp>,
}

/// Whether the cluster has what Git has.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
pub struct SyncStatus {
    /// `Synced`, `OutOfSync` or `Unknown`.
    pub status: String,
    /// The commit that was compared with.
    pub revision: String,
    /// The commits, where there are several sources.
    pub revisions: Vec<String>,
}

/// How the objects of an Application do.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct HealthStatus {
    /// `Healthy`, `Progressing`, `Degraded`, `Suspended`, `Missing` or `Unknown`.
    pub status: String,
    /// Why.
    pub message: String,
    /// Since when.
    pub last_transition_time: Option<Timestamp>,
}

/// The operation that runs, or ran last.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct OperationState {
    /// What was asked for.
    pub operation: Operation,
    /// `Running`, `Terminating`, `Succeeded`, `Failed` or `Error`.
    pub phase: String,
    /// What it does, or why it ended so.
    pub message: String,
    /// When it began, in whole seconds.
    pub started_at: Option<Timestamp>,
    /// When it ended. While it is `Running`: it failed, and is tried again.
    pub finished_at: Option<Timestamp>,
    /// How often it was tried again.
    pub retry_count: u64,
    /// What came of it.
    pub sync_result: SyncResult,
}

/// What came of a sync.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
pub struct SyncResult {
    /// The commit.
    pub revision: String,
    /// The commits, where there are several sources.
    pub revisions: Vec<String>,
    /// Each object.
    pub resources: Vec<ResourceResult>,
}

/// What came of the sync of one object.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ResourceResult {
    /// Its kind.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// `Synced`, `SyncFailed`, `Pruned` or `PruneSkipped`.
    pub status: String,
    /// What was said of it.
    pub message: String,
    /// Of a hook, how it does: `Running`, `Failed`, `Error`, `Succeeded`.
    pub hook_phase: String,
    /// Of a hook, when it runs: `PreSync`, `PostSync` and others.
    pub hook_type: String,
}

/// An object that an Application owns.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Resource {
    /// Its API group; empty for the core group.
    pub group: String,
    /// Its kind.
    pub kind: String,
    /// Its namespace; empty for an object of the whole cluster.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// `Synced` or `OutOfSync`.
    pub status: String,
    /// Git no longer has it, and a sync with prune would delete it.
    pub requires_pruning: bool,
    /// It belongs to a sync's hooks and not to what stays.
    pub hook: bool,
    /// How it does; empty unless Argo CD writes that down.
    pub health: HealthStatus,
}

/// Something that stands in an Application's way.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
pub struct Condition {
    /// Such as `ComparisonError`; those that end in `Error` are errors.
    #[serde(rename = "type")]
    pub kind: String,
    /// In words.
    pub message: String,
}

impl Application {
    /// Reads the object.
    ///
    /// # Errors
    ///
    /// A sentence, where a field is not of the type it has in Argo CD 3.5.
    pub fn read(object: &Value) -> Result<Self, String> {
        Self::deserialize(object).map_err(|error| format!("it does not read: {error}"))
    }

    /// `namespace/name`.
    pub fn place(&self) -> String {
        format!("{}/{}", self.metadata.namespace, self.metadata.name)
    }

    /// Its sources, one or several.
    pub fn sources(&self) -> &[Source] {
        if self.spec.sources.is_empty() {
            self.spec.source.as_slice()
        } else {
            &self.spec.sources
        }
    }

    /// Argo CD syncs it by itself.
    pub fn is_automated(&self) -> bool {
        self.spec
            .sync_policy
            .automated
            .as_ref()
            .is_some_and(|automated| automated.enabled != Some(false))
    }

    /// The first condition that is an error, with its kind.
    pub fn error(&self) -> Option<String> {
        self.status
            .conditions
            .iter()
            .find(|condition| condition.kind.ends_with("Error"))
            .map(|condition| format!("{}: {}", condition.kind, condition.message))
    }
}

impl OperationState {
    /// It has not ended: it runs, is being stopped, or waits to be tried again.
    pub fn is_running(&self) -> bool {
        matches!(self.phase.as_str(), "Running" | "Terminating")
    }

    /// Argo CD keeps it waiting because a sync window does not allow it.
    pub fn is_parked(&self) -> bool {
        self.is_running() && self.message.contains("blocked by sync window")
    }

    /// The commits that it syncs or synced.
    pub fn revisions(&self) -> Vec<&str> {
        let result = &self.sync_result;
        let asked = &self.operation.sync;
        let several = [&result.revisions, &asked.revisions]
            .into_iter()
            .find(|revisions| !revisions.is_empty());
        if let Some(several) = several {
            return several.iter().map(String::as_str).collect();
        }
        [&result.revision, &asked.revision]
            .into_iter()
            .find(|revision| !revision.is_empty())
            .map(String::as_str)
            .into_iter()
            .collect()
    }
}

impl SyncOperation {
    /// The commits that were asked for. None: what the Application points at when
    /// it begins.
    pub fn all(&self) -> Vec<&str> {
        let one = Some(&self.revision).filter(|revision| !revision.is_empty());
        let all = self.revisions.iter().chain(one);
        all.map(String::as_str).collect()
    }
}

impl Operation {
    /// Who asked for it, in words.
    pub fn asked_by(&self) -> String {
        let who = &self.initiated_by;
        match (who.automated, self.sync.heal_attempts) {
            (true, 0) => "Argo CD itself".to_owned(),
            (true, _) => "Argo CD's self-heal".to_owned(),
            (false, _) if who.username.is_empty() => "somebody".to_owned(),
            (false, _) => who.username.clone(),
        }
    }

    /// The text of an information line.
    pub fn info(&self, name: &str) -> Option<&str> {
        self.info
            .iter()
            .find(|info| info.name == name)
            .map(|info| info.value.as_str())
    }
}
