//! Asking for a backup.

use serde_json::{Value, json};
use tidegate_connect::velero::{Asked, BackupRequest, VeleroError};
use tidegate_core::policy::{BackupRules, rules_of};
use tidegate_core::request::Change;

use super::PerformError;
use crate::argo_cd::clusters::told_of;
use crate::gather::backups::namespaces;
use crate::hub::Term;
use crate::sentence::sentence;
use crate::velero::velero;

/// Asks for the backup in a cluster that the status names.
pub(super) async fn back_up(
    term: &Term,
    change: &Change,
    cluster: &str,
) -> Result<Value, PerformError> {
    let mut backups = change.status.backups.iter();
    let backup = backups.find(|backup| backup.cluster == cluster);
    let mut targets = change.request.targets.iter().map(|target| &target.key);
    let target = targets.find(|target| target.cluster == cluster);
    let (Some(backup), Some(target), Some(rules)) = (backup, target, rules(term, change)) else {
        return Err(PerformError::Refused(
            "the status lost what backup it asks for".to_owned(),
        ));
    };
    let velero = velero(term, change, target)
        .await
        .map_err(PerformError::Passing)?;
    let namespaces = namespaces(change, cluster);
    let request = BackupRequest {
        name: &backup.name,
        ticket: &change.request.ticket,
        change_uid: &change.uid,
        namespaces: &namespaces,
        keep_for: rules.keep_for,
        storage_location: rules.storage_location.as_deref(),
        snapshot_locations: &rules.snapshot_locations,
    };
    let asked = velero.back_up(&request).await;
    let asked = asked.map_err(|error: VeleroError| {
        let told = told_of(term, target, sentence(&error));
        if error.is_passing() {
            PerformError::Passing(told)
        } else {
            PerformError::Refused(told)
        }
    })?;
    Ok(json!({
        "backup": backup.name,
        "cluster": cluster,
        "command": request.command(velero.namespace()),
        "again": asked == Asked::Before,
    }))
}

/// The rules of the run, or of the policy while the change has not started.
fn rules(term: &Term, change: &Change) -> Option<BackupRules> {
    if let Some(plan) = &change.status.plan {
        return plan.backup.clone();
    }
    let rules = term.rules();
    let policy = rules_of(&rules.policies, change.status.policy.as_deref())?;
    policy.backup.rules().cloned()
}
