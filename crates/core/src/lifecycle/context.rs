//! What the phases share while one step is decided.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::effect::Effect;
use super::facts::{EffectState, Facts};
use super::phase::Phase;
use super::status::{Destination, Retreat, Run, Status};
use super::wait::WaitReason;
use super::written::may_be_written;
use crate::calendar::render::moment;
use crate::policy::Plan;
use crate::request::{Control, Request};
use crate::target::TargetKey;

/// One step in the making: what was asked, what is so, and the status as it
/// changes.
pub(super) struct Context<'a> {
    /// The object's name.
    pub(super) name: &'a str,
    pub(super) request: &'a Request,
    pub(super) control: &'a Control,
    pub(super) facts: &'a Facts,
    pub(super) now: Timestamp,
    pub(super) status: Status,
    /// The zone in which people read times: the calendar's.
    pub(super) zone: TimeZone,
    /// When to ask again.
    pub(super) wake_at: Option<Timestamp>,
    /// When something happens that people wait for.
    pub(super) due_at: Option<Timestamp>,
}

/// What one phase answers.
pub(super) enum Advance {
    /// Another phase begins, for this reason.
    Enter(Phase, String),
    /// The status has changed within its phase: ask again.
    Again,
    /// Nothing to do until something changes.
    Wait(Vec<WaitReason>),
    /// Do this.
    Do(Effect),
    /// It has ended.
    Stay,
}

impl<'a> Context<'a> {
    /// Asks to be woken at this moment, or earlier.
    pub(super) fn wake(&mut self, at: Timestamp) {
        if at > self.now {
            self.wake_at = Some(self.wake_at.map_or(at, |earlier| earlier.min(at)));
        }
    }

    /// Asks to be woken at this moment, and shows it to people as the next one
    /// that matters.
    pub(super) fn due(&mut self, at: Timestamp) {
        self.wake(at);
        if at > self.now {
            self.due_at = Some(self.due_at.map_or(at, |earlier| earlier.min(at)));
        }
    }

    pub(super) fn moment(&self, at: Timestamp) -> String {
        moment(at, &self.zone)
    }

    /// What the ledger says of this effect in the present attempt.
    pub(super) fn state(&self, effect: &Effect) -> Option<&EffectState> {
        self.facts.effects.get(&effect.key(self.status.attempts))
    }

    /// The reason to stop that a person gave.
    pub(super) fn called_off(&self) -> Option<String> {
        match &self.control.cancel {
            Some(reason) if reason.is_empty() => Some("called off".to_owned()),
            Some(reason) => Some(format!("called off: {reason}")),
            None => self
                .control
                .deleted
                .then(|| "called off: the Change was deleted".to_owned()),
        }
    }

    /// The targets to which something of this attempt may have been written, in
    /// the order of their stages.
    pub(super) fn written(&self) -> Vec<&'a TargetKey> {
        let targets = self.request.targets.iter().map(|target| &target.key);
        let mut written: Vec<&TargetKey> = targets
            .filter(|target| may_be_written(&self.status, self.facts, target))
            .collect();
        if let Some(plan) = &self.status.plan {
            written.sort_by_key(|target| plan.first_stage(target));
        }
        written
    }

    /// Turns back. Where nothing was touched the targets are only given free.
    pub(super) fn retreat(&mut self, run: Run, why: String, into: Destination) -> Advance {
        let retreat = Retreat {
            why: why.clone(),
            since: self.now,
            into,
        };
        self.status.run = Some(Run {
            touched: !self.written().is_empty(),
            retreat: Some(retreat),
            ..run
        });
        Advance::Enter(Phase::RollingBack, why)
    }

    /// The run and the plan of a change that has started. A status without them
    /// was written by nobody who follows these rules, so a person is needed.
    pub(super) fn started(&self) -> Result<(Run, Plan), Advance> {
        match (&self.status.run, &self.status.plan) {
            (Some(run), Some(plan)) if !plan.stages.is_empty() => Ok((run.clone(), plan.clone())),
            _ => Err(Advance::Enter(
                Phase::Failed,
                "its status lost its plan, so a person has to see what is out".to_owned(),
            )),
        }
    }

    /// Waits, and says first what went wrong on the way if anything did.
    pub(super) fn wait(&self, mut reasons: Vec<WaitReason>) -> Advance {
        if let Some(problem) = &self.facts.trouble {
            reasons.insert(
                0,
                WaitReason::Trouble {
                    problem: problem.clone(),
                },
            );
        }
        Advance::Wait(reasons)
    }
}

/// The moment this long after that one, as far as time goes.
pub(super) fn after(moment: Timestamp, duration: SignedDuration) -> Timestamp {
    moment.checked_add(duration).unwrap_or(Timestamp::MAX)
}
