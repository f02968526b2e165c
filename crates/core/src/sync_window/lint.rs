//! What is odd about the sync windows of an AppProject.

use std::error::Error;

use jiff::{SignedDuration, Timestamp};

use super::glob::Glob;
use super::{Application, SyncWindow, SyncWindows, Trigger};
use crate::calendar::lint::Severity;

/// How far windows are looked at: a year.
const AHEAD: SignedDuration = SignedDuration::from_hours(366 * 24);

/// How many stretches of a window are compared with those of others.
const COMPARED: usize = 800;

/// One oddity of a window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What kind it is. It never changes: `window-shadowed`.
    pub id: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// The window's position in `spec.syncWindows`, from zero.
    pub window: usize,
    /// What is so, as one sentence without a full stop.
    pub sentence: String,
    /// What to do, likewise.
    pub fix: &'static str,
}

/// Every oddity, those of one window together.
pub fn lint(windows: &[SyncWindow], now: Timestamp) -> Vec<Finding> {
    let until = now.checked_add(AHEAD).unwrap_or(Timestamp::MAX);
    let times: Vec<Times> = windows
        .iter()
        .map(|window| times(window, now, until))
        .collect();
    let mut findings = Vec::new();
    for (position, (window, own)) in windows.iter().zip(&times).enumerate() {
        let mut add = |id, severity, sentence: String, fix| {
            findings.push(Finding {
                id,
                severity,
                window: position,
                sentence,
                fix,
            });
        };
        for sentence in unusable(window) {
            add(
                "window-broken",
                Severity::Error,
                sentence,
                "correct the window",
            );
        }
        match own {
            Times::Unknown(error) => add(
                "window-broken",
                Severity::Error,
                format!("it blocks every sync of what it selects: {error}"),
                "correct the window",
            ),
            Times::Never => add(
                "window-never-active",
                if window.kind == "allow" {
                    Severity::Warning
                } else {
                    Severity::Error
                },
                "it is never active".to_owned(),
                "give it a schedule and a duration that are ever on, or remove it",
            ),
            Times::Always => add(
                "window-always-active",
                Severity::Warning,
                "it is active always".to_owned(),
                "check that its schedule fires, and that it does not last longer than until it fires again",
            ),
            Times::At(stretches) => {
                if window.kind == "allow" && is_shadowed(windows, position, now) {
                    add(
                        "window-shadowed",
                        Severity::Error,
                        "it never allows anything: windows that deny are active whenever it is"
                            .to_owned(),
                        "move the window, or select less with those that deny",
                    );
                    continue;
                }
                let others = windows.iter().zip(&times).enumerate().skip(position + 1);
                for (other, (another, theirs)) in others {
                    let denies = [window, another].iter().any(|window| window.kind == "deny");
                    let Times::At(theirs) = theirs else { continue };
                    if denies && meet(window, another) && overlap(stretches, theirs) {
                        add(
                            "windows-overlap",
                            Severity::Information,
                            format!(
                                "it is active at the same time and for some of the same Applications as window {other}, and whichever denies wins"
                            ),
                            "nothing, if that is meant",
                        );
                    }
                }
            }
        }
    }
    findings
}

/// When a window is active, whatever it selects.
enum Times {
    Never,
    Always,
    At(Vec<(Timestamp, Timestamp)>),
    Unknown(String),
}

/// The window as the only one, which allows everything while it is active.
fn alone(window: &SyncWindow, kind: &str) -> SyncWindow {
    SyncWindow {
        kind: kind.to_owned(),
        applications: vec!["*".to_owned()],
        namespaces: Vec::new(),
        clusters: Vec::new(),
        manual_sync: false,
        sync_overrun: false,
        ..window.clone()
    }
}

fn times(window: &SyncWindow, from: Timestamp, until: Timestamp) -> Times {
    let windows = SyncWindows::load(&[alone(window, "allow")]);
    let application = Application::default();
    let mut stretches = Vec::new();
    let mut at = from;
    while at < until && stretches.len() < COMPARED {
        let decision = windows.decision(&application, Trigger::Automatic, None, at);
        if let Some(error) = &decision.error {
            return Times::Unknown(
                error
                    .source()
                    .map_or_else(|| error.to_string(), ToString::to_string),
            );
        }
        let edge = match (decision.allowed, decision.closes_at, decision.next_opening) {
            (true, None, _) if stretches.is_empty() => return Times::Always,
            (false, _, None) if stretches.is_empty() => return Times::Never,
            (true, closes, _) => {
                let closes = closes.unwrap_or(Timestamp::MAX);
                stretches.push((at, closes));
                closes
            }
            (false, _, opens) => opens.unwrap_or(Timestamp::MAX),
        };
        // At the edge itself nothing has changed yet.
        match edge.max(at).checked_add(SignedDuration::from_nanos(1)) {
            Ok(next) => at = next,
            Err(_) => break,
        }
    }
    Times::At(stretches)
}

/// What else keeps a window from doing what it says.
fn unusable(window: &SyncWindow) -> Vec<String> {
    let mut problems = Vec::new();
    if !["allow", "deny"].contains(&window.kind.as_str()) {
        problems.push(format!(
            "it does nothing: its kind `{}` is neither `allow` nor `deny`",
            window.kind
        ));
    }
    let lists = lists(window);
    if lists.iter().all(|list| list.is_empty()) {
        problems
            .push("it selects nothing: it has no applications, namespaces or clusters".to_owned());
    }
    for pattern in lists.into_iter().flatten() {
        if let Err(error) = Glob::parse(pattern) {
            problems.push(format!("its pattern `{pattern}` matches nothing: {error}"));
        }
    }
    let zone = &window.time_zone;
    if super::zone::Zone::load(zone).is_none() {
        problems.push(format!("it goes by UTC: time zone `{zone}` does not exist"));
    }
    problems
}

