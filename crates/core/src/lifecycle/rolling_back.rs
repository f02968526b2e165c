//! The way back. No window, freeze, hold or approval is asked here.

use super::context::{Advance, Context, after};
use super::effect::Effect;
use super::facts::{EffectState, Observation};
use super::gates::sync_windows;
use super::health::{Health, health};
use super::phase::Phase;
use super::restoring::{self, Restoring};
use super::reverting::revert;
use super::status::{Destination, Retreat, Run};
use super::wait::WaitReason;
use crate::policy::Plan;

pub(super) fn advance(context: &mut Context<'_>) -> Advance {
    let (run, plan) = match context.started() {
        Ok(started) => started,
        Err(lost) => return lost,
    };
    let Some(retreat) = run.retreat.clone() else {
        return Advance::Enter(
            Phase::Failed,
            "its status lost the reason of its way back, so a person has to see what is out"
                .to_owned(),
        );
    };
    if run.touched
        && retreat.into != Destination::Failed
        && !is_concluding(context)
        && let Some(answer) = undo(context, &run, &plan, &retreat)
    {
        return answer;
    }
    conclude(context, &retreat)
}

/// Once a target is being given free its record no longer says what ran
/// before: that it was healthy is settled by then.
fn is_concluding(context: &Context<'_>) -> bool {
    context.request.targets.iter().any(|target| {
        let effect = Effect::Conclude {
            target: target.key.clone(),
            deployed: false,
        };
        context.state(&effect).is_some()
    })
}

/// Applies the previous revision wherever this one may have been written, the
/// last target first, and waits until it is healthy. None: it is.
fn undo(context: &mut Context<'_>, run: &Run, plan: &Plan, retreat: &Retreat) -> Option<Advance> {
    let mut deadline = after(retreat.since, plan.rollback_within);
    let mut targets = context.written();
    targets.reverse();
    for target in targets {
        let effect = Effect::RollBack {
            target: target.clone(),
        };
        match context.state(&effect) {
            Some(EffectState::Done) => continue,
            Some(EffectState::Failed(why)) => {
                let why = format!("the previous revision could not be applied to {target}: {why}");
                return Some(give_up(context, run, retreat, &why));
            }
            None | Some(EffectState::Begun) => {}
        }
        if context.now >= deadline {
            let problem = sync_windows::not_lifted(context, target)
                .or_else(|| context.facts.trouble.clone())
                .unwrap_or_else(|| "no answer".to_owned());
            let why = format!(
                "the previous revision could not be applied to {target} in time: {problem}"
            );
            return Some(give_up(context, run, retreat, &why));
        }
        context.due(deadline);
        if let Some(parked) = sync_windows::parks_the_way_back(context, target, plan) {
            let Some(opens_at) = parked.opens_at.filter(|at| *at < deadline) else {
                let why = format!(
                    "Argo CD does not allow the way back of {target}: {}",
                    parked.told()
                );
                return Some(give_up(context, run, retreat, &why));
            };
            context.due(opens_at);
            let waits = WaitReason::ApplicationWindow {
                application: target.name.clone(),
                shut: parked.reason,
                next: Some(context.moment(opens_at)),
            };
            return Some(context.wait(vec![waits]));
        }
        if let Some(lifting) = sync_windows::lift(context, target, plan) {
            return Some(context.wait(vec![lifting]));
        }
        return Some(Advance::Do(effect));
    }
    let data = restoring::on_the_way_back(context, plan, retreat);
    if let Some(wanted) = &data {
        match restoring::bring_back(context, wanted) {
            Restoring::Next(next) => return Some(next),
            Restoring::GivenUp(why) | Restoring::Broken(why) => {
                return Some(give_up(context, run, retreat, &why));
            }
            // What runs on the old data has its own time to become healthy.
            Restoring::Done => deadline = restoring::healthy_by(context, plan, deadline),
        }
    }
    if context.now < deadline
        && let Some(answer) = promote_back(context, run, retreat)
    {
        return Some(answer);
    }
    let problems = match health(context, context.written().into_iter()) {
        Health::Good => {
            let data = data?;
            return restoring::discard(context, &data.targets, deadline);
        }
        Health::Broken(why) => vec![why],
        Health::NotYet(problems) | Health::Unseen(problems) => problems,
    };
    if context.now >= deadline {
        let why = format!(
            "the previous revision did not become healthy: {}",
            problems.join("; ")
        );
        return Some(give_up(context, run, retreat, &why));
    }
    context.due(deadline);
    let until = context.moment(deadline);
    let reasons = problems
        .into_iter()
        .map(|problem| WaitReason::Health {
            stage: "the previous revision".to_owned(),
            problem,
            until: until.clone(),
        })
        .collect();
    Some(context.wait(reasons))
}

