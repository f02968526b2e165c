//! A change request.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::CustomResource;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use tidegate_core::change::{ChangeType, Risk};
use tidegate_core::lifecycle::Status;

/// One change request. Its spec is frozen at submission, except for `cancel`,
/// `hold`, `backup` and, with a reason, `window`.
#[derive(CustomResource, Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[kube(
    group = "tidegate.dev",
    version = "v1alpha1",
    kind = "Change",
    plural = "changes",
    singular = "change",
    shortname = "chg",
    category = "tidegate",
    namespaced,
    status = "ChangeStatus",
    derive = "PartialEq",
    printcolumn = r#"{"name":"Type","type":"string","jsonPath":".spec.type"}"#,
    printcolumn = r#"{"name":"Risk","type":"string","jsonPath":".spec.risk"}"#,
    printcolumn = r#"{"name":"Phase","type":"string","jsonPath":".status.phase"}"#,
    printcolumn = r#"{"name":"Targets","type":"string","jsonPath":".status.board.targets"}"#,
    printcolumn = r#"{"name":"Waiting on","type":"string","jsonPath":".status.board.waitingOn"}"#,
    printcolumn = r#"{"name":"Next","type":"string","jsonPath":".status.board.next"}"#,
    printcolumn = r#"{"name":"Age","type":"date","jsonPath":".metadata.creationTimestamp"}"#,
    printcolumn = r#"{"name":"Ticket","type":"string","jsonPath":".spec.ticket","priority":1}"#,
    printcolumn = r#"{"name":"Title","type":"string","jsonPath":".spec.title","priority":1}"#
)]
#[serde(rename_all = "camelCase")]
pub struct ChangeSpec {
    /// The ticket in its own case, such as `CHG-1234`. This is what counts; the
    /// object's name only follows it.
    #[schemars(
        length(min = 1, max = 63),
        regex(pattern = r"^[A-Za-z][A-Za-z0-9]*-?[0-9]+$")
    )]
    pub ticket: String,
    /// `standard` (refused until templates exist), `normal` or `emergency`.
    #[serde(rename = "type")]
    pub change_type: ChangeType,
    /// One line that says what it is for.
    #[schemars(length(min = 1, max = 256))]
    pub title: String,
    /// The user who submits it. The API server refuses any name but the
    /// submitter's own.
    #[schemars(length(min = 1, max = 256))]
    pub requested_by: String,
    /// Where the manifests come from.
    pub source: Source,
    /// Where the change lands.
    #[schemars(length(min = 1, max = 32))]
    pub targets: Vec<Target>,
    /// How much harm it could do.
    pub risk: Risk,
    /// Who would notice, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024))]
    pub impact: Option<String>,
    /// How it is undone, in words.
    #[schemars(length(min = 1, max = 1024))]
    pub rollback: String,
    /// Where and when it was tested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tested: Option<Tested>,
    /// How long it takes from its start to full health, such as `40m`. It starts
    /// only where a window stays open for so long. 30 minutes unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 32))]
    pub expected_duration: Option<String>,
    /// Names of changes that must have succeeded before this one starts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16), inner(length(max = 253)))]
    pub depends_on: Vec<String>,
    /// The earlier change that this one undoes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rolls_back: Option<RollsBack>,
    /// A backup that is wanted now, in place of its time. It is made while the change
    /// waits for approvals or for its time, and counts for the start as any other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backup: Option<WantedBackup>,
    /// When it is wanted. May be moved later, with a reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<Window>,
    /// Calls the change off; what is half out goes back. Cannot be taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancel: Option<Cancel>,
    /// Keeps the change from starting. A change that has started goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<Reason>,
}

/// The undoing of an earlier change.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RollsBack {
    /// The earlier change.
    #[schemars(length(min = 1, max = 253))]
    pub change: String,
    /// The backups whose data is brought back, which discards all data written
    /// since. None: the data stays as it is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32))]
    pub data: Vec<BackupOf>,
}

