//! When a change would start.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use tidegate_core::calendar::{Calendar, Passes, Subject};
use tidegate_core::lifecycle::explain::Mark;

use crate::output::paint::sign;

/// The answer for programs. Its fields are a contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Answer {
    /// When it would start, if ever within five years.
    pub(crate) opens: Option<Timestamp>,
    /// When the gate shuts after that, if within five years.
    closes: Option<Timestamp>,
    /// The window that opens it, where one is needed.
    window: Option<String>,
    /// The same as one sentence.
    told: String,
}

/// Asks the calendar when a change of length `needed` may start.
pub(crate) fn answer(
    calendar: &Calendar,
    subject: &Subject<'_>,
    passes: Passes<'_>,
    needed: SignedDuration,
    after: Timestamp,
) -> Answer {
    match calendar.next_opening(subject, passes, needed, after) {
        Some(opening) => Answer {
            opens: Some(opening.opens),
            closes: opening.closes,
            told: format!("would start {opening}"),
            window: opening.window.as_deref().map(str::to_owned),
        },
        None => Answer {
            opens: None,
            closes: None,
            window: None,
            told: never(calendar, subject, passes, needed, after),
        },
    }
}

fn never(
    calendar: &Calendar,
    subject: &Subject<'_>,
    passes: Passes<'_>,
    needed: SignedDuration,
    after: Timestamp,
) -> String {
    let longest = calendar.next_opening(subject, passes, SignedDuration::ZERO, after);
    let why = if longest.is_some() {
        format!("no opening lasts {needed:#}")
    } else {
        let decision = calendar.decision(subject, passes, after);
        let shut: Vec<String> = decision.shut.iter().map(ToString::to_string).collect();
        shut.join(" and ")
    };
    format!("would not start within five years: {why}")
}

/// The answer for people.
pub(crate) fn told(answer: &Answer) -> String {
    let mark = if answer.opens.is_some() {
        Mark::Holds
    } else {
        Mark::Missing
    };
    let by = answer
        .window
        .as_ref()
        .map(|window| format!(" (window {window})"));
    format!("{} {}{}\n", sign(mark), answer.told, by.unwrap_or_default())
}
