//! What a change is, and where it stands.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use kube::ResourceExt;
use tidegate_api::Change;
use tidegate_core::lifecycle::Status;

use super::span;
use crate::output::paint::{STRONG, of_phase, paint};

/// How much the controller has seen of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Seen {
    /// Nothing: there is no status yet.
    NotYet,
    /// The status speaks of the spec before its last edit.
    Before,
    /// All.
    All,
}

/// How much the controller has seen of a change.
pub(crate) fn seen(change: &Change) -> Seen {
    let observed = change
        .status
        .as_ref()
        .and_then(|status| status.observed_generation);
    match (observed, change.metadata.generation) {
        (None, _) => Seen::NotYet,
        (Some(observed), Some(written)) if observed < written => Seen::Before,
        (Some(_), _) => Seen::All,
    }
}

/// The core's part of the status, where the controller has written one.
pub(crate) fn status(change: &Change) -> Option<&Status> {
    change
        .status
        .as_ref()
        .filter(|status| status.observed_generation.is_some())
        .map(|status| &status.status)
}

/// `chg-1241 · Move sessions to Redis 8 · normal, High risk`
pub(crate) fn title(change: &Change) -> String {
    let spec = &change.spec;
    format!(
        "{} · {} · {}, {} risk",
        paint(STRONG, &change.name_any()),
        spec.title,
        spec.change_type,
        spec.risk
    )
}

/// `is Approving since 11:02 (40 minutes)`
pub(crate) fn standing(status: &Status, now: Timestamp, zone: &TimeZone) -> String {
    let phase = paint(of_phase(status.phase), &status.phase.to_string());
    match (status.phase_since, status.phase.is_final()) {
        (None, _) => format!("is {phase}"),
        (Some(since), false) => format!(
            "is {phase} since {} ({})",
            span::when(since, now, zone),
            span::words(now.duration_since(since))
        ),
        (Some(since), true) => format!(
            "ended {phase} {} ({} ago)",
            span::when(since, now, zone),
            span::words(now.duration_since(since))
        ),
    }
}

/// The same where there is no status yet.
pub(crate) fn unseen(change: &Change, now: Timestamp, zone: &TimeZone) -> String {
    match &change.metadata.creation_timestamp {
        Some(created) => format!(
            "was submitted {} ({} ago), and the controller has not looked at it yet",
            span::when(created.0, now, zone),
            span::words(now.duration_since(created.0))
        ),
        None => "the controller has not looked at it yet".to_owned(),
    }
}

/// How to find out whether the controller runs.
pub(crate) fn how_to_check(namespace: &str) -> String {
    format!(
        "kubectl -n {namespace} get lease tidegate-controller        (who leads, and whether it is renewed)"
    )
}
