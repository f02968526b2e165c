//! The schedules of Argo CD: the five fields of robfig/cron 3.
//!
//! The fields are minute, hour, day of month, month and weekday (0 to 6, Sunday
//! is 0). Each is a list of `*` or `?` (the same), values, ranges and steps;
//! `5/10` runs from 5 to the greatest value. Months and weekdays may be named
//! with three letters. There are no seconds, years, `@daily`, `L`, `W` or `#`,
//! and ranges do not run past the end.
//!
//! If both day fields are restricted a day matches when either does; if one is
//! a star, when both do. A step over the star restricts: `*/2` is no star.
//! A field of commas alone has no value, so the schedule never fires.
//!
//! `TZ=Europe/Zurich ` or `CRON_TZ=` before the fields reads them by the clock
//! of that zone.

mod field;
mod fires;

use thiserror::Error;

use self::field::STAR;
pub(super) use self::fires::{Minute, YEARS, start_of_year};
use super::zone::Zone;

/// Why a text is not a schedule.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ScheduleError {
    /// Nothing is written.
    #[error("it is empty")]
    Empty,
    /// There are more or fewer than five fields.
    #[error(
        "a schedule has five fields (minute, hour, day of month, month, weekday), this has {0}"
    )]
    FieldCount(usize),
    /// A name such as `@daily` stands for the fields.
    #[error("names such as `@daily` are not allowed, write the five fields")]
    Descriptor,
    /// The zone after `TZ=` is not in the IANA database.
    #[error("time zone `{0}` does not exist")]
    Zone(String),
    /// No blank follows the zone. Argo CD's parser stops the program at it.
    #[error("no blank and no fields follow the time zone, on which Argo CD fails")]
    OnlyZone,
    /// A part of a field cannot be read.
    #[error("`{part}` is not allowed as {field}")]
    Part {
        /// The field, as a person calls it.
        field: &'static str,
        /// The part.
        part: String,
    },
}

/// When a window begins, by a wall clock.
#[derive(Debug, Clone)]
pub(super) struct Schedule {
    minutes: u64,
    hours: u32,
    months: u16,
    /// The days of a month that match, bit 1 for the first, by the weekday of
    /// the first.
    days: [u32; 7],
    /// The zone of a prefix, if its clock is another than UTC's.
    pub(super) zone: Option<Zone>,
    /// Something fires in every year there is.
    every_year: bool,
    /// Nothing ever fires.
    never: bool,
    /// The longest time between two fires of one day, in minutes.
    gap_of_day: i64,
}

impl Schedule {
    pub(super) fn parse(text: &str) -> Result<Self, ScheduleError> {
        if text.is_empty() {
            return Err(ScheduleError::Empty);
        }
        let (zone, text) = prefix(text)?;
        if text.starts_with('@') {
            return Err(ScheduleError::Descriptor);
        }
        let mut fields = text.split_whitespace();
        let mut next = || fields.next();
        let (Some(minute), Some(hour), Some(day), Some(month), Some(weekday), None) =
            (next(), next(), next(), next(), next(), next())
        else {
            return Err(ScheduleError::FieldCount(text.split_whitespace().count()));
        };
        let minutes = field::MINUTE.read(minute)? & !STAR;
        let hours = field::HOUR.read(hour)?;
        let days = field::DAY.read(day)?;
        let months = field::MONTH.read(month)?;
        let weekdays = field::WEEKDAY.read(weekday)?;
        let mut schedule = Self {
            minutes,
            hours: low(hours),
            months: low(months).try_into().unwrap_or_default(),
            days: matching_days(days, weekdays),
            zone,
            every_year: false,
            never: false,
            gap_of_day: 0,
        };
        schedule.every_year = schedule.fires_every_year();
        schedule.never = schedule.never_fires();
        schedule.gap_of_day = schedule.widest_gap_of_day();
        Ok(schedule)
    }
}

/// The zone of a prefix, and the fields after it.
fn prefix(text: &str) -> Result<(Option<Zone>, &str), ScheduleError> {
    let prefixed = text
        .strip_prefix("TZ=")
        .or_else(|| text.strip_prefix("CRON_TZ="));
    let Some(rest) = prefixed else {
        return Ok((None, text));
    };
    let (name, fields) = rest.split_once(' ').ok_or(ScheduleError::OnlyZone)?;
    let zone = Zone::load(name).ok_or_else(|| ScheduleError::Zone(name.to_owned()))?;
    Ok(((!zone.is_utc()).then_some(zone), fields.trim()))
}

/// The lowest 32 bits.
#[expect(
    clippy::cast_possible_truncation,
    reason = "above lie only the star and days after the 31st"
)]
fn low(bits: u64) -> u32 {
    bits as u32
}

/// The days of a month that match, bit 1 for the first and no others than 1 to
/// 31, by the weekday of the first.
fn matching_days(days: u64, weekdays: u64) -> [u32; 7] {
    let both = (days | weekdays) & STAR != 0;
    let days = low(days);
    // Any month lies within six weeks that begin on a Sunday.
    let week = weekdays & !STAR;
    let weeks = (0..6).fold(0, |bits, number| bits | week << (7 * number));
    std::array::from_fn(|first| {
        let by_weekday = low(weeks >> first << 1);
        if both {
            days & by_weekday
        } else {
            days | by_weekday
        }
    })
}

#[cfg(test)]
mod tests;
