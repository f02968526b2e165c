//! Whether an effect is allowed at this moment, decided from the world alone and
//! without the core.

use std::collections::{BTreeMap, BTreeSet};

use tidegate_core::approval::Decision;
use tidegate_core::lifecycle::Effect;
use tidegate_core::lifecycle::status::Destination;
use tidegate_core::policy::{GroupRule, RestoreData};

use super::facts::runs_whole;
use super::setting::{Commit, NOBODY, Setting};
use super::state::{Actor, Claim, Given, Probe, State};

/// A broken invariant, by its number in the design.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Breach {
    pub(crate) invariant: u8,
    pub(crate) what: String,
}

impl Breach {
    pub(crate) fn new(invariant: u8, what: impl Into<String>) -> Self {
        Self {
            invariant,
            what: what.into(),
        }
    }
}

/// Another change that has this target and has not ended.
pub(super) fn open_holder(state: &State, change: usize, place: usize) -> Option<usize> {
    state.places[place]
        .holder
        .filter(|holder| *holder != change && !state.actors[*holder].status.phase.is_final())
}

/// Judges an effect that is about to be done.
pub(super) fn may_do(
    setting: &Setting,
    state: &State,
    change: usize,
    effect: &Effect,
) -> Result<(), Breach> {
    let actor = &state.actors[change];
    let key = effect.key(actor.status.attempts);
    let name = Setting::name(change);
    if actor.ledger.get(&key).is_none_or(|entry| entry.begins == 0) {
        let what = format!("{key} is done and never began in the ledger");
        return Err(Breach::new(5, what));
    }
    match effect {
        Effect::Claim { target } => match open_holder(state, change, setting.position(target)) {
            Some(other) if !setting.shell.compares => {
                let other = Setting::name(other);
                let what = format!("{name} takes {target}, which {other} has");
                Err(Breach::new(6, what))
            }
            _ => Ok(()),
        },
        Effect::Apply { target, .. }
        | Effect::Prune { target }
        | Effect::RollBack { target }
        | Effect::PromoteBack { target } => {
            let place = setting.position(target);
            if state.places[place].holder != Some(change) {
                let what = format!("{name} writes to {target} and does not have it");
                return Err(Breach::new(6, what));
            }
            if matches!(effect, Effect::RollBack { .. } | Effect::PromoteBack { .. }) {
                return Ok(());
            }
            let digest = actor.status.digest;
            if actor.wrote.values().any(|first| Some(*first) != digest) {
                let what = format!("{name} writes other manifests than it began with");
                return Err(Breach::new(2, what));
            }
            if actor.wrote.contains_key(&place) {
                return Ok(());
            }
            first_write(setting, state, change)
                .map_err(|lack| Breach::new(1, format!("{name} writes to {target}, but {lack}")))
        }
        Effect::RunJob { .. } | Effect::BackUp { .. } | Effect::Restore { .. } => Ok(()),
        Effect::Stop { target, .. }
        | Effect::RemoveClaims { target, .. }
        | Effect::Start { target, .. }
        | Effect::DiscardVolumes { target, .. } => {
            let place = setting.position(target);
            if state.places[place].holder != Some(change) {
                let what = format!("{name} stops or starts {target} and does not have it");
                return Err(Breach::new(6, what));
            }
            brings_back(setting, actor, place, effect)
                .map_err(|lack| Breach::new(9, format!("{name}: {lack}")))
        }
        Effect::Revert => {
            let held = |place: &&usize| state.places[**place].holder == Some(change);
            match setting.changes[change].targets.iter().find(held) {
                Some(place) => {
                    let target = &setting.targets[*place];
                    let what = format!("{name} keeps {target} while it writes to Git");
                    Err(Breach::new(6, what))
                }
                None if !actor.ledger.keys().any(|key| key.contains("/rollback/")) => {
                    let what = format!("{name} takes out of Git what did not go back");
                    Err(Breach::new(7, what))
                }
                None => Ok(()),
            }
        }
        Effect::Conclude { target, deployed } => {
            let place = setting.position(target);
            let runs = state.places[place].runs;
            if state.places[place].holder != Some(change) {
                return Ok(());
            }
            let retreat = actor
                .status
                .run
                .as_ref()
                .and_then(|run| run.retreat.as_ref());
            let lost = retreat.is_some_and(|retreat| retreat.into == Destination::Failed);
            if *deployed && !runs_whole(setting, actor, place, runs) {
                let what = format!("{name} calls {target} deployed, where it does not run whole");
                return Err(Breach::new(2, what));
            }
            let back = actor.previous.get(&place) == Some(&runs);
            if !*deployed && !lost && actor.wrote.contains_key(&place) && !back {
                let what = format!("{name} gives {target} free, where it still runs");
                return Err(Breach::new(3, what));
            }
            Ok(())
        }
    }
}

