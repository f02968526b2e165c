//! Data is brought back from a backup: everything that uses it stops, the claims
//! go and keep their volumes, Velero restores them, and everything starts again.
//!
//! Until the first claim goes nothing is lost by giving up, and everything is
//! started again. From then on only the end is good.
//!
//! | file | what it answers |
//! |---|---|
//! | `wanted` | what is brought back, and who allowed it |
//! | `steps` | which step is next, and what it waits for |

mod steps;
mod wanted;

use jiff::{SignedDuration, Timestamp};

use self::steps::{Steps, Stops};
use self::wanted::{Effects, Wanted};
pub(super) use self::wanted::{healthy_by, on_the_way_back, on_the_way_out};
use super::context::{Advance, Context, after};
use super::facts::EffectState;
use super::status::DataState;
use crate::target::TargetKey;

/// How long it may take after its time to start again what was stopped.
const START_WITHIN: SignedDuration = SignedDuration::from_mins(10);

/// How it stands.
pub(super) enum Restoring {
    /// The data is back, and everything was started again.
    Done,
    /// Something is done or waited for.
    Next(Advance),
    /// Nothing was lost, and everything was started again; why it was given up.
    GivenUp(String),
    /// A person is needed; why.
    Broken(String),
}

/// Brings the data back, one effect after the other.
pub(super) fn bring_back<'a>(context: &mut Context<'a>, wanted: &Wanted<'a>) -> Restoring {
    let state = match &context.status.data {
        Some(state) if state.round == wanted.round => state.clone(),
        _ => begin(context, wanted),
    };
    if state.ended_at.is_some() {
        return Restoring::Done;
    }
    let deadline = after(state.since, wanted.within);
    if let Some(why) = state.given_up {
        return start_again(context, wanted, deadline, why);
    }
    let mut steps = Steps {
        context,
        wanted,
        deadline,
    };
    match steps.all() {
        Ok(()) => {
            end(context);
            Restoring::Done
        }
        Err(Stops::Next(next)) => Restoring::Next(next),
        Err(Stops::GivenUp(why)) => {
            if let Some(state) = &mut context.status.data {
                state.given_up = Some(why.clone());
            }
            start_again(context, wanted, deadline, why)
        }
        Err(Stops::Broken(why)) => {
            if let Some(state) = &mut context.status.data {
                state.told = format!("not brought back: {why}");
            }
            Restoring::Broken(why)
        }
    }
}

fn begin(context: &mut Context<'_>, wanted: &Wanted<'_>) -> DataState {
    let from: Vec<&str> = wanted.backups.values().map(String::as_str).collect();
    let restores = context.status.data.take().map(|state| state.restores);
    let state = DataState {
        round: wanted.round,
        since: context.now,
        ended_at: None,
        given_up: None,
        stopped_again: None,
        claims: 0,
        restores: restores.unwrap_or_default(),
        told: format!("being brought back from {}", from.join(", ")),
        by_hand: Vec::new(),
    };
    context.status.data = Some(state.clone());
    state
}

fn end(context: &mut Context<'_>) {
    let now = context.now;
    let Some(state) = &mut context.status.data else {
        return;
    };
    state.ended_at = Some(now);
    state.by_hand = Vec::new();
    let took = now.duration_since(state.since).as_secs().max(0);
    let names: Vec<&str> = state
        .restores
        .iter()
        .filter(|restore| restore.asked_at >= state.since)
        .map(|restore| restore.name.as_str())
        .collect();
    state.told = match state.claims {
        0 => "the backup has no claim that it uses, so nothing was to be brought back".to_owned(),
        count => format!(
            "{count} claim{} brought back by restore {}, {took} s",
            if count == 1 { "" } else { "s" },
            names.join(", "),
        ),
    };
}

/// Whatever was stopped is started again, since no claim went.
fn start_again(
    context: &mut Context<'_>,
    wanted: &Wanted<'_>,
    deadline: Timestamp,
    why: String,
) -> Restoring {
    let until = after(deadline, START_WITHIN);
    for effects in wanted.effects() {
        if context.state(&effects.stop()).is_none() {
            continue;
        }
        for effect in [effects.start(), effects.discard()] {
            let problem = match context.state(&effect) {
                Some(EffectState::Done) => continue,
                Some(EffectState::Failed(problem)) => problem.clone(),
                None | Some(EffectState::Begun) if context.now < until => {
                    context.due(until);
                    return Restoring::Next(Advance::Do(effect));
                }
                None | Some(EffectState::Begun) => {
                    let trouble = context.facts.trouble.clone();
                    trouble.unwrap_or_else(|| "no answer".to_owned())
                }
            };
            let why = format!(
                "{why}; and {} could not be started again: {problem}",
                effects.target
            );
            return Restoring::Broken(why);
        }
    }
    if let Some(state) = &mut context.status.data {
        state.told = format!("not brought back, and left as it is: {why}");
        state.by_hand = Vec::new();
    }
    Restoring::GivenUp(why)
}

/// The volumes with the newer data are no longer kept, now that all is well. None:
/// there are none left, or no time for it; a volume that is kept harms nobody.
pub(super) fn discard(
    context: &mut Context<'_>,
    targets: &[&TargetKey],
    deadline: Timestamp,
) -> Option<Advance> {
    let state = context.status.data.as_ref()?;
    if state.ended_at.is_none() || state.claims == 0 || context.now >= deadline {
        return None;
    }
    let round = state.round;
    for target in targets {
        let effect = Effects { target, round }.discard();
        if matches!(context.state(&effect), None | Some(EffectState::Begun)) {
            context.due(deadline);
            return Some(Advance::Do(effect));
        }
    }
    None
}
