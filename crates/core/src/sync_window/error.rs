//! Why Argo CD cannot judge a sync, and therefore blocks it.

use super::cron::ScheduleError;
use super::duration::DurationError;
use super::glob::GlobError;
use crate::causes;

/// Something in a window that keeps Argo CD from an answer. The window is its
/// position in `spec.syncWindows`, from zero.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SyncWindowError {
    /// The schedule of a window that selects the application.
    #[error("sync window {window}: schedule `{schedule}` is not usable")]
    Schedule {
        /// The window's position.
        window: usize,
        /// The schedule as it was written.
        schedule: String,
        /// What is wrong with it.
        source: ScheduleError,
    },
    /// The duration of a window that selects the application.
    #[error("sync window {window}: duration `{duration}` is not usable")]
    Duration {
        /// The window's position.
        window: usize,
        /// The duration as it was written.
        duration: String,
        /// What is wrong with it.
        source: DurationError,
    },
    /// A pattern that cannot be tried on the application. One that is merely
    /// broken is no error: it matches nothing.
    #[error("sync window {window}: pattern `{pattern}` cannot be tried")]
    Glob {
        /// The window's position.
        window: usize,
        /// The pattern as it was written.
        pattern: String,
        /// Why not.
        source: GlobError,
    },
    /// Argo CD would look for the next fire for ever.
    #[error(
        "sync window {window}: schedule `{schedule}` sends Argo CD round in circles, at a day that \
         its time zone skipped"
    )]
    Endless {
        /// The window's position.
        window: usize,
        /// The schedule as it was written.
        schedule: String,
    },
}

impl SyncWindowError {
    /// The error and all its causes in one line, as people need it.
    pub fn in_one_line(&self) -> String {
        causes::in_one_line(self)
    }
}
