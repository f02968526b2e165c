//! Argo CD can take an operation on every Application of the change.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::argo_cd::obstacle::{Obstacle, obstacle as obstacle_of, parked};
use crate::lifecycle::context::{Context, after};
use crate::lifecycle::facts::ApplicationFact;
use crate::lifecycle::wait::WaitReason;
use crate::policy::Plan;
use crate::sync_window::{SyncWindows, Trigger};
use crate::target::TargetKey;

/// When to look again for what no watch may tell.
const LOOK_AGAIN_AFTER: SignedDuration = SignedDuration::from_mins(1);

/// When a cluster that did not answer is tried again.
const REACH_AGAIN_AFTER: SignedDuration = SignedDuration::from_secs(16);

/// A window that opens so soon is waited for and not lifted.
const OPENS_SOON: SignedDuration = SignedDuration::from_secs(5);

/// The policy's plan for the targets of this change.
///
/// # Errors
///
/// A sentence, where a target cannot go out as the policy asks.
pub(in crate::lifecycle) fn assigned(context: &Context<'_>, plan: &Plan) -> Result<Plan, String> {
    let none = BTreeMap::new();
    let workloads = match &context.facts.rendered {
        Some(Ok(rendered)) => &rendered.workloads,
        Some(Err(_)) | None => &none,
    };
    plan.assigned(&context.request.targets, &labels(context), workloads)
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
/// asked, and what they forbid beyond it is lifted for the write.
pub(in crate::lifecycle) fn obstacle(
    context: &mut Context<'_>,
    target: &TargetKey,
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
    let found = obstacle_of(&fact.application, foreign, context.name, context.now)?;
    Some(reason(context, name, found))
}

/// Why a write to this target has to wait although nothing forbids it: windows
/// that Tidegate published are in the way, and are lifted.
pub(in crate::lifecycle) fn lift(
    context: &mut Context<'_>,
    target: &TargetKey,
) -> Option<WaitReason> {
    let Some(Ok(fact)) = context.facts.applications.get(target) else {
        return None;
    };
    let foreign = windows_of(fact, &fact.foreign.windows, context);
    if foreign.is_some() {
        return None;
    }
    let Some(Obstacle::Windows {
        reason: shut,
        opens_at,
    }) = windows_of(fact, &fact.windows, context)
    else {
        return None;
    };
    let name = &target.name;
    let soon = opens_at.filter(|at| *at <= after(context.now, OPENS_SOON));
    if soon.is_some() {
        let found = Obstacle::Windows {
            reason: shut,
            opens_at,
        };
        return Some(reason(context, name, found));
    }
    if let Some(run) = &mut context.status.run {
        run.lifts_windows = true;
    }
    Some(WaitReason::WindowsLifting {
        application: name.clone(),
        project: fact.application.spec.project.clone(),
    })
}

/// Windows that Tidegate did not publish and that would park the way back: why,
/// until when, and the commands with which a person gets past them.
pub(in crate::lifecycle) fn parks_the_way_back(
    context: &Context<'_>,
    target: &TargetKey,
) -> Option<Parked> {
    let Some(Ok(fact)) = context.facts.applications.get(target) else {
        return None;
    };
    let Obstacle::Windows { reason, opens_at } = windows_of(fact, &fact.foreign.windows, context)?
    else {
        return None;
    };
    let subject = fact.application.subject();
    let verdict = fact
        .foreign
        .windows
        .verdict(&subject, Trigger::Manual, None, context.now);
    let project = &fact.application.spec.project;
    let mut commands: Vec<String> = verdict
        .matched
        .iter()
        .filter_map(|matched| fact.foreign.positions.get(*matched))
        .map(|position| format!("argocd proj windows enable-manual-sync {project} {position}"))
        .collect();
    commands.push(format!("argocd app sync {}", target.name));
    Some(Parked {
        reason,
        opens_at,
        commands: commands.join(" && "),
    })
}

/// A way back that Argo CD would park.
pub(in crate::lifecycle) struct Parked {
    pub(in crate::lifecycle) reason: String,
    pub(in crate::lifecycle) opens_at: Option<Timestamp>,
    pub(in crate::lifecycle) commands: String,
}

/// Only what windows have to say; who else runs what is asked elsewhere.
fn windows_of(
    fact: &ApplicationFact,
    windows: &SyncWindows,
    context: &Context<'_>,
) -> Option<Obstacle> {
    parked(&fact.application, windows, context.now)
}

fn is_application(context: &Context<'_>, target: &TargetKey) -> bool {
    let mut targets = context.request.targets.iter();
    targets.any(|wanted| wanted.key == *target && wanted.is_application())
}

fn unready(name: &str, problem: &str) -> WaitReason {
    WaitReason::ApplicationUnready {
        application: name.to_owned(),
        problem: problem.to_owned(),
    }
}

fn reason(context: &mut Context<'_>, name: &str, found: Obstacle) -> WaitReason {
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
                "points at {at:?} and not at a commit, though it was adopted; `tidegate release {name}` and `tidegate adopt {name}` put it right"
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
