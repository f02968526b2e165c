//! iCalendar feeds (RFC 5545): when their events are.
//!
//! Every event of a feed is one stretch of time, or a rule for many. What a
//! feed may say and this cannot carry out exactly is an error with its line,
//! and an error makes the entry shut the gate: half a holiday calendar is worse
//! than none.
//!
//! Where the RFC or its users leave a choice:
//!
//! * All-day and floating times count in the entry's zone, whose owner is the
//!   one who knows; `X-WR-TIMEZONE` is not read. A `TZID` must be an IANA name,
//!   and the database that is compiled in counts, not the feed's `VTIMEZONE`.
//! * Lengths are by the wall clock, and the days on which the clocks change
//!   follow the rules of all other entries. The RFC (3.3.6, 3.8.5.3) counts
//!   hours exactly and leaves out a start in a skipped hour; a freeze must not
//!   vanish because of one.
//! * `TRANSP:TRANSPARENT` is not read: it says that the person is free, and
//!   public holidays are written so in nearly every feed.
//! * A tentative event of a freeze holds, one of a window does not open: in
//!   doubt the gate is shut. A cancelled event does nothing.
//! * A start that its own rule does not give, which the RFC leaves undefined,
//!   is an error unless an `EXDATE` takes it out.
//! * Of several revisions of an event the one with the highest `SEQUENCE`
//!   counts.
//! * To-dos, journal entries and alarms are not times in which something is on.
//!
//! A feed may be [`LONGEST_TEXT`] long, give [`MOST_OCCURRENCES`] and is
//! expanded up to the year 2100. Where rules go on beyond, a freeze holds from
//! there on and a window no longer opens.

mod component;
mod error;
mod event;
mod expand;
mod line;
mod occurrences;
mod rule;
mod stamp;
mod week;

pub use error::{FeedError, FeedProblem};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Effect;
use super::listing::Listing;

/// The longest text that is read, in bytes: 5 MiB.
pub(super) const LONGEST_TEXT: usize = 5 * 1024 * 1024;

/// The most occurrences that the events of a feed may have together.
pub(super) const MOST_OCCURRENCES: usize = 100_000;

/// The first instant up to which rules are no longer followed: the year 2100.
pub(super) const END: Timestamp = Timestamp::constant(4_102_444_800, 0);

/// Reads a feed. `zone` is the one of times that name none.
pub(super) fn read(text: &str, zone: &TimeZone, effect: Effect) -> Result<Listing, FeedError> {
    if text.len() > LONGEST_TEXT {
        return Err(FeedProblem::TooLong.at(1));
    }
    let components = component::events(text)?;
    let events: Result<Vec<_>, _> = components
        .iter()
        .map(|component| event::read(component, zone))
        .collect();
    occurrences::listing(events?, effect).map(Listing::new)
}

#[cfg(test)]
mod tests;
