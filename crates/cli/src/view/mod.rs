//! From objects to text, with no cluster and no clock.

pub(crate) mod backup;
pub(crate) mod board;
pub(crate) mod detail;
pub(crate) mod doctor;
pub(crate) mod harmless;
pub(crate) mod head;
pub(crate) mod news;
pub(crate) mod next;
pub(crate) mod preflight;
pub(crate) mod progress;
pub(crate) mod record;
pub(crate) mod rollback;
pub(crate) mod sarif;
pub(crate) mod span;
pub(crate) mod sync_window;
pub(crate) mod why;
pub(crate) mod window;

#[cfg(test)]
pub(crate) mod examples;
