//! Dates, times and durations as a feed writes them (RFC 5545, section 3.3).

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::error::{FeedError, FeedProblem};
use super::line::Line;
use crate::calendar::local::start_of;
use crate::calendar::spec;

/// A day or a moment, by the wall clock of a zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stamp {
    /// What the clock shows; midnight for a day.
    pub(super) clock: DateTime,
    /// Whose clock: UTC for a time in UTC.
    pub(super) zone: TimeZone,
    /// It is a day and not a moment.
    pub(super) whole_day: bool,
}

impl Stamp {
    pub(super) fn instant(&self) -> Timestamp {
        start_of(self.clock, &self.zone)
    }

    /// Reads one value of a property, which may have several.
    pub(super) fn parse(value: &str, line: &Line, zone: &TimeZone) -> Result<Self, FeedError> {
        const WRITTEN: &str = "a date is written like 20261224, a time like 20261224T180000";
        let value = value.trim();
        let written = read(value).ok_or_else(|| line.wrong(WRITTEN))?;
        let (clock, whole_day, utc) = written;
        let fits = match line.parameter("VALUE").map(str::to_ascii_uppercase) {
            // A date that is not called one is still nothing else.
            None => true,
            Some(kind) if kind == "DATE" => whole_day,
            Some(kind) if kind == "DATE-TIME" => !whole_day,
            Some(_) => false,
        };
        if !fits {
            return Err(line.wrong("it is not of the kind that VALUE says"));
        }
        let zone = match line.parameter("TZID") {
            Some(_) if utc => return Err(line.wrong("a time in UTC has no TZID")),
            Some(name) => {
                spec::zone(name).ok_or_else(|| line.error(FeedProblem::Zone(name.to_owned())))?
            }
            None if utc => TimeZone::UTC,
            None => zone.clone(),
        };
        Ok(Self {
            clock,
            zone,
            whole_day,
        })
    }
}

/// A date or a time: what the clock shows, whether it is a whole day, whether
/// the clock shows UTC.
pub(super) fn read(text: &str) -> Option<(DateTime, bool, bool)> {
    let (text, utc) = match text.strip_suffix(['Z', 'z']) {
        Some(text) => (text, true),
        None => (text, false),
    };
    match text.split_once(['T', 't']) {
        None if !utc => Some((
            DateTime::from_parts(date(text)?, Time::midnight()),
            true,
            false,
        )),
        None => None,
        Some((day, clock)) => Some((DateTime::from_parts(date(day)?, time(clock)?), false, utc)),
    }
}

fn date(text: &str) -> Option<Date> {
    let [year, month, day] = numbers(text, [4, 2, 2])?;
    // The last year leaves no room for what follows from it.
    (1..9999).contains(&year).then_some(())?;
    let (month, day) = (i8::try_from(month).ok()?, i8::try_from(day).ok()?);
    Date::new(year, month, day).ok()
}

fn time(text: &str) -> Option<Time> {
    let [hour, minute, second] = numbers(text, [2, 2, 2])?.map(i8::try_from);
    Time::new(hour.ok()?, minute.ok()?, second.ok()?, 0).ok()
}

/// Numbers of so many digits each, and nothing else.
fn numbers(mut text: &str, widths: [usize; 3]) -> Option<[i16; 3]> {
    let mut numbers = [0; 3];
    for (number, width) in numbers.iter_mut().zip(widths) {
        let (digits, rest) = text.split_at_checked(width)?;
        if !digits.bytes().all(|digit| digit.is_ascii_digit()) {
            return None;
        }
        *number = digits.parse().ok()?;
        text = rest;
    }
    text.is_empty().then_some(numbers)
}

/// Reads a duration such as `P1D`, `PT4H30M` or `P2W`. Also says whether it
/// consists of days alone.
pub(super) fn duration(text: &str) -> Option<(SignedDuration, bool)> {
    const UNITS: [(char, bool, i64); 5] = [
        ('W', false, 7 * 86_400),
        ('D', false, 86_400),
        ('H', true, 3600),
        ('M', true, 60),
        ('S', true, 1),
    ];
    let mut rest = text
        .trim()
        .strip_prefix('+')
        .unwrap_or(text.trim())
        .strip_prefix('P')?;
    let (mut units, mut total, mut timed) = (UNITS.iter(), 0i64, false);
    loop {
        if let Some(after) = rest.strip_prefix('T').filter(|_| !timed) {
            (rest, timed) = (after, true);
        }
        let end = rest.find(|letter: char| !letter.is_ascii_digit())?;
        let (digits, tail) = rest.split_at_checked(end)?;
        let letter = tail.chars().next()?;
        let (_, _, seconds) =
            units.find(|(unit, of_day, _)| *unit == letter && *of_day == timed)?;
        total = total.checked_add(digits.parse::<i64>().ok()?.checked_mul(*seconds)?)?;
        rest = tail.strip_prefix(letter)?;
        if rest.is_empty() {
            return Some((SignedDuration::from_secs(total), !timed));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_moments_are_read() {
        let (clock, whole_day, utc) = read("20261224").unwrap();
        assert_eq!(
            (clock.to_string().as_str(), whole_day, utc),
            ("2026-12-24T00:00:00", true, false)
        );
        let (clock, whole_day, utc) = read("20261224T180001Z").unwrap();
        assert_eq!(
            (clock.to_string().as_str(), whole_day, utc),
            ("2026-12-24T18:00:01", false, true)
        );
        for text in [
            "",
            "2026",
            "20261232",
            "20260229",
            "20261224T",
            "20261224T1800",
            "20261224T240000",
            "20261224T180060",
            "20261224Z",
            "2026-12-24",
            "20261224T180000+0100",
            "00000101",
            "99991231",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn durations_add_up() {
        for (text, hours, days_alone) in [
            ("P1D", 24, true),
            ("P2W", 336, true),
            ("PT4H", 4, false),
            ("+P1DT12H", 36, false),
            ("PT0H60M", 1, false),
            ("PT3600S", 1, false),
            ("P0D", 0, true),
        ] {
            assert_eq!(
                duration(text),
                Some((SignedDuration::from_hours(hours), days_alone)),
                "{text}"
            );
        }
        for text in [
            "",
            "P",
            "PT",
            "P1",
            "1D",
            "-P1D",
            "P1H",
            "PT1D",
            "PT1M1H",
            "P1DT",
            "P1.5D",
            "P1Y",
            "PTT1H",
            "P99999999999999999999D",
        ] {
            assert_eq!(duration(text), None, "{text}");
        }
    }
}
