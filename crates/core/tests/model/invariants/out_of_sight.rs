//! A target that cannot be seen is no target that fails (invariant 3): what was
//! healthy goes on while there is time, and nothing goes on unseen.

use tidegate_core::lifecycle::Phase;
use tidegate_core::lifecycle::facts::Observation;
use tidegate_core::policy::OnWindowClose;

use super::Answer;
use crate::model::oracle::Breach;
use crate::model::setting::Setting;

/// A stage whose targets were healthy and only cannot be seen neither goes back
/// before its time is over nor goes on.
pub(super) fn is_borne(answer: &Answer<'_>) -> Result<(), Breach> {
    let Answer {
        setting,
        state,
        change,
        minute,
        seen,
        facts,
        decided,
    } = *answer;
    let (Some(run), Some(plan)) = (&seen.status.run, &seen.status.plan) else {
        return Ok(());
    };
    let Some(stage) = plan.stages.get(run.stage as usize) else {
        return Ok(());
    };
    let mut looks = facts.observations.values();
    let hidden = |look: &Observation| matches!(look, Observation::Unknown(_));
    let harmless = |look: &Observation| matches!(look, Observation::Healthy) || hidden(look);
    if seen.status.phase != Phase::RollingOut || !looks.clone().all(harmless) || !looks.any(hidden)
    {
        return Ok(());
    }
    if decided.status.run.as_ref().map(|run| run.stage) != Some(run.stage) {
        let what = format!("stage {} goes on and was not seen healthy", stage.name);
        return Err(Breach::new(3, what));
    }
    let now = Setting::at(minute);
    let actor = &state.actors[change];
    let shut = run.closes_at.is_some_and(|close| now >= close);
    let stops = actor.cancelled
        || actor.deleted
        || shut && setting.policy.plan.on_window_close == OnWindowClose::Rollback;
    let in_time = now < run.stage_since + stage.within + stage.soak;
    let left = decided.status.phase != Phase::RollingOut;
    if run.healthy_since.is_some() && in_time && !stops && left {
        let what = format!("stage {} goes back for one look in vain", stage.name);
        return Err(Breach::new(3, what));
    }
    Ok(())
}
