//! What a change may have written by now.

use super::effect::Effect;
use super::facts::{EffectState, Facts};
use super::status::Status;
use crate::target::TargetKey;

/// Whether the change may have written to this target in its present attempt.
///
/// The status says so before the ledger does: between the two the change may be
/// stopped, and then nothing was written. So where the ledger knows that the
/// target was taken and of no write to it, there was none. A ledger that does
/// not know that much was lost or cannot be read, and proves nothing.
pub(super) fn may_be_written(status: &Status, facts: &Facts, target: &TargetKey) -> bool {
    let Some(run) = status.run.as_ref().filter(|run| run.touched) else {
        return false;
    };
    let first = match &status.plan {
        Some(plan) => plan.first_stage(target),
        None => Some(0),
    };
    let Some(first) = first.filter(|first| *first <= run.stage) else {
        return false;
    };
    if first < run.stage {
        return true;
    }
    let state = |effect: Effect| facts.effects.get(&effect.key(status.attempts));
    let taken = state(Effect::Claim {
        target: target.clone(),
    });
    let written = state(Effect::Apply {
        target: target.clone(),
        stage: first,
    });
    written.is_some() || taken != Some(&EffectState::Done)
}
