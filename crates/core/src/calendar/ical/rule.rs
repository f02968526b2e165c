//! Recurrence rules as a feed writes them (RFC 5545, section 3.3.10).

use jiff::Timestamp;
use jiff::civil::{DateTime, Weekday};

use super::error::FeedProblem;
use super::stamp;

/// The period that a rule repeats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Frequency {
    Hourly,
    Daily,
    Weekly,
    Monthly,
    Yearly,
}

/// The last start that belongs to a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Until {
    /// By the wall clock of the event.
    Clock(DateTime),
    /// In UTC.
    Instant(Timestamp),
}

/// A weekday; with a number, the so many-th of the month or year, counted from
/// the end if it is negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ByDay {
    pub(super) ordinal: Option<i16>,
    pub(super) weekday: Weekday,
}

/// A rule, checked. Lists are empty where the rule has none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rule {
    pub(super) frequency: Frequency,
    pub(super) interval: i32,
    pub(super) count: Option<u32>,
    pub(super) until: Option<Until>,
    pub(super) months: Vec<i16>,
    pub(super) week_numbers: Vec<i16>,
    pub(super) year_days: Vec<i16>,
    pub(super) month_days: Vec<i16>,
    pub(super) days: Vec<ByDay>,
    pub(super) hours: Vec<i16>,
    pub(super) minutes: Vec<i16>,
    pub(super) seconds: Vec<i16>,
    pub(super) positions: Vec<i16>,
    pub(super) week_start: Weekday,
}

impl Rule {
    /// Reads a rule. `whole_day` says that it belongs to an event of whole days.
    pub(super) fn parse(text: &str, whole_day: bool) -> Result<Self, FeedProblem> {
        let mut parts = Parts::read(text)?;
        let frequency = match parts.take("FREQ") {
            None => return Err(FeedProblem::value("RRULE", text, "it has no FREQ")),
            Some(value) => match value.to_ascii_uppercase().as_str() {
                "YEARLY" => Frequency::Yearly,
                "MONTHLY" => Frequency::Monthly,
                "WEEKLY" => Frequency::Weekly,
                "DAILY" => Frequency::Daily,
                "HOURLY" => Frequency::Hourly,
                "MINUTELY" | "SECONDLY" => {
                    return Err(FeedProblem::Unsupported(format!("FREQ={value}")));
                }
                _ => {
                    return Err(FeedProblem::value(
                        "FREQ",
                        value,
                        "write for example WEEKLY",
                    ));
                }
            },
        };
        let rule = Self {
            frequency,
            interval: parts.count("INTERVAL")?.unwrap_or(1),
            count: parts.count("COUNT")?.map(i32::unsigned_abs),
            until: parts.until(whole_day)?,
            months: parts.numbers("BYMONTH", 1, 12, false)?,
            week_numbers: parts.numbers("BYWEEKNO", 1, 53, true)?,
            year_days: parts.numbers("BYYEARDAY", 1, 366, true)?,
            month_days: parts.numbers("BYMONTHDAY", 1, 31, true)?,
            days: parts.days()?,
            hours: parts.numbers("BYHOUR", 0, 23, false)?,
            minutes: parts.numbers("BYMINUTE", 0, 59, false)?,
            seconds: parts.numbers("BYSECOND", 0, 59, false)?,
            positions: parts.numbers("BYSETPOS", 1, 366, true)?,
            week_start: parts.week_start()?,
        };
        if let Some((name, _)) = parts.0.first() {
            return Err(FeedProblem::Unsupported(format!("{name} in RRULE")));
        }
        rule.check(whole_day).map_err(FeedProblem::Contradiction)?;
        Ok(rule)
    }

    /// What the RFC forbids to stand together.
    fn check(&self, whole_day: bool) -> Result<(), &'static str> {
        use Frequency::{Daily, Hourly, Monthly, Weekly, Yearly};
        let numbered = self.days.iter().any(|day| day.ordinal.is_some());
        let timed = [&self.hours, &self.minutes, &self.seconds];
        let timed = timed.iter().any(|list| !list.is_empty());
        let others = [
            &self.months,
            &self.week_numbers,
            &self.year_days,
            &self.month_days,
        ];
        let others = others.iter().any(|list| !list.is_empty()) || !self.days.is_empty() || timed;
        if self.count.is_some() && self.until.is_some() {
            Err("RRULE has both COUNT and UNTIL")
        } else if whole_day && (timed || self.frequency == Hourly) {
            Err("DTSTART is a day, and RRULE gives times of day")
        } else if !self.week_numbers.is_empty() && self.frequency != Yearly {
            Err("BYWEEKNO goes with FREQ=YEARLY only")
        } else if !self.year_days.is_empty() && matches!(self.frequency, Daily | Weekly | Monthly) {
            Err("BYYEARDAY does not go with this FREQ")
        } else if !self.month_days.is_empty() && self.frequency == Weekly {
            Err("BYMONTHDAY does not go with FREQ=WEEKLY")
        } else if numbered && !matches!(self.frequency, Monthly | Yearly) {
            Err("a number in BYDAY goes with FREQ=MONTHLY and FREQ=YEARLY only")
        } else if numbered && !self.week_numbers.is_empty() {
            Err("a number in BYDAY does not go with BYWEEKNO")
        } else if !self.positions.is_empty() && !others {
            Err("BYSETPOS needs another BY part")
        } else {
            Ok(())
        }
    }
}

