//! What must hold before anything is touched.
//!
//! The gates stand in a row; a change is in the phase of the first that is
//! shut. They are all asked again at every step until the change starts, so a
//! gate that shuts behind a change takes it back by itself.

pub(in crate::lifecycle) mod applications;
mod approving;
mod assessing;
mod draft;
mod exceptions;
mod outlook;
mod scheduled;
pub(in crate::lifecycle) mod sync_windows;

use jiff::{SignedDuration, Timestamp};

use self::outlook::Outlook;
use super::context::{Advance, Context};
use super::facts::Source;
use super::phase::Phase;
use super::status::Run;
use super::wait::WaitReason;
use crate::change::ChangeType;
use crate::lifecycle::backup::{self, Backups, Requested};
use crate::lifecycle::owed;
use crate::policy::{Backup, BackupRules, EmergencyRules, Plan, Policy};

pub(in crate::lifecycle) use approving::counted;

/// How long before its start a change makes its dry run, so that none of the
/// window is spent on it.
pub(super) const PREVIEW_AHEAD: SignedDuration = SignedDuration::from_mins(1);

/// A gate that is shut.
pub(in crate::lifecycle) enum Shut {
    /// It may open: the change waits in this phase.
    Waits(Phase, Vec<WaitReason>),
    /// It never will: the change ends in this phase.
    Ends(Phase, String),
}

/// All gates are open.
pub(in crate::lifecycle) struct Open<'a> {
    policy: &'a Policy,
    source: &'a Source,
    closes_at: Option<Timestamp>,
}

/// Moves a change that has not started to the first gate that is shut, or
/// starts it.
pub(in crate::lifecycle) fn advance(context: &mut Context<'_>) -> Advance {
    if let Some(why) = context.called_off() {
        return Advance::Enter(Phase::Cancelled, why);
    }
    if let Some(end) = context.control.window.not_after {
        if context.now >= end {
            let why = format!(
                "it did not start before {}, the end of its wanted window",
                context.moment(end)
            );
            return Advance::Enter(Phase::Expired, why);
        }
        context.wake(end);
    }
    match ask(context, Asked::ToStart) {
        Err(Shut::Ends(phase, why)) => Advance::Enter(phase, why),
        Err(Shut::Waits(phase, reasons)) if phase == context.status.phase => wait(context, reasons),
        Err(Shut::Waits(phase, reasons)) => {
            let why = reasons
                .first()
                .map_or_else(String::new, ToString::to_string);
            Advance::Enter(phase, why)
        }
        Ok(open) => {
            let plan = match applications::assigned(context, &open.policy.plan) {
                Ok(plan) => plan,
                Err(why) => return Advance::Enter(Phase::Rejected, why),
            };
            context.status.backup = match &open.policy.backup {
                Backup::Waived { reason } => Some(format!("waived: {reason}")),
                // What there is may be too old by now; it is told once it counts.
                Backup::Velero(_) => None,
            };
            let closes_at = open.closes_at;
            context.status.plan = Some(Plan {
                backup: open.policy.backup.rules().cloned(),
                ..plan
            });
            context.status.owed =
                emergency(context, open.policy).map(|rules| owed::owe(context, rules, open.source));
            context.status.attempts += 1;
            context.status.run = Some(Run {
                started_at: context.now,
                closes_at,
                touched: false,
                stage: 0,
                stage_since: context.now,
                healthy_since: None,
                verifying_since: None,
                checks: Vec::new(),
                lifts_windows: false,
                lifts_foreign_windows: false,
                retreat: None,
            });
            Advance::Enter(Phase::BackingUp, "every gate is open".to_owned())
        }
    }
}

/// Waits where it is. Meanwhile backups may be made: at once where somebody asks for
/// them, or ahead of the window.
fn wait(context: &mut Context<'_>, mut reasons: Vec<WaitReason>) -> Advance {
    let phase = context.status.phase;
    if !matches!(phase, Phase::Approving | Phase::Scheduled) {
        return context.wait(reasons);
    }
    let rules = draft::governed(context)
        .ok()
        .and_then(|(_, policy)| policy.backup.rules());
    let Some(rules) = rules else {
        return context.wait(reasons);
    };
    match backup::requested(context, rules) {
        Requested::Ask(effect) => Advance::Do(effect),
        Requested::Waits(waits) => {
            reasons.extend(waits);
            context.wait(reasons)
        }
        Requested::Answered if phase == Phase::Scheduled => ahead(context, rules, reasons),
        Requested::Answered => context.wait(reasons),
    }
}

