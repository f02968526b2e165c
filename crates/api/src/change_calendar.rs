//! When changes may start.

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
}

/// One window or freeze: recurring (`schedule` and `duration`) or once (`from`
/// and `to`).
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
    /// How long it lasts, such as `4h`.
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
    /// An iCalendar feed. Not read yet: it makes the calendar not Ready.
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
    /// Who passes a freeze.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exempt: Option<Exempt>,
    /// Why it is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024))]
    pub reason: Option<String>,
}

/// An iCalendar feed.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
pub struct Ical {
    /// Where it is served.
    #[schemars(length(max = 1024))]
    pub url: String,
}

/// Who passes a freeze: changes of these types to these applications.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, Serialize, JsonSchema)]
pub struct Exempt {
    /// Any type unless given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 3))]
    pub types: Vec<ChangeType>,
    /// Globs; any application unless given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), inner(length(max = 253)))]
    pub applications: Vec<String>,
}

/// Whether a calendar can be used.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct CalendarStatus {
    /// The generation that the conditions speak of.
    pub observed_generation: Option<i64>,
    /// `Ready`, in Kubernetes' convention.
    #[schemars(with = "Vec<Condition>")]
    pub conditions: Vec<Condition>,
}
