//! What changes.

use std::collections::BTreeMap;
use std::rc::Rc;

use tidegate_core::approval::Decision;
use tidegate_core::digest::Digest;
use tidegate_core::lifecycle::owed::Owed;
use tidegate_core::lifecycle::status::Destination;
use tidegate_core::lifecycle::{Effect, EffectState, Phase, Status, Step};

use super::setting::Setting;

/// The whole world at one moment.
#[derive(Debug, Clone)]
#[allow(clippy::struct_excessive_bools, reason = "each may be so on its own")]
pub(crate) struct State {
    /// Minutes after the start.
    pub(crate) now: u32,
    pub(crate) policy_ready: bool,
    pub(crate) guarded: bool,
    /// When the admission policies were made again. None: they are those of the
    /// start, or missing.
    pub(crate) guarded_since: Option<u32>,
    pub(crate) drifted: bool,
    /// The source can be reached.
    pub(crate) reachable: bool,
    /// Targets, as the cluster has them.
    pub(crate) places: Vec<Place>,
    /// Changes, each with the part of the shell that works for it.
    pub(crate) actors: Vec<Rc<Actor>>,
    pub(crate) spent: Spent,
}

/// How often what may go wrong has gone wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) struct Spent {
    pub(crate) policy: u8,
    pub(crate) guard: u8,
    pub(crate) drift: u8,
    pub(crate) source: u8,
    pub(crate) unwell: u8,
    pub(crate) check: u8,
    pub(crate) backup: u8,
    pub(crate) restore: u8,
    pub(crate) refusals: u8,
    pub(crate) troubles: u8,
    pub(crate) stale: u8,
}

/// One target.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Place {
    pub(crate) holder: Option<usize>,
    pub(crate) runs: Runs,
    pub(crate) health: Health,
}

/// What runs at a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Runs {
    /// None: what ran before the history begins.
    pub(crate) digest: Option<Digest>,
    pub(crate) stage: u32,
    pub(crate) pruned: bool,
}

/// How what runs does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Health {
    Healthy,
    Progressing,
    Failed,
    Differs,
    Unseen,
}

/// How a probe or a Job does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Probe {
    Pending,
    Passed,
    Failed,
}

/// An approval or a rejection.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Given {
    pub(crate) voice: usize,
    pub(crate) commit: usize,
    pub(crate) at: u32,
    pub(crate) decision: Decision,
}

/// Where the shell is with a change.
#[derive(Debug, Clone)]
pub(crate) enum Hand {
    /// It would ask the core next.
    Idle,
    /// It has asked, and not stored the answer yet.
    Decided(Box<Step>),
    /// The status is stored, the effect is next.
    Due(Effect),
    /// The effect is in the ledger and not done yet.
    Begun(Effect),
    /// The effect is done or refused, and its end is not in the ledger yet.
    Ended(Effect, EffectState),
}

/// What the ledger holds of one effect.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(crate) struct Entry {
    pub(crate) begins: u8,
    pub(crate) ends: u8,
    pub(crate) outcome: Option<EffectState>,
}

/// One change, and the shell's memory of it.
#[derive(Debug, Clone)]
#[allow(clippy::struct_excessive_bools, reason = "each may be so on its own")]
pub(crate) struct Actor {
    pub(crate) status: Status,
    pub(crate) cancelled: bool,
    pub(crate) deleted: bool,
    pub(crate) held: bool,
    /// Where its reference points, by the position of the commit.
    pub(crate) source: usize,
    pub(crate) given: Vec<Given>,
    pub(crate) hand: Hand,
    pub(crate) ledger: BTreeMap<String, Entry>,
    pub(crate) trouble: bool,
    /// What ran at each target when it was taken.
    pub(crate) previous: BTreeMap<usize, Runs>,
    /// Targets written to in this attempt, and the digest of the first write.
    pub(crate) wrote: BTreeMap<usize, Digest>,
    pub(crate) probe: Probe,
    pub(crate) job: Option<Probe>,
    /// The backup that was asked for last: its number, and how it does.
    pub(crate) backup: Option<(u32, Probe)>,
    /// The data of each target that is brought back.
    pub(crate) data: BTreeMap<usize, Data>,
    /// The restore that was asked for last: its number, and how it does.
    pub(crate) restore: Option<(u32, Probe)>,
    /// When a person asked for a backup.
    pub(crate) backup_wanted: Option<u32>,
    /// When the core was asked last.
    pub(crate) asked_at: u32,
    /// Since when it owes, if it is an emergency, whatever its status says.
    pub(crate) owes_since: Option<u32>,
}

