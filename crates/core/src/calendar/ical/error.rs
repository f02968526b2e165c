//! What can be wrong with a feed.

use thiserror::Error;

/// Why a feed cannot be used, and where.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("line {line}: {problem}")]
pub struct FeedError {
    /// The line, counted from 1; of a folded line the first.
    pub line: usize,
    /// What is wrong there.
    pub problem: FeedProblem,
}

/// What is wrong with a feed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FeedProblem {
    /// It does not begin with `BEGIN:VCALENDAR`, such as a web page.
    #[error("this is no iCalendar text, which begins with BEGIN:VCALENDAR")]
    NotCalendar,
    /// It is longer than any calendar should be.
    #[error("the text is longer than 5 MiB")]
    TooLong,
    /// The events recur too often.
    #[error("the events of the feed have more than 100,000 occurrences together")]
    TooMany,
    /// Following the rules takes too long.
    #[error("following this rule takes too long; give it an end or a larger interval")]
    TooMuch,
    /// A line is not `NAME;PARAMETER=VALUE:VALUE`.
    #[error("this is not a line like NAME:VALUE")]
    Line,
    /// An `END` does not match what began last.
    #[error("END:{0} does not end what began last")]
    End(String),
    /// Something begun does not end, such as in a text that was cut short.
    #[error("BEGIN:{0} has no end; is the text cut short?")]
    Unfinished(String),
    /// A part of a calendar that says something about times which cannot be
    /// read.
    #[error("{0} cannot be read")]
    Component(String),
    /// The zone is not in the IANA database that is compiled in.
    #[error("TZID `{0}` is no IANA time zone such as Europe/Zurich")]
    Zone(String),
    /// A property that an event must have is not there.
    #[error("the event has no {0}")]
    Missing(&'static str),
    /// A property that may be there once is there twice.
    #[error("the event has {0} more than once")]
    Twice(String),
    /// A property that changes the times of an event and cannot be read.
    #[error("{0} is not supported")]
    Unsupported(String),
    /// A value cannot be read.
    #[error("`{value}` is not usable as {property}: {why}")]
    Value {
        /// The property, or the part of a rule.
        property: String,
        /// The value as it was written.
        value: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// Two properties of an event contradict each other.
    #[error("{0}")]
    Contradiction(&'static str),
}

impl FeedProblem {
    pub(super) fn at(self, line: usize) -> FeedError {
        FeedError {
            line,
            problem: self,
        }
    }

    pub(super) fn value(property: &str, value: &str, why: &'static str) -> Self {
        // A value may be as long as the feed.
        let mut shown: String = value.chars().take(64).collect();
        if shown.len() < value.len() {
            shown.push('…');
        }
        Self::Value {
            property: property.to_owned(),
            value: shown,
            why,
        }
    }
}
