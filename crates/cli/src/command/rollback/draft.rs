//! The change that undoes another one.

use std::fmt;

use kube::ResourceExt;
use tidegate_api::change::{RollsBack, Source, Target};
use tidegate_api::{Change, ChangeSpec};
use tidegate_core::argo_cd::Pin;
use tidegate_core::change::ChangeType;
use tidegate_core::lifecycle::Status;

use super::undoing::Wish;

/// The longest title that a Change may have.
const TITLE: usize = 256;

/// The longest reason.
const REASON: usize = 1024;

/// The spec of the undoing, which nobody requests yet.
pub(super) fn spec(
    change: &Change,
    status: &Status,
    wish: &Wish,
    source: Source,
    targets: Vec<Target>,
    rolls_back: Option<RollsBack>,
) -> ChangeSpec {
    let earlier = &change.spec;
    let brought = match (&earlier.source.version, &status.revision) {
        (Some(version), _) => version.clone(),
        (None, Some(revision)) => revision.short().to_owned(),
        (None, None) => "the same again".to_owned(),
    };
    ChangeSpec {
        ticket: earlier.ticket.clone(),
        change_type: if wish.emergency {
            ChangeType::Emergency
        } else {
            ChangeType::Normal
        },
        title: cut(&title(earlier, wish.reason.as_deref()), TITLE),
        requested_by: String::new(),
        source,
        targets,
        risk: earlier.risk,
        impact: earlier.impact.clone(),
        rollback: format!(
            "Bring out again what {} brought: {brought}",
            change.name_any()
        ),
        tested: None,
        expected_duration: earlier.expected_duration.clone(),
        depends_on: Vec::new(),
        rolls_back,
        backup: None,
        window: None,
        cancel: None,
        hold: None,
    }
}

/// `Undo CHG-1234: Upgrade api-gateway (checkout is down)`.
fn title(earlier: &ChangeSpec, reason: Option<&str>) -> String {
    let ticket = &earlier.ticket;
    let undone = earlier.rolls_back.as_ref();
    let undone = undone.and_then(|_| earlier.title.strip_prefix(&format!("Undo {ticket}: ")));
    let mut title = match undone {
        Some(title) => format!("Bring out {ticket} again: {title}"),
        None => format!("Undo {ticket}: {}", earlier.title),
    };
    if let Some(reason) = reason {
        title = format!("{title} ({reason})");
    }
    title
}

/// As much of a reason as its field takes.
pub(super) fn reason(text: &str) -> String {
    cut(text, REASON)
}

/// Where this comes from: what a change moves of a pin it moves back.
pub(super) fn source_of(change: &Change, pin: &Pin) -> Option<Source> {
    let earlier = &change.spec.source;
    let mut source = Source {
        repository: earlier.repository.clone(),
        revision: None,
        reference: None,
        chart: None,
        version: None,
        pull_request: None,
    };
    match (&earlier.chart, pin) {
        (Some(chart), Pin::Chart { version, .. }) => {
            source.chart = Some(chart.clone());
            source.version = Some(version.to_string());
        }
        (Some(_), Pin::Commit(_)) => return None,
        (None, pin) => source.revision = Some(pin.commit()?.to_string()),
    }
    Some(source)
}

/// As much of it as a field takes.
fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}

/// `71d0be2`, or `1.4.2` of a chart.
pub(super) struct Brings<'a>(pub(super) &'a Source);

impl fmt::Display for Brings<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.0.chart, &self.0.version, &self.0.revision) {
            (Some(chart), Some(version), _) => write!(formatter, "{chart} {version}"),
            (_, _, Some(revision)) => {
                formatter.write_str(revision.get(..7).unwrap_or(revision.as_str()))
            }
            _ => formatter.write_str("what ran before"),
        }
    }
}
