//! Data is brought back from a backup: everything that uses it stops, the claims
//! go and keep their volumes, Velero restores them, and everything starts again.
//!
//! Until the first claim goes nothing is lost by giving up, and everything is
//! started again. From then on only the end is good.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::context::{Advance, Context, after};
use super::effect::Effect;
use super::facts::{BackupFact, EffectState, RestoreFact};
use super::status::{DataState, Destination, RestoreState, Retreat};
use super::wait::WaitReason;
use crate::backup::data::{DataSeen, Restored, by_hand};
use crate::backup::restore_name;
use crate::policy::{Plan, RestoreData};
use crate::target::TargetKey;

/// How often Velero is asked to restore the same, where it died in the middle or
/// could not reach its store.
const TRIES: usize = 10;

/// How long after that was asked for the same is asked for once more.
const TRY_AGAIN_AFTER: SignedDuration = SignedDuration::from_secs(20);

/// How long it may take after its time to start again what was stopped.
const START_WITHIN: SignedDuration = SignedDuration::from_mins(10);

/// When to look again for what no watch may tell, such as a restore in another
/// cluster.
const LOOK_AGAIN_AFTER: SignedDuration = SignedDuration::from_secs(15);

/// What is brought back.
pub(super) struct Wanted<'a> {
    /// Which time it is in the change's life, from 1.
    pub(super) round: u32,
    /// The targets whose data it is.
    pub(super) targets: Vec<&'a TargetKey>,
    /// The backup in each cluster.
    pub(super) backups: BTreeMap<String, String>,
    /// How long it may take.
    pub(super) within: SignedDuration,
}

/// What is brought back on a way back: where something may have been written, from
/// the change's own backups. None: its policy wants nothing of it, or nobody asked.
pub(super) fn on_the_way_back<'a>(
    context: &Context<'a>,
    plan: &Plan,
    retreat: &Retreat,
) -> Option<Wanted<'a>> {
    let rules = plan.backup.as_ref()?;
    let is_asked = context.control.restore_data && retreat.into == Destination::Cancelled;
    let is_wanted = match rules.restore_data {
        RestoreData::Never => false,
        RestoreData::Manual => is_asked,
        RestoreData::OnFailure => is_asked || retreat.into == Destination::RolledBack,
    };
    if !is_wanted {
        return None;
    }
    let backups = context.status.backups.iter();
    let backups: BTreeMap<String, String> = backups
        .map(|backup| (backup.cluster.clone(), backup.name.clone()))
        .collect();
    let mut targets = context.written();
    targets.retain(|target| backups.contains_key(&target.cluster));
    Some(Wanted {
        // The first may have been on the way out.
        round: if brings_back(context) { 2 } else { 1 },
        targets,
        backups,
        within: rules.restore_within,
    })
}

/// What is brought back on the way out of a change that undoes another, once its
/// stage is applied. None: it brings no data back.
pub(super) fn on_the_way_out<'a>(context: &Context<'a>, plan: &Plan) -> Option<Wanted<'a>> {
    let rules = plan.backup.as_ref()?;
    let undoes = context.request.rolls_back.as_ref();
    let undoes = undoes.filter(|undoes| !undoes.data.is_empty())?;
    let targets = context.request.targets.iter().map(|target| &target.key);
    Some(Wanted {
        round: 1,
        targets: targets
            .filter(|target| undoes.data.contains_key(&target.cluster))
            .collect(),
        backups: undoes.data.clone(),
        within: rules.restore_within,
    })
}

fn brings_back(context: &Context<'_>) -> bool {
    let undoes = context.request.rolls_back.as_ref();
    undoes.is_some_and(|undoes| !undoes.data.is_empty())
}

/// By when what was applied has to be healthy, once its data is back.
pub(super) fn healthy_by(context: &Context<'_>, plan: &Plan, otherwise: Timestamp) -> Timestamp {
    let ended_at = context.status.data.as_ref().and_then(|data| data.ended_at);
    ended_at.map_or(otherwise, |at| after(at, plan.rollback_within))
}

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

/// The effects of one round on one target.
struct Effects<'a> {
    target: &'a TargetKey,
    round: u32,
}

