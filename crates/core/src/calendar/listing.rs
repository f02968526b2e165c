//! Stretches of time that are written one by one.

use std::sync::Arc;

use jiff::Timestamp;

use super::local::Interval;

/// One stretch of a [`Listing`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occurrence {
    /// When it is.
    pub interval: Interval,
    /// What the feed calls it.
    pub title: Option<Arc<str>>,
}

/// Dates, or the events of a feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    // By start.
    occurrences: Vec<Occurrence>,
    // What they cover together: in order, neither overlapping nor touching.
    blocks: Vec<Interval>,
}

impl Listing {
    pub(super) fn new(mut occurrences: Vec<Occurrence>) -> Self {
        occurrences.sort_by_key(|occurrence| {
            let interval = occurrence.interval;
            (interval.start, interval.end)
        });
        let mut blocks: Vec<Interval> = Vec::new();
        for Occurrence { interval, .. } in &occurrences {
            match blocks.last_mut() {
                Some(last) if interval.start <= last.end => last.end = last.end.max(interval.end),
                _ => blocks.push(*interval),
            }
        }
        Self {
            occurrences,
            blocks,
        }
    }

    /// Every stretch that is written, in order of their starts.
    pub fn occurrences(&self) -> &[Occurrence] {
        &self.occurrences
    }

    /// What they cover together, in order and apart from each other.
    pub fn blocks(&self) -> &[Interval] {
        &self.blocks
    }

    /// The block around an instant.
    pub(super) fn active(&self, at: Timestamp) -> Option<Interval> {
        let started = self.blocks.partition_point(|block| block.start <= at);
        let last = self.blocks.get(started.checked_sub(1)?)?;
        Some(*last).filter(|block| at < block.end)
    }

    /// The first block that starts after an instant, and before `until`.
    pub(super) fn next(&self, at: Timestamp, until: Timestamp) -> Option<Interval> {
        let started = self.blocks.partition_point(|block| block.start <= at);
        let next = self.blocks.get(started)?;
        Some(*next).filter(|block| block.start < until)
    }

    /// What is on at an instant: of several, the one that started last.
    pub(super) fn title(&self, at: Timestamp) -> Option<&Arc<str>> {
        let block = self.active(at)?;
        let starts = |occurrence: &Occurrence| occurrence.interval.start;
        let started = (self.occurrences).partition_point(|occurrence| starts(occurrence) <= at);
        let started = self.occurrences.get(..started)?;
        let mut on = started
            .iter()
            .rev()
            .take_while(|occurrence| block.start <= starts(occurrence));
        on.find(|occurrence| at < occurrence.interval.end)
            .and_then(|occurrence| occurrence.title.as_ref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing(table: &[(i64, i64, &str)]) -> Listing {
        let at = |second| Timestamp::from_second(second).unwrap();
        let occurrence = |(start, end, title): &(i64, i64, &str)| Occurrence {
            interval: Interval {
                start: at(*start),
                end: at(*end),
            },
            title: Some((*title).into()),
        };
        Listing::new(table.iter().map(occurrence).collect())
    }

    #[test]
    fn what_overlaps_or_touches_is_one_block() {
        let listing = listing(&[(30, 40, "c"), (0, 10, "a"), (5, 20, "b"), (20, 25, "d")]);
        let blocks: Vec<(i64, i64)> = listing
            .blocks()
            .iter()
            .map(|block| (block.start.as_second(), block.end.as_second()))
            .collect();
        assert_eq!(blocks, [(0, 25), (30, 40)]);
    }

    #[test]
    fn the_latest_of_several_names_the_instant() {
        let listing = listing(&[(0, 100, "long"), (10, 20, "short")]);
        let title = |second| listing.title(Timestamp::from_second(second).unwrap());
        assert_eq!(title(5).map(|title| &**title), Some("long"));
        assert_eq!(title(10).map(|title| &**title), Some("short"));
        assert_eq!(title(20).map(|title| &**title), Some("long"));
        assert_eq!(title(100), None);
        assert_eq!(title(-1), None);
    }
}
