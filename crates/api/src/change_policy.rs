//! What must be true before a change may run, and how it runs.
//!
//! Every field that the documentation promises is in this schema. A field that
//! is not implemented yet makes the policy not Ready, so that nobody believes
//! in a check that is not made: see [`crate::convert::policy`].

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The rules for every change to the targets it governs.
#[derive(CustomResource, Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[kube(
    group = "tidegate.dev",
    version = "v1alpha1",
    kind = "ChangePolicy",
    plural = "changepolicies",
    singular = "changepolicy",
    shortname = "chgpol",
    category = "tidegate",
    status = "PolicyStatus",
    derive = "PartialEq",
    printcolumn = r#"{"name":"Calendar","type":"string","jsonPath":".spec.calendar"}"#,
    printcolumn = r#"{"name":"Approvals","type":"integer","jsonPath":".spec.approvals.count"}"#,
    printcolumn = r#"{"name":"Ready","type":"string","jsonPath":".status.conditions[?(@.type==\"Ready\")].status"}"#,
    printcolumn = r#"{"name":"Reason","type":"string","jsonPath":".status.conditions[?(@.type==\"Ready\")].message"}"#,
    printcolumn = r#"{"name":"Age","type":"date","jsonPath":".metadata.creationTimestamp"}"#
)]
#[serde(rename_all = "camelCase")]
pub struct ChangePolicySpec {
    /// Which targets it governs.
    pub governs: Governs,
    /// The ChangeCalendar whose windows and freezes bind its changes. Any time
    /// unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 253))]
    pub calendar: Option<String>,
    /// What holds for a target that the calendar has no window for: `shut`
    /// (unless given) or `open` outside of freezes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub without_window: Option<WithoutWindow>,
    /// Who must agree.
    pub approvals: Approvals,
    /// Checks that must pass before anybody is asked: `schema`, `quota`,
    /// `policy`, `diff`, `parity`, `refs`. Not implemented yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16), inner(length(max = 63)))]
    pub checks: Vec<String>,
    /// What protects the data. Without a provider it needs a reason.
    pub backup: Backup,
    /// How it goes out. The last stage is always the whole.
    #[schemars(length(min = 1, max = 16))]
    pub stages: Vec<Stage>,
    /// What happens to a running change when its window closes: `finish`
    /// (unless given) or `rollback`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_window_close: Option<OnWindowClose>,
    /// What holds where sync windows of Argo CD that Tidegate did not publish are
    /// in the way of a rollback or an emergency: `respect` (unless given), or
    /// `lift`, so that they let manual syncs through until the change has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub foreign_windows: Option<ForeignWindows>,
    /// How success is established.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verification: Option<Verification>,
    /// What emergencies may skip and what they owe. None are allowed unless
    /// given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emergency: Option<Emergency>,
    /// Kinds that run pods and may nevertheless go out whole, such as
    /// `StatefulSet`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), inner(length(max = 63)))]
    pub whole_kinds: Vec<String>,
    /// What may be deleted that the new revision no longer has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prune: Option<Prune>,
    /// How long the way back may take before a person is called. 10 minutes
    /// unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 32))]
    pub rollback_within: Option<String>,
    /// What is done about the branch that a change came from after it went back.
    /// Nothing unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after_rollback: Option<AfterRollback>,
    /// How many of its changes may run at once. No limit unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub max_running: Option<u32>,
}

/// What holds for a target without a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum WithoutWindow {
    /// No change may start.
    Shut,
    /// Any may that no freeze holds.
    Open,
}

/// Which targets a policy governs: those that match in every list given.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default)]
pub struct Governs {
    /// Globs of clusters.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), inner(length(max = 253)))]
    pub clusters: Vec<String>,
    /// Globs of namespaces.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), inner(length(max = 253)))]
    pub namespaces: Vec<String>,
    /// Globs of target names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), inner(length(max = 253)))]
    pub applications: Vec<String>,
}

