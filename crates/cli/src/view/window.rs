//! Whether the calendar lets a change start.

pub(crate) mod export;
pub(crate) mod lint;
pub(crate) mod list;
mod month;
pub(crate) mod next;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use tidegate_core::calendar::render::moment;
use tidegate_core::calendar::{Calendar, Opening, Passes, Subject};
use tidegate_core::lifecycle::explain::Mark;

use super::span;
use crate::output::paint::{QUIET, paint, sign};

/// The answer for programs. Its fields are a contract.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Answer {
    /// The change may start.
    pub(crate) allowed: bool,
    /// Why the question could not be judged. Then nothing is allowed.
    pub(crate) error: Option<String>,
    /// Entries that concern the target, in the calendar's order.
    pub(crate) matched: Vec<String>,
    /// Those of them that are active.
    pub(crate) active: Vec<String>,
    /// Why it may or may not.
    pub(crate) reason: String,
    /// When it may, where it may not now and ever may.
    pub(crate) next_opening: Option<Timestamp>,
    /// When it no longer may, where it may now.
    pub(crate) closes_at: Option<Timestamp>,
    /// The lines below the answer, for people.
    #[serde(skip)]
    notes: Vec<(Mark, String)>,
    #[serde(skip)]
    opening: Option<Opening>,
}

/// Nothing could be judged.
pub(crate) fn unusable(error: String) -> Answer {
    Answer {
        reason: format!("the calendar cannot be used, which shuts the gate: {error}"),
        error: Some(error),
        ..Answer::default()
    }
}

/// Asks the calendar whether a change of length `needed` may start.
pub(crate) fn answer(
    calendar: &Calendar,
    subject: &Subject<'_>,
    passes: Passes<'_>,
    needed: SignedDuration,
    at: Timestamp,
) -> Answer {
    let decision = calendar.decision(subject, passes, at);
    let names = |only_active: bool| {
        let matched = decision.matched.iter();
        matched
            .filter(|entry| !only_active || entry.active.is_some())
            .map(|entry| entry.entry.to_string())
            .collect()
    };
    let long_enough = decision
        .closes_at
        .is_none_or(|closes| closes.duration_since(at) >= needed);
    let allowed = decision.is_open() && long_enough;
    let (reason, notes) = if decision.is_open() {
        let active = decision
            .matched
            .iter()
            .filter(|entry| entry.active.is_some());
        let mut notes: Vec<(Mark, String)> = active
            .map(|entry| (Mark::Holds, entry.to_string()))
            .collect();
        if notes.is_empty() {
            notes.push((
                Mark::Holds,
                "no freeze is active and no window is needed".to_owned(),
            ));
        }
        if !long_enough {
            let closes = format!("it closes too soon for {}", span::words(needed));
            notes.push((Mark::Missing, closes));
        }
        (joined(&notes, ", "), notes)
    } else {
        let shut = decision.shut.iter();
        let notes: Vec<(Mark, String)> = shut
            .map(|reason| (Mark::Missing, reason.to_string()))
            .collect();
        (joined(&notes, " and "), notes)
    };
    let opening = if allowed {
        None
    } else {
        calendar.next_opening(subject, passes, needed, at)
    };
    Answer {
        allowed,
        error: None,
        matched: names(false),
        active: names(true),
        reason,
        next_opening: opening.as_ref().map(|opening| opening.opens),
        closes_at: decision.closes_at,
        notes,
        opening,
    }
}

fn joined(notes: &[(Mark, String)], by: &str) -> String {
    notes
        .iter()
        .map(|(_, note)| note.as_str())
        .collect::<Vec<_>>()
        .join(by)
}

/// The answer for people. `asked` says what was asked: `a normal change to
/// prod/production`.
pub(crate) fn told(answer: &Answer, asked: &str, at: Timestamp, zone: &TimeZone) -> String {
    let (mark, may) = if answer.allowed {
        (Mark::Holds, "may")
    } else {
        (Mark::Missing, "may not")
    };
    let mut text = vec![format!(
        "{} {asked} {may} start {}",
        sign(mark),
        moment(at, zone)
    )];
    let notes = answer.notes.iter();
    text.extend(notes.map(|(mark, note)| format!("    {} {note}", sign(*mark))));
    let next = match &answer.opening {
        _ if answer.allowed => None,
        Some(opening) => Some(opening.to_string()),
        None => Some("no opening within five years, so the calendar has to change".to_owned()),
    };
    text.extend(next.map(|next| format!("{} {next}", paint(QUIET, "next:"))));
    text.join("\n") + "\n"
}
