//! When changes may start.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tidegate_core::change::ChangeType;

/// Windows in which changes may start, and freezes in which they may not.
#[derive(CustomResource, Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[kube(
    group = "tidegate.dev",
    version = "v1alpha1",
    kind = "ChangeCalendar",
    plural = "changecalendars",
    singular = "changecalendar",
    shortname = "chgcal",
    category = "tidegate",
    status = "CalendarStatus",
    derive = "PartialEq",
    printcolumn = r#"{"name":"Zone","type":"string","jsonPath":".spec.timeZone"}"#,
    printcolumn = r#"{"name":"Ready","type":"string","jsonPath":".status.conditions[?(@.type==\"Ready\")].status"}"#,
    printcolumn = r#"{"name":"Reason","type":"string","jsonPath":".status.conditions[?(@.type==\"Ready\")].message"}"#,
    printcolumn = r#"{"name":"Published","type":"string","jsonPath":".status.conditions[?(@.type==\"Published\")].status"}"#,
    printcolumn = r#"{"name":"Age","type":"date","jsonPath":".metadata.creationTimestamp"}"#
)]
#[serde(rename_all = "camelCase")]
pub struct ChangeCalendarSpec {
    /// The IANA zone of every entry that names none, such as `Europe/Zurich`.
    #[schemars(length(min = 1, max = 64))]
    pub time_zone: String,
    /// When changes may start.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 1024))]
    pub windows: Vec<Entry>,
    /// When they may not, whatever the windows say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 1024))]
    pub freezes: Vec<Entry>,
    /// Single changes that may pass a freeze. Each counts once somebody of
    /// `exceptionsBy` has approved it; edited, it needs another approval.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 256))]
    pub exceptions: Vec<Exception>,
    /// The group whose members may approve exceptions, as the cluster's
    /// authenticator names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 256))]
    pub exceptions_by: Option<String>,
    /// Where these windows and freezes are written to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publish: Option<Publish>,
}

/// One change that may pass one freeze.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Exception {
    /// What it is called.
    #[schemars(length(min = 1, max = 63))]
    pub name: String,
    /// The freeze that lets the change through.
    #[schemars(length(min = 1, max = 63))]
    pub freeze: String,
    /// The Change's name.
    #[schemars(length(min = 1, max = 253))]
    pub change: String,
    /// Why it cannot wait.
    #[schemars(length(min = 1, max = 1024))]
    pub reason: String,
    /// The first moment at which it no longer counts, such as
    /// `2026-12-20T12:00`.
    #[schemars(length(min = 1, max = 64))]
    pub until: String,
}

/// Argo CD projects that get the calendar as their sync windows.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, Serialize, JsonSchema)]
pub struct Publish {
    /// The names of the AppProjects.
    #[schemars(length(min = 1, max = 256), inner(length(min = 1, max = 253)))]
    pub projects: Vec<String>,
    /// The namespace they are in. `argocd` unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63))]
    pub namespace: Option<String>,
}

/// One window or freeze: recurring (`schedule` and `duration`), once (`from`
/// and `to`), on `dates`, or at the events of a feed (`ical`).
#[derive(Debug, Clone, PartialEq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// What it is called.
    #[schemars(length(min = 1, max = 63))]
    pub name: String,
    /// Five cron fields: minute, hour, day of month, month, day of week.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub schedule: Option<String>,
    /// How long it lasts, such as `4h`. With `schedule` or `startTime`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 32))]
    pub duration: Option<String>,
    /// Its first moment, such as `2026-12-18T18:00`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub from: Option<String>,
    /// The first moment after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub to: Option<String>,
    /// Local dates such as `2026-12-24`, each from midnight to midnight.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 512), inner(length(max = 10)))]
    pub dates: Vec<String>,
    /// When it starts on each of the dates, such as `22:00`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 8))]
    pub start_time: Option<String>,
    /// An iCalendar feed. Until it has been read, and when it is stale, it shuts
    /// the gate for whatever the entry selects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ical: Option<Ical>,
    /// Its own IANA zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub time_zone: Option<String>,
    /// Globs of clusters; all unless given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), inner(length(max = 253)))]
    pub clusters: Vec<String>,
    /// Globs of namespaces; all unless given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), inner(length(max = 253)))]
    pub namespaces: Vec<String>,
    /// Globs of applications (targets); all unless given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), inner(length(max = 253)))]
    pub applications: Vec<String>,
    /// Globs for the values of labels, all of which a target must have.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 16, "additionalProperties" = serde_json::json!({"type": "string", "maxLength": 253})))]
    pub labels: BTreeMap<String, String>,
    /// Who passes a freeze.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exempt: Option<Exempt>,
    /// Why it is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024))]
    pub reason: Option<String>,
}

/// An iCalendar feed.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Ical {
    /// Where it is served.
    #[schemars(length(min = 1, max = 1024))]
    pub url: String,
    /// How often it is fetched, such as `1h`. An hour unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 32))]
    pub refresh: Option<String>,
    /// For how long what was fetched may be relied on, such as `24h`. A day
    /// unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 32))]
    pub stale_after: Option<String>,
}

/// Who passes a freeze: changes of one of these types, and changes to targets
/// that match in every list given.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Exempt {
    /// For an emergency its policy has to agree.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 3))]
    pub types: Vec<ChangeType>,
    /// Globs; any cluster unless given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), inner(length(max = 253)))]
    pub clusters: Vec<String>,
    /// Globs; any namespace unless given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), inner(length(max = 253)))]
    pub namespaces: Vec<String>,
    /// Globs; any application unless given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), inner(length(max = 253)))]
    pub applications: Vec<String>,
    /// Globs for the values of labels; any labels unless given.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 16, "additionalProperties" = serde_json::json!({"type": "string", "maxLength": 253})))]
    pub labels: BTreeMap<String, String>,
}

/// Whether a calendar can be used.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct CalendarStatus {
    /// The generation that the conditions speak of.
    pub observed_generation: Option<i64>,
    /// `Ready`, and `Published` if it is to be; in Kubernetes' convention.
    #[schemars(with = "Vec<Condition>")]
    pub conditions: Vec<Condition>,
}
