//! The targets are taken and the way back is stored.

use jiff::SignedDuration;

use super::backup::{self, Backups};
use super::context::{Advance, Context, after};
use super::effect::Effect;
use super::facts::EffectState;
use super::phase::Phase;
use super::rollback_point::RollbackPoint;
use super::status::{Destination, Run};
use crate::policy::BackupRules;
use crate::target::TargetKey;

/// How long a change may take to take its targets and to ask for a backup.
/// Meanwhile it keeps others from those that it has.
const TAKE_WITHIN: SignedDuration = SignedDuration::from_mins(10);

/// Takes the targets in their order, which is the same for every change, so
/// that two changes cannot each hold what the other needs.
pub(super) fn advance(context: &mut Context<'_>) -> Advance {
    let (run, plan) = match context.started() {
        Ok(started) => started,
        Err(lost) => return lost,
    };
    if let Some(why) = context.called_off() {
        return context.retreat(run, why, Destination::Cancelled);
    }
    let mut targets: Vec<_> = context
        .request
        .targets
        .iter()
        .map(|target| &target.key)
        .collect();
    targets.sort();
    for target in targets {
        let claim = Effect::Claim {
            target: target.clone(),
        };
        match context.state(&claim) {
            None | Some(EffectState::Begun) => {
                if let Some(why) = too_late(context, &run, target) {
                    return context.retreat(run, why, Destination::Scheduled);
                }
                return Advance::Do(claim);
            }
            Some(EffectState::Failed(why)) => {
                let why = format!("could not take {target}: {why}");
                return context.retreat(run, why, Destination::Scheduled);
            }
            Some(EffectState::Done) => {}
        }
    }
    context.status.rollback_points = rollback_points(context);
    if let Some(rules) = &plan.backup
        && let Some(answer) = back_up(context, &run, rules)
    {
        return answer;
    }
    if let Some(run) = &mut context.status.run {
        run.stage_since = context.now;
    }
    let why = if plan.backup.is_some() {
        "its targets are taken, and the way back is stored and backed up"
    } else {
        "its targets are taken and the way back is stored"
    };
    Advance::Enter(Phase::RollingOut, why.to_owned())
}

/// What the targets ran, now that they are taken, in the request's order.
fn rollback_points(context: &Context<'_>) -> Vec<RollbackPoint> {
    let targets = context.request.targets.iter().map(|target| &target.key);
    let point = |target: &TargetKey| {
        let claim = Effect::Claim {
            target: target.clone(),
        };
        let key = claim.key(context.status.attempts);
        RollbackPoint::new(target.clone(), context.facts.ran_before.get(&key))
    };
    targets.map(point).collect()
}

/// Waits for the backups, as long as the window leaves the change its time. None:
/// all are usable.
fn back_up(context: &mut Context<'_>, run: &Run, rules: &BackupRules) -> Option<Advance> {
    let needed_at = run.started_at;
    let ask_by = after(run.started_at, TAKE_WITHIN);
    match backup::make(context, rules, needed_at, ask_by) {
        Backups::Usable => None,
        Backups::Broken(why) => Some(context.retreat(run.clone(), why, Destination::Failed)),
        Backups::NotAsked(why) => Some(context.retreat(run.clone(), why, Destination::Scheduled)),
        Backups::Next(next) => {
            let needed = context.request.expected_duration;
            let Some(close) = run.closes_at else {
                return Some(next);
            };
            let last = close.checked_sub(needed).unwrap_or(context.now);
            if context.now > last {
                let why = format!(
                    "its backup was not complete while its window left the {needed:#} it is expected to take"
                );
                return Some(context.retreat(run.clone(), why, Destination::Scheduled));
            }
            context.due(after(last, SignedDuration::from_nanos(1)));
            Some(next)
        }
    }
}

/// Why a target that is not taken yet is not tried any more: it took too long,
/// or something is wrong and the window leaves no time to wait for better.
fn too_late(context: &mut Context<'_>, run: &Run, target: &TargetKey) -> Option<String> {
    let deadline = after(run.started_at, TAKE_WITHIN);
    let trouble = context.facts.trouble.as_deref();
    if context.now >= deadline {
        return Some(format!(
            "could not take {target} before {}: {}",
            context.moment(deadline),
            trouble.unwrap_or("no answer")
        ));
    }
    let needed = context.request.expected_duration;
    if let (Some(trouble), Some(close)) = (trouble, run.closes_at)
        && after(context.now, needed) > close
    {
        return Some(format!(
            "could not take {target} while its window left the {needed:#} it is expected to take: {trouble}"
        ));
    }
    context.due(deadline);
    None
}
