//! Argo CD can take an operation on every Application of the change.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use super::sync_windows;
use crate::argo_cd::obstacle::{Obstacle, obstacle as obstacle_of};
use crate::lifecycle::context::{Context, after};
use crate::lifecycle::wait::WaitReason;
use crate::policy::Plan;
use crate::target::TargetKey;

/// When to look again for what no watch may tell.
const LOOK_AGAIN_AFTER: SignedDuration = SignedDuration::from_mins(1);

/// When a cluster that did not answer is tried again.
const REACH_AGAIN_AFTER: SignedDuration = SignedDuration::from_secs(16);

/// The policy's plan for the targets of this change.
///
/// # Errors
///
/// A sentence, where a target cannot go out as the policy asks.
pub(in crate::lifecycle) fn assigned(context: &Context<'_>, plan: &Plan) -> Result<Plan, String> {
    if brings_data_back(context) {
        let targets = context.request.targets.iter();
        let targets: Vec<TargetKey> = targets.map(|target| target.key.clone()).collect();
        return Ok(plan.in_one(&targets));
    }
    let none = BTreeMap::new();
    let workloads = match &context.facts.rendered {
        Some(Ok(rendered)) => &rendered.workloads,
        Some(Err(_)) | None => &none,
    };
    plan.assigned(&context.request.targets, &labels(context), workloads)
}

/// Everything stops for that, so that there is nothing to be careful with.
fn brings_data_back(context: &Context<'_>) -> bool {
    let undoes = context.request.rolls_back.as_ref();
    undoes.is_some_and(|undoes| !undoes.data.is_empty())
}

/// The labels of the Applications, by which stages choose them.
fn labels(context: &Context<'_>) -> BTreeMap<TargetKey, BTreeMap<String, String>> {
    let facts = context.facts.applications.iter();
    facts
        .filter_map(|(target, fact)| {
            let fact = fact.as_ref().ok()?;
            Some((target.clone(), fact.application.metadata.labels.clone()))
        })
        .collect()
}

/// Why nothing may be started on this target now. Nothing where Tidegate delivers
/// itself. Windows that Tidegate published do not count: its own calendar was
/// asked, and what they forbid beyond it is lifted for the write. Nor do others
/// for an emergency whose policy lets it lift them.
pub(in crate::lifecycle) fn obstacle(
    context: &mut Context<'_>,
    target: &TargetKey,
    plan: &Plan,
) -> Option<WaitReason> {
    if !is_application(context, target) {
        return None;
    }
    let name = &target.name;
    let facts = context.facts;
    let fact = match facts.applications.get(target) {
        None => return Some(unready(name, "has not been looked at yet")),
        Some(Err(problem)) => {
            let again = after(context.now, LOOK_AGAIN_AFTER);
            context.wake(again);
            return Some(unready(name, problem));
        }
        Some(Ok(fact)) => fact,
    };
    if let Some(problem) = &fact.unreachable {
        let again = after(context.now, REACH_AGAIN_AFTER);
        context.wake(again);
        return Some(unready(name, problem));
    }
    let foreign = &fact.foreign.windows;
    let kind = context.request.kind;
    let found = obstacle_of(&fact.application, foreign, context.name, kind, context.now)?;
    let is_window = matches!(found, Obstacle::Windows { .. });
    if is_window && sync_windows::may_lift_foreign(context, fact, plan) {
        return None;
    }
    Some(reason(context, name, found))
}

fn is_application(context: &Context<'_>, target: &TargetKey) -> bool {
    let mut targets = context.request.targets.iter();
    targets.any(|wanted| wanted.key == *target && wanted.is_application())
}

pub(super) fn unready(name: &str, problem: &str) -> WaitReason {
    WaitReason::ApplicationUnready {
        application: name.to_owned(),
        problem: problem.to_owned(),
    }
}

pub(super) fn reason(context: &mut Context<'_>, name: &str, found: Obstacle) -> WaitReason {
    match found {
        Obstacle::Deleting => unready(name, "is being deleted"),
        Obstacle::NotAdopted => unready(
            name,
            &format!(
                "was not given to Tidegate; somebody who may write it runs `tidegate adopt {name}`"
            ),
        ),
        Obstacle::NotPinned { at } => unready(
            name,
            &format!(
                "points at {at:?} and not at a commit or at the exact version of a chart, though it was adopted; `tidegate release {name}` and `tidegate adopt {name}` put it right"
            ),
        ),
        Obstacle::OffBranch { at, branch } => unready(
            name,
            &format!(
                "points at {at:?} and not at {branch}, the branch that it was adopted by; `tidegate release {name}` and `tidegate adopt {name} --branch {branch}` put it right"
            ),
        ),
        Obstacle::Operation { by, message } => WaitReason::ApplicationBusy {
            application: name.to_owned(),
            by,
            message,
        },
        Obstacle::Windows { reason, opens_at } => {
            if let Some(at) = opens_at {
                context.due(at);
            }
            WaitReason::ApplicationWindow {
                application: name.to_owned(),
                shut: reason,
                next: opens_at.map(|at| context.moment(at)),
            }
        }
    }
}