/// What would stop on its way back is let through, once. What was begun is ended,
/// also where it shows already.
fn promote_back(context: &mut Context<'_>, run: &Run, retreat: &Retreat) -> Option<Advance> {
    for target in context.written() {
        let effect = Effect::PromoteBack {
            target: target.clone(),
        };
        let observation = context.facts.observations.get(target);
        let is_halted = matches!(observation, Some(Observation::Halted(_)));
        match context.state(&effect) {
            Some(EffectState::Begun) => return Some(Advance::Do(effect)),
            None if is_halted => return Some(Advance::Do(effect)),
            Some(EffectState::Failed(why)) if is_halted => {
                let why = format!("{target} could not be let through its steps: {why}");
                return Some(give_up(context, run, retreat, &why));
            }
            Some(EffectState::Done | EffectState::Failed(_)) | None => {}
        }
    }
    None
}

/// Neither forwards nor back: the targets are given free for the person who
/// mends it.
fn give_up(context: &mut Context<'_>, run: &Run, retreat: &Retreat, why: &str) -> Advance {
    let where_it_stands = where_it_stands(context);
    let why = format!("{}; and {why}{where_it_stands}", retreat.why);
    let retreat = Retreat {
        why,
        since: retreat.since,
        into: Destination::Failed,
    };
    context.status.run = Some(Run {
        retreat: Some(retreat),
        ..run.clone()
    });
    Advance::Again
}

/// Of several targets, which is back and which is not, as a person needs to know
/// who goes on from here.
fn where_it_stands(context: &Context<'_>) -> String {
    let targets = &context.request.targets;
    if targets.len() < 2 {
        return String::new();
    }
    let written = context.written();
    let parts = targets.iter().map(|target| {
        let undone = Effect::RollBack {
            target: target.key.clone(),
        };
        let stands = if !written.contains(&&target.key) {
            "was not touched"
        } else if context.state(&undone) != Some(&EffectState::Done) {
            "may still be at the new revision"
        } else if context.facts.observations.get(&target.key) == Some(&Observation::Healthy) {
            "is back"
        } else {
            "was set back and is not seen healthy"
        };
        format!("{} {stands}", target.key.name)
    });
    format!(" ({})", parts.collect::<Vec<_>>().join(", "))
}

/// Gives the targets free and ends, or goes back to waiting.
fn conclude(context: &mut Context<'_>, retreat: &Retreat) -> Advance {
    for target in &context.request.targets {
        let claim = Effect::Claim {
            target: target.key.clone(),
        };
        // Even a claim that was refused may have been done before, by a shell
        // that died before it could say so. To give free what another holds
        // changes nothing.
        let refused = match context.state(&claim) {
            None => continue,
            Some(EffectState::Failed(_)) => true,
            Some(EffectState::Done | EffectState::Begun) => false,
        };
        let effect = Effect::Conclude {
            target: target.key.clone(),
            deployed: false,
        };
        match context.state(&effect) {
            None | Some(EffectState::Begun) => return Advance::Do(effect),
            Some(EffectState::Failed(_)) if refused => {}
            Some(EffectState::Failed(why)) => {
                let why = format!(
                    "{}; and {} could not be given free: {why}",
                    retreat.why, target.key
                );
                return Advance::Enter(Phase::Failed, why);
            }
            Some(EffectState::Done) => {}
        }
    }
    if let Some(answer) = revert(context, retreat) {
        return answer;
    }
    if !context.status.run.as_ref().is_some_and(|run| run.touched) {
        // Nothing came of it that anybody could still agree to, or look at.
        context.status.owed = None;
    }
    let phase = match retreat.into {
        Destination::Scheduled => {
            context.status.run = None;
            context.status.plan = None;
            context.status.owed = None;
            Phase::Scheduled
        }
        Destination::RolledBack => Phase::RolledBack,
        Destination::Cancelled => Phase::Cancelled,
        Destination::Failed => Phase::Failed,
    };
    Advance::Enter(phase, retreat.why.clone())
}
