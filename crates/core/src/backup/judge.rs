//! Whether a backup is usable.

use jiff::Timestamp;

use super::seen::{Backup, ClaimKey, Status, Volume};
use crate::lifecycle::facts::BackupFact;

/// Judges a backup. `volumes` is what it says of every volume, which it has only
/// once it has ended; `claims` are those of its namespaces that have a volume.
///
/// `PartiallyFailed` is a failure: something is missing, and nobody has looked
/// whether it is what a restore needs.
pub fn judge(
    backup: &Backup,
    volumes: Option<&[Volume]>,
    claims: &[ClaimKey],
    now: Timestamp,
) -> BackupFact {
    let status = &backup.status;
    if backup.metadata.deletion_timestamp.is_some() {
        return unusable("it is being deleted");
    }
    let missing = |volumes: &[Volume]| -> Vec<String> {
        let uncovered = |claim| uncovered(claim, volumes);
        claims.iter().filter_map(uncovered).collect()
    };
    match status.phase.as_str() {
        "Completed" => {}
        "PartiallyFailed" => {
            let mut told = vec![failed("it failed in part", status)];
            told.extend(volumes.map(missing).unwrap_or_default());
            return unusable(told.join("; "));
        }
        "Failed" => return unusable(failed("it failed", status)),
        "FailedValidation" => {
            return unusable(format!(
                "Velero refused it: {}",
                status.validation_errors.join("; ")
            ));
        }
        "Deleting" => return unusable("it is being deleted"),
        _ => return BackupFact::Progressing(progress(status)),
    }
    if let Some(at) = status.expiration.filter(|at| *at <= now) {
        return unusable(format!("it expired at {at}"));
    }
    if let Some(lacking) = lacking(status) {
        return unusable(lacking);
    }
    let Some(volumes) = volumes else {
        return BackupFact::Progressing("what it says of its volumes has not been read".to_owned());
    };
    let missing = missing(volumes);
    if !missing.is_empty() {
        return unusable(missing.join("; "));
    }
    BackupFact::Usable {
        completed_at: status.completion_timestamp.unwrap_or(now),
        expires_at: status.expiration,
        volumes: u32::try_from(claims.len()).unwrap_or(u32::MAX),
        warnings: status.warnings,
    }
}

fn unusable(why: impl Into<String>) -> BackupFact {
    BackupFact::Unusable(why.into())
}

fn failed(what: &str, status: &Status) -> String {
    let errors = match status.errors {
        0 => String::new(),
        count => format!(", with {}", counted(count, "error")),
    };
    let reason = match status.failure_reason.as_str() {
        "" => String::new(),
        reason => format!(": {reason}"),
    };
    format!("{what}{errors}{reason}")
}

fn progress(status: &Status) -> String {
    let phase = if status.phase.is_empty() {
        "Velero has not seen it yet"
    } else {
        &status.phase
    };
    let progress = &status.progress;
    if progress.total_items == 0 {
        return phase.to_owned();
    }
    format!(
        "{phase}, {} of {} objects",
        progress.items_backed_up, progress.total_items
    )
}

/// What it counted as begun and not as good.
fn lacking(status: &Status) -> Option<String> {
    if status.errors > 0 {
        return Some(format!("it has {}", counted(status.errors, "error")));
    }
    let hooks = &status.hooks;
    if hooks.hooks_failed > 0 {
        return Some(format!(
            "{} of {} failed",
            hooks.hooks_failed,
            counted(hooks.hooks_attempted, "hook")
        ));
    }
    for (attempted, completed, what) in [
        (
            status.volume_snapshots_attempted,
            status.volume_snapshots_completed,
            "volume snapshot",
        ),
        (
            status.csi_volume_snapshots_attempted,
            status.csi_volume_snapshots_completed,
            "CSI snapshot",
        ),
        (
            status.backup_item_operations_attempted,
            status.backup_item_operations_completed,
            "operation of plugins",
        ),
    ] {
        if attempted != completed {
            return Some(format!(
                "{completed} of {} completed",
                counted(attempted, what)
            ));
        }
    }
    (status.backup_item_operations_failed > 0).then(|| "an operation of a plugin failed".to_owned())
}

/// Why nothing in the backup brings this claim's data back, if so.
fn uncovered(claim: &ClaimKey, volumes: &[Volume]) -> Option<String> {
    let of_claim: Vec<&Volume> = volumes
        .iter()
        .filter(|volume| volume.pvc_namespace == claim.namespace && volume.pvc_name == claim.name)
        .collect();
    let covers = |volume: &&&Volume| {
        !volume.skipped && !volume.backup_method.is_empty() && volume.result != "failed"
    };
    if of_claim.iter().any(|volume| covers(&volume)) {
        return None;
    }
    let why = of_claim.first().map_or_else(
        || "the backup does not name it".to_owned(),
        |volume| {
            if volume.skipped {
                format!("Velero left it out: {}", said(&volume.skipped_reason))
            } else {
                "its snapshot failed".to_owned()
            }
        },
    );
    Some(format!("the data of claim {claim} is not in it: {why}"))
}

fn said(reason: &str) -> &str {
    if reason.is_empty() {
        "it does not say why"
    } else {
        reason
    }
}

fn counted(count: u32, what: &str) -> String {
    match (count, what.split_once(' ')) {
        (1, _) => format!("1 {what}"),
        (_, Some((first, rest))) if rest.starts_with("of ") => format!("{count} {first}s {rest}"),
        _ => format!("{count} {what}s"),
    }
}
