//! Everything that may happen next.

use tidegate_core::approval::Decision;
use tidegate_core::lifecycle::{Effect, Phase};
use tidegate_core::policy::Check;

use super::setting::{Happening, Setting};
use super::shell::Outcome;
use super::state::{Actor, Given, Hand, Health, Probe, State};

/// Time goes on at most this long after the last edge, in ticks; what has
/// started must have ended by then.
const PATIENCE: u32 = 40;

/// One thing that happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    Look(usize),
    Store(usize),
    Begin(usize),
    Perform(usize, Outcome),
    End(usize),
    Crash(usize),
    /// It does not see yet that others have started.
    LookStale(usize),
    /// It dies between the status and the ledger.
    LookAndCrash(usize),
    /// It dies between the effect and the ledger.
    PerformAndCrash(usize),
    /// Minutes.
    Advance(u32),
    Sign {
        change: usize,
        voice: usize,
        word: Decision,
    },
    Cancel(usize),
    Delete(usize),
    Hold(usize, bool),
    Move(usize),
    /// A person asks for a backup now.
    WantBackup(usize),
    Policy(bool),
    Guard(bool),
    Drift(bool),
    Source(bool),
    Become(usize, Health),
    Answer {
        change: usize,
        job: bool,
        passed: bool,
    },
    /// The last pod that used a claim ends.
    PodsEnd(usize, usize),
    /// Velero ends a restore.
    Restore {
        change: usize,
        good: bool,
    },
    /// Velero ends a backup, or it is lost.
    Backup {
        change: usize,
        usable: bool,
    },
}

/// Everything that may happen in this state.
pub(crate) fn enabled(setting: &Setting, state: &State) -> Vec<Action> {
    let mut actions = Vec::new();
    for change in 0..state.actors.len() {
        of_shell(setting, state, change, &mut actions);
        if state.actors[change].is_open() {
            of_people(setting, state, change, &mut actions);
            of_checks(setting, state, change, &mut actions);
            of_backup(setting, state, change, &mut actions);
            of_data(setting, state, change, &mut actions);
        }
    }
    of_cluster(setting, state, &mut actions);
    let running = state.is_started() && state.now < setting.last_edge + PATIENCE * setting.tick;
    if state.now < setting.last_edge || running {
        actions.push(Action::Advance(setting.tick));
    }
    actions
}

fn of_shell(setting: &Setting, state: &State, change: usize, actions: &mut Vec<Action>) {
    let actor = &state.actors[change];
    let allowed = &setting.allowed;
    match &actor.hand {
        Hand::Idle => {
            if actor.is_open() {
                actions.push(Action::Look(change));
                let waits = actor.status.phase == Phase::Scheduled;
                if waits && state.is_started() && state.spent.stale < allowed.stale {
                    actions.push(Action::LookStale(change));
                }
                if allowed.crash && allowed.coarse {
                    actions.push(Action::LookAndCrash(change));
                }
            }
            return;
        }
        Hand::Decided(_) => actions.push(Action::Store(change)),
        Hand::Due(_) => actions.push(Action::Begin(change)),
        Hand::Begun(effect) => {
            actions.push(Action::Perform(change, Outcome::Done));
            let may_refuse = !matches!(effect, Effect::Conclude { .. });
            if may_refuse && state.spent.refusals < allowed.refusals {
                actions.push(Action::Perform(change, Outcome::Refused));
            }
            if state.spent.troubles < allowed.troubles {
                actions.push(Action::Perform(change, Outcome::Trouble));
            }
            if allowed.crash && allowed.coarse {
                actions.push(Action::PerformAndCrash(change));
            }
        }
        Hand::Ended(..) => actions.push(Action::End(change)),
    }
    if allowed.crash {
        actions.push(Action::Crash(change));
    }
}

fn of_people(setting: &Setting, state: &State, change: usize, actions: &mut Vec<Action>) {
    let actor = &state.actors[change];
    let allowed = &setting.allowed;
    let ended = actor.status.phase.is_final();
    let may = |happening| !ended && allowed.happenings.contains(&happening);
    if may(Happening::Cancel) && !actor.cancelled {
        actions.push(Action::Cancel(change));
    }
    if may(Happening::Delete) && !actor.deleted {
        actions.push(Action::Delete(change));
    }
    if actor.is_listening() {
        of_signers(setting, state, change, actions);
    }
    if !actor.is_gated() {
        return;
    }
    if may(Happening::Hold) {
        actions.push(Action::Hold(change, !actor.held));
    }
    if may(Happening::Backup) && actor.backup_wanted.is_none() {
        actions.push(Action::WantBackup(change));
    }
    if may(Happening::Move) && actor.source + 1 < setting.changes[change].commits.len() {
        actions.push(Action::Move(change));
    }
}

