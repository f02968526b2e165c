//! Which facts a change needs now. The shell gathers those and no others.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::context::after;
use super::effect::Effect;
use super::facts::{EffectState, Facts};
use super::gates::PREVIEW_AHEAD;
use super::phase::Phase;
use super::status::{Destination, RestoreState};
use super::written::may_be_written;
use crate::policy::Check;
use crate::request::Change;
use crate::target::TargetKey;

/// A fact that is dear to find, and wanted now.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Question {
    /// Which commit is it, and what does it render to?
    Source,
    /// What would the API server say? (A dry run.)
    Preview,
    /// How does the backup in this cluster do?
    Backup(String),
    /// Is this backup, whose data is to be brought back in a cluster, good?
    Restorable(String, String),
    /// How does this restore in a cluster do?
    Restore(String, String),
    /// How far is the data of this target that is brought back?
    Data(TargetKey),
    /// How does this target do at this stage?
    Stage(TargetKey, u32),
    /// How does this target do with the previous revision?
    Previous(TargetKey),
    /// What does this check say?
    Check(u32),
}

/// Asks for what [`super::step()`] will look at. `known` are the facts that cost
/// nothing: the policies, calendars and the ledger's word on past effects.
pub fn questions(change: &Change, known: &Facts, now: Timestamp) -> Vec<Question> {
    let status = &change.status;
    match status.phase {
        Phase::Draft | Phase::Assessing | Phase::Approving => {
            let mut asked = vec![Question::Source];
            if status.digest.is_none() || status.accepted != status.digest {
                asked.push(Question::Preview);
            }
            if status.phase == Phase::Approving {
                asked.extend(pending_backups(change, known));
            }
            asked
        }
        Phase::Scheduled => {
            let mut asked = vec![Question::Source];
            asked.extend(backups(change, known));
            let near = status
                .next_transition_at
                .is_none_or(|at| after(now, PREVIEW_AHEAD) >= at);
            // A backup that somebody asked for holds up nothing else.
            let only = ["PreviewPending", "Refused", "Drifted", "BackupPending"];
            if near
                || status
                    .waiting_on
                    .iter()
                    .all(|wait| only.contains(&wait.reason.as_str()))
            {
                asked.push(Question::Preview);
            }
            asked
        }
        // The first write follows in the same step, and its gates look at the source.
        Phase::BackingUp => {
            let mut asked = vec![Question::Source];
            asked.extend(backups(change, known));
            asked
        }
        Phase::RollingOut => rolling_out(change, known),
        Phase::Verifying => verifying(change, known),
        Phase::RollingBack => {
            let retreat = status.run.as_ref().and_then(|run| run.retreat.as_ref());
            if retreat.is_some_and(|retreat| retreat.into == Destination::Scheduled) {
                // Its gates are asked in the step that ends the way back.
                return vec![Question::Source];
            }
            rolling_back(change, known)
        }
        Phase::Succeeded
        | Phase::RolledBack
        | Phase::Failed
        | Phase::Rejected
        | Phase::Cancelled
        | Phase::Expired => Vec::new(),
    }
}

fn rolling_out(change: &Change, known: &Facts) -> Vec<Question> {
    let Some(run) = &change.status.run else {
        return Vec::new();
    };
    let apply = |target: &TargetKey| Effect::Apply {
        target: target.clone(),
        stage: run.stage,
    };
    let Some(plan) = &change.status.plan else {
        return Vec::new();
    };
    let mut going_out = targets(change);
    going_out.retain(|target| plan.takes(run.stage, target));
    if is_done(change, known, &going_out, apply) {
        if let Some(asked) = data(change, known) {
            return asked;
        }
        let out = targets(change).into_iter().filter_map(|target| {
            let stage = plan.latest_stage(run.stage, &target)?;
            Some(Question::Stage(target, stage))
        });
        out.collect()
    } else if going_out
        .iter()
        .any(|target| plan.first_stage(target) == Some(run.stage))
    {
        // The gates are asked before a first write, and so is the backup.
        let mut asked = vec![Question::Source];
        asked.extend(backups(change, known));
        asked
    } else {
        Vec::new()
    }
}

/// Those of them that nobody knows to be usable or not.
fn pending_backups(change: &Change, known: &Facts) -> Vec<Question> {
    let is_pending = |question: &Question| {
        let mut made = change.status.backups.iter();
        let Question::Backup(cluster) = question else {
            return false;
        };
        made.any(|backup| {
            backup.cluster == *cluster && backup.completed_at.is_none() && backup.unusable.is_none()
        })
    };
    let mut asked = backups(change, known);
    asked.retain(is_pending);
    asked
}

