//! Backups are made, and known to be good, before anything is touched.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::context::{Advance, Context, after};
use super::effect::Effect;
use super::facts::{BackupFact, EffectState};
use super::status::BackupState;
use super::wait::WaitReason;
use crate::backup::backup_name;
use crate::policy::BackupRules;

/// When to look again for what no watch may tell, such as a backup in another
/// cluster.
const LOOK_AGAIN_AFTER: SignedDuration = SignedDuration::from_secs(15);

/// How the backups of a change stand.
pub(super) enum Backups {
    /// All are usable.
    Usable,
    /// One is asked for or waited for.
    Next(Advance),
    /// Nothing may be started; why.
    Broken(String),
    /// One could not be asked for in time; why. Another may be, later.
    NotAsked(String),
}

/// Asks for a backup in every cluster of the change, one after the other, and
/// waits for them. One that was asked for before counts if it is not too old at
/// `needed_at`. None is asked for any more from `ask_by` on.
pub(super) fn make(
    context: &mut Context<'_>,
    rules: &BackupRules,
    needed_at: Timestamp,
    ask_by: Timestamp,
) -> Backups {
    let mut waits = Vec::new();
    for cluster in clusters(context) {
        let made = made(context, &cluster).filter(|backup| backup.unusable.is_none());
        let counts = made.filter(|backup| after(backup.asked_at, rules.valid_for) >= needed_at);
        let backup = match counts {
            Some(backup) => backup,
            None if context.now >= ask_by => {
                let by = context.moment(ask_by);
                return Backups::NotAsked(format!(
                    "no backup could be asked for in {cluster} before {by}"
                ));
            }
            None => another(context, &cluster, false),
        };
        match stands(context, rules, &backup) {
            Stands::Usable => {}
            Stands::Ask(effect) => return Backups::Next(Advance::Do(effect)),
            Stands::Waits(reason) => waits.push(reason),
            Stands::Broken(why) => return Backups::Broken(why),
            Stands::NotAsked(why) => {
                context
                    .status
                    .backups
                    .retain(|other| other.cluster != cluster);
                return Backups::NotAsked(why);
            }
        }
    }
    if waits.is_empty() {
        context.status.backup = Some(in_words(context));
        return Backups::Usable;
    }
    Backups::Next(context.wait(waits))
}

/// How the backups stand that a person asked for.
pub(super) enum Requested {
    /// Nobody asked, or each is known to be usable or not.
    Answered,
    /// One is to be asked for.
    Ask(Effect),
    /// They are waited for.
    Waits(Vec<WaitReason>),
}

/// Makes the backups that a person asked for before the start, once, whatever there
/// is already. One that comes to nothing is told and counts for nothing; the change
/// does not end by it.
pub(super) fn requested(context: &mut Context<'_>, rules: &BackupRules) -> Requested {
    let Some(requested_at) = context.control.backup_requested_at else {
        return Requested::Answered;
    };
    if context.status.backup_requested_at != Some(requested_at) {
        context.status.backup_requested_at = Some(requested_at);
        for cluster in clusters(context) {
            another(context, &cluster, true);
        }
    }
    let mut waits = Vec::new();
    for backup in context.status.backups.clone() {
        if !backup.requested || backup.completed_at.is_some() || backup.unusable.is_some() {
            continue;
        }
        match stands(context, rules, &backup) {
            Stands::Usable => {}
            Stands::Ask(effect) => return Requested::Ask(effect),
            Stands::Waits(reason) => waits.push(reason),
            Stands::Broken(why) | Stands::NotAsked(why) => {
                let mut backups = context.status.backups.iter_mut();
                if let Some(state) = backups.find(|state| state.cluster == backup.cluster) {
                    state.unusable = Some(why);
                }
            }
        }
    }
    if !waits.is_empty() {
        return Requested::Waits(waits);
    }
    let is_usable =
        |backup: &BackupState| backup.completed_at.is_some() && backup.unusable.is_none();
    let all = context.status.backups.iter().all(is_usable);
    context.status.backup = all.then(|| in_words(context));
    Requested::Answered
}

/// A backup that nobody has asked for yet, in place of the one before.
fn another(context: &mut Context<'_>, cluster: &str, requested: bool) -> BackupState {
    let status = &mut context.status;
    status.backups_asked += 1;
    let backup = BackupState {
        cluster: cluster.to_owned(),
        name: backup_name(&context.request.ticket, context.now),
        number: status.backups_asked,
        asked_at: context.now,
        requested,
        completed_at: None,
        expires_at: None,
        volumes: 0,
        warnings: 0,
        unusable: None,
    };
    status.backups.retain(|other| other.cluster != cluster);
    status.backups.push(backup.clone());
    // What was told is about the one before.
    status.backup = None;
    backup
}

/// How one backup stands.
enum Stands {
    Usable,
    Ask(Effect),
    Waits(WaitReason),
    Broken(String),
    NotAsked(String),
}