/// A backup of a cluster.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
pub struct BackupOf {
    /// The cluster, as Tidegate names it.
    #[schemars(length(min = 1, max = 63))]
    pub cluster: String,
    /// The backup's name.
    #[schemars(length(min = 1, max = 63))]
    pub backup: String,
}

/// A backup that somebody asked for.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WantedBackup {
    /// When. A later moment asks for another.
    pub requested_at: jiff::Timestamp,
}

/// The calling off of a change.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Cancel {
    /// Why.
    #[schemars(length(min = 1, max = 1024))]
    pub reason: String,
    /// The data is brought back from the change's backup as well, which discards
    /// all data written since. Needs the policy's consent.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub restore_data: bool,
}

/// Where the manifests come from.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Source {
    /// A URL that Git can fetch from, or a path on the controller's machine. For a
    /// chart, the URL of its Helm repository: https://… or oci://….
    #[schemars(length(min = 1, max = 1024))]
    pub repository: String,
    /// A full commit SHA.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub revision: Option<String>,
    /// A branch or a tag, looked up again until the change starts. When it
    /// moves, approvals no longer count.
    #[serde(default, rename = "ref", skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub reference: Option<String>,
    /// The chart of a Helm repository that Argo CD delivers, in place of a commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    pub chart: Option<String>,
    /// The exact version of the chart, such as `1.4.2`. When its archive is another
    /// one, approvals no longer count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub version: Option<String>,
    /// A pull request. Refused until a forge can be connected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pull_request: Option<i64>,
}

/// One place where the change lands.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Target {
    /// What it is called.
    #[schemars(
        length(min = 1, max = 63),
        regex(pattern = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")
    )]
    pub name: String,
    /// The overlay's path in the repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024))]
    pub path: Option<String>,
    /// The cluster, as Tidegate names it. Its own unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 63))]
    pub cluster: Option<String>,
    /// The namespace that receives the objects.
    #[schemars(
        length(min = 1, max = 63),
        regex(pattern = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")
    )]
    pub namespace: String,
    /// The Application of Argo CD that delivers it, instead of a path: its name,
    /// which is the target's too, after its namespace and a slash where that is
    /// not `argocd`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 253))]
    pub application: Option<String>,
}

/// Evidence of a test.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
pub struct Tested {
    /// Where.
    #[schemars(length(min = 1, max = 253))]
    pub environment: String,
    /// On which day, as `2026-04-07`. (Not `on`: YAML 1.1, which kubectl reads,
    /// takes that for `true`.)
    #[schemars(length(max = 10), regex(pattern = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"))]
    pub date: String,
    /// Where the result can be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024))]
    pub evidence: Option<String>,
}

/// When a change is wanted.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Window {
    /// It does not start earlier, whatever the calendar says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<jiff::Timestamp>,
    /// It has expired when it has not started by then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_after: Option<jiff::Timestamp>,
    /// Why it was moved. Wanted for every move after submission.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024))]
    pub reason: Option<String>,
}

/// A reason that a person gives.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
pub struct Reason {
    /// In their words.
    #[schemars(length(min = 1, max = 1024))]
    pub reason: String,
}

/// Where a change is, and why.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChangeStatus {
    /// What Tidegate remembers of it.
    #[serde(flatten)]
    pub status: Status,
    /// The generation of the spec that this status speaks of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// The columns of `kubectl get changes`.
    #[serde(default)]
    pub board: Board,
    /// `Accepted`, `Approved`, `Running`, `Complete` and `AttentionNeeded`, in
    /// Kubernetes' convention.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "conditions")]
    pub conditions: Vec<Condition>,
}

/// The columns of `kubectl get changes`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Board {
    /// The first target, and how many more there are.
    pub targets: String,
    /// The first thing it waits for.
    pub waiting_on: String,
    /// When something is due.
    pub next: String,
}

/// Conditions are merged by type, so that two writers do not lose each other's.
fn conditions(generator: &mut SchemaGenerator) -> Schema {
    let item = generator.subschema_for::<Condition>();
    json_schema!({
        "type": "array",
        "items": item,
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["type"],
    })
}
