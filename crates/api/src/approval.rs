//! What somebody says of a change.

use kube::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tidegate_core::approval::Decision;

/// One person's word on a change, bound to the commit and the manifests they
/// saw, or on an exception from a freeze for it, bound to what that says. It cannot be edited; another word is another object.
#[derive(CustomResource, Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[kube(
    group = "tidegate.dev",
    version = "v1alpha1",
    kind = "Approval",
    plural = "approvals",
    singular = "approval",
    shortname = "apv",
    category = "tidegate",
    namespaced,
    derive = "PartialEq",
    selectable = ".spec.change",
    printcolumn = r#"{"name":"Change","type":"string","jsonPath":".spec.change"}"#,
    printcolumn = r#"{"name":"Decision","type":"string","jsonPath":".spec.decision"}"#,
    printcolumn = r#"{"name":"Approver","type":"string","jsonPath":".spec.approver"}"#,
    printcolumn = r#"{"name":"Age","type":"date","jsonPath":".metadata.creationTimestamp"}"#
)]
#[serde(rename_all = "camelCase")]
pub struct ApprovalSpec {
    /// The change's name.
    #[schemars(length(min = 1, max = 253))]
    pub change: String,
    /// The commit that was looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 40, max = 64))]
    pub revision: Option<String>,
    /// The manifests that were looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 64, max = 64))]
    pub digest: Option<String>,
    /// Instead of the commit and the manifests: the exception from a freeze that
    /// was looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exception: Option<ExceptionWord>,
    /// `Approved` or `Rejected`.
    pub decision: Decision,
    /// The approver. The API server refuses any name but the writer's own.
    #[schemars(length(min = 1, max = 256))]
    pub approver: String,
    /// Those of the approver's groups that they speak for. The API server
    /// refuses a group that the writer is not in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), inner(length(max = 256)))]
    pub groups: Vec<String>,
    /// Anything else they want to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024))]
    pub comment: Option<String>,
}

/// An exception as it was looked at.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
pub struct ExceptionWord {
    /// The ChangeCalendar's name.
    #[schemars(length(min = 1, max = 253))]
    pub calendar: String,
    /// The exception's name in it.
    #[schemars(length(min = 1, max = 63))]
    pub name: String,
    /// Over what it says, so that editing it voids this word.
    #[schemars(length(min = 64, max = 64))]
    pub digest: String,
}
