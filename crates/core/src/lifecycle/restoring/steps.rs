//! The steps on the way, each asked in turn.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::START_WITHIN;
use super::wanted::{Effects, Wanted};
use crate::backup::data::{DataSeen, Restored, by_hand};
use crate::backup::restore_name;
use crate::lifecycle::context::{Advance, Context, after};
use crate::lifecycle::effect::Effect;
use crate::lifecycle::facts::{BackupFact, EffectState, RestoreFact};
use crate::lifecycle::status::{RestoreState, StoppedAgain};
use crate::lifecycle::wait::WaitReason;
use crate::target::TargetKey;

/// How often Velero is asked to restore the same, where it died in the middle or
/// could not reach its store.
const TRIES: usize = 10;

/// How long after that was asked for the same is asked for once more.
const TRY_AGAIN_AFTER: SignedDuration = SignedDuration::from_secs(20);

/// How often something is stopped once more that somebody starts.
const STOPS: u32 = 20;

/// How long after it was stopped that is done at the earliest.
const STOP_AGAIN_AFTER: SignedDuration = SignedDuration::from_secs(5);

/// When to look again for what no watch may tell, such as a restore in another
/// cluster.
const LOOK_AGAIN_AFTER: SignedDuration = SignedDuration::from_secs(15);

/// Why a step is not over.
pub(super) enum Stops {
    Next(Advance),
    /// Before any claim went.
    GivenUp(String),
    /// After that.
    Broken(String),
}

/// The steps on the way, each asked in turn.
pub(super) struct Steps<'c, 'a, 'w> {
    pub(super) context: &'c mut Context<'a>,
    pub(super) wanted: &'w Wanted<'a>,
    pub(super) deadline: Timestamp,
}

impl<'a> Steps<'_, 'a, '_> {
    pub(super) fn all(&mut self) -> Result<(), Stops> {
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
        let removed = |effects: Effects<'_>| self.context.state(&effects.remove()).is_some();
        if !self.wanted.effects().any(removed) {
            self.stop_again(seen)?;
        }
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
                let problem = in_use(seen).first().cloned();
                let problem = problem.unwrap_or_else(|| self.trouble());
                return self.fails_late(&problem);
            }
            let users = in_use(seen);
            if !users.is_empty() {
                return self.wait(users);
            }
            self.are_restorable()?;
            return self.act(effects.remove());
        }
        Ok(())
    }

    /// What was begun before it was told to stop, such as a sync of Argo CD, may have
    /// started something again: it is stopped once more. Whoever does so again and
    /// again is not fought for ever.
    fn stop_again(&mut self, seen: &BTreeMap<&TargetKey, &DataSeen>) -> Result<(), Stops> {
        let Some(state) = self.context.status.data.clone() else {
            return Ok(());
        };
        if self.is_late() {
            return Ok(());
        }
        let effect = |target: &TargetKey, again| {
            let round = state.round;
            Effects { target, round }.stop_again(again)
        };
        let (mut times, mut last) = (0, state.since);
        if let Some(latest) = &state.stopped_again {
            (times, last) = (latest.times, latest.at);
            // What was decided is done, whoever died in between.
            let latest = effect(&latest.target, times);
            if let None | Some(EffectState::Begun) = self.context.state(&latest) {
                return self.act(latest);
            }
        }
        let mut started = seen.iter().filter(|(_, seen)| !seen.started.is_empty());
        let Some((target, _)) = started.next().filter(|_| times < STOPS) else {
            return Ok(());
        };
        let next = after(last, STOP_AGAIN_AFTER);
        if self.context.now < next {
            self.context.due(next);
            return Ok(());
        }
        let times = times.saturating_add(1);
        if let Some(state) = &mut self.context.status.data {
            state.stopped_again = Some(StoppedAgain {
                target: (*target).clone(),
                times,
                at: self.context.now,
            });
        }
        self.act(effect(target, times))
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

fn in_use(seen: &BTreeMap<&TargetKey, &DataSeen>) -> Vec<String> {
    let users = seen
        .values()
        .flat_map(|seen| seen.started.iter().chain(&seen.users));
    users.cloned().collect()
}
