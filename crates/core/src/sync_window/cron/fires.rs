//! When a schedule fires, in minutes of a wall clock that knows no zones.

use super::Schedule;
use crate::sync_window::civil::{Date, first_of, length_of, weekday};

/// Minutes of a day.
const DAY: i64 = 24 * 60;

/// How many years ahead robfig/cron looks before it gives up.
pub(in crate::sync_window) const YEARS: i64 = 5;

impl Schedule {
    pub(super) fn fires_every_year(&self) -> bool {
        let latest = self.first_days().fold(0, u32::max);
        self.has_times() && latest <= self.longest_month(2001)
    }

    pub(super) fn never_fires(&self) -> bool {
        let earliest = self.first_days().fold(u32::MAX, u32::min);
        !self.has_times() || earliest > self.longest_month(2000)
    }

    fn has_times(&self) -> bool {
        self.minutes != 0 && self.hours != 0
    }

    /// The first day that matches in a month, for each weekday on which the
    /// month may begin; where none does, one after every month's end.
    fn first_days(&self) -> impl Iterator<Item = u32> {
        self.days.iter().map(|days| days.trailing_zeros())
    }

    /// The length of the longest month in a year that has one of the months.
    fn longest_month(&self, year: i64) -> u32 {
        (1..=12)
            .filter(|month| self.has_month(*month))
            .map(|month| u32::from(length_of(year, month)))
            .fold(0, u32::max)
    }

    /// Whether something fires in every year there is.
    pub(in crate::sync_window) fn every_year(&self) -> bool {
        self.every_year
    }

    pub(in crate::sync_window) fn has_month(&self, month: u8) -> bool {
        u32::from(self.months) & bit(month) != 0
    }

    pub(in crate::sync_window) fn has_hour(&self, hour: u8) -> bool {
        self.hours & bit(hour) != 0
    }

    pub(in crate::sync_window) fn has_minute(&self, minute: u8) -> bool {
        self.minutes & (1 << (minute & 63)) != 0
    }

    pub(in crate::sync_window) fn has_minutes(&self) -> bool {
        self.minutes != 0
    }

    /// Whether nothing ever fires.
    pub(in crate::sync_window) fn never(&self) -> bool {
        self.never
    }

    /// Whether the day field allows a day, since 1970-01-01, whatever its month.
    pub(in crate::sync_window) fn has_day(&self, day: i64, of_month: u8) -> bool {
        self.days_of(day - i64::from(of_month) + 1) & bit(of_month) != 0
    }

    /// The days of the month that begins on a day since 1970-01-01.
    fn days_of(&self, first: i64) -> u32 {
        self.days.get(weekday(first)).copied().unwrap_or_default()
    }

    /// The last minute at or before one, if it is not before `earliest`.
    pub(in crate::sync_window) fn last(&self, minute: &Minute, earliest: i64) -> Option<i64> {
        let Date {
            mut year,
            mut month,
            day,
        } = minute.date;
        let mut first = minute.day - i64::from(day) + 1;
        let mut days = if self.has_month(month) {
            self.days_of(first)
        } else {
            0
        };
        if days & bit(day) != 0
            && let Some(of_day) = self.last_of_day(minute.of_day)
        {
            return Some(minute.day * DAY + of_day).filter(|fire| *fire >= earliest);
        }
        days &= bit(day) - 1;
        loop {
            if let Some(day) = days.checked_ilog2() {
                let of_day = self.last_of_day(DAY - 1)?;
                let fire = (first + i64::from(day) - 1) * DAY + of_day;
                return Some(fire).filter(|fire| *fire >= earliest);
            }
            if first * DAY <= earliest {
                return None;
            }
            (year, month) = if month == 1 {
                (year - 1, 12)
            } else {
                (year, month - 1)
            };
            let length = length_of(year, month);
            first -= i64::from(length);
            days = if self.has_month(month) {
                self.days_of(first) & up_to(length)
            } else {
                0
            };
        }
    }

    /// The first minute at or after one, if it is not in a year after `year`.
    pub(in crate::sync_window) fn next(&self, minute: &Minute, last_year: i64) -> Option<i64> {
        let Date {
            mut year,
            mut month,
            day,
        } = minute.date;
        let mut first = minute.day - i64::from(day) + 1;
        let mut length = length_of(year, month);
        let mut days = if self.has_month(month) {
            self.days_of(first) & up_to(length)
        } else {
            0
        };
        if days & bit(day) != 0
            && let Some(of_day) = self.first_of_day(minute.of_day)
        {
            return (year <= last_year).then_some(minute.day * DAY + of_day);
        }
        days &= !(bit(day) | (bit(day) - 1));
        loop {
            if days != 0 {
                let of_day = self.first_of_day(0)?;
                let day = i64::from(days.trailing_zeros());
                return (year <= last_year).then_some((first + day - 1) * DAY + of_day);
            }
            if year > last_year {
                return None;
            }
            first += i64::from(length);
            (year, month) = if month == 12 {
                (year + 1, 1)
            } else {
                (year, month + 1)
            };
            length = length_of(year, month);
            days = if self.has_month(month) {
                self.days_of(first) & up_to(length)
            } else {
                0
            };
        }
    }

