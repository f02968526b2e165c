//! What must hold of every answer of the core.

mod explained;
mod out_of_sight;
mod owed;
mod start;
mod way_back;

use tidegate_core::lifecycle::{Facts, Step, step};
use tidegate_core::request::Change;

use super::oracle::Breach;
use super::setting::Setting;
use super::state::State;

/// More starts than a history here gives cause for.
const MOST_STARTS: u32 = 8;

/// An answer of the core, and what it was asked.
#[derive(Clone, Copy)]
pub(super) struct Answer<'a> {
    pub(super) setting: &'a Setting,
    pub(super) state: &'a State,
    pub(super) change: usize,
    /// When the shell thinks it is.
    pub(super) minute: u32,
    pub(super) seen: &'a Change,
    pub(super) facts: &'a Facts,
    pub(super) decided: &'a Step,
}

/// Checks an answer against the question it answers.
pub(super) fn hold(answer: &Answer<'_>) -> Result<(), Breach> {
    repeats(answer)?;
    if answer.decided.status.attempts > MOST_STARTS {
        return Err(Breach::new(3, "it starts again and again"));
    }
    start::starts_in_time(answer)?;
    explained::explains(answer)?;
    explained::wakes(answer)?;
    out_of_sight::is_borne(answer)?;
    owes(answer)?;
    way_back::returns_whatever_is_shut(answer)?;
    way_back::keeps_deadlines(answer)?;
    way_back::ends_well(answer)
}

/// Checks what an answer settles of what an emergency owes.
pub(super) fn owes(answer: &Answer<'_>) -> Result<(), Breach> {
    owed::is_owed(answer)
}

/// The same question has the same answer, and asking again changes nothing.
fn repeats(answer: &Answer<'_>) -> Result<(), Breach> {
    let Answer {
        minute,
        seen,
        facts,
        decided,
        ..
    } = *answer;
    let now = Setting::at(minute);
    if step(seen, facts, now) != *decided {
        return Err(Breach::new(0, "the same question has two answers"));
    }
    let mut later = seen.clone();
    later.status = decided.status.clone();
    let again = step(&later, facts, now);
    let same = again.transitions.is_empty()
        && again.effect == decided.effect
        && again.status == decided.status
        && again.waiting_on == decided.waiting_on;
    if same {
        return Ok(());
    }
    let what = format!(
        "asked again without news it moves on: {:?} {:?} instead of {:?} {:?}",
        again.status.phase, again.effect, decided.status.phase, decided.effect
    );
    Err(Breach::new(0, what))
}
