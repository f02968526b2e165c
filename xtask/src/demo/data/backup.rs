//! The backups of a change, as Velero and the record have them.

use jiff::Timestamp;
use serde_json::Value;
use tidegate_core::lifecycle::{Status, status::BackupState};
use tidegate_testkit::{control_plane::User, velero};

use super::super::{DemoError, stage::Stage};

/// A backup by Velero's own word.
#[derive(Debug)]
pub(in super::super) struct Backup {
    pub(in super::super) name: String,
    /// `Completed` where it is good.
    pub(in super::super) phase: String,
    /// What it is of.
    pub(in super::super) namespaces: Vec<String>,
    /// The change that it is labelled with.
    pub(in super::super) change: String,
    /// When Velero had completed it, to the second.
    pub(in super::super) completed: Option<Timestamp>,
}

/// The backup that the status of a change names.
pub(in super::super) async fn of<'a>(
    stage: &Stage,
    status: &'a Status,
) -> Result<Option<(&'a BackupState, Backup)>, DemoError> {
    let Some(state) = status.backups.first() else {
        return Ok(None);
    };
    let backup = velero::backups(&stage.cluster.admin())
        .get(&state.name)
        .await
        .map_err(DemoError::request(format!(
            "read the backup {}",
            state.name
        )))?;
    let text = |pointer: &str| backup.data.pointer(pointer).and_then(Value::as_str);
    let completed = text("/status/completionTimestamp");
    let namespaces = backup.data.pointer("/spec/includedNamespaces");
    let namespaces = namespaces.and_then(Value::as_array).into_iter().flatten();
    let namespaces = namespaces.filter_map(Value::as_str);
    let labels = backup.metadata.labels.as_ref();
    let change = labels.and_then(|labels| labels.get("change-id"));
    Ok(Some((
        state,
        Backup {
            name: state.name.clone(),
            phase: text("/status/phase").unwrap_or_default().to_owned(),
            namespaces: namespaces.map(str::to_owned).collect(),
            change: change.cloned().unwrap_or_default(),
            completed: completed.and_then(|at| at.parse().ok()),
        },
    )))
}

/// Shows all backups, as Marc sees them.
pub(in super::super) async fn list(stage: &Stage) -> Result<(), DemoError> {
    let columns = "custom-columns=NAME:.metadata.name,PHASE:.status.phase,\
                   SNAPSHOTS:.status.csiVolumeSnapshotsCompleted,COMPLETED:.status.completionTimestamp";
    let get = ["get", "backups", "-n", velero::NAMESPACE, "-o", columns];
    let ran = stage.kubectl(User::Marc, &get).await?;
    ran.succeeded("kubectl get backups")
}
