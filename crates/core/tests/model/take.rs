//! What follows from what happens.

use tidegate_core::approval::Decision;

use super::action::{Action, looked_at};
use super::oracle::Breach;
use super::setting::Setting;
use super::shell::{self, Outcome};
use super::state::{Claim, Given, Hand, Health, Probe, State};

/// The state after it.
///
/// # Errors
/// The invariant that it breaks.
pub(crate) fn take(setting: &Setting, state: &State, action: Action) -> Result<State, Breach> {
    let mut next = state.clone();
    let coarse = setting.allowed.coarse;
    match action {
        Action::Look(change) | Action::LookStale(change) => {
            let stale = matches!(action, Action::LookStale(_));
            next.spent.stale += u8::from(stale);
            shell::look(setting, &mut next, change, stale)?;
            if coarse {
                shell::begin(setting, &mut next, change)?;
            }
        }
        Action::LookAndCrash(change) => {
            shell::look(setting, &mut next, change, false)?;
            die(&mut next, change);
        }
        Action::Store(change) => shell::store(setting, &mut next, change),
        Action::Begin(change) => shell::begin(setting, &mut next, change)?,
        Action::Perform(change, outcome) => {
            shell::perform(setting, &mut next, change, outcome)?;
            if coarse {
                shell::end(&mut next, change)?;
            }
        }
        Action::PerformAndCrash(change) => {
            shell::perform(setting, &mut next, change, Outcome::Done)?;
            die(&mut next, change);
        }
        Action::End(change) => shell::end(&mut next, change)?,
        Action::Crash(change) => die(&mut next, change),
        other => happen(setting, &mut next, other),
    }
    Ok(next)
}

/// What the shell knew is gone; what it wrote is not.
fn die(state: &mut State, change: usize) {
    let actor = state.actor(change);
    actor.hand = Hand::Idle;
    actor.trouble = false;
}

/// What people, the cluster and the time do.
fn happen(setting: &Setting, next: &mut State, action: Action) {
    match action {
        Action::Advance(minutes) => next.now += minutes,
        Action::Sign {
            change,
            voice,
            word,
        } => sign(setting, next, change, voice, word),
        Action::Cancel(change) => next.actor(change).cancelled = true,
        Action::Delete(change) => next.actor(change).deleted = true,
        Action::Hold(change, held) => next.actor(change).held = held,
        Action::Move(change) => next.actor(change).source += 1,
        Action::WantBackup(change) => next.actor(change).backup_wanted = Some(next.now),
        Action::Policy(ready) => {
            next.policy_ready = ready;
            next.spent.policy += u8::from(!ready);
        }
        Action::Guard(guarded) => {
            next.guarded = guarded;
            next.guarded_since = guarded.then_some(next.now);
            next.spent.guard += u8::from(!guarded);
        }
        Action::Drift(drifted) => {
            next.drifted = drifted;
            next.spent.drift += u8::from(drifted);
        }
        Action::Source(reachable) => {
            next.reachable = reachable;
            next.spent.source += u8::from(!reachable);
        }
        Action::Become(place, health) => {
            next.places[place].health = health;
            next.spent.unwell += u8::from(health != Health::Healthy);
        }
        Action::Answer {
            change,
            job,
            passed,
        } => {
            let probe = if passed { Probe::Passed } else { Probe::Failed };
            next.spent.check += u8::from(!passed);
            let actor = next.actor(change);
            if job {
                actor.job = Some(probe);
            } else {
                actor.probe = probe;
            }
        }
        Action::PodsEnd(change, place) => {
            if let Some(data) = next.actor(change).data.get_mut(&place) {
                data.runs = false;
            }
        }
        Action::Restore { change, good } => {
            next.spent.restore += u8::from(!good);
            let actor = next.actor(change);
            let probe = if good { Probe::Passed } else { Probe::Failed };
            actor.restore = actor.restore.map(|(number, _)| (number, probe));
            for data in actor.data.values_mut() {
                if good && data.claim == Claim::Gone {
                    data.claim = Claim::Back;
                }
            }
        }
        Action::Backup { change, usable } => {
            next.spent.backup += u8::from(!usable);
            let backup = &mut next.actor(change).backup;
            let probe = if usable { Probe::Passed } else { Probe::Failed };
            *backup = backup.map(|(number, _)| (number, probe));
        }
        Action::Look(_)
        | Action::LookStale(_)
        | Action::LookAndCrash(_)
        | Action::Store(_)
        | Action::Begin(_)
        | Action::Perform(..)
        | Action::PerformAndCrash(_)
        | Action::End(_)
        | Action::Crash(_) => {}
    }
}

fn sign(setting: &Setting, next: &mut State, change: usize, voice: usize, decision: Decision) {
    let at = next.now;
    let actor = next.actor(change);
    let Some(commit) = looked_at(setting, change, actor) else {
        return;
    };
    actor.given.push(Given {
        voice,
        commit,
        at,
        decision,
    });
    // In which order people sign at one moment makes no difference.
    let order = |given: &Given| {
        let reviews = given.decision == Decision::Reviewed;
        (given.at, given.voice, given.commit, reviews)
    };
    actor.given.sort_by_key(order);
}
