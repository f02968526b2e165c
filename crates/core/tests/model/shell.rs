//! How the shell works for one change: it asks, stores the answer, begins the
//! effect in the ledger, asks again, does it, and ends it. Each is a step of its
//! own, so that anything may happen between two of them.

use tidegate_core::lifecycle::{Effect, EffectState, step};

use super::facts::gather;
use super::fingerprint::is_same;
use super::invariants::{self, Answer};
use super::oracle::{self, Breach};
use super::setting::Setting;
use super::state::{Claim, Data, Hand, Health, Probe, Runs, State};

/// What comes of an effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Outcome {
    /// It is done, or refused by what is so.
    Done,
    /// It is refused for good.
    Refused,
    /// It does not work just now.
    Trouble,
}

/// Asks the core.
pub(super) fn look(
    setting: &Setting,
    state: &mut State,
    change: usize,
    stale: bool,
) -> Result<(), Breach> {
    let status = state.actors[change].status.clone();
    let minute = if setting.shell.keeps_time {
        state.now
    } else {
        0
    };
    let (seen, facts) = gather(setting, state, change, &status, minute, stale);
    let decided = step(&seen, &facts, Setting::at(minute));
    let view = state.view(change, stale);
    if !setting.judged.borrow().contains(&view) {
        invariants::hold(&Answer {
            setting,
            state,
            change,
            minute,
            seen: &seen,
            facts: &facts,
            decided: &decided,
        })?;
        setting.judged.borrow_mut().insert(view);
    }
    let news = decided.effect.is_some() || !is_same(&decided.status, &status);
    let actor = state.actor(change);
    actor.asked_at = minute;
    actor.hand = Hand::Decided(Box::new(decided));
    if !(setting.allowed.slow_writes && news) {
        store(setting, state, change);
    }
    Ok(())
}

/// Writes the status.
pub(super) fn store(setting: &Setting, state: &mut State, change: usize) {
    let actor = state.actor(change);
    let Hand::Decided(mut decided) = std::mem::replace(&mut actor.hand, Hand::Idle) else {
        return;
    };
    if setting.is_emergency(change) {
        actor.owes_since = actor.owes_after(&decided, actor.asked_at);
    }
    if decided.status.phase.is_final() && !setting.shell.keeps_owed {
        decided.status.owed = None;
    }
    if decided.status.attempts != actor.status.attempts {
        // What belongs to an earlier attempt is never asked for again.
        actor.ledger.retain(|key, _| key.starts_with("backup/"));
        actor.previous.clear();
        actor.wrote.clear();
        actor.probe = Probe::Pending;
        actor.job = None;
        actor.data.clear();
        actor.restore = None;
    }
    actor.status = decided.status;
    if let Some(effect) = decided.effect {
        actor.hand = Hand::Due(effect);
    }
}

/// Writes into the ledger that the effect begins.
pub(super) fn begin(setting: &Setting, state: &mut State, change: usize) -> Result<(), Breach> {
    let actor = state.actor(change);
    let Hand::Due(effect) = std::mem::replace(&mut actor.hand, Hand::Idle) else {
        return Ok(());
    };
    let key = effect.key(actor.status.attempts);
    let entry = actor.ledger.entry(key.clone()).or_default();
    if entry.begins == 0 || !setting.shell.begins_once {
        entry.begins += 1;
    }
    if entry.begins > 1 {
        return Err(Breach::new(5, format!("{key} begins twice in the ledger")));
    }
    if entry.ends > 0 {
        return Err(Breach::new(5, format!("{key} is done again after its end")));
    }
    actor.hand = Hand::Begun(effect);
    Ok(())
}

/// Looks again where it writes to a target, and does the effect.
pub(super) fn perform(
    setting: &Setting,
    state: &mut State,
    change: usize,
    outcome: Outcome,
) -> Result<(), Breach> {
    let hand = std::mem::replace(&mut state.actor(change).hand, Hand::Idle);
    let Hand::Begun(effect) = hand else {
        return Ok(());
    };
    if effect.writes_to_target() && setting.shell.asks_again {
        let status = state.actors[change].status.clone();
        let (seen, facts) = gather(setting, state, change, &status, state.now, false);
        let again = step(&seen, &facts, Setting::at(state.now));
        if again.effect.as_ref() != Some(&effect) {
            return Ok(());
        }
        invariants::owes(&Answer {
            setting,
            state,
            change,
            minute: state.now,
            seen: &seen,
            facts: &facts,
            decided: &again,
        })?;
        state.actor(change).status = again.status;
    }
    let ended = match outcome {
        Outcome::Trouble => {
            state.spent.troubles += 1;
            state.actor(change).trouble = true;
            return Ok(());
        }
        Outcome::Refused => {
            state.spent.refusals += 1;
            EffectState::Failed("the API server refuses it".to_owned())
        }
        Outcome::Done => {
            oracle::may_do(setting, state, change, &effect)?;
            carry_out(setting, state, change, &effect)
        }
    };
    let actor = state.actor(change);
    actor.trouble = false;
    actor.hand = Hand::Ended(effect, ended);
    Ok(())
}

