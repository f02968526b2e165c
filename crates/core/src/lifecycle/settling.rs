//! A stage that is applied becomes healthy, and stays so through its soak.

use super::context::{Advance, Context, after};
use super::health::{Health, health};
use super::status::{Destination, Run};
use super::wait::WaitReason;
use crate::policy::{Plan, Stage};

/// Waits until every target is healthy, and then for the soak.
///
/// A target that is seen not to be healthy starts the soak anew while the stage
/// may still become healthy, and brings the change back after that. One that
/// only cannot be seen does neither: the soak goes on, and ends when the target
/// is seen healthy at its end or later. So that this ends, a stage out of sight
/// goes back once the time to become healthy and the soak have both passed.
pub(super) fn settle(context: &mut Context<'_>, run: Run, plan: &Plan, stage: &Stage) -> Advance {
    let targets = context.request.targets.iter().map(|target| &target.key);
    let out = targets.filter(|target| plan.latest_stage(run.stage, target).is_some());
    match health(context, out) {
        Health::Broken(why) => {
            let why = format!("stage {} failed: {why}", stage.name);
            context.retreat(run, why, Destination::RolledBack)
        }
        Health::NotYet(problems) => not_yet(context, run, stage, problems),
        Health::Unseen(problems) => unseen(context, run, stage, problems),
        Health::Good => soak(context, &run, stage),
    }
}

fn not_yet(context: &mut Context<'_>, run: Run, stage: &Stage, problems: Vec<String>) -> Advance {
    let deadline = after(run.stage_since, stage.within);
    if context.now >= deadline {
        let problems = problems.join("; ");
        let why = if run.healthy_since.is_some() {
            format!("stage {} did not stay healthy: {problems}", stage.name)
        } else {
            format!(
                "stage {} was not healthy by {}: {problems}",
                stage.name,
                context.moment(deadline)
            )
        };
        return context.retreat(run, why, Destination::RolledBack);
    }
    if let Some(run) = &mut context.status.run {
        run.healthy_since = None;
    }
    context.due(deadline);
    let until = context.moment(deadline);
    let reasons = reasons(stage, problems, &until);
    context.wait(reasons)
}

fn unseen(context: &mut Context<'_>, run: Run, stage: &Stage, problems: Vec<String>) -> Advance {
    let mut deadline = after(run.stage_since, stage.within);
    if let Some(since) = run.healthy_since {
        deadline = after(deadline, stage.soak);
        context.due(after(since, stage.soak));
    }
    let until = context.moment(deadline);
    if context.now >= deadline {
        let why = format!(
            "stage {} was not seen healthy by {until}: {}",
            stage.name,
            problems.join("; ")
        );
        return context.retreat(run, why, Destination::RolledBack);
    }
    context.due(deadline);
    let reasons = reasons(stage, problems, &until);
    context.wait(reasons)
}

fn soak(context: &mut Context<'_>, run: &Run, stage: &Stage) -> Advance {
    let since = run.healthy_since.unwrap_or(context.now);
    let end = after(since, stage.soak);
    let Some(status) = &mut context.status.run else {
        return Advance::Again;
    };
    status.healthy_since = Some(since);
    if context.now >= end {
        status.stage += 1;
        status.stage_since = context.now;
        status.healthy_since = None;
        return Advance::Again;
    }
    context.due(end);
    let until = context.moment(end);
    context.wait(vec![WaitReason::Soak {
        stage: format!("stage {}", stage.name),
        until,
    }])
}

fn reasons(stage: &Stage, problems: Vec<String>, until: &str) -> Vec<WaitReason> {
    problems
        .into_iter()
        .map(|problem| WaitReason::Health {
            stage: format!("stage {}", stage.name),
            problem,
            until: until.to_owned(),
        })
        .collect()
}