    /// The last minute of a day at or before one.
    fn last_of_day(&self, minute: i64) -> Option<i64> {
        let (hour, of_hour) = (minute / 60, minute % 60);
        let within = self.minutes & (u64::MAX >> (63 - of_hour));
        if self.hours & (1 << hour) != 0 && within != 0 {
            return Some(hour * 60 + i64::from(within.ilog2()));
        }
        let hour = (self.hours & ((1 << hour) - 1)).checked_ilog2()?;
        Some(i64::from(hour) * 60 + i64::from(self.minutes.checked_ilog2()?))
    }

    /// The first minute of a day at or after one.
    fn first_of_day(&self, minute: i64) -> Option<i64> {
        let (hour, of_hour) = (minute / 60, minute % 60);
        let within = self.minutes & (u64::MAX << of_hour);
        if self.hours & (1 << hour) != 0 && within != 0 {
            return Some(hour * 60 + i64::from(within.trailing_zeros()));
        }
        let hours = self.hours & (u32::MAX << hour << 1);
        (hours != 0 && self.minutes != 0).then(|| {
            i64::from(hours.trailing_zeros()) * 60 + i64::from(self.minutes.trailing_zeros())
        })
    }

    /// The last minute of an unbroken row of fires that begins at one and in
    /// which none is more than `reach` minutes after the one before. Stops, for
    /// a row without end, after some years.
    pub(in crate::sync_window) fn row(&self, fire: i64, reach: i64) -> i64 {
        let dense = self.gap_of_day <= reach;
        let mut last = fire;
        let limit = fire + YEARS * 366 * DAY;
        while last < limit {
            if dense && let Some(of_day) = self.last_of_day(DAY - 1) {
                last = last.div_euclid(DAY) * DAY + of_day;
            }
            let after = Minute::of(last + 1);
            match self.next(&after, after.date.year + YEARS) {
                Some(next) if next - last <= reach => last = next,
                _ => return last,
            }
        }
        last
    }

    /// The longest time between two fires that follow each other on one day, in
    /// minutes.
    pub(super) fn widest_gap_of_day(&self) -> i64 {
        let (first, last) = (self.minutes.trailing_zeros(), self.minutes.checked_ilog2());
        let Some(last) = last else {
            return 0;
        };
        let between_hours = |gap: i64| gap * 60 - i64::from(last) + i64::from(first);
        let of_hours = widest_gap(self.hours.into());
        let of_hours = if of_hours == 0 {
            0
        } else {
            between_hours(of_hours)
        };
        widest_gap(self.minutes).max(of_hours)
    }
}

/// The longest way from one bit to the next.
fn widest_gap(bits: u64) -> i64 {
    let (Some(highest), lowest) = (bits.checked_ilog2(), bits.trailing_zeros()) else {
        return 0;
    };
    if lowest == highest {
        return 0;
    }
    let all = u64::MAX << lowest & u64::MAX >> (63 - highest);
    // Every bit reaches one place further each time, until no hole is left.
    let (mut reached, mut widest) = (bits, 1);
    while reached & all != all {
        reached |= reached << 1;
        widest += 1;
    }
    widest
}

/// A minute of the wall clock, with the date it lies on.
#[derive(Debug, Clone, Copy)]
pub(in crate::sync_window) struct Minute {
    day: i64,
    pub(in crate::sync_window) date: Date,
    of_day: i64,
}

impl Minute {
    /// The minute so many after the start of 1970.
    pub(in crate::sync_window) fn of(minute: i64) -> Self {
        let day = minute.div_euclid(DAY);
        Self {
            day,
            date: Date::of(day),
            of_day: minute.rem_euclid(DAY),
        }
    }
}

/// The start of a year, in seconds since 1970.
pub(in crate::sync_window) fn start_of_year(year: i64) -> i64 {
    first_of(year, 1) * DAY * 60
}

fn bit(value: u8) -> u32 {
    1 << (value & 31)
}

/// The days 1 to `last`.
fn up_to(last: u8) -> u32 {
    u32::MAX >> (31 - u32::from(last).min(31)) & !1
}