/// Waits for its window; a while before that opens, if nothing else is in the way,
/// its backups are made, so that the window is spent on the change.
fn ahead(context: &mut Context<'_>, rules: &BackupRules, mut reasons: Vec<WaitReason>) -> Advance {
    let only_time = |reason: &WaitReason| {
        matches!(
            reason,
            WaitReason::Calendar { .. } | WaitReason::NotBefore { .. } | WaitReason::Preview
        )
    };
    let (Some(before), Some(opens_at)) = (rules.before, context.due_at) else {
        return context.wait(reasons);
    };
    if !reasons.iter().all(only_time) {
        return context.wait(reasons);
    }
    // One that was asked for earlier would be too old by then.
    let before = before.min(rules.valid_for);
    let begin = opens_at.checked_sub(before).unwrap_or(context.now);
    if context.now < begin {
        context.due(begin);
        return context.wait(reasons);
    }
    match backup::make(context, rules, opens_at, Timestamp::MAX) {
        Backups::Usable => context.wait(reasons),
        Backups::Broken(why) => Advance::Enter(Phase::Failed, why),
        Backups::NotAsked(_) => Advance::Again,
        Backups::Next(Advance::Wait(waits)) => {
            reasons.extend(waits);
            Advance::Wait(reasons)
        }
        Backups::Next(next) => next,
    }
}

/// What the gates are asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::lifecycle) enum Asked {
    /// May it start?
    ToStart,
    /// May it still write for the first time?
    ToWrite,
}

/// Asks every gate in order.
pub(in crate::lifecycle) fn ask<'a>(
    context: &mut Context<'a>,
    asked: Asked,
) -> Result<Open<'a>, Shut> {
    let (policy_name, policy) = draft::governed(context)?;
    let (source, rendered) = draft::manifests(context, policy)?;
    assessing::accepted(context, rendered)?;
    let outlook = outlook::outlook(context, policy, source);
    approving::approved(context, policy, source, rendered, outlook.as_ref().ok())?;
    let mut opens_at = None;
    let (mut reasons, closes_at) = match outlook {
        Err(reason) => (vec![reason], None),
        Ok(Outlook::Open { closes_at }) => (Vec::new(), closes_at),
        Ok(Outlook::TooShort { closes_at, .. }) if asked == Asked::ToWrite => {
            (Vec::new(), Some(closes_at))
        }
        Ok(
            Outlook::TooShort {
                reason,
                opens_at: at,
                ..
            }
            | Outlook::Shut {
                reason,
                opens_at: at,
            },
        ) => {
            opens_at = at;
            (vec![reason], None)
        }
    };
    if asked == Asked::ToStart {
        reasons.splice(0..0, scheduled::unobstructed(context, policy_name, policy));
        if let Some(at) = opens_at {
            context.due(at);
        }
        assessing::fresh(context, rendered, reasons.is_empty(), &mut reasons);
    }
    if reasons.is_empty() {
        Ok(Open {
            policy,
            source,
            closes_at,
        })
    } else {
        Err(Shut::Waits(Phase::Scheduled, reasons))
    }
}

/// The rules for this change, if it is an emergency and the policy has any.
fn emergency<'a>(context: &Context<'_>, policy: &'a Policy) -> Option<&'a EmergencyRules> {
    let is_emergency = context.request.kind == ChangeType::Emergency;
    policy.emergency.as_ref().filter(|_| is_emergency)
}

/// The gates have shut on a change that has taken its targets but has not
/// finished its first writes.
pub(in crate::lifecycle) fn shut_sentence(shut: Shut) -> String {
    match shut {
        Shut::Waits(_, reasons) => reasons.first().map_or_else(String::new, |reason| {
            format!("a gate shut before the first stage was out: {reason}")
        }),
        Shut::Ends(_, why) => why,
    }
}
