//! The restores of a backup, as Velero has them.

use kube::{ResourceExt, api::ListParams};
use serde_json::Value;
use tidegate_testkit::{control_plane::User, velero};

use super::super::{DemoError, stage::Stage};

/// A restore by Velero's own word.
#[derive(Debug)]
pub(in super::super) struct Restore {
    pub(in super::super) name: String,
    /// `Completed` where all of it came back.
    pub(in super::super) phase: String,
}

/// Every restore of this backup, whoever asked for it.
pub(in super::super) async fn of(stage: &Stage, backup: &str) -> Result<Vec<Restore>, DemoError> {
    let restores = velero::restores(&stage.cluster.admin())
        .list(&ListParams::default())
        .await
        .map_err(DemoError::request("list the restores"))?;
    let is_of = |data: &Value| data.pointer("/spec/backupName") == Some(&Value::from(backup));
    let restores = restores.iter().filter(|restore| is_of(&restore.data));
    Ok(restores
        .map(|restore| {
            let phase = restore.data.pointer("/status/phase");
            Restore {
                name: restore.name_any(),
                phase: phase.and_then(Value::as_str).unwrap_or_default().to_owned(),
            }
        })
        .collect())
}

/// Shows all restores, as Marc sees them.
pub(in super::super) async fn list(stage: &Stage) -> Result<(), DemoError> {
    let columns = "custom-columns=NAME:.metadata.name,BACKUP:.spec.backupName,PHASE:.status.phase,\
                   COMPLETED:.status.completionTimestamp";
    let get = ["get", "restores", "-n", velero::NAMESPACE, "-o", columns];
    let ran = stage.kubectl(User::Marc, &get).await?;
    ran.succeeded("kubectl get restores")
}
