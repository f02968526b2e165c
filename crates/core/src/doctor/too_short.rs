//! TG111: a window shorter than Argo CD takes to notice it.

use jiff::{SignedDuration, Timestamp};

use super::inventory::Sound;
use super::times::{Span, Times};
use super::{Finding, Project, Rule, Window};

/// Argo CD sets no timer for the edge of a window. It looks again after
/// `timeout.reconciliation`, by default two minutes, and up to one more
/// (argocd-cm, `timeout.reconciliation.jitter`).
const NOTICED: SignedDuration = SignedDuration::from_mins(3);

pub(super) fn look<'a>(
    project: &'a Project,
    sound: &'a Sound<'_>,
    now: Timestamp,
) -> impl Iterator<Item = Finding> + 'a {
    let short = sound.0.iter().filter(move |window| is_short(window, now));
    short.map(|window| {
        project.place.finding(
            Rule::TooShort,
            window.duration.line,
            format!(
                "the window of `{}` may pass unnoticed",
                window.duration.text
            ),
            if window.is_allow() {
                "Argo CD looks at an Application every two to three minutes unless something \
                 happens, so a sync may wait for the next window"
            } else {
                "Argo CD looks at an Application every two to three minutes unless something \
                 happens, so it is chance whether this stops anything"
            },
            "make it longer than three minutes, better half an hour",
        )
    })
}

fn is_short(window: &Window, now: Timestamp) -> bool {
    let span = Span::year_from(now);
    let times = Times::of_window(window, span);
    let stretches = times.map(|times| times.allowed).unwrap_or_default();
    // One that the span cuts says nothing.
    let mut whole = stretches
        .iter()
        .filter(|stretch| stretch.from > span.from && stretch.until < span.until)
        .peekable();
    whole.peek().is_some()
        && whole.all(|stretch| stretch.until.duration_since(stretch.from) <= NOTICED)
}
