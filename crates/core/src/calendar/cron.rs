//! The five-field cron schedule.

use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use jiff::civil::Date;
use thiserror::Error;

const ALL_MONTHS: u32 = 0b1_1111_1111_1110;
const ALL_DAYS: u32 = 0xFFFF_FFFE;
const ALL_WEEKDAYS: u32 = 0b111_1111;

const MONTH_NAMES: [&str; 12] = [
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
];
const WEEKDAY_NAMES: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// Why a text is not a schedule.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ScheduleError {
    /// There are more or fewer than five fields.
    #[error(
        "a schedule has five fields (minute, hour, day of month, month, weekday), this has {0}"
    )]
    FieldCount(usize),
    /// A name such as `@daily` stands for the fields.
    #[error("names such as `@daily` are not allowed, write the five fields")]
    Descriptor,
    /// A part of a field is neither a value, a range nor a step.
    #[error("`{part}` is not allowed as {field}")]
    Part {
        /// The field, as a person calls it.
        field: &'static str,
        /// The part that cannot be read.
        part: String,
    },
    /// A value lies outside of its field, or a range runs backwards.
    #[error("{0}")]
    Value(String),
    /// No day of any year matches, such as the 30th of February.
    #[error("no date ever matches, so it would never fire")]
    NeverFires,
}

/// When something recurs, by the wall clock: minutes of the days that match.
///
/// The fields are minute, hour, day of month, month and weekday (0 or 7 or
/// `SUN` is Sunday), each `*`, a value, a range, a step over `*` or a range,
/// or a list of these. Months and weekdays may be named in English. If both
/// day fields are something else than `*`, a day matches when either does, as
/// in the cron of POSIX and in Kubernetes' CronJob. Extensions (seconds,
/// years, `@daily`, `L`, `W`, `#`, `?`) are refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    text: String,
    starts: Vec<u16>,
    months: u32,
    days: u32,
    weekdays: u32,
    any_day_of_month: bool,
    any_weekday: bool,
}

impl Schedule {
    /// Reads the five fields.
    pub fn parse(text: &str) -> Result<Self, ScheduleError> {
        let fields = plain_fields(text)?;
        let cron = CronParser::builder()
            .seconds(Seconds::Disallowed)
            .year(Year::Disallowed)
            .build()
            .parse(&fields.join(" "))
            .map_err(|error| ScheduleError::Value(error.to_string()))?;
        let schedule = Self::compile(text, &cron);
        if schedule.fires() {
            Ok(schedule)
        } else {
            Err(ScheduleError::NeverFires)
        }
    }

    fn compile(text: &str, cron: &Cron) -> Self {
        let pattern = &cron.pattern;
        let minutes = pattern.minutes.values();
        let starts = pattern
            .hours
            .values()
            .into_iter()
            .flat_map(|hour| minutes.iter().map(move |minute| hour * 60 + minute))
            .collect();
        let mask = |values: Vec<u16>| values.into_iter().fold(0, |mask, value| mask | 1 << value);
        Self {
            text: text.trim().to_owned(),
            starts,
            months: mask(pattern.months.values()),
            days: mask(pattern.days.values()),
            weekdays: mask(pattern.days_of_week.values()),
            any_day_of_month: pattern.is_dom_wildcard(),
            any_weekday: pattern.is_dow_wildcard(),
        }
    }

    /// The schedule as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The minutes of a matching day at which something starts, ascending.
    pub(super) fn starts(&self) -> &[u16] {
        &self.starts
    }

    /// The months, days and weekdays as bits; `None` for days that are not
    /// restricted.
    pub(super) fn date_fields(&self) -> (u32, Option<u32>, Option<u32>) {
        let days = (!self.any_day_of_month).then_some(self.days);
        let weekdays = (!self.any_weekday).then_some(self.weekdays);
        (self.months, days, weekdays)
    }

    /// Whether something starts on this date.
    pub(super) fn matches(&self, date: Date) -> bool {
        if self.months & (1 << date.month()) == 0 {
            return false;
        }
        let day = self.days & (1 << date.day()) != 0;
        if self.any_weekday {
            return day;
        }
        let weekday = self.weekdays & (1 << date.weekday().to_sunday_zero_offset()) != 0;
        weekday || (!self.any_day_of_month && day)
    }