/// The one claim of a target, and what uses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Data {
    /// Its volume outlives it.
    pub(crate) kept: bool,
    /// It was told to stop.
    pub(crate) stopped: bool,
    /// Pods of it still run.
    pub(crate) runs: bool,
    pub(crate) claim: Claim,
}

/// A claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Claim {
    /// With what the change did to its data.
    There,
    Gone,
    /// With what the backup has.
    Back,
}

impl Given {
    /// The admission policies that stand are those under which it was written.
    pub(crate) fn is_proven(&self, state: &State) -> bool {
        state.guarded && state.guarded_since.is_none_or(|since| self.at > since)
    }
}

impl Runs {
    /// What runs before the history begins.
    pub(crate) const BEFORE: Self = Self {
        digest: None,
        stage: 0,
        pruned: false,
    };
}

impl State {
    pub(crate) fn first(setting: &Setting) -> Self {
        let place = Place {
            holder: None,
            runs: Runs::BEFORE,
            health: Health::Healthy,
        };
        let given = |voice: &usize| Given {
            voice: *voice,
            commit: 0,
            at: 0,
            decision: Decision::Approved,
        };
        let actor = Actor {
            status: Status::default(),
            cancelled: false,
            deleted: false,
            held: false,
            source: 0,
            given: setting.signed.iter().map(given).collect(),
            hand: Hand::Idle,
            ledger: BTreeMap::new(),
            trouble: false,
            previous: BTreeMap::new(),
            wrote: BTreeMap::new(),
            probe: Probe::Pending,
            job: None,
            backup: None,
            data: BTreeMap::new(),
            restore: None,
            backup_wanted: None,
            asked_at: 0,
            owes_since: None,
        };
        Self {
            now: 0,
            policy_ready: true,
            guarded: true,
            guarded_since: None,
            drifted: false,
            reachable: true,
            places: vec![place; setting.targets.len()],
            actors: setting
                .changes
                .iter()
                .map(|_| Rc::new(actor.clone()))
                .collect(),
            spent: Spent::default(),
        }
    }

    pub(crate) fn actor(&mut self, change: usize) -> &mut Actor {
        Rc::make_mut(&mut self.actors[change])
    }

    /// Some change has started and not ended.
    pub(crate) fn is_started(&self) -> bool {
        self.actors
            .iter()
            .any(|actor| actor.status.phase.is_running())
    }
}

impl Actor {
    /// Since when an emergency owes after this answer, given at this minute: it
    /// owes from a start on, and no more when it waits for its gates again or
    /// ends before the ledger has any write of it.
    pub(crate) fn owes_after(&self, decided: &Step, minute: u32) -> Option<u32> {
        let mut since = self.owes_since;
        for transition in &decided.transitions {
            match transition.to {
                Phase::BackingUp => since = Some(minute),
                Phase::Draft | Phase::Assessing | Phase::Approving | Phase::Scheduled => {
                    since = None;
                }
                end if end.is_final() && !self.may_have_written() => since = None,
                _ => {}
            }
        }
        since
    }

    fn may_have_written(&self) -> bool {
        self.ledger.keys().any(|key| key.contains("/apply/"))
    }

    /// It owes something that its status does not call settled.
    pub(crate) fn is_owing(&self) -> bool {
        let owed = self.status.owed.as_ref();
        self.owes_since.is_some() && !owed.is_some_and(Owed::is_settled)
    }

    /// What people, the policy and the source say still matters to it.
    pub(crate) fn is_listening(&self) -> bool {
        self.is_gated() || self.is_owing()
    }

    /// The shell still looks at it.
    pub(crate) fn is_open(&self) -> bool {
        !self.status.phase.is_final() || self.is_owing()
    }

    /// Its gates are asked, or may be asked again.
    pub(crate) fn is_gated(&self) -> bool {
        let run = self.status.run.as_ref();
        match self.status.phase {
            Phase::Draft
            | Phase::Assessing
            | Phase::Approving
            | Phase::Scheduled
            | Phase::BackingUp => true,
            Phase::RollingOut => run.is_none_or(|run| {
                let plan = self.status.plan.as_ref();
                let stage = plan.and_then(|plan| plan.stages.get(run.stage as usize));
                run.stage == 0 || stage.is_some_and(|stage| stage.targets.is_some())
            }),
            Phase::RollingBack => run
                .and_then(|run| run.retreat.as_ref())
                .is_none_or(|retreat| retreat.into == Destination::Scheduled),
            _ => false,
        }
    }
}
