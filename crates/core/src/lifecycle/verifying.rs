//! It is out: is it a success?

use jiff::{SignedDuration, Timestamp};

use super::context::{Advance, Context, after};
use super::effect::Effect;
use super::facts::{CheckResult, EffectState};
use super::health::{Health, health};
use super::phase::Phase;
use super::restoring;
use super::status::{CheckState, Destination, Run};
use super::wait::WaitReason;
use crate::policy::{Check, Plan, Verification};

/// How long after a probe that did not pass the next one is sent.
const PROBE_EVERY: SignedDuration = SignedDuration::from_secs(5);

/// How long after a query whose value was not good enough the next one is made.
const QUERY_EVERY: SignedDuration = SignedDuration::from_secs(10);

/// The checks as they stand before any was made.
pub(super) fn checks(verification: &Verification) -> Vec<CheckState> {
    let name = |check: &Check| CheckState {
        name: check.label(),
        passed: false,
        message: String::new(),
        good_since: None,
    };
    verification.checks.iter().map(name).collect()
}

pub(super) fn advance(context: &mut Context<'_>) -> Advance {
    let (run, plan) = match context.started() {
        Ok(started) => started,
        Err(lost) => return lost,
    };
    if run.checks.iter().all(|check| check.passed) {
        let since = run.verifying_since.unwrap_or(context.now);
        return conclude(context, after(since, plan.verification.within));
    }
    if let Some(why) = context.called_off() {
        return context.retreat(run, why, Destination::Cancelled);
    }
    let since = run.verifying_since.unwrap_or(context.now);
    let deadline = after(since, plan.verification.within);
    let mut run = run;
    let mut pending = Vec::new();
    for (position, check) in plan.verification.checks.iter().enumerate() {
        match ask(context, &mut run, &plan, position, check) {
            Asked::Passed => {}
            Asked::Pending(problem) => pending.push((check.label(), problem)),
            Asked::Failed(problem) => {
                let why = format!("check {} failed: {problem}", check.label());
                return context.retreat(run, why, Destination::RolledBack);
            }
            Asked::Do(effect) if context.now < deadline => {
                context.due(deadline);
                context.status.run = Some(run);
                return Advance::Do(effect);
            }
            Asked::Do(_) => {
                let problem = context.facts.trouble.clone();
                let problem = problem.unwrap_or_else(|| "could not be started".to_owned());
                pending.push((check.label(), problem));
            }
        }
    }
    if pending.is_empty() {
        context.status.run = Some(run);
        return Advance::Again;
    }
    if context.now >= deadline {
        let all: Vec<String> = pending
            .into_iter()
            .map(|(check, problem)| format!("{check}: {problem}"))
            .collect();
        let why = format!(
            "verification did not pass by {}: {}",
            context.moment(deadline),
            all.join("; ")
        );
        return context.retreat(run, why, Destination::RolledBack);
    }
    context.status.run = Some(run);
    context.due(deadline);
    let until = context.moment(deadline);
    let reasons = pending
        .into_iter()
        .map(|(check, problem)| WaitReason::Check {
            check,
            problem,
            until: until.clone(),
        })
        .collect();
    context.wait(reasons)
}

enum Asked {
    Passed,
    Pending(String),
    Failed(String),
    Do(Effect),
}

/// Asks one check, and remembers that it passed: a check passes once.
fn ask(
    context: &mut Context<'_>,
    run: &mut Run,
    plan: &Plan,
    position: usize,
    check: &Check,
) -> Asked {
    if run.checks.len() != plan.verification.checks.len() {
        run.checks = checks(&plan.verification);
    }
    let Some(state) = run.checks.get_mut(position) else {
        return Asked::Failed("is not in the status".to_owned());
    };
    if state.passed {
        return Asked::Passed;
    }
    let answer = match check {
        Check::Workloads { healthy_for } => stays_healthy(context, run, *healthy_for),
        Check::Http { .. } => {
            let answer = observed(context, position);
            if matches!(answer, Asked::Pending(_)) {
                let again = after(context.now, PROBE_EVERY);
                context.wake(again);
            }
            answer
        }
        Check::Prometheus { holds_for, .. } => {
            let answer = observed(context, position);
            let answer = stays_good(context, run, position, *holds_for, answer);
            if matches!(answer, Asked::Pending(_)) {
                let again = after(context.now, QUERY_EVERY);
                context.wake(again);
            }
            answer
        }
        Check::Job { .. } => {
            let effect = Effect::RunJob {
                check: number(position),
            };
            match context.state(&effect) {
                None | Some(EffectState::Begun) => return Asked::Do(effect),
                Some(EffectState::Failed(why)) => Asked::Failed(why.clone()),
                Some(EffectState::Done) => observed(context, position),
            }
        }
    };
    if let Some(state) = run.checks.get_mut(position) {
        match &answer {
            Asked::Passed => {
                state.passed = true;
                state.message = String::new();
            }
            Asked::Pending(message) | Asked::Failed(message) => state.message.clone_from(message),
            Asked::Do(_) => {}
        }
    }
    answer
}

