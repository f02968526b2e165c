//! When syncs are allowed, over a span of time.

use jiff::{SignedDuration, Timestamp};

use super::Window;
use crate::sync_window::{Application, SyncWindows, Trigger};

/// How many stretches are looked at before the search is given up.
const STRETCHES: usize = 10_000;

/// A time in which nothing changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) from: Timestamp,
    pub(super) until: Timestamp,
}

/// A span of time to look at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    pub(super) from: Timestamp,
    pub(super) until: Timestamp,
}

impl Span {
    /// The year after an instant.
    pub(super) fn year_from(now: Timestamp) -> Self {
        let year = SignedDuration::from_hours(366 * 24);
        Self {
            from: now,
            until: now.checked_add(year).unwrap_or(Timestamp::MAX),
        }
    }
}

/// When syncs of an application are allowed, in order and apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Times {
    pub(super) allowed: Vec<Stretch>,
    /// All of the span was looked at.
    pub(super) complete: bool,
}

impl Times {
    /// When a window is active by itself, whatever it selects.
    pub(super) fn of_window(window: &Window, span: Span) -> Option<Self> {
        let alone = SyncWindows::load(&[window.times_alone("allow", &window.duration.text)]);
        Self::of(&alone, &Application::default(), Trigger::Automatic, span)
    }

    /// `None` where Argo CD has no answer.
    pub(super) fn of(
        windows: &SyncWindows,
        application: &Application,
        trigger: Trigger,
        span: Span,
    ) -> Option<Self> {
        let mut allowed = Vec::new();
        let mut at = span.from;
        for _ in 0..STRETCHES {
            let decision = windows.decision(application, trigger, None, at);
            if decision.error.is_some() {
                return None;
            }
            let edge = if decision.allowed {
                decision.closes_at
            } else {
                decision.next_opening
            };
            let until = edge.map_or(span.until, |edge| edge.min(span.until));
            if decision.allowed && until > at {
                allowed.push(Stretch { from: at, until });
            }
            if until >= span.until {
                return Some(Self {
                    allowed,
                    complete: true,
                });
            }
            at = just_after(until);
        }
        Some(Self {
            allowed,
            complete: false,
        })
    }

    /// What is in these times and not in others.
    pub(super) fn without(&self, others: &Self) -> Vec<Stretch> {
        let mut rest = Vec::new();
        let mut taken = others.allowed.iter().peekable();
        for stretch in &self.allowed {
            let mut from = stretch.from;
            while from < stretch.until {
                match taken.peek() {
                    Some(other) if other.until <= from => {
                        taken.next();
                    }
                    Some(other) if other.from < stretch.until => {
                        push(&mut rest, from, other.from);
                        from = other.until;
                    }
                    _ => {
                        push(&mut rest, from, stretch.until);
                        from = stretch.until;
                    }
                }
            }
        }
        rest
    }
}

/// The first instant that can differ from an edge.
pub(super) fn just_after(edge: Timestamp) -> Timestamp {
    let nanosecond = SignedDuration::from_nanos(1);
    edge.checked_add(nanosecond).unwrap_or(Timestamp::MAX)
}

/// Edges belong to neither side, so what is as short as one is nothing.
fn push(rest: &mut Vec<Stretch>, from: Timestamp, until: Timestamp) {
    if until.duration_since(from) > SignedDuration::from_millis(1) {
        rest.push(Stretch { from, until });
    }
}
