//! Stage by stage: apply, settle; after the last one prune.

use jiff::Timestamp;

use super::backup;
use super::context::{Advance, Context, after};
use super::effect::Effect;
use super::facts::EffectState;
use super::gates::{Asked, applications, ask, shut_sentence, sync_windows};
use super::phase::Phase;
use super::restoring::{self, Restoring};
use super::settling::settle;
use super::status::{Destination, Run};
use super::wait::WaitReason;
use crate::policy::{OnWindowClose, Plan, Stage};

pub(super) fn advance(context: &mut Context<'_>) -> Advance {
    let (run, plan) = match context.started() {
        Ok(started) => started,
        Err(lost) => return lost,
    };
    if let Some(why) = context.called_off() {
        return context.retreat(run, why, Destination::Cancelled);
    }
    if let Some(why) = window_closed(context, &run, &plan) {
        let into = way_back(context);
        return context.retreat(run, why, into);
    }
    let Some(stage) = plan.stages.get(run.stage as usize).cloned() else {
        return prune(context, run, &plan);
    };
    if let Some(answer) = apply(context, &run, &plan, &stage) {
        return answer;
    }
    if let Some(wanted) = restoring::on_the_way_out(context, &plan) {
        let was_back = is_back(context);
        match restoring::bring_back(context, &wanted) {
            Restoring::Done if was_back => {}
            Restoring::Done => {
                // What was applied has its whole time to become healthy from now on.
                if let Some(run) = &mut context.status.run {
                    run.stage_since = context.now;
                }
                return Advance::Again;
            }
            Restoring::Next(next) => return next,
            Restoring::GivenUp(why) => {
                return context.retreat(run, why, Destination::RolledBack);
            }
            Restoring::Broken(why) => return context.retreat(run, why, Destination::Failed),
        }
    }
    settle(context, run, &plan, &stage)
}

fn is_back(context: &Context<'_>) -> bool {
    let data = context.status.data.as_ref();
    data.is_some_and(|data| data.ended_at.is_some())
}

/// A change that has written nothing may try again.
fn way_back(context: &Context<'_>) -> Destination {
    if context.written().is_empty() {
        Destination::Scheduled
    } else {
        Destination::RolledBack
    }
}

fn window_closed(context: &mut Context<'_>, run: &Run, plan: &Plan) -> Option<String> {
    let close = run
        .closes_at
        .filter(|_| plan.on_window_close == OnWindowClose::Rollback)?;
    if context.now < close {
        context.due(close);
        return None;
    }
    Some(format!(
        "its window closed {} while it was going out",
        context.moment(close)
    ))
}

/// Applies the stage to each target in turn. None: all is applied.
///
/// Until the first stage of a target is out everywhere the gates are asked
/// before every write: nothing may be written to it for the first time after an
/// approval was voided or the window closed, however long Tidegate was down and
/// however far the change is elsewhere.
fn apply(context: &mut Context<'_>, run: &Run, plan: &Plan, stage: &Stage) -> Option<Advance> {
    let targets = context.request.targets.iter().map(|target| &target.key);
    for target in targets.filter(|target| plan.takes(run.stage, target)) {
        let effect = Effect::Apply {
            target: target.clone(),
            stage: run.stage,
        };
        match context.state(&effect).cloned() {
            Some(EffectState::Done) => continue,
            Some(EffectState::Failed(why)) => {
                let why = format!(
                    "stage {} could not be applied to {target}: {why}",
                    stage.name
                );
                return Some(context.retreat(run.clone(), why, Destination::RolledBack));
            }
            None | Some(EffectState::Begun) => {}
        }
        let deadline = after(run.stage_since, stage.within);
        if context.now >= deadline {
            let problem = context
                .facts
                .trouble
                .clone()
                .unwrap_or_else(|| "no answer".to_owned());
            let why = format!(
                "stage {} could not be applied to {target} before {}: {problem}",
                stage.name,
                context.moment(deadline)
            );
            let into = way_back(context);
            return Some(context.retreat(run.clone(), why, into));
        }
        context.due(deadline);
        let is_first = plan.first_stage(target) == Some(run.stage);
        if is_first
            && run.stage > 0
            && let Some(unknown) = unknown(context)
        {
            return Some(context.wait(vec![unknown]));
        }
        if is_first && let Some(why) = shut(context) {
            let into = way_back(context);
            return Some(context.retreat(run.clone(), why, into));
        }
        if is_first && let Some(rules) = &plan.backup {
            match backup::unsafe_to_write(context, rules) {
                Ok(None) => {}
                Ok(Some(reason)) => return Some(context.wait(vec![reason])),
                Err(why) => {
                    let into = way_back(context);
                    return Some(context.retreat(run.clone(), why, into));
                }
            }
        }
        // What is promoted later is no sync, so nothing of Argo CD's keeps it.
        if is_first {
            let obstacle = applications::obstacle(context, target, plan);
            let obstacle = obstacle.or_else(|| sync_windows::lift(context, target, plan));
            if let Some(obstacle) = obstacle {
                return Some(context.wait(vec![obstacle]));
            }
        }
        if let Some(run) = &mut context.status.run {
            run.touched = true;
        }
        return Some(Advance::Do(effect));
    }
    None
}

