//! Why the gate is shut.

use std::fmt;
use std::sync::Arc;

use jiff::{Timestamp, Zoned};

use super::error::CalendarError;
use super::render;

/// One reason why the gate is shut. Each displays as one sentence without a
/// full stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shut {
    /// A freeze is active and does not exempt the change.
    Freeze {
        /// The freeze.
        name: Arc<str>,
        /// When it ends, in its own zone; `None` if not within the horizon.
        until: Option<Zoned>,
        /// Why it exists.
        reason: Option<Arc<str>>,
    },
    /// None of the windows for the target is open.
    NoWindow {
        /// These windows.
        windows: Vec<Arc<str>>,
    },
    /// An entry that might concern the target cannot be used.
    Broken {
        /// The entry.
        entry: Arc<str>,
        /// What is wrong with it.
        error: CalendarError,
    },
    /// The calendar has no entry, or freezes but none of its windows, for the
    /// target.
    NoEntry {
        /// The calendar.
        calendar: Arc<str>,
    },
    /// The calendar does not answer for so early or late a time.
    OutOfRange {
        /// The time that was asked about.
        at: Timestamp,
    },
}

/// How many windows a sentence names before it only counts.
const NAMED: usize = 3;

impl fmt::Display for Shut {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Freeze {
                name,
                until,
                reason,
            } => {
                write!(formatter, "freeze {name} is active")?;
                if let Some(until) = until {
                    write!(formatter, " until {}", render::zoned(until))?;
                }
                reason
                    .as_ref()
                    .map_or(Ok(()), |reason| write!(formatter, " ({reason})"))
            }
            Self::NoWindow { windows } => match &windows[..] {
                [] => formatter.write_str("no window is open"),
                [window] => write!(formatter, "window {window} is not open"),
                windows if windows.len() <= NAMED => {
                    write!(
                        formatter,
                        "none of the windows {} is open",
                        windows.join(", ")
                    )
                }
                windows => {
                    let (named, others) = windows.split_at(NAMED);
                    let (named, others) = (named.join(", "), others.len());
                    write!(
                        formatter,
                        "none of the windows {named} and {others} more is open"
                    )
                }
            },
            Self::Broken { error, .. } => {
                write!(
                    formatter,
                    "the calendar has an error that shuts the gate: {}",
                    error.in_one_line()
                )
            }
            Self::NoEntry { calendar } => {
                write!(
                    formatter,
                    "calendar {calendar} has no window for this target"
                )
            }
            Self::OutOfRange { at } => {
                write!(
                    formatter,
                    "the calendar answers for the years 1970 to 2399, not for {at}"
                )
            }
        }
    }
}
