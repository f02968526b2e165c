//! Nobody and nothing else is in the way.

use jiff::SignedDuration;

use crate::lifecycle::context::{Context, after};
use crate::lifecycle::effect::Effect;
use crate::lifecycle::facts::EffectState;
use crate::lifecycle::phase::Phase;
use crate::lifecycle::wait::WaitReason;
use crate::policy::Policy;
use crate::target::TargetKey;

/// How long a change waits that could not take a target.
const TRY_AGAIN_AFTER: SignedDuration = SignedDuration::from_mins(1);

/// The times the requester wants, holds, other changes and limits.
pub(super) fn unobstructed(
    context: &mut Context<'_>,
    policy_name: &str,
    policy: &Policy,
) -> Vec<WaitReason> {
    let mut reasons: Vec<WaitReason> = pause(context).into_iter().collect();
    let window = &context.control.window;
    if let Some(reason) = &context.control.hold {
        reasons.push(WaitReason::Held {
            reason: reason.clone(),
        });
    }
    if let Some(at) = window.not_before
        && context.now < at
    {
        context.due(at);
        reasons.push(WaitReason::NotBefore {
            at: context.moment(at),
        });
    }
    for change in &context.request.depends_on {
        let other = context
            .facts
            .others
            .iter()
            .find(|other| other.name == *change);
        let phase = other.map(|other| other.phase);
        if phase != Some(Phase::Succeeded) {
            reasons.push(WaitReason::DependsOn {
                change: change.clone(),
                phase,
            });
        }
    }
    let running = context
        .facts
        .others
        .iter()
        .filter(|other| other.phase.is_running());
    let mut under_policy = 0;
    for other in running {
        if other.policy.as_deref() == Some(policy_name) {
            under_policy += 1;
        }
        for target in &context.request.targets {
            if other.targets.contains(&target.key) {
                reasons.push(WaitReason::TargetBusy {
                    target: target.key.clone(),
                    by: other.name.clone(),
                });
            }
        }
    }
    let targets = context.request.targets.iter().map(|target| &target.key);
    let plan = &policy.plan;
    reasons
        .extend(targets.filter_map(|target| super::applications::obstacle(context, target, plan)));
    if let Some(limit) = policy.max_running
        && under_policy >= limit
    {
        reasons.push(WaitReason::LimitReached {
            policy: policy_name.to_owned(),
            limit,
        });
    }
    reasons
}

/// A change that could not take a target lets some time pass: what stands in
/// the way need not be a change that it sees, and would be there still.
fn pause(context: &mut Context<'_>) -> Option<WaitReason> {
    let since = context.status.phase_since?;
    let until = after(since, TRY_AGAIN_AFTER);
    let waits_again = context.status.phase == Phase::Scheduled && context.status.attempts > 0;
    if !waits_again || context.now >= until {
        return None;
    }
    let state = |target: &TargetKey| {
        context.state(&Effect::Claim {
            target: target.clone(),
        })
    };
    let targets = || context.request.targets.iter().map(|target| &target.key);
    let refused = targets().find_map(|target| match state(target) {
        Some(EffectState::Failed(why)) => Some(format!("could not take {target}: {why}")),
        _ => None,
    });
    let late = || {
        targets()
            .find(|target| state(target) != Some(&EffectState::Done))
            .map(|target| format!("could not take {target} in time"))
    };
    let problem = refused.or_else(late)?;
    context.due(until);
    Some(WaitReason::Trouble { problem })
}