/// What the gates need and nobody has found out yet. A repository that does not
/// answer for a moment is no reason to take back what is out elsewhere.
fn unknown(context: &Context<'_>) -> Option<WaitReason> {
    match (&context.facts.source, &context.facts.rendered) {
        (None, _) => Some(WaitReason::Source { problem: None }),
        (Some(Err(problem)), _) => Some(WaitReason::Source {
            problem: Some(problem.clone()),
        }),
        (Some(Ok(_)), None) => Some(WaitReason::Manifests { problem: None }),
        (Some(Ok(_)), Some(Err(problem))) => Some(WaitReason::Manifests {
            problem: Some(problem.clone()),
        }),
        (Some(Ok(_)), Some(Ok(_))) => None,
    }
}

/// Asks the gates before a first write, and says which is shut. What they found
/// then is not kept: to other targets the change may have written already, and
/// its status says what.
fn shut(context: &mut Context<'_>) -> Option<String> {
    let before = context.status.clone();
    let why = match ask(context, Asked::ToWrite) {
        Err(shut) => shut_sentence(shut),
        Ok(_)
            if context.status.revision != before.revision
                || context.status.digest != before.digest =>
        {
            "its source moved before the first stage was out".to_owned()
        }
        Ok(_) => {
            // The gates asked who may let it start; an emergency shows who
            // settled what it owes.
            if context.status.owed.is_some() {
                context.status.approvals = before.approvals;
            }
            return None;
        }
    };
    context.status = before;
    Some(why)
}

/// After the last stage: deletes what is no longer wanted, and goes on to
/// verification.
fn prune(context: &mut Context<'_>, run: Run, plan: &Plan) -> Advance {
    let targets = context.request.targets.iter();
    // Argo CD deletes what an Application no longer has, if it is to.
    let targets = targets.filter(|target| !target.is_application());
    for target in targets.map(|target| &target.key) {
        let effect = Effect::Prune {
            target: target.clone(),
        };
        match context.state(&effect) {
            Some(EffectState::Done) => continue,
            Some(EffectState::Failed(why)) => {
                let why = format!("what {target} no longer has could not be deleted: {why}");
                return context.retreat(run, why, Destination::RolledBack);
            }
            None | Some(EffectState::Begun) => {}
        }
        let deadline = prune_deadline(&run, plan);
        if context.now >= deadline {
            let why = format!("what {target} no longer has could not be deleted in time");
            return context.retreat(run, why, Destination::RolledBack);
        }
        context.due(deadline);
        return Advance::Do(effect);
    }
    if let Some(run) = &mut context.status.run {
        run.verifying_since = Some(run.stage_since);
        run.healthy_since = None;
        run.checks = super::verifying::checks(&plan.verification);
    }
    Advance::Enter(
        Phase::Verifying,
        "every stage is out and healthy".to_owned(),
    )
}

/// Pruning takes part of the time that verification may take.
fn prune_deadline(run: &Run, plan: &Plan) -> Timestamp {
    after(run.stage_since, plan.verification.within)
}
