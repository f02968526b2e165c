//! A calendar for others: as sync windows of Argo CD, and as a feed.

mod content;
mod events;
mod once;
mod pattern;
mod schedule;
mod windows;

pub use events::{MOST_EVENTS, ical};
pub use once::NEAR;
pub use windows::{Export, Refused, sync_windows};

#[cfg(test)]
mod tests;
