//! Something that recurs by the wall clock.

use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::Effect;
use super::clock::Reached;
use super::cron::Schedule;
use super::local::Interval;

/// A schedule with a duration in a zone.
///
/// Occurrences of one day that touch or overlap are kept as one block. Later
/// readings of the wall clock never map to earlier instants, so the block that
/// started last is also the one that ends last: whether anything is active is
/// decided by looking at that one.
#[derive(Debug, Clone)]
pub struct Recurrence {
    schedule: Schedule,
    duration: SignedDuration,
    zone: TimeZone,
    effect: Effect,
    blocks: Vec<Block>,
    ever: bool,
    look_back: i64,
}

// In seconds of the wall clock since midnight.
#[derive(Debug, Clone, Copy)]
struct Block {
    start: i64,
    end: i64,
}

const DAY: i64 = 24 * 60 * 60;

// The days that matter to a calendar, with a year before and a day after them.
const FIRST_DAY: Date = date(1968, 1, 1);
const FIRST_NEEDED: Date = date(1969, 1, 1);
const LAST_DAY: Date = date(2400, 1, 2);

impl Recurrence {
    /// `duration` is by the wall clock and positive.
    pub(super) fn new(
        schedule: Schedule,
        duration: SignedDuration,
        zone: TimeZone,
        effect: Effect,
    ) -> Self {
        let mut blocks: Vec<Block> = Vec::new();
        for start in schedule.starts() {
            let start = i64::from(*start) * 60;
            let end = start + duration.as_secs();
            match blocks.last_mut() {
                Some(last) if start <= last.end => last.end = end,
                _ => blocks.push(Block { start, end }),
            }
        }
        // A day for the block's own start and one for a day the zone skipped.
        let look_back = duration.as_hours() / 24 + 3;
        let mut recurrence = Self {
            schedule,
            duration,
            zone,
            effect,
            blocks,
            ever: false,
            look_back,
        };
        recurrence.ever = recurrence.never_breaks();
        recurrence
    }

    // Following such an entry from block to block would take long and find no
    // end, so it is established once. One that breaks does so within weeks.
    fn never_breaks(&self) -> bool {
        let daily = self.schedule.is_daily();
        let [Block { start, end }] = self.blocks[..] else {
            return false;
        };
        if end - start < DAY || daily {
            return daily && end - start >= DAY;
        }
        let mut covered = midnight(FIRST_NEEDED);
        let mut date = FIRST_DAY;
        let mut midnight_of_date = midnight(FIRST_DAY);
        while date < LAST_DAY {
            if self.schedule.matches(date) {
                if covered < midnight_of_date + start {
                    return false;
                }
                covered = midnight_of_date + end;
            }
            date = date.tomorrow().unwrap_or(LAST_DAY);
            midnight_of_date += DAY;
        }
        covered >= midnight(LAST_DAY)
    }

    /// When it starts.
    pub fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    /// How long an occurrence lasts by the wall clock.
    pub fn duration(&self) -> SignedDuration {
        self.duration
    }

    /// How long it is active at most without a break, by the wall clock; the
    /// occurrences of one day taken together.
    pub(super) fn longest(&self) -> SignedDuration {
        if self.ever {
            return SignedDuration::MAX;
        }
        let lengths = self.blocks.iter().map(|block| block.end - block.start);
        SignedDuration::from_secs(lengths.max().unwrap_or_default())
    }

    /// The block that is active at an instant, given how far the clock has
    /// come by then.
    pub(super) fn active(&self, at: Timestamp, reached: &Reached) -> Option<Interval> {
        if self.ever {
            return Some(Interval::ALWAYS);
        }
        let today = day_of(reached.reading)?;
        let (mut date, mut midnight) = (today, midnight(today));
        for _ in 0..=self.look_back {
            if self.schedule.matches(date) {
                let started = |block: &&Block| reached.includes(midnight + block.start);
                if let Some(block) = self.blocks.iter().rev().find(started) {
                    if reached.is_past(midnight + block.end) {
                        return None;
                    }
                    let interval = self.interval(midnight, block, reached);
                    return Some(interval).filter(|interval| at < interval.end);
                }
            }
            date = date.yesterday().ok()?;
            midnight -= DAY;
        }
        None
    }

    /// The first block that starts after the instant `reached` was taken at,
    /// and before `until`.
    pub(super) fn next(&self, reached: &Reached, until: Timestamp) -> Option<Interval> {
        if self.ever {
            return None;
        }
        let today = day_of(reached.reading)?;
        // No zone is further than a day from UTC, and the block's own start
        // decides in the end.
        let last = until.as_second().saturating_add(DAY);
        let (mut date, mut midnight) = (today, midnight(today));
        while midnight <= last {
            if self.schedule.matches(date) {
                for block in self
                    .blocks
                    .iter()
                    .filter(|block| !reached.includes(midnight + block.start))
                {
                    let interval = self.interval(midnight, block, reached);
                    if interval.start >= until {
                        return None;
                    }
                    // One that lies within a skipped hour does not take place.
                    if interval.start < interval.end {
                        return Some(interval);
                    }
                }
            }
            date = date.tomorrow().ok()?;
            midnight += DAY;
        }
        None
    }

    fn interval(&self, midnight: i64, block: &Block, reached: &Reached) -> Interval {
        Interval {
            start: reached.start(midnight + block.start, &self.zone),
            end: reached.end(midnight + block.end, &self.zone, self.effect),
        }
    }
}

fn midnight(date: Date) -> i64 {
    date.duration_since(date_of_origin()).as_secs()
}

fn date_of_origin() -> Date {
    date(1970, 1, 1)
}

fn day_of(reading: i64) -> Option<Date> {
    let days = i32::try_from(reading.div_euclid(DAY)).ok()?;
    date_of_origin()
        .checked_add(SignedDuration::from_hours(24 * i64::from(days)))
        .ok()
}
