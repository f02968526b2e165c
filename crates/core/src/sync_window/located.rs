//! When a schedule fires by the clock of the zone in its prefix.
//!
//! robfig/cron walks from field to field and rebuilds its time from the wall
//! clock on the way. Near a change of the clocks the outcome depends on where
//! the walk began, so it is walked here in the same steps.

use std::cell::Cell;

use super::civil::{self, Date, first_of};
use super::cron::{Schedule, YEARS};
use super::zone::Zone;

/// The walk of robfig/cron never ends: a day that the zone skipped as a whole
/// sends it back to the day before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Endless;

/// The clock of a zone, whose offset is looked up once for many instants near
/// each other: a walk asks for hundreds.
#[derive(Debug)]
struct Clock<'a> {
    zone: &'a Zone,
    known: Cell<Known>,
}

/// An offset and the instants at which it holds, `until` not included.
#[derive(Debug, Clone, Copy)]
struct Known {
    from: i64,
    until: i64,
    offset: i64,
}

impl<'a> Clock<'a> {
    fn of(zone: &'a Zone, second: i64) -> Self {
        let known = Known::at(zone, second);
        Self {
            zone,
            known: Cell::new(known),
        }
    }

    fn offset(&self, second: i64) -> i64 {
        let mut known = self.known.get();
        if !(known.from..known.until).contains(&second) {
            known = Known::at(self.zone, second);
            self.known.set(known);
        }
        known.offset
    }

    /// The instant at which the clock shows a reading, as [`Zone::instant`].
    fn instant(&self, reading: i64) -> i64 {
        Zone::instant_by(reading, |second| self.offset(second))
    }
}

impl Known {
    /// What is known from an instant on.
    fn at(zone: &Zone, second: i64) -> Self {
        Self {
            from: second,
            until: zone.change_after(second).unwrap_or(i64::MAX),
            offset: zone.offset(second),
        }
    }
}

/// An instant and what the zone's wall clock shows at it.
#[derive(Debug, Clone, Copy)]
struct Walk<'a> {
    clock: &'a Clock<'a>,
    second: i64,
    day: i64,
    date: Date,
    hour: u8,
    minute: u8,
    of_minute: u8,
}

impl<'a> Walk<'a> {
    fn at(clock: &'a Clock<'a>, second: i64) -> Self {
        let reading = second + clock.offset(second);
        let (day, of_day) = (
            reading.div_euclid(civil::DAY),
            reading.rem_euclid(civil::DAY),
        );
        let small = |value: i64| u8::try_from(value).unwrap_or_default();
        Self {
            clock,
            second,
            day,
            date: Date::of(day),
            hour: small(of_day / 3_600),
            minute: small(of_day / 60 % 60),
            of_minute: small(of_day % 60),
        }
    }

    fn later(self, seconds: i64) -> Self {
        Self::at(self.clock, self.second + seconds)
    }

    /// The instant at which the wall clock shows this.
    fn reading(self, day: i64, of_day: i64) -> Self {
        let reading = day * civil::DAY + of_day;
        Self::at(self.clock, self.clock.instant(reading))
    }

    fn of_day(self) -> i64 {
        i64::from(self.hour) * 3_600 + i64::from(self.minute) * 60 + i64::from(self.of_minute)
    }

    fn start_of_month(self) -> Self {
        self.reading(self.day - i64::from(self.date.day) + 1, 0)
    }

    /// The same day and time a month later.
    fn next_month(self) -> Self {
        let first = first_of(self.date.year, i64::from(self.date.month) + 1);
        self.reading(first + i64::from(self.date.day) - 1, self.of_day())
    }

    /// The next midnight or, where there is none, an hour near it.
    fn next_day(self) -> Self {
        let next = self.reading(self.day + 1, self.of_day());
        match next.hour {
            0 => next,
            hour @ 13.. => next.later((24 - i64::from(hour)) * 3_600),
            hour => next.later(-i64::from(hour) * 3_600),
        }
    }

    /// Many steps of a minute, where the clock does not change.
    fn next_hour(self) -> Self {
        let next = self.later(60 * (60 - i64::from(self.minute)));
        if next.minute == 0 && next.hour == (self.hour + 1) % 24 {
            next
        } else {
            self.later(60)
        }
    }

    /// Down to the whole minute of UTC, not of the wall clock.
    fn whole_minute(self) -> Self {
        Self::at(self.clock, self.second.div_euclid(60) * 60)
    }
}

/// When the schedule fires first after an instant, both in seconds since 1970;
/// `None` if it does not within five years.
pub(super) fn next(schedule: &Schedule, zone: &Zone, after: i64) -> Result<Option<i64>, Endless> {
    let clock = Clock::of(zone, after + 1);
    let mut walk = Walk::at(&clock, after + 1);
    let last_year = walk.date.year + YEARS;
    let mut restarted = false;
    'again: loop {
        if walk.date.year > last_year {
            return Ok(None);
        }
        while !schedule.has_month(walk.date.month) {
            if !restarted {
                restarted = true;
                walk = walk.start_of_month();
            }
            walk = forward(walk, walk.next_month())?;
            if walk.date.month == 1 {
                continue 'again;
            }
        }
        while !schedule.has_day(walk.day, walk.date.day) {
            if !restarted {
                restarted = true;
                walk = walk.reading(walk.day, 0);
            }
            walk = forward(walk, walk.next_day())?;
            if walk.date.day == 1 {
                continue 'again;
            }
        }
        while !schedule.has_hour(walk.hour) {
            if !restarted {
                restarted = true;
                walk = walk.reading(walk.day, i64::from(walk.hour) * 3_600);
            }
            walk = walk.later(3_600);
            if walk.hour == 0 {
                continue 'again;
            }
        }
        while !schedule.has_minute(walk.minute) {
            if !restarted {
                restarted = true;
                walk = walk.whole_minute();
            }
            walk = if schedule.has_minutes() {
                walk.later(60)
            } else {
                walk.next_hour()
            };
            if walk.minute == 0 {
                continue 'again;
            }
        }
        while walk.of_minute != 0 {
            restarted = true;
            walk = walk.later(1);
            if walk.of_minute == 0 {
                continue 'again;
            }
        }
        return Ok(Some(walk.second));
    }
}

/// A step that does not lead forward leads to the same place for ever.
fn forward<'a>(from: Walk<'a>, to: Walk<'a>) -> Result<Walk<'a>, Endless> {
    if to.second > from.second {
        Ok(to)
    } else {
        Err(Endless)
    }
}