    /// Whether it matches every date there is.
    pub(super) fn is_daily(&self) -> bool {
        let by_day = !self.any_day_of_month && self.days == ALL_DAYS;
        let by_weekday = !self.any_weekday && self.weekdays == ALL_WEEKDAYS;
        let unrestricted = self.any_day_of_month && self.any_weekday;
        self.months == ALL_MONTHS && (by_day || by_weekday || unrestricted)
    }

    // Every month has every weekday, so only a day of the month that none of
    // the chosen months has can keep a schedule from ever firing.
    fn fires(&self) -> bool {
        let some_day = (1..=12u32)
            .filter(|month| self.months & (1 << month) != 0)
            .any(|month| self.days & days_of(month) != 0);
        let some_weekday = !self.any_weekday && self.weekdays != 0 && self.months != 0;
        !self.starts.is_empty() && (some_day || some_weekday)
    }
}

/// The days a month can have, the 29th of February included, as bits.
fn days_of(month: u32) -> u32 {
    match month {
        2 => ALL_DAYS & !(0b11 << 30),
        4 | 6 | 9 | 11 => ALL_DAYS & !(1 << 31),
        _ => ALL_DAYS,
    }
}

// The parser behind this replaces names wherever it finds them and skips empty
// parts of a list, so both are checked before.
fn plain_fields(text: &str) -> Result<Vec<String>, ScheduleError> {
    if text.contains('@') {
        return Err(ScheduleError::Descriptor);
    }
    let fields: Vec<&str> = text.split_ascii_whitespace().collect();
    let [minute, hour, day, month, weekday] = fields[..] else {
        return Err(ScheduleError::FieldCount(fields.len()));
    };
    Ok(vec![
        plain_field("minute", minute, &[], 0)?,
        plain_field("hour", hour, &[], 0)?,
        plain_field("day of month", day, &[], 0)?,
        plain_field("month", month, &MONTH_NAMES, 1)?,
        plain_field("weekday", weekday, &WEEKDAY_NAMES, 0)?,
    ])
}

fn plain_field(
    field: &'static str,
    text: &str,
    names: &[&str],
    first: usize,
) -> Result<String, ScheduleError> {
    // A step of one is no restriction; only a bare star says so to the rule
    // that joins the two day fields.
    if text == "*" || text == "*/1" {
        return Ok("*".to_owned());
    }
    let parts: Vec<&str> = text.split(',').collect();
    let alone = parts.len() == 1;
    let parts: Option<Vec<String>> = parts
        .iter()
        .map(|part| plain_part(part, names, first, alone))
        .collect();
    parts
        .map(|parts| parts.join(","))
        .ok_or_else(|| ScheduleError::Part {
            field,
            part: text.to_owned(),
        })
}

fn plain_part(part: &str, names: &[&str], first: usize, alone: bool) -> Option<String> {
    let (range, step) = match part.split_once('/') {
        Some((range, step)) => (range, Some(number(step).filter(|step| *step > 0)?)),
        None => (part, None),
    };
    let range = if range == "*" {
        (alone && step.is_some()).then(|| "*".to_owned())?
    } else if let Some((from, to)) = range.split_once('-') {
        let from = value(from, names, first)?;
        let mut to = value(to, names, first)?;
        // Sunday ends a week that starts on any other day.
        if names.first() == Some(&"SUN") && to == 0 && from > 0 {
            to = 7;
        }
        format!("{from}-{to}")
    } else if step.is_none() {
        value(range, names, first)?.to_string()
    } else {
        return None;
    };
    Some(step.map_or_else(|| range.clone(), |step| format!("{range}/{step}")))
}

fn value(text: &str, names: &[&str], first: usize) -> Option<usize> {
    let named = names
        .iter()
        .position(|name| name.eq_ignore_ascii_case(text));
    named
        .map(|position| position + first)
        .or_else(|| number(text))
}