fn stands(context: &mut Context<'_>, rules: &BackupRules, backup: &BackupState) -> Stands {
    let deadline = after(backup.asked_at, rules.deadline);
    let is_late = context.now >= deadline;
    let effect = Effect::BackUp {
        cluster: backup.cluster.clone(),
        number: backup.number,
    };
    let says = match context.state(&effect) {
        None | Some(EffectState::Begun) if is_late => {
            let trouble = context.facts.trouble.as_deref().unwrap_or("no answer");
            return Stands::NotAsked(format!(
                "no backup could be asked for in {} before {}: {trouble}",
                backup.cluster,
                context.moment(deadline)
            ));
        }
        None | Some(EffectState::Begun) => {
            context.due(deadline);
            return Stands::Ask(effect);
        }
        Some(EffectState::Failed(why)) => {
            return Stands::Broken(format!(
                "backup {} could not be asked for in {}: {why}",
                backup.name, backup.cluster
            ));
        }
        Some(EffectState::Done) => match seen(context, backup) {
            Ok(()) => return Stands::Usable,
            Err(Unseen::Not(says)) => says,
            Err(Unseen::Broken(why)) => return Stands::Broken(why),
        },
    };
    if is_late {
        return Stands::Broken(format!(
            "backup {} in {} was not complete by {}: {says}",
            backup.name,
            backup.cluster,
            context.moment(deadline)
        ));
    }
    context.due(deadline);
    context.wake(after(context.now, LOOK_AGAIN_AFTER));
    Stands::Waits(WaitReason::Backup {
        name: backup.name.clone(),
        cluster: backup.cluster.clone(),
        says,
        until: context.moment(deadline),
    })
}

/// Why a backup is not usable now.
enum Unseen {
    /// It may become so; what it says.
    Not(String),
    /// It will not.
    Broken(String),
}

/// Whether a backup that was asked for is usable, which is remembered.
fn seen(context: &mut Context<'_>, backup: &BackupState) -> Result<(), Unseen> {
    match context.facts.backups.get(&backup.cluster) {
        None => Err(Unseen::Not("it has not been looked at yet".to_owned())),
        Some(BackupFact::Unknown(problem)) => {
            Err(Unseen::Not(format!("it cannot be seen: {problem}")))
        }
        Some(BackupFact::Progressing(says)) => Err(Unseen::Not(says.clone())),
        Some(BackupFact::Unusable(why)) => Err(Unseen::Broken(format!(
            "backup {} in {} is not usable: {why}",
            backup.name, backup.cluster
        ))),
        Some(BackupFact::Usable {
            completed_at,
            expires_at,
            volumes,
            warnings,
        }) => {
            let mut backups = context.status.backups.iter_mut();
            if let Some(state) = backups.find(|state| state.cluster == backup.cluster) {
                state.completed_at = Some(*completed_at);
                state.expires_at = *expires_at;
                state.volumes = *volumes;
                state.warnings = *warnings;
            }
            Ok(())
        }
    }
}

/// Why nothing may be written now that was not written before: a backup is gone,
/// or cannot be seen. `Err`: it is not usable any more.
pub(super) fn unsafe_to_write(
    context: &mut Context<'_>,
    rules: &BackupRules,
) -> Result<Option<WaitReason>, String> {
    for backup in context.status.backups.clone() {
        match seen(context, &backup) {
            Ok(()) => {}
            Err(Unseen::Broken(why)) => {
                // The next attempt asks for another.
                context
                    .status
                    .backups
                    .retain(|other| other.cluster != backup.cluster);
                return Err(why);
            }
            Err(Unseen::Not(says)) => {
                context.wake(after(context.now, LOOK_AGAIN_AFTER));
                return Ok(Some(WaitReason::Backup {
                    name: backup.name.clone(),
                    cluster: backup.cluster.clone(),
                    says,
                    until: context.moment(after(backup.asked_at, rules.deadline)),
                }));
            }
        }
    }
    Ok(None)
}

fn made(context: &Context<'_>, cluster: &str) -> Option<BackupState> {
    let mut backups = context.status.backups.iter();
    backups.find(|backup| backup.cluster == cluster).cloned()
}

/// The clusters of the change, each once.
fn clusters(context: &Context<'_>) -> BTreeSet<String> {
    let targets = context.request.targets.iter();
    targets.map(|target| target.key.cluster.clone()).collect()
}

/// The backups in words: `pre-change-… in prod: 3 volumes, 41 s`.
fn in_words(context: &Context<'_>) -> String {
    let told = context.status.backups.iter().map(|backup| {
        let volumes = match backup.volumes {
            0 => "no volumes".to_owned(),
            1 => "1 volume".to_owned(),
            count => format!("{count} volumes"),
        };
        let took = backup.completed_at.map_or_else(String::new, |at| {
            format!(
                ", {} s",
                at.duration_since(backup.asked_at).as_secs().max(0)
            )
        });
        let warnings = match backup.warnings {
            0 => String::new(),
            1 => ", 1 warning".to_owned(),
            count => format!(", {count} warnings"),
        };
        format!(
            "{} in {}: {volumes}{took}{warnings}",
            backup.name, backup.cluster
        )
    });
    told.collect::<Vec<_>>().join("; ")
}