const LIST: &str = "a number in the list is missing or out of range";

/// The parts of a rule that have not been read yet.
struct Parts<'a>(Vec<(String, &'a str)>);

impl<'a> Parts<'a> {
    fn read(text: &'a str) -> Result<Self, FeedProblem> {
        let mut parts: Vec<(String, &str)> = Vec::new();
        // Some programs end a rule with a semicolon.
        for part in text.trim().trim_end_matches(';').split(';') {
            let (name, value) = part.split_once('=').ok_or_else(|| {
                FeedProblem::value("RRULE", text, "its parts are like FREQ=WEEKLY")
            })?;
            let name = name.trim().to_ascii_uppercase();
            if parts.iter().any(|(other, _)| *other == name) {
                return Err(FeedProblem::Twice(format!("{name} in RRULE")));
            }
            parts.push((name, value.trim()));
        }
        Ok(Self(parts))
    }

    fn take(&mut self, name: &str) -> Option<&'a str> {
        let index = self.0.iter().position(|(found, _)| found == name)?;
        Some(self.0.swap_remove(index).1)
    }

    /// A number of one or more.
    fn count(&mut self, name: &str) -> Result<Option<i32>, FeedProblem> {
        let Some(value) = self.take(name) else {
            return Ok(None);
        };
        let digits = value.bytes().all(|byte| byte.is_ascii_digit());
        let number: Option<i32> = value.parse().ok();
        number
            .filter(|number| digits && *number > 0)
            .map(Some)
            .ok_or_else(|| FeedProblem::value(name, value, "it is no number above zero"))
    }

    fn numbers(
        &mut self,
        name: &str,
        least: i16,
        most: i16,
        signed: bool,
    ) -> Result<Vec<i16>, FeedProblem> {
        let Some(value) = self.take(name) else {
            return Ok(Vec::new());
        };
        let number = |text: &str| {
            let number = number(text)?;
            let in_range = (least..=most).contains(&number.abs());
            (in_range && (signed || !text.starts_with('-'))).then_some(number)
        };
        let numbers: Option<Vec<i16>> = value.split(',').map(number).collect();
        let mut numbers = numbers.ok_or_else(|| FeedProblem::value(name, value, LIST))?;
        numbers.sort_unstable();
        numbers.dedup();
        Ok(numbers)
    }

    fn days(&mut self) -> Result<Vec<ByDay>, FeedProblem> {
        let Some(value) = self.take("BYDAY") else {
            return Ok(Vec::new());
        };
        let day = |text: &str| {
            let split = text.len().checked_sub(2)?;
            let (ordinal, name) = text.split_at_checked(split)?;
            let ordinal = match ordinal {
                "" => None,
                ordinal => Some(number(ordinal).filter(|number| (1..=53).contains(&number.abs()))?),
            };
            let weekday = weekday(name)?;
            Some(ByDay { ordinal, weekday })
        };
        let days: Option<Vec<ByDay>> = value.split(',').map(|text| day(text.trim())).collect();
        days.ok_or_else(|| FeedProblem::value("BYDAY", value, "days are like MO or -1FR"))
    }

    fn week_start(&mut self) -> Result<Weekday, FeedProblem> {
        match self.take("WKST") {
            None => Ok(Weekday::Monday),
            Some(value) => {
                weekday(value).ok_or_else(|| FeedProblem::value("WKST", value, "a day is like MO"))
            }
        }
    }

    // A day as the end of something with a time of day, or the reverse, leaves
    // open whether the last one belongs to it.
    fn until(&mut self, whole_day: bool) -> Result<Option<Until>, FeedProblem> {
        const KIND: &str = "DTSTART and UNTIL must both be days or both be times";
        let Some(value) = self.take("UNTIL") else {
            return Ok(None);
        };
        match stamp::read(value) {
            None => Err(FeedProblem::value("UNTIL", value, "it is no date or time")),
            Some((_, is_day, _)) if is_day != whole_day => {
                Err(FeedProblem::value("UNTIL", value, KIND))
            }
            Some((clock, _, true)) => {
                let instant = jiff::tz::Offset::UTC.to_timestamp(clock);
                let instant =
                    instant.map_err(|_| FeedProblem::value("UNTIL", value, "it is too late"));
                instant.map(|instant| Some(Until::Instant(instant)))
            }
            Some((clock, _, false)) => Ok(Some(Until::Clock(clock))),
        }
    }
}

/// Up to three digits with a sign if wanted.
fn number(text: &str) -> Option<i16> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let plain = (1..=3).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

