//! A backup as Velero 1.18 writes it, as far as it decides whether it is usable
//! (`pkg/apis/velero/v1/backup_types.go`, `internal/volume/volumes_information.go`).

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The object `Backup`. Everything that Velero may leave out may be missing here.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Backup {
    /// Its name and labels.
    pub metadata: Metadata,
    /// How it does.
    pub status: Status,
}

/// The part of the object's metadata that matters.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Metadata {
    /// Its name.
    pub name: String,
    /// Set while it is being deleted.
    pub deletion_timestamp: Option<String>,
    /// Labels, by which a change finds its own.
    pub labels: BTreeMap<String, String>,
}

/// How a backup does.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Status {
    /// `New`, `InProgress`, `Completed`, `PartiallyFailed` and others; empty until
    /// Velero has seen it.
    pub phase: String,
    /// Why it ended at once.
    pub failure_reason: String,
    /// Why Velero did not begin it.
    pub validation_errors: Vec<String>,
    /// When Velero deletes it.
    pub expiration: Option<Timestamp>,
    /// When it ended.
    pub completion_timestamp: Option<Timestamp>,
    /// What went wrong, as a count.
    pub errors: u32,
    /// What may be wrong, as a count.
    pub warnings: u32,
    /// Native snapshots begun.
    pub volume_snapshots_attempted: u32,
    /// Native snapshots that are good.
    pub volume_snapshots_completed: u32,
    /// CSI snapshots begun.
    pub csi_volume_snapshots_attempted: u32,
    /// CSI snapshots that are good.
    pub csi_volume_snapshots_completed: u32,
    /// Operations of plugins begun, such as moving data.
    pub backup_item_operations_attempted: u32,
    /// Those that are good.
    pub backup_item_operations_completed: u32,
    /// Those that failed.
    pub backup_item_operations_failed: u32,
    /// Hooks that ran.
    #[serde(rename = "hookStatus")]
    pub hooks: HookStatus,
    /// How far it is.
    pub progress: Progress,
}

/// Hooks that ran.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct HookStatus {
    /// How many were tried.
    pub hooks_attempted: u32,
    /// How many failed.
    pub hooks_failed: u32,
}

/// How far a backup is.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Progress {
    /// Objects it has to write.
    pub total_items: u64,
    /// Objects it has written.
    pub items_backed_up: u64,
}

/// What a backup says of one volume.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Volume {
    /// The claim's name.
    pub pvc_name: String,
    /// The claim's namespace.
    pub pvc_namespace: String,
    /// `CSISnapshot`, `NativeSnapshot` or `PodVolumeBackup`; empty where it was
    /// left out.
    pub backup_method: String,
    /// The data was moved into the storage location.
    pub snapshot_data_moved: bool,
    /// It was left out.
    pub skipped: bool,
    /// Why.
    pub skipped_reason: String,
    /// `succeeded` or `failed`.
    pub result: String,
}

/// A claim that has a volume.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ClaimKey {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

impl fmt::Display for ClaimKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.namespace, self.name)
    }
}
