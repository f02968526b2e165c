//! The targets are taken and the way back is stored.

use super::context::{Advance, Context};
use super::effect::Effect;
use super::facts::EffectState;
use super::phase::Phase;
use super::status::Destination;

/// Takes the targets in their order, which is the same for every change, so
/// that two changes cannot each hold what the other needs.
pub(super) fn advance(context: &mut Context<'_>) -> Advance {
    let (run, _) = match context.started() {
        Ok(started) => started,
        Err(lost) => return lost,
    };
    if let Some(why) = context.called_off() {
        return context.retreat(run, why, Destination::Cancelled);
    }
    let mut targets: Vec<_> = context
        .request
        .targets
        .iter()
        .map(|target| &target.key)
        .collect();
    targets.sort();
    for target in targets {
        let claim = Effect::Claim {
            target: target.clone(),
        };
        match context.state(&claim) {
            None | Some(EffectState::Begun) => return Advance::Do(claim),
            Some(EffectState::Failed(why)) => {
                let why = format!("could not take {target}: {why}");
                return context.retreat(run, why, Destination::Scheduled);
            }
            Some(EffectState::Done) => {}
        }
    }
    if let Some(run) = &mut context.status.run {
        run.stage_since = context.now;
    }
    Advance::Enter(
        Phase::RollingOut,
        "its targets are taken and the way back is stored".to_owned(),
    )
}