/// Writes into the ledger how the effect ended.
pub(super) fn end(state: &mut State, change: usize) -> Result<(), Breach> {
    let actor = state.actor(change);
    let Hand::Ended(effect, outcome) = std::mem::replace(&mut actor.hand, Hand::Idle) else {
        return Ok(());
    };
    let key = effect.key(actor.status.attempts);
    let entry = actor.ledger.entry(key.clone()).or_default();
    entry.ends += 1;
    entry.outcome = Some(outcome);
    if entry.begins != 1 || entry.ends != 1 {
        let what = format!(
            "{key} has {} begins and {} ends in the ledger",
            entry.begins, entry.ends
        );
        return Err(Breach::new(5, what));
    }
    Ok(())
}

/// Changes the world. Done twice it ends the same.
fn carry_out(setting: &Setting, state: &mut State, change: usize, effect: &Effect) -> EffectState {
    match effect {
        Effect::Claim { target } => return claim(setting, state, change, setting.position(target)),
        Effect::BackUp { number, .. } => {
            let made = &mut state.actor(change).backup;
            if made.is_none_or(|(made, _)| made != *number) {
                *made = Some((*number, Probe::Pending));
            }
        }
        Effect::Stop { .. }
        | Effect::RemoveClaims { .. }
        | Effect::Restore { .. }
        | Effect::Start { .. }
        | Effect::DiscardVolumes { .. } => bring_back(setting, state, change, effect),
        Effect::Apply { target, stage } => {
            let place = setting.position(target);
            let digest = state.actors[change].status.digest;
            let runs = Runs {
                digest,
                stage: *stage,
                pruned: false,
            };
            put(state, place, runs);
            let wrote = &mut state.actor(change).wrote;
            if let Some(digest) = digest {
                wrote.entry(place).or_insert(digest);
            }
        }
        Effect::Prune { target } => {
            state.places[setting.position(target)].runs.pruned = true;
        }
        // No Rollout stops here on its way back, and no target hangs on Git.
        Effect::PromoteBack { .. } | Effect::Revert => {}
        Effect::RunJob { .. } => {
            state.actor(change).job.get_or_insert(Probe::Pending);
        }
        Effect::RollBack { target } => {
            let place = setting.position(target);
            let previous = state.actors[change].previous.get(&place).copied();
            put(state, place, previous.unwrap_or(Runs::BEFORE));
        }
        Effect::Conclude { target, .. } => {
            let place = &mut state.places[setting.position(target)];
            if place.holder == Some(change) {
                place.holder = None;
                // How a target does that nobody works on is of no interest.
                place.health = Health::Healthy;
            }
        }
    }
    EffectState::Done
}

fn claim(setting: &Setting, state: &mut State, change: usize, position: usize) -> EffectState {
    let holder = state.places[position].holder;
    if let Some(other) = oracle::open_holder(state, change, position)
        && setting.shell.compares
    {
        return EffectState::Failed(format!("{} holds it", Setting::name(other)));
    }
    let runs = state.places[position].runs;
    state.places[position].holder = Some(change);
    let previous = &mut state.actor(change).previous;
    if holder != Some(change) {
        previous.insert(position, runs);
    }
    previous.entry(position).or_insert(runs);
    EffectState::Done
}

/// Changes what data is there. Done twice it ends the same.
fn bring_back(setting: &Setting, state: &mut State, change: usize, effect: &Effect) {
    let actor = state.actor(change);
    let data = |actor: &mut super::state::Actor, target: &_| -> Option<usize> {
        let place = setting.position(target);
        actor.data.contains_key(&place).then_some(place)
    };
    match effect {
        Effect::Stop { target, .. } => {
            let place = setting.position(target);
            let data = actor.data.entry(place).or_insert(Data {
                kept: true,
                stopped: true,
                runs: true,
                claim: Claim::There,
            });
            data.kept = true;
            data.stopped = true;
        }
        Effect::RemoveClaims { target, .. } => {
            if let Some(place) = data(actor, target)
                && let Some(data) = actor.data.get_mut(&place)
            {
                data.claim = Claim::Gone;
            }
        }
        Effect::Restore { number, .. } if actor.restore.is_none_or(|(made, _)| made != *number) => {
            actor.restore = Some((*number, Probe::Pending));
        }
        Effect::Start { target, .. } => {
            if let Some(place) = data(actor, target)
                && let Some(data) = actor.data.get_mut(&place)
            {
                data.stopped = false;
                data.runs = true;
            }
        }
        Effect::DiscardVolumes { target, .. } => {
            if let Some(place) = data(actor, target)
                && let Some(data) = actor.data.get_mut(&place)
            {
                data.kept = false;
            }
        }
        _ => {}
    }
}

fn put(state: &mut State, place: usize, runs: Runs) {
    let place = &mut state.places[place];
    if place.runs != runs {
        place.runs = runs;
        place.health = Health::Progressing;
    }
}