/// Who must agree.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Approvals {
    /// How many different people. Never the author, never the requester.
    #[schemars(range(min = 1, max = 32))]
    pub count: u32,
    /// `required`: the code owners of the base branch. Not implemented yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 63))]
    pub owners: Option<String>,
    /// Groups that must take part.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32))]
    pub groups: Vec<GroupRule>,
    /// Who never counts: `author` and `requester` always; `lastPusher` is not
    /// implemented yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 8), inner(length(max = 63)))]
    pub not_by: Vec<String>,
    /// How long an approval counts, such as `14d`. Until it is voided unless
    /// given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 32))]
    pub valid_for: Option<String>,
    /// Names that belong to one person. A user name that is not an e-mail
    /// address counts only if it stands here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 4096))]
    pub people: Vec<PersonNames>,
}

/// A group that must take part.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
pub struct GroupRule {
    /// As the cluster's authenticator names it.
    #[schemars(length(min = 1, max = 256))]
    pub name: String,
    /// How many of its members.
    #[schemars(range(min = 1, max = 32))]
    pub count: u32,
}

/// The names of one person.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
pub struct PersonNames {
    /// User names and e-mail addresses.
    #[schemars(length(min = 1, max = 16), inner(length(max = 256)))]
    pub names: Vec<String>,
}

/// What protects the data.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Backup {
    /// `none`, with a reason, or `velero`.
    #[schemars(length(max = 63))]
    pub provider: String,
    /// Why none is needed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024))]
    pub reason: Option<String>,
    /// Which volumes: `always` all of them, which is also what holds unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 63))]
    pub volumes: Option<String>,
    /// How long it may take. 15 minutes unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 32))]
    pub deadline: Option<String>,
    /// How long before its window opens it is made, so that the window is spent on
    /// the change. When the change starts, unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 32))]
    pub before: Option<String>,
    /// For how long after it was asked for a change may start on it. Two hours
    /// unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 32))]
    pub valid_for: Option<String>,
    /// How long Velero keeps it. 30 days unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 32))]
    pub keep_for: Option<String>,
    /// The storage location. Velero's default unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 63))]
    pub storage_location: Option<String>,
    /// The locations of native volume snapshots. Velero's defaults unless given.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16), inner(length(max = 63)))]
    pub volume_snapshot_locations: Vec<String>,
    /// Who may have data brought back from it, which discards what was written
    /// since: `manual`, a person who asks for it (unless given); `onFailure`, a
    /// change that fails as well; `never`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 63))]
    pub restore_data: Option<String>,
    /// How long it may take to bring data back. 30 minutes unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 32))]
    pub restore_within: Option<String>,
}

/// One step of a rollout.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
pub struct Stage {
    /// Its name.
    #[schemars(
        length(min = 1, max = 63),
        regex(pattern = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")
    )]
    pub name: String,
    /// How much of each workload runs the new revision, such as `10%`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 8))]
    pub share: Option<String>,
    /// Applications of Argo CD that go out together, in place of a share. The
    /// first stage that chooses one takes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applications: Option<Applications>,
    /// How long it must stay healthy. Not at all unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 32))]
    pub soak: Option<String>,
    /// How long it may take to become healthy. 10 minutes unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 32))]
    pub within: Option<String>,
}

/// What happens to a running change when its window closes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OnWindowClose {
    /// It goes on to its end.
    Finish,
    /// It goes back.
    Rollback,
}

/// What holds where sync windows that Tidegate did not publish are in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ForeignWindows {
    /// They are left as they are, and a person is told how to get past them.
    Respect,
    /// They let manual syncs through until the change has ended.
    Lift,
}

/// How success is established.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default)]
pub struct Verification {
    /// From the moment the last stage is healthy. 30 minutes unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 32))]
    pub within: Option<String>,
    /// All must pass.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32))]
    pub checks: Vec<Check>,
}

/// One check: exactly one of its fields.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default)]
pub struct Check {
    /// Every object stays healthy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workloads: Option<WorkloadsCheck>,
    /// A request is answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http: Option<HttpCheck>,
    /// A Kubernetes Job completes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job: Option<JobCheck>,
    /// What a PromQL query gives is within its limits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prometheus: Option<PrometheusCheck>,
}