fn weekday(text: &str) -> Option<Weekday> {
    Some(match text.to_ascii_uppercase().as_str() {
        "MO" => Weekday::Monday,
        "TU" => Weekday::Tuesday,
        "WE" => Weekday::Wednesday,
        "TH" => Weekday::Thursday,
        "FR" => Weekday::Friday,
        "SA" => Weekday::Saturday,
        "SU" => Weekday::Sunday,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A rule and why it is none.
    const MISTAKES: &[(&str, &str)] = &[
        ("FREQ=SECONDLY", "FREQ=SECONDLY is not supported"),
        ("FREQ=MINUTELY;INTERVAL=5", "FREQ=MINUTELY is not supported"),
        (
            "FREQ=FORTNIGHTLY",
            "`FORTNIGHTLY` is not usable as FREQ: write for example WEEKLY",
        ),
        (
            "COUNT=3",
            "`COUNT=3` is not usable as RRULE: it has no FREQ",
        ),
        (
            "FREQ=DAILY;BYEASTER=0",
            "BYEASTER in RRULE is not supported",
        ),
        (
            "RSCALE=HEBREW;FREQ=YEARLY",
            "RSCALE in RRULE is not supported",
        ),
        (
            "FREQ=DAILY;COUNT=0",
            "`0` is not usable as COUNT: it is no number above zero",
        ),
        (
            "FREQ=DAILY;INTERVAL=+2",
            "`+2` is not usable as INTERVAL: it is no number above zero",
        ),
        (
            "FREQ=DAILY;FREQ=DAILY",
            "the event has FREQ in RRULE more than once",
        ),
        (
            "FREQ=DAILY;COUNT=1;UNTIL=20261224T000000Z",
            "RRULE has both COUNT and UNTIL",
        ),
        (
            "FREQ=DAILY;UNTIL=20261224",
            "`20261224` is not usable as UNTIL: DTSTART and UNTIL must both be days or both be times",
        ),
        (
            "FREQ=DAILY;UNTIL=soon",
            "`soon` is not usable as UNTIL: it is no date or time",
        ),
        (
            "FREQ=YEARLY;BYMONTH=13",
            "`13` is not usable as BYMONTH: a number in the list is missing or out of range",
        ),
        (
            "FREQ=YEARLY;BYMONTH=-1",
            "`-1` is not usable as BYMONTH: a number in the list is missing or out of range",
        ),
        (
            "FREQ=YEARLY;BYMONTHDAY=0",
            "`0` is not usable as BYMONTHDAY: a number in the list is missing or out of range",
        ),
        (
            "FREQ=YEARLY;BYMONTH=1,",
            "`1,` is not usable as BYMONTH: a number in the list is missing or out of range",
        ),
        (
            "FREQ=DAILY;BYSECOND=60",
            "`60` is not usable as BYSECOND: a number in the list is missing or out of range",
        ),
        (
            "FREQ=WEEKLY;BYDAY=XX",
            "`XX` is not usable as BYDAY: days are like MO or -1FR",
        ),
        (
            "FREQ=WEEKLY;BYDAY=2MO",
            "a number in BYDAY goes with FREQ=MONTHLY and FREQ=YEARLY only",
        ),
        (
            "FREQ=YEARLY;BYWEEKNO=2;BYDAY=2MO",
            "a number in BYDAY does not go with BYWEEKNO",
        ),
        (
            "FREQ=MONTHLY;BYWEEKNO=2",
            "BYWEEKNO goes with FREQ=YEARLY only",
        ),
        (
            "FREQ=DAILY;BYYEARDAY=2",
            "BYYEARDAY does not go with this FREQ",
        ),
        (
            "FREQ=WEEKLY;BYMONTHDAY=2",
            "BYMONTHDAY does not go with FREQ=WEEKLY",
        ),
        ("FREQ=DAILY;BYSETPOS=1", "BYSETPOS needs another BY part"),
        (
            "FREQ=DAILY;WKST=X",
            "`X` is not usable as WKST: a day is like MO",
        ),
        (
            "",
            "`` is not usable as RRULE: its parts are like FREQ=WEEKLY",
        ),
    ];

    #[test]
    #[allow(clippy::too_many_lines, reason = "a table, a line each")]
    fn what_cannot_be_carried_out_exactly_is_an_error() {
        for (text, expected) in MISTAKES {
            assert_eq!(
                Rule::parse(text, false).unwrap_err().to_string(),
                *expected,
                "{text}"
            );
        }
        for text in [
            "FREQ=HOURLY",
            "FREQ=DAILY;BYHOUR=2",
            "FREQ=DAILY;UNTIL=20261224T000000Z",
        ] {
            assert!(Rule::parse(text, true).is_err(), "{text} for whole days");
        }
    }

    #[test]
    fn case_signs_and_a_last_semicolon_do_not_matter() {
        let rule = Rule::parse("freq=monthly;byday=+1mo,-1FR;wkst=su;", false).unwrap();
        assert_eq!(
            rule,
            Rule::parse("FREQ=MONTHLY;BYDAY=1MO,-1FR;WKST=SU", false).unwrap()
        );
    }
}