/// The backups that were asked for.
fn backups(change: &Change, known: &Facts) -> Vec<Question> {
    let status = &change.status;
    let made = status.backups.iter().filter(|backup| {
        let effect = Effect::BackUp {
            cluster: backup.cluster.clone(),
            number: backup.number,
        };
        let key = effect.key(status.attempts);
        known.effects.get(&key) == Some(&EffectState::Done)
    });
    made.map(|backup| Question::Backup(backup.cluster.clone()))
        .collect()
}

/// Data that is being brought back. None: there is none.
fn data(change: &Change, known: &Facts) -> Option<Vec<Question>> {
    let status = &change.status;
    let state = status.data.as_ref()?;
    if state.ended_at.is_some() || state.given_up.is_some() {
        return None;
    }
    let state_of = |effect: Effect| known.effects.get(&effect.key(status.attempts));
    let round = state.round;
    let mut targets = targets(change);
    targets.retain(|target| {
        let stop = Effect::Stop {
            target: target.clone(),
            round,
            again: 0,
        };
        state_of(stop) == Some(&EffectState::Done)
    });
    let mut asked: Vec<Question> = Vec::new();
    let removed = |target: &TargetKey| {
        let remove = Effect::RemoveClaims {
            target: target.clone(),
            round,
        };
        state_of(remove) == Some(&EffectState::Done)
    };
    if !targets.iter().all(removed) {
        let clusters: BTreeSet<&str> = targets
            .iter()
            .map(|target| target.cluster.as_str())
            .collect();
        asked.extend(clusters.into_iter().filter_map(|cluster| {
            let backup = change.data_from(cluster, round)?;
            Some(Question::Restorable(cluster.to_owned(), backup.to_owned()))
        }));
    }
    let mut latest: BTreeMap<&str, &RestoreState> = BTreeMap::new();
    for restore in &state.restores {
        if restore.asked_at >= state.since {
            latest.insert(&restore.cluster, restore);
        }
    }
    asked.extend(latest.into_values().filter_map(|restore| {
        let effect = Effect::Restore {
            cluster: restore.cluster.clone(),
            number: restore.number,
        };
        (state_of(effect) == Some(&EffectState::Done))
            .then(|| Question::Restore(restore.cluster.clone(), restore.name.clone()))
    }));
    asked.extend(targets.into_iter().map(Question::Data));
    Some(asked)
}

/// Only what was written goes back.
fn rolling_back(change: &Change, known: &Facts) -> Vec<Question> {
    let written: Vec<TargetKey> = targets(change)
        .into_iter()
        .filter(|target| may_be_written(&change.status, known, target))
        .collect();
    let free = |target: &TargetKey| {
        let effect = Effect::Conclude {
            target: target.clone(),
            deployed: false,
        };
        let key = effect.key(change.status.attempts);
        known.effects.contains_key(&key)
    };
    // What is given free is looked at no more.
    if written.iter().any(free) {
        return Vec::new();
    }
    let back = |target: &TargetKey| Effect::RollBack {
        target: target.clone(),
    };
    if is_done(change, known, &written, back) {
        if let Some(asked) = data(change, known) {
            return asked;
        }
        written.into_iter().map(Question::Previous).collect()
    } else {
        Vec::new()
    }
}

fn verifying(change: &Change, known: &Facts) -> Vec<Question> {
    let (Some(run), Some(plan)) = (&change.status.run, &change.status.plan) else {
        return Vec::new();
    };
    let mut asked = Vec::new();
    for (position, check) in plan.verification.checks.iter().enumerate() {
        if run.checks.get(position).is_some_and(|state| state.passed) {
            continue;
        }
        let position = u32::try_from(position).unwrap_or(u32::MAX);
        match check {
            Check::Workloads { .. } => {
                let last = u32::try_from(plan.stages.len().saturating_sub(1)).unwrap_or(u32::MAX);
                asked.extend(targets(change).into_iter().filter_map(|target| {
                    let stage = plan.latest_stage(last, &target)?;
                    Some(Question::Stage(target, stage))
                }));
            }
            Check::Http { .. } | Check::Prometheus { .. } => {
                asked.push(Question::Check(position));
            }
            Check::Job { .. } => {
                let job = Effect::RunJob { check: position };
                if known.effects.get(&job.key(change.status.attempts)) == Some(&EffectState::Done) {
                    asked.push(Question::Check(position));
                }
            }
        }
    }
    asked
}

fn targets(change: &Change) -> Vec<TargetKey> {
    let targets = change.request.targets.iter();
    targets.map(|target| target.key.clone()).collect()
}

/// This effect is done on each of these targets.
fn is_done(
    change: &Change,
    known: &Facts,
    targets: &[TargetKey],
    effect: impl Fn(&TargetKey) -> Effect,
) -> bool {
    targets.iter().all(|target| {
        let key = effect(target).key(change.status.attempts);
        known.effects.get(&key) == Some(&EffectState::Done)
    })
}