/// What emergencies may skip and what they owe. A backup is never skipped.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Emergency {
    /// How many people must agree, and when. One before it starts unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approvals: Option<EmergencyApprovals>,
    /// Whose members may let it start.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32), inner(length(max = 256)))]
    pub groups: Vec<String>,
    /// `windows`, `freezes`: what it may pass. Of the freezes only those that
    /// exempt emergencies.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 8), inner(length(max = 63)))]
    pub passes: Vec<String>,
    /// By when somebody has reviewed it after it started. Five days unless
    /// given.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 32))]
    pub review_within: Option<String>,
}

/// How many people must agree to an emergency, and when.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct EmergencyApprovals {
    /// Before it starts. One unless given.
    #[schemars(range(min = 1, max = 32))]
    pub now: u32,
    /// Afterwards. One unless given.
    #[schemars(range(max = 32))]
    pub later: u32,
    /// How long afterwards. `24h` unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 32))]
    pub later_within: Option<String>,
}

impl Default for EmergencyApprovals {
    fn default() -> Self {
        Self {
            now: 1,
            later: 1,
            later_within: None,
        }
    }
}

/// Applications of Argo CD: those that match in every list given.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Applications {
    /// Globs of their names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 256), inner(length(max = 253)))]
    pub names: Vec<String>,
    /// Globs of the clusters that they deploy to, as Tidegate names them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), inner(length(max = 253)))]
    pub clusters: Vec<String>,
    /// Labels of the Application, each with a glob of its value.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub match_labels: BTreeMap<String, String>,
    /// How many of them go out at once; the next follow when these are healthy.
    /// All unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub at_once: Option<u32>,
}

/// What is done about the branch that a change came from after it went back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct AfterRollback {
    /// `none` (unless given); `branch`: a commit that takes the change out is put
    /// on the branch `revert-CHANGE`; `commit`: it is put on the branch that the
    /// change came from. `pullRequest` is not implemented yet.
    pub revert: Revert,
}

/// How a change that went back is taken out of Git.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Revert {
    /// By people.
    #[default]
    None,
    /// On a branch of its own.
    Branch,
    /// On the branch that it came from.
    Commit,
    /// By a pull request. Not implemented yet.
    PullRequest,
}

/// A PromQL query with a threshold.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
pub struct PrometheusCheck {
    /// The Connection of kind `prometheus` that is asked. The only one there is
    /// unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 253))]
    pub connection: Option<String>,
    /// The query.
    #[schemars(length(min = 1, max = 4096))]
    pub query: String,
    /// Its value must be smaller.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub below: Option<f64>,
    /// Its value must be larger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub above: Option<f64>,
    /// For how long it must be so, such as `10m`. Once is enough unless given.
    #[serde(rename = "for", default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 32))]
    pub holds_for: Option<String>,
}

/// Every object stays healthy.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WorkloadsCheck {
    /// Without interruption, such as `5m`.
    #[schemars(length(max = 32))]
    pub healthy_for: String,
}

/// A request is answered.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
pub struct HttpCheck {
    /// Where to ask.
    #[schemars(length(min = 1, max = 1024), regex(pattern = r"^https?://"))]
    pub url: String,
    /// The status that means healthy. 200 unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 100, max = 599))]
    pub status: Option<u16>,
}

/// A Kubernetes Job completes. It runs in the first target's namespace.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
pub struct JobCheck {
    /// Its container image.
    #[schemars(length(min = 1, max = 1024))]
    pub image: String,
    /// The command in the container. The image's own unless given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), inner(length(max = 4096)))]
    pub command: Vec<String>,
}

/// What may be deleted that the new revision no longer has. Other objects
/// always are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default)]
pub struct Prune {
    /// PersistentVolumeClaims, with their data.
    pub claims: bool,
    /// Namespaces, with everything in them.
    pub namespaces: bool,
}

/// Whether a policy can be used.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct PolicyStatus {
    /// The generation that the conditions speak of.
    pub observed_generation: Option<i64>,
    /// `Ready`, in Kubernetes' convention.
    #[schemars(with = "Vec<Condition>")]
    pub conditions: Vec<Condition>,
}
