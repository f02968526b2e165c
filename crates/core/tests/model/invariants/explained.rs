//! A change that cannot go on says why and when it could (invariant 7).

use tidegate_core::lifecycle::{Question, WaitReason, questions, step};

use super::Answer;
use crate::model::facts::gather;
use crate::model::oracle::Breach;
use crate::model::setting::Setting;

/// A change that does not go on says why, in sentences, and can be woken.
pub(super) fn explains(answer: &Answer<'_>) -> Result<(), Breach> {
    let Answer {
        change,
        minute,
        seen,
        facts,
        decided,
        ..
    } = *answer;
    let broken = |what: String| Err(Breach::new(7, what));
    let phase = decided.status.phase;
    let owes = decided
        .status
        .owed
        .as_ref()
        .is_some_and(|owed| !owed.is_settled());
    if phase.is_final() && !owes || decided.effect.is_some() {
        let quiet = decided.waiting_on.is_empty()
            && (!phase.is_final() || decided.effect.is_none() && decided.wake_at.is_none());
        return if quiet {
            Ok(())
        } else {
            broken(format!("it is {phase} and still waits"))
        };
    }
    if decided.waiting_on.is_empty() {
        return broken(format!("it is {phase} and does not say what it waits for"));
    }
    let mut later = seen.clone();
    later.status = decided.status.clone();
    let asked = questions(&later, facts, Setting::at(minute));
    for reason in &decided.waiting_on {
        let sentence = reason.to_string();
        let read = sentence.len() > 8 && sentence.trim() == sentence && !sentence.ends_with('.');
        if !read || reason.summary().is_empty() {
            return broken(format!("this is no sentence: {sentence:?}"));
        }
        let comes = match reason {
            WaitReason::TicketTaken { .. }
            | WaitReason::Ungoverned { .. }
            | WaitReason::GovernedTwice { .. }
            | WaitReason::PolicySplit { .. }
            | WaitReason::PolicyNotReady { .. }
            | WaitReason::DataNotAllowed { .. }
            | WaitReason::IdentityUnproven { .. }
            | WaitReason::RequesterUnproven { .. }
            | WaitReason::Approvals { .. }
            | WaitReason::PeopleUnknown { .. }
            | WaitReason::Held { .. }
            | WaitReason::CalendarMissing { .. }
            | WaitReason::DependsOn { .. }
            | WaitReason::TargetBusy { .. }
            | WaitReason::LimitReached { .. }
            | WaitReason::ApprovalsOwed {
                is_overdue: true, ..
            }
            | WaitReason::ReviewOwed {
                is_overdue: true, ..
            }
            | WaitReason::ApplicationUnready { .. }
            | WaitReason::ApplicationBusy { .. }
            | WaitReason::ApplicationWindow { next: None, .. }
            | WaitReason::WindowsLifting { .. }
            | WaitReason::Calendar { next: None, .. }
            | WaitReason::Trouble { .. } => true,
            WaitReason::Source { problem: None } | WaitReason::Manifests { problem: None } => {
                asked.contains(&Question::Source)
            }
            WaitReason::Preview => asked.contains(&Question::Preview),
            WaitReason::Source { problem: Some(_) }
            | WaitReason::Manifests { problem: Some(_) }
            | WaitReason::NotBefore { .. }
            | WaitReason::ApplicationWindow { next: Some(_), .. }
            | WaitReason::Calendar { next: Some(_), .. }
            | WaitReason::Refused { .. }
            | WaitReason::Drifted { .. }
            | WaitReason::ApprovalsOwed { .. }
            | WaitReason::ReviewOwed { .. }
            | WaitReason::Backup { .. }
            | WaitReason::Data { .. }
            | WaitReason::Health { .. }
            | WaitReason::Soak { .. }
            | WaitReason::Check { .. } => decided.wake_at.is_some(),
        };
        if !comes {
            let name = Setting::name(change);
            return broken(format!("nothing wakes {name}, which says: {sentence}"));
        }
    }
    Ok(())
}

/// Time alone changes nothing before the moment at which it asks to be woken.
/// What it only now asks for the shell finds out at once.
pub(super) fn wakes(answer: &Answer<'_>) -> Result<(), Breach> {
    let Answer {
        setting,
        state,
        change,
        minute,
        seen,
        facts,
        decided,
    } = *answer;
    let (now, next) = (Setting::at(minute), minute + setting.tick);
    let asleep = decided.wake_at.is_none_or(|wake| wake > Setting::at(next));
    if decided.effect.is_some() || !asleep {
        return Ok(());
    }
    let asked = questions(seen, facts, now);
    let mut stored = seen.clone();
    stored.status = decided.status.clone();
    let more = questions(&stored, facts, now);
    if more.iter().any(|question| !asked.contains(question)) {
        return Ok(());
    }
    let (seen, facts) = gather(setting, state, change, &decided.status, next, false);
    let later = step(&seen, &facts, Setting::at(next));
    match (later.transitions.first(), &later.effect) {
        (None, None) => Ok(()),
        (Some(transition), _) => Err(Breach::new(
            7,
            format!(
                "it would become {} {} minutes later and nothing wakes it",
                transition.to, setting.tick
            ),
        )),
        (None, Some(effect)) => Err(Breach::new(
            7,
            format!(
                "it would {effect} {} minutes later and nothing wakes it",
                setting.tick
            ),
        )),
    }
}
