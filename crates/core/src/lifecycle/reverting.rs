//! The branch that a change came from says again what runs, where its policy
//! wants that.

use jiff::SignedDuration;

use super::context::{Advance, Context, after};
use super::effect::Effect;
use super::facts::EffectState;
use super::status::{Destination, Retreat};

/// For how long after the time for the way back a repository is tried that does
/// not answer. Nothing waits for it but the end of the change.
pub(super) const REVERT_WITHIN: SignedDuration = SignedDuration::from_mins(2);

/// Takes the change out of Git. None: there is nothing to do, or no more. That it
/// cannot be done is told and keeps no change from ending.
pub(super) fn revert(context: &mut Context<'_>, retreat: &Retreat) -> Option<Advance> {
    let plan = context.status.plan.as_ref()?;
    let touched = context.status.run.as_ref().is_some_and(|run| run.touched);
    let failed = retreat.into == Destination::RolledBack;
    if plan.revert.is_none() || !touched || !failed {
        return None;
    }
    let deadline = after(after(retreat.since, plan.rollback_within), REVERT_WITHIN);
    let told = match context.state(&Effect::Revert) {
        Some(EffectState::Done) => {
            let key = Effect::Revert.key(context.status.attempts);
            let told = context.facts.told.get(&key).cloned();
            told.unwrap_or_else(|| "it was taken out of Git".to_owned())
        }
        Some(EffectState::Failed(why)) => format!("it was not taken out of Git: {why}"),
        None | Some(EffectState::Begun) if context.now < deadline => {
            context.due(deadline);
            return Some(Advance::Do(Effect::Revert));
        }
        None | Some(EffectState::Begun) => {
            let problem = context.facts.trouble.as_deref();
            let problem = problem.unwrap_or("there was no time for it");
            format!("it was not taken out of Git: {problem}")
        }
    };
    context.status.reverted = Some(told);
    None
}
