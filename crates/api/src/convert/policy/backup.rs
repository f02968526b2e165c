//! What a policy says of backups.

use jiff::SignedDuration;
use tidegate_core::policy::{Backup, BackupRules, RestoreData, restore_within};

use super::keep;
use crate::change_policy as raw;
use crate::convert::{FieldError, duration, duration_or, wrong};

const DEADLINE: SignedDuration = SignedDuration::from_mins(15);
const VALID_FOR: SignedDuration = SignedDuration::from_hours(2);
const KEEP_FOR: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Reads it, with everything that is wrong with it.
pub(super) fn backup(backup: &raw::Backup, problems: &mut Vec<FieldError>) -> Option<Backup> {
    match (backup.provider.as_str(), &backup.reason) {
        ("none", reason) => waived(reason.as_deref(), backup, problems),
        ("velero", _) => velero(backup, problems),
        (provider, _) => {
            problems.push(wrong(
                "spec.backup.provider",
                format!("{provider:?} makes no backups; write velero, or none with a reason"),
            ));
            None
        }
    }
}

fn waived(
    reason: Option<&str>,
    backup: &raw::Backup,
    problems: &mut Vec<FieldError>,
) -> Option<Backup> {
    let rest = raw::Backup {
        provider: backup.provider.clone(),
        reason: backup.reason.clone(),
        ..raw::Backup::default()
    };
    if rest != *backup {
        problems.push(wrong(
            "spec.backup",
            "says how a backup is made that provider none does not make; leave that out",
        ));
    }
    let reason = reason.filter(|reason| !reason.trim().is_empty());
    if reason.is_none() {
        problems.push(wrong(
            "spec.backup.reason",
            "say why no backup is needed; it is recorded with every change",
        ));
    }
    Some(Backup::Waived {
        reason: reason?.to_owned(),
    })
}

fn velero(backup: &raw::Backup, problems: &mut Vec<FieldError>) -> Option<Backup> {
    if let Some(volumes) = backup
        .volumes
        .as_deref()
        .filter(|volumes| *volumes != "always")
    {
        problems.push(wrong(
            "spec.backup.volumes",
            format!("{volumes:?} would leave volumes out; a backup without them is none, so write always"),
        ));
    }
    let restore_data = match backup.restore_data.as_deref() {
        None | Some("manual") => RestoreData::Manual,
        Some("onFailure") => RestoreData::OnFailure,
        Some("never") => RestoreData::Never,
        Some(other) => {
            problems.push(wrong(
                "spec.backup.restoreData",
                format!("{other:?} is not one of manual, onFailure and never"),
            ));
            RestoreData::Never
        }
    };
    let field = |name: &str| format!("spec.backup.{name}");
    let mut or = |name: &str, given: &Option<String>, otherwise| {
        keep(
            duration_or(&field(name), given.as_deref(), otherwise),
            problems,
        )
    };
    let deadline = or("deadline", &backup.deadline, DEADLINE);
    let valid_for = or("validFor", &backup.valid_for, VALID_FOR);
    let keep_for = or("keepFor", &backup.keep_for, KEEP_FOR);
    let restore_within = or("restoreWithin", &backup.restore_within, restore_within());
    let before = match &backup.before {
        None => Some(None),
        Some(text) => keep(duration(&field("before"), text), problems).map(Some),
    };
    let rules = BackupRules {
        deadline: deadline?,
        before: before?,
        valid_for: valid_for?,
        keep_for: keep_for?,
        storage_location: backup.storage_location.clone(),
        snapshot_locations: backup.volume_snapshot_locations.clone(),
        restore_data,
        restore_within: restore_within?,
    };
    if rules.before.is_some_and(|before| before >= rules.valid_for) {
        problems.push(wrong(
            "spec.backup.before",
            "is so long that the backup would be too old when the window opens; raise validFor, or lower it",
        ));
    }
    Some(Backup::Velero(rules))
}
