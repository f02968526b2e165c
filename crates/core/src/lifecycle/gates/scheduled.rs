//! Nobody and nothing else is in the way.

use super::Shut;
use crate::lifecycle::context::Context;
use crate::lifecycle::phase::Phase;
use crate::lifecycle::wait::WaitReason;
use crate::policy::Policy;

/// The times the requester wants, holds, other changes and limits.
pub(super) fn unobstructed(
    context: &mut Context<'_>,
    policy_name: &str,
    policy: &Policy,
) -> Result<Vec<WaitReason>, Shut> {
    let mut reasons = Vec::new();
    let window = &context.control.window;
    if let Some(end) = window.not_after {
        if context.now >= end {
            let why = format!(
                "it did not start before {}, the end of its wanted window",
                context.moment(end)
            );
            return Err(Shut::Ends(Phase::Expired, why));
        }
        context.wake(end);
    }
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
    if let Some(limit) = policy.max_running
        && under_policy >= limit
    {
        reasons.push(WaitReason::LimitReached {
            policy: policy_name.to_owned(),
            limit,
        });
    }
    Ok(reasons)
}
