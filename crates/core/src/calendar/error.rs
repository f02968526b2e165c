//! What can be wrong with an entry.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::cron::ScheduleError;
use super::dates::{ClockError, DateError};
use super::duration::DurationError;
use super::glob::GlobError;
use super::ical::FeedError;
use super::local::MomentError;
use super::render::moment;
use crate::causes;

/// Why an entry of a calendar cannot be used. Each names the entry; the part
/// that is wrong is in the source.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// The zone is not in the IANA database that is compiled in.
    #[error("entry {entry}: time zone `{zone}` does not exist")]
    UnknownZone {
        /// The entry's name.
        entry: String,
        /// The zone as it was written.
        zone: String,
    },
    /// The cron schedule is malformed or can never fire.
    #[error("entry {entry}: schedule `{schedule}` is not usable")]
    Schedule {
        /// The entry's name.
        entry: String,
        /// The schedule as it was written.
        schedule: String,
        /// What is wrong with it.
        source: ScheduleError,
    },
    /// The duration is malformed, zero, negative or too long.
    #[error("entry {entry}: duration `{duration}` is not usable")]
    Duration {
        /// The entry's name.
        entry: String,
        /// The duration as it was written.
        duration: String,
        /// What is wrong with it.
        source: DurationError,
    },
    /// `from` or `to` is not a date and time.
    #[error("entry {entry}: `{field}: {text}` is not usable")]
    Moment {
        /// The entry's name.
        entry: String,
        /// `from` or `to`.
        field: &'static str,
        /// The text as it was written.
        text: String,
        /// What is wrong with it.
        source: MomentError,
    },
    /// The entry would end before it starts, or at once.
    #[error("entry {entry}: `from` {from} is not before `to` {to}")]
    FromNotBeforeTo {
        /// The entry's name.
        entry: String,
        /// The start as it was written.
        from: String,
        /// The end as it was written.
        to: String,
    },
    /// One of the `dates` cannot be used.
    #[error("entry {entry}: date `{date}` is not usable")]
    Date {
        /// The entry's name.
        entry: String,
        /// The date as it was written.
        date: String,
        /// What is wrong with it.
        source: DateError,
    },
    /// `startTime` is not a time of day.
    #[error("entry {entry}: `startTime: {text}` is not usable")]
    StartTime {
        /// The entry's name.
        entry: String,
        /// The time as it was written.
        text: String,
        /// What is wrong with it.
        source: ClockError,
    },
    /// The feed was fetched, but its text cannot be relied on.
    #[error("entry {entry}: the feed is not usable")]
    Feed {
        /// The entry's name.
        entry: String,
        /// What is wrong with it, and in which line.
        source: FeedError,
    },
    /// There is no text of the feed.
    #[error("entry {entry}: the feed cannot be read: {problem}")]
    FeedUnreadable {
        /// The entry's name.
        entry: String,
        /// Why, in a sentence.
        problem: String,
    },
    /// The text of the feed is too old to be relied on.
    #[error("entry {entry}: the feed was last fetched {}, which is more than {within:#} ago", moment(*.fetched, &TimeZone::UTC))]
    FeedStale {
        /// The entry's name.
        entry: String,
        /// When it was fetched last.
        fetched: Timestamp,
        /// For how long it may be relied on.
        within: SignedDuration,
    },
    /// No time is complete.
    #[error("entry {entry}: give `schedule` and `duration`, `from` and `to`, `dates`, or `ical`")]
    TimeIncomplete {
        /// The entry's name.
        entry: String,
    },
    /// Times of several kinds are given.
    #[error("entry {entry}: give only one of `schedule`, `from` and `to`, `dates`, and `ical`")]
    TimeTwice {
        /// The entry's name.
        entry: String,
    },
    /// A field is given that the kind of time does not have.
    #[error(
        "entry {entry}: `{field}` has no meaning here: `duration` goes with `schedule`, or with `dates` and `startTime`"
    )]
    Stray {
        /// The entry's name.
        entry: String,
        /// The field.
        field: &'static str,
    },
    /// A pattern of a selector or exemption does not compile.
    #[error("entry {entry}: pattern `{glob}` in `{field}` is not usable")]
    Glob {
        /// The entry's name.
        entry: String,
        /// The list or label that holds it.
        field: String,
        /// The pattern as it was written.
        glob: String,
        /// What is wrong with it.
        source: GlobError,
    },
    /// A window has an exemption, which would mean nothing.
    #[error("entry {entry}: only a freeze can exempt changes")]
    ExemptionOfWindow {
        /// The entry's name.
        entry: String,
    },
}

impl CalendarError {
    /// The error and all its causes in one line, as people need it.
    pub fn in_one_line(&self) -> String {
        causes::in_one_line(self)
    }
}
