//! A change starts only when all that people asked for is so (invariants 1 and
//! 6). Its first write is judged again when it comes, by the oracle.

use tidegate_core::lifecycle::Phase;

use super::Answer;
use crate::model::oracle::Breach;
use crate::model::setting::Setting;

/// Checks every start in the answer.
pub(super) fn starts_in_time(answer: &Answer<'_>) -> Result<(), Breach> {
    let starts = |to| to == Phase::BackingUp;
    let mut entered = answer.decided.transitions.iter().map(|one| one.to);
    if !entered.any(starts) {
        return Ok(());
    }
    match lack(answer) {
        None => Ok(()),
        Some(lack) => {
            let name = Setting::name(answer.change);
            Err(Breach::new(1, format!("{name} starts, but {lack}")))
        }
    }
}

fn lack(answer: &Answer<'_>) -> Option<&'static str> {
    let Answer {
        setting,
        state,
        change,
        minute,
        facts,
        ..
    } = *answer;
    let actor = &state.actors[change];
    let submitted = &setting.changes[change];
    let mut until_done = minute..minute + submitted.expected;
    let phase = |other: usize| state.actors[other].status.phase;
    let mut running = facts.others.iter().filter(|other| other.phase.is_running());
    let limit = setting.policy.max_running;
    if actor.held {
        Some("it is held")
    } else if actor.cancelled || actor.deleted {
        Some("it is called off")
    } else if submitted.not_before.is_some_and(|start| minute < start) {
        Some("it is wanted later")
    } else if !until_done.all(|minute| setting.is_open(change, minute)) {
        Some("no window is open for so long")
    } else if submitted
        .depends_on
        .iter()
        .any(|other| phase(*other) != Phase::Succeeded)
    {
        Some("what it depends on has not succeeded")
    } else if state.drifted {
        Some("what runs has drifted")
    } else if limit.is_some_and(|limit| running.clone().count() >= limit as usize) {
        Some("enough others run")
    } else if running.any(|other| setting.keys(change).any(|key| other.targets.contains(key))) {
        Some("another is at work on its target")
    } else {
        None
    }
}
