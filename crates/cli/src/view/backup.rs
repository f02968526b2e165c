//! The backups of a change, and what a person would type for each.

use std::collections::BTreeSet;

use kube::ResourceExt;
use serde::Serialize;
use tidegate_api::Change;
use tidegate_connect::velero::BackupRequest;
use tidegate_core::lifecycle::Status;
use tidegate_core::lifecycle::explain::backups;
use tidegate_core::lifecycle::status::BackupState;
use tidegate_core::policy::BackupRules;

use super::head::status;
use super::why::indented;
use crate::output::paint::{QUIET, paint};

/// The answer for programs.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Answer {
    name: String,
    usable: bool,
    backups: Vec<BackupState>,
    /// What a person would type for each.
    commands: Vec<String>,
}

/// Whether each backup is known to be usable or not. None have been asked for: no.
pub(crate) fn is_settled(status: &Status) -> bool {
    let is_settled =
        |backup: &BackupState| backup.completed_at.is_some() || backup.unusable.is_some();
    !status.backups.is_empty() && status.backups.iter().all(is_settled)
}

/// Whether the data is safe in every one of them.
pub(crate) fn is_usable(status: &Status) -> bool {
    let is_usable =
        |backup: &BackupState| backup.completed_at.is_some() && backup.unusable.is_none();
    !status.backups.is_empty() && status.backups.iter().all(is_usable)
}

/// The answer for programs. Without rules nobody knows the commands.
pub(crate) fn answer(
    change: &Change,
    rules: Option<&BackupRules>,
    velero: impl Fn(&str) -> String,
) -> Answer {
    let status = status(change);
    let backups = status.map_or_else(Vec::new, |status| status.backups.clone());
    let command = |backup: &BackupState| Some(command(change, backup, rules?, &velero));
    Answer {
        name: change.name_any(),
        usable: status.is_some_and(is_usable),
        commands: backups.iter().filter_map(command).collect(),
        backups,
    }
}

/// In the words of `change show`, and with the commands.
pub(crate) fn text(change: &Change, answer: &Answer) -> String {
    let Some(status) = status(change) else {
        return String::new();
    };
    let mut lines = indented(&backups(status), 1);
    let commands = answer.commands.iter();
    lines.extend(commands.map(|command| format!("    {}", paint(QUIET, command))));
    lines.join("\n") + "\n"
}

/// What a person would type for the same, which the record has as well.
fn command(
    change: &Change,
    backup: &BackupState,
    rules: &BackupRules,
    velero: impl Fn(&str) -> String,
) -> String {
    let targets = status(change).map_or(&[][..], |status| &status.targets);
    let namespaces: BTreeSet<String> = targets
        .iter()
        .map(|digest| &digest.target)
        .filter(|target| target.cluster == backup.cluster)
        .map(|target| target.namespace.clone())
        .collect();
    let request = BackupRequest {
        name: &backup.name,
        ticket: &change.spec.ticket,
        change_uid: &change.uid().unwrap_or_default(),
        namespaces: &namespaces,
        keep_for: rules.keep_for,
        storage_location: rules.storage_location.as_deref(),
        snapshot_locations: &rules.snapshot_locations,
    };
    request.command(&velero(&backup.cluster))
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use tidegate_core::policy::{RestoreData, restore_within};

    use super::*;
    use crate::view::examples;

    fn rules() -> BackupRules {
        BackupRules {
            deadline: SignedDuration::from_mins(15),
            before: None,
            valid_for: SignedDuration::from_hours(2),
            keep_for: SignedDuration::from_hours(720),
            storage_location: None,
            snapshot_locations: Vec::new(),
            restore_data: RestoreData::Manual,
            restore_within: restore_within(),
        }
    }

    fn read(change: &Change) -> String {
        let answer = answer(change, Some(&rules()), |_| "velero".to_owned());
        examples::plain(&text(change, &answer))
    }

    #[test]
    fn a_backup_is_told_with_what_a_person_would_type() {
        insta::assert_snapshot!(read(&examples::succeeded()));
    }

    #[test]
    fn one_that_is_not_usable_says_why() {
        let mut change = examples::succeeded();
        let status = &mut change.status.as_mut().unwrap().status;
        status.backup = None;
        let why =
            "backup pre-change-chg-1234-20261124-020000 in prod is not usable: it was deleted";
        status.backups[0].unusable = Some(why.to_owned());
        assert!(is_settled(status) && !is_usable(status));
        assert!(read(&change).starts_with(&format!("  ✗ {why}\n")));
    }
}
