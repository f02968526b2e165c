//! A feed as the shell brings it.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

/// The text of an iCalendar feed, or why there is none. Whoever fetches it also
/// judges how old it may become.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Feed {
    /// It was fetched, and is fresh enough.
    Text(Arc<str>),
    /// It could not be fetched, in a sentence.
    Unreadable(String),
    /// It was fetched, but too long ago to be relied on.
    Stale {
        /// When it was fetched last.
        fetched: Timestamp,
        /// For how long it may be relied on.
        within: SignedDuration,
    },
}
