//! Everything about one change.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tidegate_api::Change;
use tidegate_api::change::{BackupOf, Cancel, RollsBack, Source, Target};
use tidegate_core::calendar::render::moment;
use tidegate_core::lifecycle::RollbackPoint;
use tidegate_core::lifecycle::explain::explain;

use super::head;
use super::why::indented;
use crate::output::paint::{QUIET, paint};

/// How wide the names of the fields are.
const NAMES: usize = 14;

/// What was submitted, what was said since, and where it stands.
pub(crate) fn detail(change: &Change, now: Timestamp, zone: &TimeZone) -> String {
    let status = head::status(change);
    let standing = status.map(|status| head::standing(status, now, zone));
    let mut text = vec![
        head::title(change),
        standing.unwrap_or_else(|| head::unseen(change, now, zone)),
        String::new(),
    ];
    text.extend(fields(change, zone).into_iter().map(|(name, value)| {
        let name = paint(QUIET, &format!("{name:<NAMES$}"));
        format!("  {name}{value}")
    }));
    if let Some(status) = status {
        text.push(String::new());
        text.extend(indented(&explain(status, now, zone), 1));
    }
    text.join("\n") + "\n"
}

fn fields(change: &Change, zone: &TimeZone) -> Vec<(&'static str, String)> {
    let spec = &change.spec;
    let mut fields = vec![
        ("ticket", spec.ticket.clone()),
        ("requested by", spec.requested_by.clone()),
        ("repository", spec.source.repository.clone()),
        ("source", source(&spec.source)),
    ];
    fields.extend(spec.targets.iter().map(|one| ("target", target(one))));
    fields.push(("rollback", spec.rollback.clone()));
    let optional = [
        ("impact", spec.impact.clone()),
        (
            "tested",
            spec.tested
                .as_ref()
                .map(|tested| format!("{}, {}", tested.environment, tested.date)),
        ),
        ("takes", spec.expected_duration.clone()),
        (
            "depends on",
            (!spec.depends_on.is_empty()).then(|| spec.depends_on.join(", ")),
        ),
        ("held", spec.hold.as_ref().map(|hold| hold.reason.clone())),
        ("cancelled", spec.cancel.as_ref().map(cancelled)),
        ("undoes", spec.rolls_back.as_ref().map(undoes)),
    ];
    fields.extend(
        optional
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?))),
    );
    if let Some(window) = &spec.window {
        let edges = [
            ("not before", window.not_before),
            ("not after", window.not_after),
        ];
        fields.extend(
            edges
                .into_iter()
                .filter_map(|(name, at)| Some((name, moment(at?, zone)))),
        );
        fields.extend(window.reason.clone().map(|reason| ("moved", reason)));
    }
    if let Some(status) = head::status(change) {
        fields.extend(
            status
                .revision
                .as_ref()
                .map(|revision| (status.revision_is(), revision.to_string())),
        );
        fields.extend(status.digest.map(|digest| ("digest", digest.to_string())));
        let points = status.rollback_points.iter();
        fields.extend(points.map(|point| ("before it", before(point))));
    }
    fields
}

fn cancelled(cancel: &Cancel) -> String {
    let data = if cancel.restore_data {
        ", and its data comes back"
    } else {
        ""
    };
    format!("{}{data}", cancel.reason)
}

/// Which change, and whose data comes back.
pub(crate) fn undoes(earlier: &RollsBack) -> String {
    let from = |data: &BackupOf| format!("{} in {}", data.backup, data.cluster);
    let data: Vec<String> = earlier.data.iter().map(from).collect();
    match data.as_slice() {
        [] => earlier.change.clone(),
        data => format!(
            "{}, with the data of {}; what was written since is discarded",
            earlier.change,
            data.join(", ")
        ),
    }
}

/// The same words as elsewhere, with the whole commit.
fn before(point: &RollbackPoint) -> String {
    match point.pin() {
        Some(pin) => format!("{} ran {pin}", point.target.name),
        None => point.to_string(),
    }
}

fn source(source: &Source) -> String {
    if let (Some(chart), Some(version)) = (&source.chart, &source.version) {
        return format!("chart {chart} {version}");
    }
    match (&source.revision, &source.reference) {
        (Some(revision), _) => format!("commit {revision}"),
        (None, Some(reference)) => format!("{reference}, as it is when the change starts"),
        (None, None) => "nothing".to_owned(),
    }
}

fn target(target: &Target) -> String {
    let place = match &target.cluster {
        Some(cluster) => format!("{cluster}/{}", target.namespace),
        None => target.namespace.clone(),
    };
    match (&target.path, &target.application) {
        (Some(path), _) => format!("{} in {place}, from {path}", target.name),
        (None, Some(application)) => {
            format!("{} in {place}, by Argo CD's {application}", target.name)
        }
        (None, None) => format!("{} in {place}, from nowhere", target.name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::examples;

    #[test]
    fn everything_about_a_change() {
        let text = detail(&examples::rolling_out(), examples::now(), &examples::zone());
        insta::assert_snapshot!(examples::plain(&text));
    }

    #[test]
    fn what_was_said_since_is_told() {
        let mut change = examples::unseen();
        change.spec.hold = Some(tidegate_api::change::Reason {
            reason: "waiting for the load test".to_owned(),
        });
        change.spec.window = Some(tidegate_api::change::Window {
            not_before: Some("2026-11-27T01:00:00Z".parse().unwrap()),
            not_after: None,
            reason: Some("after the audit".to_owned()),
        });
        let text = detail(&change, examples::now(), &examples::zone());
        insta::assert_snapshot!(examples::plain(&text));
    }

    #[test]
    fn what_ran_before_is_told_and_what_an_undoing_undoes() {
        let mut change = examples::succeeded();
        change.spec.rolls_back = Some(RollsBack {
            change: "chg-1230".to_owned(),
            data: vec![BackupOf {
                cluster: "prod".to_owned(),
                backup: "pre-change-chg-1230-20261120-020000".to_owned(),
            }],
        });
        let text = detail(&change, examples::now(), &examples::zone());
        insta::assert_snapshot!(examples::plain(&text));
    }
}
