//! One step of a change.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::context::{Advance, Context};
use super::effect::Effect;
use super::facts::Facts;
use super::phase::Phase;
use super::status::Status;
use super::wait::WaitReason;
use super::{gates, owed, prepare, rolling_back, rolling_out, verifying};
use crate::policy::{Governance, govern};
use crate::request::Change;

/// The answer to "what now?".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The status from now on. The shell stores it before it does the effect.
    pub status: Status,
    /// The phases entered on the way, in order.
    pub transitions: Vec<Transition>,
    /// What the change waits for. Empty when there is an effect to do, and at
    /// the end.
    pub waiting_on: Vec<WaitReason>,
    /// The one thing to do outside. Its outcome comes back as a fact.
    pub effect: Option<Effect>,
    /// When to ask again if nothing else happens.
    pub wake_at: Option<Timestamp>,
}

/// A change of phase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transition {
    /// Its position in the change's life, from 1.
    pub number: u32,
    /// Where it came from.
    pub from: Phase,
    /// Where it is now.
    pub to: Phase,
    /// Why, in one sentence.
    pub why: String,
}

/// More phases than a change could enter without an effect between.
const TURNS: usize = 64;

/// Decides what a change does now.
///
/// Pure: the same arguments always give the same answer. Asking again without
/// anything having changed gives the same status and the same effect, which is
/// why it is safe to crash anywhere and ask again.
pub fn step(change: &Change, facts: &Facts, now: Timestamp) -> Step {
    let mut context = Context {
        name: &change.name,
        request: &change.request,
        control: &change.control,
        facts,
        now,
        status: change.status.clone(),
        zone: zone(change, facts),
        wake_at: None,
        due_at: None,
    };
    // Seen once in good order it is believed for good: the spec is frozen, and
    // only Tidegate writes a status.
    context.status.requester_proven |= facts.identity.proves(change.submitted_at);
    let mut transitions = Vec::new();
    let mut waiting_on = Vec::new();
    let mut effect = None;
    for _ in 0..TURNS {
        match advance(&mut context) {
            Advance::Enter(to, why) => {
                let from = context.status.phase;
                context.status.transitions += 1;
                context.status.phase = to;
                context.status.phase_since = Some(now);
                context.status.reason.clone_from(&why);
                let number = context.status.transitions;
                transitions.push(Transition {
                    number,
                    from,
                    to,
                    why,
                });
                context.due_at = None;
            }
            Advance::Again => {}
            Advance::Wait(reasons) => {
                waiting_on = reasons;
                break;
            }
            Advance::Do(next) => {
                effect = Some(next);
                break;
            }
            Advance::Stay => {
                context.wake_at = None;
                context.due_at = None;
                break;
            }
        }
    }
    let owed = owed::settle(&mut context);
    if effect.is_none() {
        waiting_on.extend(owed);
    }
    if context.status.phase_since.is_none() {
        context.status.phase_since = Some(change.submitted_at);
    }
    context.status.waiting_on = waiting_on.iter().map(WaitReason::to_waiting).collect();
    if let (Some(_), Some(problem)) = (&effect, &facts.trouble) {
        let trouble = WaitReason::Trouble {
            problem: problem.clone(),
        };
        context.status.waiting_on.push(trouble.to_waiting());
    }
    context.status.next_transition_at = context.due_at;
    Step {
        status: context.status,
        transitions,
        waiting_on,
        effect,
        wake_at: context.wake_at,
    }
}

/// The zone in which people read times of a change: that of the calendar that
/// binds it, else UTC.
pub fn zone(change: &Change, facts: &Facts) -> TimeZone {
    let targets = change.request.targets.iter().map(|target| &target.key);
    let Some(Governance::One(policy)) = govern(targets, &facts.policies) else {
        return TimeZone::UTC;
    };
    let calendar = policy
        .rules
        .as_ref()
        .ok()
        .and_then(|rules| rules.calendar.as_ref());
    calendar
        .and_then(|name| facts.calendars.get(name))
        .and_then(|calendar| {
            calendar
                .entries
                .iter()
                .find_map(|entry| entry.as_ref().ok())
        })
        .map_or(TimeZone::UTC, |entry| entry.zone.clone())
}

fn advance(context: &mut Context<'_>) -> Advance {
    match context.status.phase {
        Phase::Draft | Phase::Assessing | Phase::Approving | Phase::Scheduled => {
            gates::advance(context)
        }
        Phase::BackingUp => prepare::advance(context),
        Phase::RollingOut => rolling_out::advance(context),
        Phase::Verifying => verifying::advance(context),
        Phase::RollingBack => rolling_back::advance(context),
        Phase::Succeeded
        | Phase::RolledBack
        | Phase::Failed
        | Phase::Rejected
        | Phase::Cancelled
        | Phase::Expired => Advance::Stay,
    }
}
