//! Whether Argo CD lets an Application sync.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;
use tidegate_core::calendar::render::moment;
use tidegate_core::lifecycle::explain::Mark;
use tidegate_core::sync_window::{Decision, SyncWindowError, Trigger};

use crate::output::paint::{QUIET, paint, sign};

/// The answer for programs. Its fields are a contract, those of the answer by a
/// calendar; but windows here have no names, only positions in
/// `spec.syncWindows`, from zero.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Answer {
    /// The sync is allowed.
    pub(crate) allowed: bool,
    /// Why Argo CD cannot judge it, or the question could not be asked. Then
    /// nothing is allowed.
    pub(crate) error: Option<String>,
    /// Windows that select the application.
    pub(crate) matched: Vec<usize>,
    /// Those of them that are active.
    pub(crate) active: Vec<usize>,
    /// Why it is allowed or not.
    pub(crate) reason: String,
    /// Where it is not allowed, the edge after which it is, if there is one.
    pub(crate) next_opening: Option<Timestamp>,
    /// Where it is allowed, the edge after which it is not, if there is one.
    pub(crate) closes_at: Option<Timestamp>,
}

/// What was asked.
#[derive(Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) application: &'a str,
    pub(crate) trigger: Trigger,
    pub(crate) at: Timestamp,
}

/// Nothing could be asked.
pub(crate) fn unusable(error: String) -> Answer {
    Answer {
        reason: format!("Argo CD cannot be asked: {error}"),
        error: Some(error),
        ..Answer::default()
    }
}

/// The decision, with its error as text.
pub(crate) fn answer(decision: Decision) -> Answer {
    Answer {
        allowed: decision.allowed,
        error: decision.error.as_ref().map(SyncWindowError::in_one_line),
        matched: decision.matched,
        active: decision.active,
        reason: decision.reason,
        next_opening: decision.next_opening,
        closes_at: decision.closes_at,
    }
}

/// The answer for people.
pub(crate) fn told(answer: &Answer, asked: &Asked<'_>, zone: &TimeZone) -> String {
    let (mark, may) = if answer.allowed {
        (Mark::Holds, "lets")
    } else {
        (Mark::Missing, "does not let")
    };
    let how = match asked.trigger {
        Trigger::Manual => "manually",
        Trigger::Automatic => "automatically",
    };
    let mut text = vec![
        format!(
            "{} Argo CD {may} {} sync {how} {}",
            sign(mark),
            asked.application,
            moment(asked.at, zone)
        ),
        format!("    {} {}", sign(mark), answer.reason),
    ];
    let next = match (answer.allowed, &answer.error, answer.next_opening) {
        (true, _, _) => answer
            .closes_at
            .map(|closes| format!("until {}", moment(closes, zone))),
        (false, Some(_), _) => Some("correct the window; until then nothing syncs".to_owned()),
        (false, None, Some(opens)) => Some(format!("after {}", moment(opens, zone))),
        (false, None, None) => Some("no opening within five years".to_owned()),
    };
    text.extend(next.map(|next| format!("{} {next}", paint(QUIET, "next:"))));
    text.join("\n") + "\n"
}