fn lists(window: &SyncWindow) -> [&Vec<String>; 3] {
    [&window.applications, &window.namespaces, &window.clusters]
}

/// Whether the windows that surely deny all that one allows are active whenever
/// it is.
fn is_shadowed(windows: &[SyncWindow], position: usize, now: Timestamp) -> bool {
    let Some(window) = windows.get(position) else {
        return false;
    };
    let denying = windows
        .iter()
        .filter(|other| other.kind == "deny" && !other.manual_sync && covers(other, window))
        .map(|other| alone(other, "deny"));
    let all: Vec<SyncWindow> = std::iter::once(alone(window, "allow"))
        .chain(denying)
        .collect();
    if all.len() < 2 {
        return false;
    }
    let decision =
        SyncWindows::load(&all).decision(&Application::default(), Trigger::Automatic, None, now);
    decision.error.is_none() && !decision.allowed && decision.next_opening.is_none()
}

/// Whether all that `inner` selects is surely selected by `outer`.
fn covers(outer: &SyncWindow, inner: &SyncWindow) -> bool {
    let has_all = |outer: &[String], inner: &[String]| {
        let any = outer.iter().any(|pattern| pattern == "*");
        any || (!inner.is_empty() && inner.iter().all(|pattern| outer.contains(pattern)))
    };
    let pairs = || lists(outer).into_iter().zip(lists(inner));
    // A cluster may have neither name nor address, the others are there.
    let selects_all = [&outer.applications, &outer.namespaces];
    if !outer.and_operator
        && selects_all
            .iter()
            .any(|list| list.iter().any(|one| one == "*"))
    {
        return true;
    }
    match (outer.and_operator, inner.and_operator) {
        (false, false) => pairs().all(|(outer, inner)| inner.is_empty() || has_all(outer, inner)),
        (false, true) => pairs().any(|(outer, inner)| !inner.is_empty() && has_all(outer, inner)),
        (true, true) => {
            let some = lists(outer).iter().any(|list| !list.is_empty());
            some && pairs().all(|(outer, inner)| outer.is_empty() || has_all(outer, inner))
        }
        (true, false) => {
            let mut given = lists(outer)
                .into_iter()
                .filter(|list| !list.is_empty())
                .peekable();
            given.peek().is_some() && given.all(|list| list.iter().any(|one| one == "*"))
        }
    }
}

/// Whether some Application is surely selected by both.
fn meet(one: &SyncWindow, other: &SyncWindow) -> bool {
    covers(one, other) || covers(other, one)
}

fn overlap(one: &[(Timestamp, Timestamp)], other: &[(Timestamp, Timestamp)]) -> bool {
    let (mut one, mut other) = (one.iter().peekable(), other.iter().peekable());
    while let (Some(a), Some(b)) = (one.peek(), other.peek()) {
        if a.0 < b.1 && b.0 < a.1 {
            return true;
        }
        if a.1 <= b.1 {
            one.next();
        } else {
            other.next();
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(kind: &str, schedule: &str, duration: &str, applications: &str) -> SyncWindow {
        SyncWindow {
            kind: kind.to_owned(),
            schedule: schedule.to_owned(),
            duration: duration.to_owned(),
            applications: vec![applications.to_owned()],
            ..SyncWindow::default()
        }
    }

    fn found(windows: &[SyncWindow]) -> Vec<(usize, &'static str)> {
        let now = "2026-11-24T12:00Z".parse().unwrap();
        let findings = lint(windows, now);
        findings
            .iter()
            .map(|finding| (finding.window, finding.id))
            .collect()
    }

    #[test]
    fn what_cannot_work_is_found() {
        let windows = [
            window("allow", "0 25 * * *", "1h", "a"),
            window("allow", "0 2 * * *", "1d", "b"),
            window("Deny", "0 2 * * *", "1h", "c"),
            window("deny", "0 2 * * *", "0s", "d"),
            window("deny", "0 0 30 2 *", "1h", "e"),
            window("deny", "0 2 * * *", "1h", "[f"),
            SyncWindow {
                applications: Vec::new(),
                ..window("allow", "0 2 * * *", "1h", "")
            },
            SyncWindow {
                time_zone: "Europe/Zurch".to_owned(),
                ..window("allow", "0 2 * * *", "1h", "g")
            },
        ];
        let broken = "window-broken";
        let expected = [
            (0, broken),
            (1, broken),
            (2, broken),
            (3, "window-never-active"),
            (4, "window-always-active"),
            (5, broken),
            (6, broken),
            (7, broken),
        ];
        assert_eq!(found(&windows), expected);
    }

    #[test]
    fn an_allow_that_a_deny_covers_is_shadowed() {
        let emergency = window("allow", "0 9 * * 1-5", "2h", "security-*");
        let day = window("deny", "0 8 * * 1-5", "10h", "*");
        assert_eq!(
            found(&[emergency.clone(), day.clone()]),
            [(0, "window-shadowed")]
        );
        let longer = window("allow", "0 9 * * 1-6", "2h", "security-*");
        assert_eq!(found(&[longer, day]), [(0, "windows-overlap")]);
        let others = window("deny", "0 8 * * 1-5", "10h", "web-*");
        assert_eq!(found(&[emergency, others]), []);
    }
}
