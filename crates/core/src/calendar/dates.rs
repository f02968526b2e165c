//! Lists of dates.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, ToSpan};
use thiserror::Error;

use super::Effect;
use super::listing::{Listing, Occurrence};
use super::local::{Interval, end_of, start_of};

/// Why a list of dates cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DateError {
    /// It is not written as a date.
    #[error("a date is written like `2026-12-24`")]
    Malformed,
    /// It lies before 1970 or after 2399.
    #[error("a date lies in the years 1970 to 2399")]
    OutOfRange,
    /// The zone skipped it, as Samoa skipped the 30th of December 2011.
    #[error("the clocks of the zone skip it")]
    Skipped,
}

/// Why a text is not a time of day.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("a time of day is written like `22:00`")]
pub struct ClockError;

/// From when, and for how long by the wall clock, something lasts on each date.
#[derive(Debug, Clone, Copy)]
pub(super) struct Daily {
    pub(super) start: Time,
    pub(super) duration: SignedDuration,
}

/// Reads `YYYY-MM-DD`.
pub(super) fn parse_date(text: &str) -> Result<Date, DateError> {
    let shaped = text.len() == 10
        && text.bytes().enumerate().all(|(index, byte)| match index {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    if !shaped {
        return Err(DateError::Malformed);
    }
    let date: Date = text.parse().map_err(|_| DateError::Malformed)?;
    if (1970..2400).contains(&date.year()) {
        Ok(date)
    } else {
        Err(DateError::OutOfRange)
    }
}

/// Reads `HH:MM`, with seconds if wanted.
pub(super) fn parse_clock(text: &str) -> Result<Time, ClockError> {
    let shaped = matches!(text.len(), 5 | 8)
        && text.bytes().enumerate().all(|(index, byte)| match index {
            2 | 5 => byte == b':',
            _ => byte.is_ascii_digit(),
        });
    // A leap second is no time of day that a calendar could keep.
    if !shaped || text.ends_with(":60") {
        return Err(ClockError);
    }
    text.parse().map_err(|_| ClockError)
}

/// The stretches of time on these dates: from midnight to midnight, unless a
/// time of day is given. The error names the first date that is wrong.
pub(super) fn listing(
    texts: &[String],
    daily: Option<Daily>,
    zone: &TimeZone,
    effect: Effect,
) -> Result<Listing, (String, DateError)> {
    let occurrence = |text: &String| {
        let failure = |error| (text.clone(), error);
        let date = parse_date(text).map_err(failure)?;
        let interval = on(date, daily, zone, effect);
        if interval.start < interval.end {
            let title = None;
            Ok(Occurrence { interval, title })
        } else {
            Err(failure(DateError::Skipped))
        }
    };
    let occurrences: Result<Vec<Occurrence>, _> = texts.iter().map(occurrence).collect();
    occurrences.map(Listing::new)
}

fn on(date: Date, daily: Option<Daily>, zone: &TimeZone, effect: Effect) -> Interval {
    let midnight = DateTime::from_parts(date, Time::midnight());
    let (start, end) = match daily {
        None => (midnight, midnight.saturating_add(1.day())),
        Some(Daily { start, duration }) => {
            let start = DateTime::from_parts(date, start);
            (start, start.saturating_add(duration))
        }
    };
    Interval {
        start: start_of(start, zone),
        end: end_of(end, zone, effect),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn dates_and_times_are_read_in_one_form_only() {
        assert!(parse_date("2026-12-24").is_ok());
        for text in [
            "",
            "2026-12-32",
            "2026-02-29",
            "24.12.2026",
            "2026-1-24",
            "20261224",
            "2026-12-24T00:00",
            "2026-12-24 ",
        ] {
            assert_eq!(parse_date(text), Err(DateError::Malformed), "{text}");
        }
        assert_eq!(parse_date("1969-12-31"), Err(DateError::OutOfRange));
        assert_eq!(parse_date("2400-01-01"), Err(DateError::OutOfRange));
        for (text, good) in [
            ("22:00", true),
            ("00:00:01", true),
            ("24:00", false),
            ("22:00:60", false),
            ("9:00", false),
            ("22", false),
            ("22:00Z", false),
            ("", false),
        ] {
            assert_eq!(parse_clock(text).is_ok(), good, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[0-9]{2,4}[-:][0-9]{2}[-:][0-9]{2}|\\PC{0,12}") {
            drop(parse_date(&text));
            drop(parse_clock(&text));
        }
    }
}