impl Effects<'_> {
    fn stop(&self) -> Effect {
        Effect::Stop {
            target: self.target.clone(),
            round: self.round,
        }
    }

    fn remove(&self) -> Effect {
        Effect::RemoveClaims {
            target: self.target.clone(),
            round: self.round,
        }
    }

    fn start(&self) -> Effect {
        Effect::Start {
            target: self.target.clone(),
            round: self.round,
        }
    }

    fn discard(&self) -> Effect {
        Effect::DiscardVolumes {
            target: self.target.clone(),
            round: self.round,
        }
    }
}

impl<'a> Wanted<'a> {
    fn effects(&self) -> impl Iterator<Item = Effects<'a>> + use<'a, '_> {
        let round = self.round;
        let targets = self.targets.iter();
        targets.map(move |target| Effects { target, round })
    }
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

/// Why a step is not over.
enum Stops {
    Next(Advance),
    /// Before any claim went.
    GivenUp(String),
    /// After that.
    Broken(String),
}

/// The steps on the way, each asked in turn.
struct Steps<'c, 'a, 'w> {
    context: &'c mut Context<'a>,
    wanted: &'w Wanted<'a>,
    deadline: Timestamp,
}

impl<'a> Steps<'_, 'a, '_> {
    fn all(&mut self) -> Result<(), Stops> {
        self.stop()?;
        let seen = self.seen()?;
        let expected: usize = seen.values().map(|seen| seen.expected()).sum();
        if let Some(state) = &mut self.context.status.data {
            state.claims = u32::try_from(expected).unwrap_or(u32::MAX);
        }
        if expected > 0 {
            self.tell_by_hand(&seen);
            self.remove(&seen)?;
            self.are_gone(&seen)?;
            self.restore(&seen)?;
            self.are_back(&seen)?;
        }
        self.start()
    }

    fn is_late(&self) -> bool {
        self.context.now >= self.deadline
    }

    fn trouble(&self) -> String {
        let trouble = self.context.facts.trouble.clone();
        trouble.unwrap_or_else(|| "no answer".to_owned())
    }

    fn act<T>(&mut self, effect: Effect) -> Result<T, Stops> {
        self.context.due(self.deadline);
        Err(Stops::Next(Advance::Do(effect)))
    }

    fn wait<T>(&mut self, says: Vec<String>) -> Result<T, Stops> {
        self.context.due(self.deadline);
        self.context.wake(after(self.context.now, LOOK_AGAIN_AFTER));
        let until = self.context.moment(self.deadline);
        let reasons = says.into_iter().map(|says| WaitReason::Data {
            says,
            until: until.clone(),
        });
        let reasons = reasons.collect();
        Err(Stops::Next(self.context.wait(reasons)))
    }

    /// Before a claim is gone this is given up, and after that it is broken.
    fn fails<T>(&self, why: String) -> Result<T, Stops> {
        let mut effects = self.wanted.effects();
        if effects.any(|effects| self.context.state(&effects.remove()).is_some()) {
            Err(Stops::Broken(why))
        } else {
            Err(Stops::GivenUp(why))
        }
    }

    fn fails_late<T>(&self, problem: &str) -> Result<T, Stops> {
        let by = self.context.moment(self.deadline);
        self.fails(format!("its data was not back by {by}: {problem}"))
    }

    /// Everything that uses the claims is stopped.
    fn stop(&mut self) -> Result<(), Stops> {
        for effects in self.wanted.effects() {
            let target = effects.target;
            match self.context.state(&effects.stop()).cloned() {
                Some(EffectState::Done) => {}
                Some(EffectState::Failed(why)) => {
                    return self.fails(format!(
                        "the data of {target} cannot be brought back: {why}"
                    ));
                }
                None | Some(EffectState::Begun) if self.is_late() => {
                    let problem = format!("{target} could not be stopped: {}", self.trouble());
                    return self.fails_late(&problem);
                }
                None | Some(EffectState::Begun) => return self.act(effects.stop()),
            }
        }
        Ok(())
    }

    /// What is seen of every target.
    fn seen(&mut self) -> Result<BTreeMap<&'a TargetKey, &'a DataSeen>, Stops> {
        let mut seen = BTreeMap::new();
        let facts = self.context.facts;
        for target in &self.wanted.targets {
            let problem = match facts.data.get(*target) {
                Some(Ok(data)) => {
                    seen.insert(*target, data);
                    continue;
                }
                Some(Err(problem)) => problem.as_str(),
                None => "it has not been looked at yet",
            };
            let problem = format!("{target} cannot be seen: {problem}");
            if self.is_late() {
                return self.fails_late(&problem);
            }
            return self.wait(vec![problem]);
        }
        Ok(seen)
    }