/// Nobody says yes or no twice of one commit, nor reviews it twice.
fn of_signers(setting: &Setting, state: &State, change: usize, actions: &mut Vec<Action>) {
    let actor = &state.actors[change];
    let allowed = &setting.allowed;
    let Some(commit) = looked_at(setting, change, actor) else {
        return;
    };
    let silent = |voice: usize, reviews: bool| {
        !actor.given.iter().any(|given: &Given| {
            let reviewed = given.decision == Decision::Reviewed;
            // Nobody signs twice at one moment, whatever it is worth.
            let stands = given.is_proven(state) || !state.guarded || given.at == state.now;
            given.voice == voice && given.commit == commit && reviewed == reviews && stands
        })
    };
    let mut sign = |voice, word| {
        actions.push(Action::Sign {
            change,
            voice,
            word,
        });
    };
    if state.now <= allowed.sign_until {
        for voice in allowed.voices.iter().filter(|voice| silent(**voice, false)) {
            sign(*voice, Decision::Approved);
            if allowed.happenings.contains(&Happening::Reject) {
                sign(*voice, Decision::Rejected);
            }
        }
    }
    if setting.is_emergency(change) {
        for voice in allowed
            .reviewers
            .iter()
            .filter(|voice| silent(**voice, true))
        {
            sign(*voice, Decision::Reviewed);
        }
    }
}

/// The commit that people see in the status.
pub(super) fn looked_at(setting: &Setting, change: usize, actor: &Actor) -> Option<usize> {
    let revision = actor.status.revision.as_ref()?;
    let commits = &setting.changes[change].commits;
    commits
        .iter()
        .position(|commit| commit.revision == *revision)
}

fn of_checks(setting: &Setting, state: &State, change: usize, actions: &mut Vec<Action>) {
    let actor = &state.actors[change];
    if actor.status.phase != Phase::Verifying {
        return;
    }
    let mut answers = |job, probe| {
        if probe == Probe::Pending {
            let answer = |passed| Action::Answer {
                change,
                job,
                passed,
            };
            actions.push(answer(true));
            if state.spent.check < setting.allowed.check {
                actions.push(answer(false));
            }
        }
    };
    let checks = &setting.policy.plan.verification.checks;
    if checks
        .iter()
        .any(|check| matches!(check, Check::Http { .. }))
    {
        answers(false, actor.probe);
    }
    if let Some(job) = actor.job {
        answers(true, job);
    }
}

fn of_data(setting: &Setting, state: &State, change: usize, actions: &mut Vec<Action>) {
    let actor = &state.actors[change];
    for (place, data) in &actor.data {
        if data.stopped && data.runs {
            actions.push(Action::PodsEnd(change, *place));
        }
    }
    if let Some((_, Probe::Pending)) = actor.restore {
        actions.push(Action::Restore { change, good: true });
        if state.spent.restore < setting.allowed.restore {
            actions.push(Action::Restore {
                change,
                good: false,
            });
        }
    }
}

fn of_backup(setting: &Setting, state: &State, change: usize, actions: &mut Vec<Action>) {
    let actor = &state.actors[change];
    let matters = actor.is_gated() || actor.status.data.is_some();
    let Some((_, probe)) = actor.backup.filter(|_| matters) else {
        return;
    };
    let becomes = |usable| Action::Backup { change, usable };
    if probe == Probe::Pending {
        actions.push(becomes(true));
    }
    if probe != Probe::Failed && state.spent.backup < setting.allowed.backup {
        actions.push(becomes(false));
    }
}

fn of_cluster(setting: &Setting, state: &State, actions: &mut Vec<Action>) {
    let (allowed, spent) = (&setting.allowed, &state.spent);
    for (place, seen) in state.places.iter().enumerate() {
        if seen.health != Health::Healthy {
            actions.push(Action::Become(place, Health::Healthy));
        }
        if seen.holder.is_none() || spent.unwell >= allowed.unwell {
            continue;
        }
        let worse = allowed
            .worse
            .iter()
            .filter(|health| **health != seen.health);
        for health in worse.copied() {
            actions.push(Action::Become(place, health));
        }
    }
    for (now, used, budget, action) in [
        (
            state.policy_ready,
            spent.policy,
            allowed.policy,
            Action::Policy as fn(bool) -> Action,
        ),
        (state.guarded, spent.guard, allowed.guard, Action::Guard),
        (!state.drifted, spent.drift, allowed.drift, Action::Drift),
        (
            state.reachable,
            spent.source,
            allowed.source,
            Action::Source,
        ),
    ] {
        if !state.actors.iter().any(|actor| actor.is_listening()) {
            continue;
        }
        let flip = action(matches!(action(true), Action::Drift(_)) == now);
        if !now || used < budget {
            actions.push(flip);
        }
    }
}