/// A value that has to stay within its limits has done so when it is seen there
/// at the end of that time or later, and was never seen outside in between.
fn stays_good(
    context: &mut Context<'_>,
    run: &mut Run,
    position: usize,
    holds_for: Option<SignedDuration>,
    answer: Asked,
) -> Asked {
    let (Some(holds_for), Some(state)) = (holds_for, run.checks.get_mut(position)) else {
        return answer;
    };
    match answer {
        Asked::Passed => {
            let since = *state.good_since.get_or_insert(context.now);
            stays_so(context, "within its limits", after(since, holds_for))
        }
        Asked::Pending(problem) => {
            state.good_since = None;
            Asked::Pending(problem)
        }
        other => other,
    }
}

/// As long as a target only cannot be seen the time goes on. It ends when all
/// are seen healthy at its end or later.
fn stays_healthy(context: &mut Context<'_>, run: &mut Run, healthy_for: SignedDuration) -> Asked {
    let targets = context.request.targets.iter().map(|target| &target.key);
    match health(context, targets) {
        Health::Broken(why) => Asked::Failed(why),
        Health::NotYet(problems) => {
            run.healthy_since = None;
            Asked::Pending(problems.join("; "))
        }
        Health::Unseen(problems) => {
            if let Some(since) = run.healthy_since {
                context.due(after(since, healthy_for));
            }
            Asked::Pending(problems.join("; "))
        }
        Health::Good => {
            let since = *run.healthy_since.get_or_insert(context.now);
            stays_so(context, "healthy", after(since, healthy_for))
        }
    }
}

/// It is so now, and passes if it is so at its end or later.
fn stays_so(context: &mut Context<'_>, what: &str, end: Timestamp) -> Asked {
    if context.now >= end {
        return Asked::Passed;
    }
    context.due(end);
    Asked::Pending(format!(
        "{what}, and must stay so until {}",
        context.moment(end)
    ))
}

fn observed(context: &Context<'_>, position: usize) -> Asked {
    match context.facts.checks.get(&number(position)) {
        Some(CheckResult::Passed) => Asked::Passed,
        Some(CheckResult::Pending(what)) => Asked::Pending(what.clone()),
        Some(CheckResult::Failed(why)) => Asked::Failed(why.clone()),
        None => Asked::Pending("has not been asked yet".to_owned()),
    }
}

fn number(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}

/// Everything passed: what runs is recorded, and the targets are given free.
fn conclude(context: &mut Context<'_>, deadline: Timestamp) -> Advance {
    let targets = context.request.targets.iter().map(|target| &target.key);
    let targets: Vec<_> = targets.collect();
    if let Some(answer) = restoring::discard(context, &targets, deadline) {
        return answer;
    }
    for target in &context.request.targets {
        let effect = Effect::Conclude {
            target: target.key.clone(),
            deployed: true,
        };
        match context.state(&effect) {
            None | Some(EffectState::Begun) => return Advance::Do(effect),
            Some(EffectState::Failed(why)) => {
                let why = format!("it is out and verified, but could not be recorded: {why}");
                return Advance::Enter(Phase::Failed, why);
            }
            Some(EffectState::Done) => {}
        }
    }
    let why = match context
        .status
        .run
        .as_ref()
        .map_or(0, |run| run.checks.len())
    {
        0 => "it is out and healthy".to_owned(),
        1 => "it is out and its check passed".to_owned(),
        several => format!("it is out and all {several} checks passed"),
    };
    Advance::Enter(Phase::Succeeded, why)
}
