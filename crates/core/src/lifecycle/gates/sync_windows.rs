//! Sync windows of Argo CD that are in the way of what may go, and who lifts them.

use jiff::{SignedDuration, Timestamp};

use super::applications::{reason, unready};
use crate::argo_cd::obstacle::{Obstacle, parked};
use crate::change::ChangeType;
use crate::lifecycle::context::{Context, after};
use crate::lifecycle::facts::ApplicationFact;
use crate::lifecycle::phase::Phase;
use crate::lifecycle::wait::WaitReason;
use crate::policy::{ForeignWindows, Plan};
use crate::sync_window::{SyncWindows, Trigger};
use crate::target::TargetKey;

/// A window that opens so soon is waited for and not lifted.
const OPENS_SOON: SignedDuration = SignedDuration::from_secs(5);

/// Why a write to this target has to wait although nothing forbids it: windows
/// that may be lifted are in the way. Those that Tidegate published are, and
/// others where the policy says so.
pub(in crate::lifecycle) fn lift(
    context: &mut Context<'_>,
    target: &TargetKey,
    plan: &Plan,
) -> Option<WaitReason> {
    let Some(Ok(fact)) = context.facts.applications.get(target) else {
        return None;
    };
    if fact.is_outdated {
        return Some(unready(
            &target.name,
            "waits until its AppProject makes Argo CD look at the sync windows of global projects again",
        ));
    }
    let shut = |windows: &SyncWindows| parked(&fact.application, windows, context.now);
    let foreign = shut(&fact.foreign.windows);
    if foreign.is_some() && !may_lift_foreign(context, fact, plan) {
        return None;
    }
    let is_foreign = foreign.is_some();
    let found = foreign.or_else(|| shut(&fact.windows))?;
    let Obstacle::Windows { opens_at, .. } = &found else {
        return None;
    };
    let name = &target.name;
    if opens_at.is_some_and(|at| at <= after(context.now, OPENS_SOON)) {
        return Some(reason(context, name, found));
    }
    if let Some(run) = &mut context.status.run {
        run.lifts_windows = true;
        run.lifts_foreign_windows |= is_foreign;
    }
    Some(WaitReason::WindowsLifting {
        application: name.clone(),
        project: fact.application.spec.project.clone(),
        foreign: is_foreign,
    })
}

/// Whether this change may let itself through windows that Tidegate did not
/// publish: on the way back and for an emergency, where its policy says so, and
/// where it would help.
pub(super) fn may_lift_foreign(context: &Context<'_>, fact: &ApplicationFact, plan: &Plan) -> bool {
    let is_urgent =
        context.status.phase == Phase::RollingBack || context.request.kind == ChangeType::Emergency;
    if plan.foreign_windows != ForeignWindows::Lift || !is_urgent {
        return false;
    }
    let lifted = fact.foreign.windows.with_manual_sync();
    fact.foreign.can_be_written && parked(&fact.application, &lifted, context.now).is_none()
}

/// Windows that would park the way back and that nobody here lifts: why, until
/// when, and the commands with which a person gets past them.
pub(in crate::lifecycle) fn parks_the_way_back(
    context: &Context<'_>,
    target: &TargetKey,
    plan: &Plan,
) -> Option<Parked> {
    let Some(Ok(fact)) = context.facts.applications.get(target) else {
        return None;
    };
    if may_lift_foreign(context, fact, plan) {
        return None;
    }
    by_foreign_windows(context, target, fact)
}

/// What foreign windows park, and how a person gets past them.
fn by_foreign_windows(
    context: &Context<'_>,
    target: &TargetKey,
    fact: &ApplicationFact,
) -> Option<Parked> {
    let foreign = &fact.foreign;
    let Obstacle::Windows { reason, opens_at } =
        parked(&fact.application, &foreign.windows, context.now)?
    else {
        return None;
    };
    let subject = fact.application.subject();
    let verdict = foreign
        .windows
        .verdict(&subject, Trigger::Manual, None, context.now);
    let mut commands: Vec<String> = verdict
        .matched
        .iter()
        .filter_map(|matched| foreign.places.get(*matched))
        .map(|(project, position)| {
            format!("argocd proj windows enable-manual-sync {project} {position}")
        })
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
    commands: String,
}

impl Parked {
    /// Why, and what a person does about it.
    pub(in crate::lifecycle) fn told(&self) -> String {
        format!(
            "{}; somebody who may change the sync windows of its AppProject gets it through with `{}`",
            self.reason, self.commands
        )
    }
}

/// What a person does about windows that were to be lifted and were not, if any
/// are in the way.
pub(in crate::lifecycle) fn not_lifted(
    context: &Context<'_>,
    target: &TargetKey,
) -> Option<String> {
    let Some(Ok(fact)) = context.facts.applications.get(target) else {
        return None;
    };
    let parked = by_foreign_windows(context, target, fact)?;
    Some(format!("Argo CD does not allow it: {}", parked.told()))
}
