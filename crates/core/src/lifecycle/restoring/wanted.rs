//! What is brought back, and who allowed it.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::lifecycle::context::{Context, after};
use crate::lifecycle::effect::Effect;
use crate::lifecycle::status::{Destination, Retreat};
use crate::policy::{Plan, RestoreData};
use crate::target::TargetKey;

/// What is brought back.
pub(in crate::lifecycle) struct Wanted<'a> {
    /// Which time it is in the change's life, from 1.
    pub(in crate::lifecycle) round: u32,
    /// The targets whose data it is.
    pub(in crate::lifecycle) targets: Vec<&'a TargetKey>,
    /// The backup in each cluster.
    pub(in crate::lifecycle) backups: BTreeMap<String, String>,
    /// How long it may take.
    pub(in crate::lifecycle) within: SignedDuration,
}

/// What is brought back on a way back: where something may have been written, from
/// the change's own backups. None: its policy wants nothing of it, or nobody asked.
pub(in crate::lifecycle) fn on_the_way_back<'a>(
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
pub(in crate::lifecycle) fn on_the_way_out<'a>(
    context: &Context<'a>,
    plan: &Plan,
) -> Option<Wanted<'a>> {
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
pub(in crate::lifecycle) fn healthy_by(
    context: &Context<'_>,
    plan: &Plan,
    otherwise: Timestamp,
) -> Timestamp {
    let ended_at = context.status.data.as_ref().and_then(|data| data.ended_at);
    ended_at.map_or(otherwise, |at| after(at, plan.rollback_within))
}

/// The effects of one round on one target.
pub(super) struct Effects<'a> {
    pub(super) target: &'a TargetKey,
    pub(super) round: u32,
}

impl Effects<'_> {
    pub(super) fn stop(&self) -> Effect {
        self.stop_again(0)
    }

    pub(super) fn stop_again(&self, again: u32) -> Effect {
        Effect::Stop {
            target: self.target.clone(),
            round: self.round,
            again,
        }
    }

    pub(super) fn remove(&self) -> Effect {
        Effect::RemoveClaims {
            target: self.target.clone(),
            round: self.round,
        }
    }

    pub(super) fn start(&self) -> Effect {
        Effect::Start {
            target: self.target.clone(),
            round: self.round,
        }
    }

    pub(super) fn discard(&self) -> Effect {
        Effect::DiscardVolumes {
            target: self.target.clone(),
            round: self.round,
        }
    }
}

impl<'a> Wanted<'a> {
    pub(super) fn effects(&self) -> impl Iterator<Item = Effects<'a>> + use<'a, '_> {
        let round = self.round;
        let targets = self.targets.iter();
        targets.map(move |target| Effects { target, round })
    }
}