    /// What a person would type to go on from here is there at any time, also when
    /// nobody is left who could say it.
    fn tell_by_hand(&mut self, seen: &BTreeMap<&TargetKey, &DataSeen>) {
        let mut lines = Vec::new();
        for (target, seen) in seen {
            let (Some(work), Some(backup)) = (&seen.work, self.wanted.backups.get(&target.cluster))
            else {
                continue;
            };
            let mut targets = self.context.request.targets.iter();
            let delivery = targets.find(|other| other.key == **target);
            let application = delivery.and_then(|target| target.application());
            lines.extend(by_hand(work, application, backup, &seen.velero));
        }
        if let Some(state) = &mut self.context.status.data {
            state.by_hand = lines;
        }
    }

    /// The claims are removed, once nothing uses them any more and the backup is
    /// known to be there still.
    fn remove(&mut self, seen: &BTreeMap<&TargetKey, &DataSeen>) -> Result<(), Stops> {
        for effects in self.wanted.effects() {
            match self.context.state(&effects.remove()).cloned() {
                Some(EffectState::Done) => continue,
                Some(EffectState::Failed(why)) => {
                    return self.fails(format!(
                        "the claims of {} could not be removed: {why}",
                        effects.target
                    ));
                }
                None | Some(EffectState::Begun) => {}
            }
            if self.is_late() {
                let problem = self.in_use(seen).first().cloned();
                let problem = problem.unwrap_or_else(|| self.trouble());
                return self.fails_late(&problem);
            }
            let users = self.in_use(seen);
            if !users.is_empty() {
                return self.wait(users);
            }
            self.are_restorable()?;
            return self.act(effects.remove());
        }
        Ok(())
    }

    fn in_use(&self, seen: &BTreeMap<&TargetKey, &DataSeen>) -> Vec<String> {
        let users = seen.values().flat_map(|seen| &seen.users);
        users.cloned().collect()
    }

    /// The backups are there, and good.
    fn are_restorable(&mut self) -> Result<(), Stops> {
        let facts = self.context.facts;
        for (cluster, name) in &self.wanted.backups {
            let says = match facts.restorable.get(cluster) {
                Some(BackupFact::Usable { .. }) => continue,
                Some(BackupFact::Unusable(why)) => {
                    return self.fails(format!(
                        "backup {name} in {cluster} cannot be restored: {why}"
                    ));
                }
                Some(BackupFact::Progressing(says)) => says.clone(),
                Some(BackupFact::Unknown(problem)) => format!("it cannot be seen: {problem}"),
                None => "it has not been looked at yet".to_owned(),
            };
            return self.wait(vec![format!("backup {name} in {cluster}: {says}")]);
        }
        Ok(())
    }

    /// The restores of this round in a cluster.
    fn restores(&self, cluster: &str) -> Vec<RestoreState> {
        let state = self.context.status.data.iter();
        let restores = state.flat_map(|state| {
            let of_round = |restore: &&RestoreState| restore.asked_at >= state.since;
            state.restores.iter().filter(of_round)
        });
        restores
            .filter(|restore| restore.cluster == cluster)
            .cloned()
            .collect()
    }

    /// No claim is left that a restore would leave as it is.
    fn are_gone(&mut self, seen: &BTreeMap<&TargetKey, &DataSeen>) -> Result<(), Stops> {
        for (target, seen) in seen {
            let is_asked = self.restores(&target.cluster).iter().any(|restore| {
                let effect = asked(restore);
                self.context.state(&effect).is_some()
            });
            if is_asked {
                continue;
            }
            let left: Vec<String> = seen
                .claims
                .iter()
                .map(|claim| format!("claim {} is not gone yet", claim.key))
                .collect();
            let Some(first) = left.first() else {
                continue;
            };
            if self.is_late() {
                return self.fails_late(first);
            }
            return self.wait(left);
        }
        Ok(())
    }