fn number(text: &str) -> Option<usize> {
    let digits = (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;
    use jiff::civil::{DateTime, date};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_ranges_steps_and_lists_are_read() {
        for text in [
            "0 2 * * 2,4",
            "*/15 9-17 * * MON-FRI",
            "0 22 * * fri-sun",
            "0 22 * * 5-0",
            "5,10-20/5 0 1,15 jan,JUL-sep *",
            "0 0 29 2 *",
            " 0  0 * * 7 ",
            "0 0 31 2,3 *",
            "0 0 30 2 1",
        ] {
            assert!(Schedule::parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn what_is_not_five_plain_fields_is_refused() {
        for text in [
            "",
            "* * * *",
            "0 0 0 * * *",
            "0 0 * * * 2026",
            "@daily",
            "@every 4h",
            "60 0 * * *",
            "0 24 * * *",
            "0 0 0 * *",
            "0 0 * 13 *",
            "0 0 * * 8",
            "0 0 L * *",
            "0 0 15W * *",
            "0 0 * * 5L",
            "0 0 * * 1#2",
            "0 0 ? * 1",
            "0 0 1 * +1",
            "0 0 , * *",
            "1,,2 0 * * *",
            "0 0 *,5 * *",
            "0/10 * * * *",
            "*/0 * * * *",
            "/5 * * * *",
            "5-1 * * * *",
            "0 SUN * * *",
            "0 0 * * SUNMON",
            "0 0 * * 1MON",
            "0 0 * JANUARY *",
            "0 0 * * MON#1",
            "-1 * * * *",
            "1-2-3 * * * *",
            "001 * * * *",
            "TZ=UTC 0 0 * * *",
            "0 0 * * Ⅷ",
        ] {
            assert!(Schedule::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_date_that_no_year_has_never_fires() {
        for text in ["0 0 30 2 *", "0 0 31 2,4,6,9,11 *", "0 0 30,31 2 *"] {
            assert_eq!(
                Schedule::parse(text),
                Err(ScheduleError::NeverFires),
                "{text}"
            );
        }
    }

    #[test]
    fn either_day_field_suffices_when_both_are_restricted() {
        let schedule = Schedule::parse("0 0 13 * 5").unwrap();
        assert!(schedule.matches(date(2026, 11, 13)), "both");
        assert!(schedule.matches(date(2026, 11, 20)), "a Friday");
        assert!(schedule.matches(date(2026, 12, 13)), "a 13th");
        assert!(!schedule.matches(date(2026, 12, 14)), "neither");
        let mondays = Schedule::parse("0 0 */1 * 1").unwrap();
        assert!(
            !mondays.matches(date(2026, 11, 24)),
            "a step of one restricts nothing"
        );
    }

    fn field(low: u8, high: u8) -> impl Strategy<Value = String> {
        prop_oneof![
            3 => Just("*".to_owned()),
            3 => (low..=high).prop_map(|value| value.to_string()),
            1 => (low..=high, low..=high).prop_map(|(a, b)| format!("{}-{}", a.min(b), a.max(b))),
            1 => (2..=9u8).prop_map(|step| format!("*/{step}")),
            1 => (low..=high, low..=high).prop_map(|(a, b)| format!("{a},{b}")),
        ]
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[-0-9*/,A-Za-z#?+@ ]{0,24}|\\PC{0,16}") {
            drop(Schedule::parse(&text));
        }

        #[test]
        fn the_days_and_minutes_are_those_of_cron(
            (minute, hour) in (field(0, 59), field(0, 23)),
            (day, month, weekday) in (field(1, 31), field(1, 12), field(0, 7)),
            from in 0..3000i64,
        ) {
            let text = format!("{minute} {hour} {day} {month} {weekday}");
            let reference = CronParser::new().parse(&text).unwrap();
            let from: DateTime = date(2024, 1, 1).at(0, 0, 0, 0) + from.days();
            let Ok(schedule) = Schedule::parse(&text) else {
                prop_assert!(reference.find_next_occurrence(&from, true).is_err(), "{}", text);
                return Ok(());
            };
            let mut expected = reference.iter_from(from, croner::Direction::Forward);
            let mut dates = from.date().series(1.day()).filter(|date| schedule.matches(*date));
            let first = dates.next().unwrap();
            for start in schedule.starts() {
                let at = first.at(0, 0, 0, 0) + i64::from(*start).minutes();
                prop_assert_eq!(Some(at), expected.next(), "{}", text);
            }
            prop_assert_eq!(dates.next(), expected.next().map(DateTime::date), "{}", text);
        }
    }
}
