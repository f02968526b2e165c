//! Why a change is where it is.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use kube::ResourceExt;
use serde::Serialize;
use tidegate_api::Change;
use tidegate_core::lifecycle::Phase;
use tidegate_core::lifecycle::explain::{Line, explain};
use tidegate_core::lifecycle::status::Waiting;

use super::head::{self, Seen};
use super::next::next;
use crate::output::paint::{QUIET, WAITING, paint, sign};

/// The status is older than the spec.
const LOOKED_BEFORE: &str =
    "the controller has not looked at it since its last edit; this is how it stood before";

/// The answer for programs.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Answer {
    name: String,
    /// None: the controller has not looked at it yet.
    phase: Option<Phase>,
    since: Option<Timestamp>,
    reason: String,
    /// The status speaks of the spec as it stands.
    current: bool,
    lines: Vec<Line>,
    waiting_on: Vec<Waiting>,
    next_transition_at: Option<Timestamp>,
    next: String,
}

/// The answer for programs.
pub(crate) fn answer(change: &Change, now: Timestamp, zone: &TimeZone) -> Answer {
    let name = change.name_any();
    let current = head::seen(change) == Seen::All;
    let Some(status) = head::status(change) else {
        return Answer {
            name,
            phase: None,
            since: None,
            reason: "the controller has not looked at it yet".to_owned(),
            current,
            lines: Vec::new(),
            waiting_on: Vec::new(),
            next_transition_at: None,
            next: head::how_to_check(&change.namespace().unwrap_or_default()),
        };
    };
    Answer {
        phase: Some(status.phase),
        since: status.phase_since,
        reason: status.reason.clone(),
        current,
        lines: explain(status, now, zone),
        waiting_on: status.waiting_on.clone(),
        next_transition_at: status.next_transition_at,
        next: next(&name, status),
        name,
    }
}

/// The answer for people.
pub(crate) fn why(change: &Change, now: Timestamp, zone: &TimeZone) -> String {
    let mut text = vec![head::title(change)];
    match head::status(change) {
        None => {
            let check = head::how_to_check(&change.namespace().unwrap_or_default());
            text.push(head::unseen(change, now, zone));
            text.push(format!("\n{} {check}", paint(QUIET, "check:")));
        }
        Some(status) => {
            text.push(head::standing(status, now, zone));
            if head::seen(change) == Seen::Before {
                text.push(paint(WAITING, LOOKED_BEFORE));
            }
            text.push(String::new());
            text.extend(indented(&explain(status, now, zone), 1));
            let next = next(&change.name_any(), status);
            text.push(format!("\n{} {next}", paint(QUIET, "next:")));
        }
    }
    text.join("\n") + "\n"
}

/// Lines with their signs, those below indented.
pub(crate) fn indented(lines: &[Line], depth: usize) -> Vec<String> {
    let indent = "  ".repeat(2 * depth - 1);
    lines
        .iter()
        .flat_map(|line| {
            let own = format!("{indent}{} {}", sign(line.mark), line.text);
            std::iter::once(own).chain(indented(&line.below, depth + 1))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::examples;

    fn told(change: &Change) -> String {
        examples::plain(&why(change, examples::now(), &examples::zone()))
    }

    #[test]
    fn a_change_that_waits_says_for_whom() {
        insta::assert_snapshot!(told(&examples::approving()));
    }

    #[test]
    fn a_change_under_way_says_how_far_it_is() {
        insta::assert_snapshot!(told(&examples::rolling_out()));
    }

    #[test]
    fn a_change_that_went_back_says_why() {
        insta::assert_snapshot!(told(&examples::rolled_back()));
    }

    #[test]
    fn a_change_nobody_has_looked_at_says_how_to_check() {
        insta::assert_snapshot!(told(&examples::unseen()));
    }

    #[test]
    fn a_status_older_than_the_spec_is_marked() {
        let mut change = examples::approving();
        change.metadata.generation = Some(2);
        insta::assert_snapshot!(told(&change));
    }

    #[test]
    fn programs_get_the_same() {
        let answer = answer(&examples::approving(), examples::now(), &examples::zone());
        insta::assert_snapshot!(serde_json::to_string_pretty(&answer).unwrap());
    }
}