/// No data is lost that was not kept, and nothing runs on a claim that is not there.
fn brings_back(
    setting: &Setting,
    actor: &Actor,
    place: usize,
    effect: &Effect,
) -> Result<(), &'static str> {
    let rules = setting.policy.backup.rules();
    if rules.is_none_or(|rules| rules.restore_data == RestoreData::Never) {
        return Err("its policy allows no data to be brought back");
    }
    let data = actor.data.get(&place);
    match effect {
        Effect::RemoveClaims { .. } => {
            let data = data.ok_or("it removes a claim that it did not keep")?;
            let is_good = matches!(actor.backup, Some((_, Probe::Passed)));
            match () {
                () if data.claim != Claim::There => Ok(()),
                () if !data.kept => Err("it removes a claim whose volume is not kept"),
                () if data.runs || !data.stopped => Err("it removes a claim that is in use"),
                () if !is_good => Err("it removes a claim, and its backup is not usable"),
                () => Ok(()),
            }
        }
        Effect::Start { .. } if data.is_some_and(|data| data.claim == Claim::Gone) => {
            Err("it starts what has no claim")
        }
        Effect::DiscardVolumes { .. } if data.is_some_and(|data| data.claim == Claim::Gone) => {
            Err("it discards the only data that is left")
        }
        _ => Ok(()),
    }
}

/// Everything that must hold before a change writes to a target for the first
/// time.
fn first_write(setting: &Setting, state: &State, change: usize) -> Result<(), String> {
    let actor = &state.actors[change];
    let commit = &setting.changes[change].commits[actor.source];
    let status = &actor.status;
    let lack = |lack: &str| Err(lack.to_owned());
    if status.revision.as_ref() != Some(&commit.revision) {
        return lack("its source has moved");
    }
    if status.digest != Some(commit.digest) {
        return lack("its manifests are others");
    }
    if setting.is_emergency(change) && setting.emergency(change).is_none() {
        return lack("its policy knows no emergencies");
    }
    if setting.is_emergency(change) != status.owed.is_some() {
        return lack("its status does not say what an emergency owes");
    }
    let asks = people_needed(setting, change) > 0 || !groups_needed(setting, change).is_empty();
    if asks && !state.guarded {
        return lack("nothing proves who signed");
    }
    if !state.policy_ready {
        return lack("its policy is not ready");
    }
    if status.backup.is_none() {
        return lack("neither a backup nor a waiver is recorded");
    }
    let is_good = matches!(actor.backup, Some((_, Probe::Passed)));
    if setting.policy.backup.rules().is_some() && !is_good {
        return lack("its backup is not usable");
    }
    if !setting.is_open(change, state.now) {
        return lack("no window is open");
    }
    if state.guarded {
        agreed(setting, state, change, commit)
    } else {
        Ok(())
    }
}

/// Enough people agreed to exactly this, and none who counts is against it.
fn agreed(setting: &Setting, state: &State, change: usize, commit: &Commit) -> Result<(), String> {
    let mut people: BTreeMap<usize, BTreeSet<&str>> = BTreeMap::new();
    let only = setting.emergency(change).map(|rules| &rules.groups);
    for given in &state.actors[change].given {
        let Some(person) = counts(setting, state, state.now, change, given, commit) else {
            continue;
        };
        let speaks_for = |groups: &Vec<String>| {
            let own = &setting.voices[given.voice].groups;
            groups.is_empty() || own.iter().any(|group| groups.contains(group))
        };
        if given.decision == Decision::Reviewed || !only.is_none_or(speaks_for) {
            continue;
        }
        if given.decision == Decision::Rejected {
            return Err("somebody who counts is against it".to_owned());
        }
        let groups = setting.voices[given.voice]
            .groups
            .iter()
            .map(String::as_str);
        people.entry(person).or_default().extend(groups);
    }
    let need = people_needed(setting, change);
    if people.len() < need {
        return Err(format!("{} of {need} people agreed", people.len()));
    }
    for rule in groups_needed(setting, change) {
        let members = people
            .values()
            .filter(|groups| groups.contains(rule.name.as_str()));
        if members.count() < rule.count as usize {
            return Err(format!("too few of {} agreed", rule.name));
        }
    }
    Ok(())
}

/// How many people must agree before it starts.
fn people_needed(setting: &Setting, change: usize) -> usize {
    let rules = setting.emergency(change);
    rules.map_or(setting.policy.approvals.count, |rules| rules.now) as usize
}

/// Which groups must agree before it starts. An emergency asks none: it names
/// those whose members count at all.
fn groups_needed(setting: &Setting, change: usize) -> &[GroupRule] {
    match setting.emergency(change) {
        Some(_) => &[],
        None => &setting.policy.approvals.groups,
    }
}

/// The person an approval speaks for at this minute. None: it does not count.
pub(super) fn counts(
    setting: &Setting,
    state: &State,
    minute: u32,
    change: usize,
    given: &Given,
    commit: &Commit,
) -> Option<usize> {
    let approved = &setting.changes[change].commits[given.commit];
    let merged = commit.parents.len() > 1 && commit.parents.contains(&approved.revision);
    let same = approved.revision == commit.revision || merged;
    let valid_for = setting.policy.approvals.valid_for;
    let fresh = valid_for.is_none_or(|valid| Setting::at(minute) < Setting::at(given.at) + valid);
    let person = setting.voices[given.voice].person?;
    let nameless = commit.authors.contains(&NOBODY);
    let own = person == setting.requester || commit.authors.contains(&person) || nameless;
    let valid = fresh && given.is_proven(state);
    (same && approved.digest == commit.digest && valid && !own).then_some(person)
}
