//! When freezes hold a target.

use std::sync::Arc;

use jiff::Timestamp;

use super::local::Interval;
use super::opening::Openings;
use super::passes::Passes;
use super::selection::Selected;
use super::{Calendar, LATEST, Subject};

/// A stretch of time in which a freeze holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frozen {
    /// The freeze.
    pub freeze: Arc<str>,
    /// When it holds, within the time asked about.
    pub interval: Interval,
}

impl Calendar {
    /// When freezes hold the subject in `[from, to)`, by their start; at most
    /// `most` stretches of each. What touches is one stretch.
    pub fn frozen(
        &self,
        subject: &Subject<'_>,
        passes: Passes<'_>,
        from: Timestamp,
        to: Timestamp,
        most: usize,
    ) -> Vec<Frozen> {
        let selection = self.select(subject, passes);
        let mut frozen = Vec::new();
        for selected in selection.entries.iter().filter(|entry| entry.holds()) {
            let since = Selected::from(selected).map_or(from, |until| until.max(from));
            let stretches = Openings::between(selected.entry, &[], since, to);
            frozen.extend(stretches.take(most).map(|stretch| Frozen {
                freeze: selected.entry.name.clone(),
                interval: Interval {
                    start: stretch.opens,
                    end: stretch.closes.unwrap_or(LATEST).min(to),
                },
            }));
        }
        frozen.sort_by_key(|frozen| frozen.interval.start);
        frozen
    }
}
