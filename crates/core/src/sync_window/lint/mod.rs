//! What is odd about the sync windows of an AppProject.

mod selectors;
mod times;

use jiff::{SignedDuration, Timestamp};

use self::selectors::{covers, lists, meet};
use self::times::{Times, alone, overlap, times};
use super::glob::Glob;
use super::{Application, SyncWindow, SyncWindows, Trigger};
use crate::calendar::lint::Severity;

/// How far windows are looked at: a year.
const AHEAD: SignedDuration = SignedDuration::from_hours(366 * 24);

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
        let problems = unusable(window);
        let is_usable = problems.is_empty();
        for sentence in problems {
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
            // What does nothing as it is written is not compared with others.
            Times::At(_) if !is_usable => {}
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
                    let meets = unusable(another).is_empty() && meet(window, another);
                    if denies && meets && overlap(stretches, theirs) {
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

#[cfg(test)]
mod tests;