    /// Velero restores what each cluster has lost.
    fn restore(&mut self, seen: &BTreeMap<&TargetKey, &DataSeen>) -> Result<(), Stops> {
        let clusters: BTreeSet<&str> = seen
            .iter()
            .filter(|(_, seen)| seen.expected() > 0)
            .map(|(target, _)| target.cluster.as_str())
            .collect();
        let mut waits = Vec::new();
        for cluster in clusters {
            let restores = self.restores(cluster);
            let Some(restore) = restores.last() else {
                return self.ask(cluster);
            };
            match self.context.state(&asked(restore)).cloned() {
                None | Some(EffectState::Begun) if self.is_late() => {
                    let problem = format!(
                        "restore {} could not be asked for in {cluster}: {}",
                        restore.name,
                        self.trouble()
                    );
                    return self.fails_late(&problem);
                }
                None | Some(EffectState::Begun) => return self.act(asked(restore)),
                Some(EffectState::Failed(why)) => {
                    return self.fails(format!(
                        "restore {} could not be asked for in {cluster}: {why}",
                        restore.name
                    ));
                }
                Some(EffectState::Done) => {}
            }
            let says = match self.context.facts.restores.get(cluster) {
                Some(RestoreFact::Completed { .. }) => continue,
                Some(RestoreFact::Broken(why)) => {
                    if restores.len() >= TRIES || self.is_late() {
                        return self.fails(format!(
                            "restore {} in {cluster} did not bring it back: {why}",
                            restore.name
                        ));
                    }
                    let again = after(restore.asked_at, TRY_AGAIN_AFTER);
                    if self.context.now >= again {
                        return self.ask(cluster);
                    }
                    self.context.due(again);
                    format!("{why}; it is asked for again")
                }
                Some(RestoreFact::Progressing(says)) => says.clone(),
                Some(RestoreFact::Unknown(problem)) => format!("it cannot be seen: {problem}"),
                None => "it has not been looked at yet".to_owned(),
            };
            waits.push(format!("restore {} in {cluster}: {says}", restore.name));
        }
        let Some(first) = waits.first() else {
            return Ok(());
        };
        if self.is_late() {
            return self.fails_late(first);
        }
        self.wait(waits)
    }

    /// A restore that nobody has asked for yet is named, and asked for.
    fn ask<T>(&mut self, cluster: &str) -> Result<T, Stops> {
        if self.is_late() {
            return self.fails_late("no restore was asked for");
        }
        let backup = self.wanted.backups.get(cluster).cloned();
        let (Some(state), Some(backup)) = (&mut self.context.status.data, backup) else {
            return self.fails(format!("nobody knows which backup of {cluster} it is"));
        };
        let number = u32::try_from(state.restores.len()).unwrap_or(u32::MAX);
        let restore = RestoreState {
            cluster: cluster.to_owned(),
            backup,
            name: restore_name(self.context.name, self.context.now),
            number: number.saturating_add(1),
            asked_at: self.context.now,
        };
        let effect = asked(&restore);
        state.restores.push(restore);
        self.act(effect)
    }

    /// Every claim is there, is Velero's work, and has a volume.
    fn are_back(&mut self, seen: &BTreeMap<&TargetKey, &DataSeen>) -> Result<(), Stops> {
        let mut waits = Vec::new();
        for (target, seen) in seen {
            let restores = self.restores(&target.cluster);
            let names: Vec<&str> = restores.iter().map(|one| one.name.as_str()).collect();
            match seen.restored(&names) {
                Restored::All => {}
                Restored::NotYet(says) => waits.push(says),
                Restored::Not(why) => return self.fails(why),
            }
        }
        let Some(first) = waits.first() else {
            return Ok(());
        };
        if self.is_late() {
            return self.fails_late(first);
        }
        self.wait(waits)
    }

    /// Everything runs again.
    fn start(&mut self) -> Result<(), Stops> {
        let until = after(self.deadline, START_WITHIN);
        for effects in self.wanted.effects() {
            let target = effects.target;
            let problem = match self.context.state(&effects.start()).cloned() {
                Some(EffectState::Done) => continue,
                Some(EffectState::Failed(why)) => why,
                None | Some(EffectState::Begun) if self.context.now >= until => self.trouble(),
                None | Some(EffectState::Begun) => {
                    self.context.due(until);
                    return Err(Stops::Next(Advance::Do(effects.start())));
                }
            };
            return Err(Stops::Broken(format!(
                "the data is back, and {target} could not be started again: {problem}"
            )));
        }
        Ok(())
    }
}

fn asked(restore: &RestoreState) -> Effect {
    Effect::Restore {
        cluster: restore.cluster.clone(),
        number: restore.number,
    }
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
