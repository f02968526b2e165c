//! Times with a year, for Argo CD, which knows none.
//!
//! A stretch of time is written as a schedule that fires once a year, and only
//! while that year's fire is the one that is meant: from [`NEAR`] before its
//! start until its end. A long one is written in pieces, so that the fire a
//! year before is over when the piece is first written.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::calendar::local::Interval;
use crate::calendar::{EARLIEST, Effect, LATEST};

/// How long before its start a time with a year is written: 30 days.
pub const NEAR: SignedDuration = SignedDuration::from_hours(30 * 24);

/// The longest piece. With [`NEAR`] it is shorter than a year.
const PIECE: SignedDuration = SignedDuration::from_hours(300 * 24);

const MINUTE: i64 = 60;

/// A stretch of time from a full minute to a full second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Piece(Interval);

impl Piece {
    /// When it begins to be written.
    pub(super) fn nears(&self) -> Timestamp {
        nears(self.0)
    }

    /// When it is over.
    pub(super) fn ends(&self) -> Timestamp {
        self.0.end
    }

    /// Whether it is on or near.
    pub(super) fn is_written(&self, at: Timestamp) -> bool {
        is_near(self.0, at)
    }

    /// The schedule in UTC.
    pub(super) fn schedule(&self) -> String {
        let start = self.0.start.to_zoned(TimeZone::UTC);
        let (minute, hour) = (start.minute(), start.hour());
        format!("{minute} {hour} {} {} *", start.day(), start.month())
    }

    pub(super) fn duration(&self) -> SignedDuration {
        self.0.end.duration_since(self.0.start)
    }
}

fn nears(interval: Interval) -> Timestamp {
    interval.start.checked_sub(NEAR).unwrap_or(EARLIEST)
}

/// Whether a stretch of time is on or near.
pub(super) fn is_near(interval: Interval, at: Timestamp) -> bool {
    nears(interval) <= at && at < interval.end
}

/// A stretch of time with its edges on a full minute and a full second, so that
/// the gate is never open for longer; `None` if nothing is left of it.
pub(super) fn rounded(interval: Interval, effect: Effect) -> Option<Interval> {
    let start = interval.start.max(EARLIEST);
    let end = interval.end.min(LATEST);
    let down = |at: Timestamp, unit: i64| at.as_second().div_euclid(unit) * unit;
    let up = |at: Timestamp, unit: i64| {
        let below = down(at, unit);
        let whole = at.subsec_nanosecond() == 0 && at.as_second() == below;
        if whole { below } else { below + unit }
    };
    let (start, end) = match effect {
        Effect::Allow => (up(start, MINUTE), down(end, 1)),
        Effect::Deny => (down(start, MINUTE), up(end, 1)),
    };
    let start = Timestamp::from_second(start).ok()?;
    let end = Timestamp::from_second(end).ok()?;
    (start < end).then_some(Interval { start, end })
}

/// The pieces of a rounded stretch of time. Those of a freeze overlap by a
/// minute, since Argo CD's windows are open at both ends.
pub(super) fn pieces(interval: Interval, effect: Effect) -> impl Iterator<Item = Piece> {
    let lead = match effect {
        Effect::Allow => SignedDuration::ZERO,
        Effect::Deny => SignedDuration::from_secs(MINUTE),
    };
    let mut next = Some(interval.start);
    std::iter::from_fn(move || {
        let start = next.take()?;
        let end = start
            .checked_add(PIECE)
            .map_or(interval.end, |end| end.min(interval.end));
        next = (end < interval.end).then_some(end);
        let is_first = start == interval.start;
        let start = if is_first {
            start
        } else {
            start.checked_sub(lead).unwrap_or(start)
        };
        Some(Piece(Interval { start, end }))
    })
}
