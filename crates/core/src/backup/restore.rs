//! A restore as Velero 1.18 writes it, and whether it is good
//! (`pkg/apis/velero/v1/restore_types.go`).

use serde::Deserialize;

use super::seen::Metadata;
use crate::lifecycle::facts::RestoreFact;

/// The object `Restore`. Everything that Velero may leave out may be missing here.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Restore {
    /// Its name and labels.
    pub metadata: Metadata,
    /// How it does.
    pub status: RestoreStatus,
}

/// How a restore does.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RestoreStatus {
    /// `New`, `InProgress`, `Completed`, `PartiallyFailed` and others; empty until
    /// Velero has seen it.
    pub phase: String,
    /// Why it ended at once.
    pub failure_reason: String,
    /// Why Velero did not begin it.
    pub validation_errors: Vec<String>,
    /// What went wrong, as a count.
    pub errors: u32,
    /// What may be wrong, as a count. A claim that is there already is one.
    pub warnings: u32,
}

/// Judges a restore. That it is `Completed` says nothing of the claims: one that
/// was there is left as it was, with a warning. They are looked at by themselves.
pub fn judge_restore(restore: &Restore) -> RestoreFact {
    let status = &restore.status;
    let errors = match status.errors {
        0 => String::new(),
        1 => ", with 1 error".to_owned(),
        count => format!(", with {count} errors"),
    };
    let reason = match status.failure_reason.as_str() {
        "" => String::new(),
        reason => format!(": {reason}"),
    };
    match status.phase.as_str() {
        "Completed" if status.errors == 0 => RestoreFact::Completed {
            warnings: status.warnings,
        },
        "Completed" => RestoreFact::Broken(format!("it has ended{errors}")),
        "PartiallyFailed" => RestoreFact::Broken(format!("it failed in part{errors}{reason}")),
        "Failed" => RestoreFact::Broken(format!("it failed{errors}{reason}")),
        "FailedValidation" => RestoreFact::Broken(format!(
            "Velero refused it: {}",
            status.validation_errors.join("; ")
        )),
        "" => RestoreFact::Progressing("Velero has not seen it yet".to_owned()),
        phase => RestoreFact::Progressing(phase.to_owned()),
    }
}
