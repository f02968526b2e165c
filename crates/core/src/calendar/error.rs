//! What can be wrong with an entry.

use std::error::Error;

use super::cron::ScheduleError;
use super::duration::DurationError;
use super::glob::GlobError;
use super::local::MomentError;

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
    /// Neither a recurring nor a one-off time is complete.
    #[error("entry {entry}: give `schedule` and `duration`, or `from` and `to`")]
    TimeIncomplete {
        /// The entry's name.
        entry: String,
    },
    /// Both a recurring and a one-off time are given.
    #[error("entry {entry}: `schedule` and `duration` exclude `from` and `to`")]
    TimeTwice {
        /// The entry's name.
        entry: String,
    },
    /// A pattern of a selector or exemption does not compile.
    #[error("entry {entry}: pattern `{glob}` in `{field}` is not usable")]
    Glob {
        /// The entry's name.
        entry: String,
        /// The list that holds it.
        field: &'static str,
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
        let mut line = self.to_string();
        let mut cause = self.source();
        while let Some(error) = cause {
            line.push_str(": ");
            line.push_str(&error.to_string());
            cause = error.source();
        }
        line
    }
}
