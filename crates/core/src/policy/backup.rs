//! What protects the data before anything is touched.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

/// What protects the data before anything is touched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Backup {
    /// None is made, for this stated reason, which is recorded.
    Waived {
        /// Why none is needed.
        reason: String,
    },
    /// Velero makes one, in every cluster of the change.
    Velero(BackupRules),
}

impl Backup {
    /// The rules by which one is made. None: it is waived.
    pub fn rules(&self) -> Option<&BackupRules> {
        match self {
            Self::Waived { .. } => None,
            Self::Velero(rules) => Some(rules),
        }
    }
}

/// How a backup is made, and how long it counts.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct BackupRules {
    /// How long it may take.
    pub deadline: SignedDuration,
    /// It is made so long before the window opens. None: when the change starts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<SignedDuration>,
    /// A change starts on no backup that was asked for longer ago.
    pub valid_for: SignedDuration,
    /// Velero keeps it for so long.
    pub keep_for: SignedDuration,
    /// The storage location. None: Velero's default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storage_location: Option<String>,
    /// The locations of native volume snapshots. Empty: Velero's defaults.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub snapshot_locations: Vec<String>,
    /// Who may have data brought back from it.
    #[serde(default)]
    pub restore_data: RestoreData,
    /// How long it may take to bring data back.
    #[serde(default = "restore_within")]
    pub restore_within: SignedDuration,
}

/// Who may have data brought back from a backup, which discards everything that
/// was written since.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum RestoreData {
    /// A person who asks for it.
    #[default]
    Manual,
    /// A change that fails, as well.
    OnFailure,
    /// Nobody.
    Never,
}

/// How long it may take to bring data back, unless a policy says otherwise.
pub const fn restore_within() -> SignedDuration {
    SignedDuration::from_mins(30)
}
