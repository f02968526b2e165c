//! A sync window as an AppProject holds it.

use serde::{Deserialize, Deserializer, Serialize};

/// One item of `spec.syncWindows` of an AppProject (argoproj.io/v1alpha1), as
/// it was written: nothing in it is checked, just as the API server checks
/// nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SyncWindow {
    /// `allow` or `deny`; anything else, `Allow` too, has no effect.
    #[serde(deserialize_with = "nullable")]
    pub kind: String,
    /// When it begins, as five cron fields.
    #[serde(deserialize_with = "nullable")]
    pub schedule: String,
    /// How long it lasts, such as `1h30m`.
    #[serde(deserialize_with = "nullable")]
    pub duration: String,
    /// Patterns for the names of Applications.
    #[serde(deserialize_with = "nullable")]
    pub applications: Vec<String>,
    /// Patterns for the namespaces Applications deploy to.
    #[serde(deserialize_with = "nullable")]
    pub namespaces: Vec<String>,
    /// Patterns for the names or the addresses of clusters.
    #[serde(deserialize_with = "nullable")]
    pub clusters: Vec<String>,
    /// Lets manual syncs through where the window would block them.
    #[serde(deserialize_with = "nullable")]
    pub manual_sync: bool,
    /// The IANA time zone of the schedule; UTC if it is empty or unknown.
    #[serde(deserialize_with = "nullable")]
    pub time_zone: String,
    /// The window selects what all of its lists match instead of one of them.
    #[serde(deserialize_with = "nullable")]
    pub and_operator: bool,
    /// Free text.
    #[serde(deserialize_with = "nullable")]
    pub description: String,
    /// Lets a sync go on that started when it was allowed.
    #[serde(deserialize_with = "nullable")]
    pub sync_overrun: bool,
}

impl SyncWindow {
    /// Tidegate wrote it, from a calendar: its description begins with this name.
    pub fn is_published(&self) -> bool {
        self.description.starts_with("tidegate.dev/")
    }
}

/// `null` is as good as nothing.
fn nullable<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// What Argo CD looks at in an Application.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Application {
    /// `metadata.name`.
    pub name: String,
    /// `spec.destination.namespace`; not the namespace the Application is in.
    pub destination_namespace: String,
    /// `spec.destination.name`, the cluster's name; may be empty.
    pub destination_name: String,
    /// `spec.destination.server`, the cluster's address; may be empty.
    pub destination_server: String,
}

/// Who started a sync.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trigger {
    /// A person, or anything that does not say it is automatic.
    Manual,
    /// Argo CD, or an operation whose `initiatedBy.automated` is true.
    Automatic,
}

/// What a window does while it is active.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Allow,
    Deny,
    /// Neither, so that it does nothing.
    Other,
}

impl Kind {
    pub(super) fn of(text: &str) -> Self {
        match text {
            "allow" => Self::Allow,
            "deny" => Self::Deny,
            _ => Self::Other,
        }
    }
}
