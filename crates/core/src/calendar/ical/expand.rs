//! From a recurrence rule to the starts that it gives.
//!
//! Each period of the rule (a year, a month, …) has a set of days and times:
//! those that pass every BY part. What the rule leaves out is taken from its
//! first start. `BYSETPOS` chooses from the set of a period; what lies before
//! the first start does not belong to it.

use jiff::civil::{Date, DateTime, Time, date};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span};

use super::END;
use super::error::FeedProblem;
use super::rule::{ByDay, Frequency, Rule, Until};
use super::week::{days_into, week_of};
use crate::calendar::local::start_of;

/// How many days and times may be looked at for one feed.
const MOST_STEPS: u32 = 5_000_000;

/// What is left of the work that one feed may cause.
#[derive(Debug)]
pub(super) struct Budget(u32);

impl Budget {
    pub(super) fn new() -> Self {
        Self(MOST_STEPS)
    }

    fn spend(&mut self, steps: usize) -> Result<(), FeedProblem> {
        let steps = u32::try_from(steps).map_err(|_| FeedProblem::TooMuch)?;
        self.0 = self.0.checked_sub(steps).ok_or(FeedProblem::TooMuch)?;
        Ok(())
    }
}

/// Why the rule gives no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// By its COUNT or UNTIL.
    ByItself,
    /// It goes on beyond the year 2100.
    AtTheEnd,
}

/// Calls `visit` with every start of the rule up to the year 2100, in order.
pub(super) fn starts(
    rule: &Rule,
    first: DateTime,
    zone: &TimeZone,
    budget: &mut Budget,
    mut visit: impl FnMut(DateTime) -> Result<(), FeedProblem>,
) -> Result<Ended, FeedProblem> {
    let expansion = Expansion::new(rule, first);
    let last = TimeZone::UTC.to_datetime(END);
    let mut left = rule.count.unwrap_or(u32::MAX);
    let mut set: Vec<DateTime> = Vec::new();
    let mut index = 0i64;
    // A day more, since a zone may be behind UTC.
    while let Some(period) = expansion
        .period(index)
        .filter(|at| *at <= last + Span::new().days(1))
    {
        expansion.fill(period, &mut set, budget)?;
        index += 1;
        for start in set.iter().filter(|start| first <= **start) {
            let over = match rule.until {
                None => false,
                Some(Until::Clock(until)) => *start > until,
                Some(Until::Instant(until)) => start_of(*start, zone) > until,
            };
            if over || left == 0 {
                return Ok(Ended::ByItself);
            }
            if start_of(*start, zone) >= END {
                return Ok(Ended::AtTheEnd);
            }
            left -= 1;
            visit(*start)?;
        }
        if left == 0 {
            return Ok(Ended::ByItself);
        }
    }
    // A rule whose UNTIL lies before has nothing more to give, whatever its
    // periods are.
    let until = rule.until.map(|until| match until {
        Until::Clock(clock) => start_of(clock, zone),
        Until::Instant(instant) => instant,
    });
    Ok(if until.is_some_and(|until| until < END) {
        Ended::ByItself
    } else {
        Ended::AtTheEnd
    })
}

/// A rule with all that its first start adds to it.
struct Expansion<'a> {
    rule: &'a Rule,
    first: DateTime,
    months: Vec<i16>,
    month_days: Vec<i16>,
    days: Vec<ByDay>,
    // Of a day; of an hour if the rule is hourly.
    times: Vec<Time>,
}

impl<'a> Expansion<'a> {
    fn new(rule: &'a Rule, first: DateTime) -> Self {
        let day = ByDay {
            ordinal: None,
            weekday: first.weekday(),
        };
        let (mut months, mut month_days, mut days) = (
            rule.months.clone(),
            rule.month_days.clone(),
            rule.days.clone(),
        );
        let no_day = rule.year_days.is_empty() && month_days.is_empty() && days.is_empty();
        if no_day {
            match rule.frequency {
                Frequency::Yearly if !rule.week_numbers.is_empty() => days.push(day),
                Frequency::Yearly => {
                    if months.is_empty() {
                        months.push(first.month().into());
                    }
                    month_days.push(first.day().into());
                }
                Frequency::Monthly => month_days.push(first.day().into()),
                Frequency::Weekly => days.push(day),
                Frequency::Daily | Frequency::Hourly => {}
            }
        }
        let or = |list: &[i16], otherwise: i8| match list {
            [] => vec![i16::from(otherwise)],
            list => list.to_vec(),
        };
        let hours = if rule.frequency == Frequency::Hourly {
            vec![0]
        } else {
            or(&rule.hours, first.hour())
        };
        let (minutes, seconds) = (
            or(&rule.minutes, first.minute()),
            or(&rule.seconds, first.second()),
        );
        let mut times = Vec::with_capacity(hours.len() * minutes.len() * seconds.len());
        for hour in &hours {
            for minute in &minutes {
                let time = |second: &i16| clock(*hour, *minute, *second);
                times.extend(seconds.iter().filter_map(time));
            }
        }
        Self {
            rule,
            first,
            months,
            month_days,
            days,
            times,
        }
    }

    /// The start of a period, counted from the one with the first start. None:
    /// beyond what can be reckoned with.
    fn period(&self, index: i64) -> Option<DateTime> {
        let by = index.checked_mul(i64::from(self.rule.interval))?;
        let (day, midnight) = (self.first.date(), Time::midnight());
        let of_month = |months: i64| {
            let year = i16::try_from(months.div_euclid(12)).ok()?;
            let month = i8::try_from(months.rem_euclid(12) + 1).ok()?;
            Date::new(year, month, 1).ok()
        };
        let months = i64::from(day.year()) * 12 + i64::from(day.month()) - 1;
        let date = match self.rule.frequency {
            Frequency::Yearly => of_month(i64::from(day.year()).checked_add(by)?.checked_mul(12)?)?,
            Frequency::Monthly => of_month(months.checked_add(by)?)?,
            Frequency::Weekly => {
                let into = days_into(day.weekday(), self.rule.week_start);
                let monday = day.checked_sub(Span::new().days(into)).ok()?;
                monday.checked_add(days(by.checked_mul(7)?)?).ok()?
            }
            Frequency::Daily => day.checked_add(days(by)?).ok()?,
            Frequency::Hourly => {
                let hour = DateTime::from_parts(day, clock(self.first.hour().into(), 0, 0)?);
                return hour
                    .checked_add(SignedDuration::from_secs(by.checked_mul(3600)?))
                    .ok();
            }
        };
        Some(DateTime::from_parts(date, midnight))
    }

    /// The starts in a period, in order.
    fn fill(
        &self,
        period: DateTime,
        set: &mut Vec<DateTime>,
        budget: &mut Budget,
    ) -> Result<(), FeedProblem> {
        set.clear();
        budget.spend(1)?;
        if self.rule.frequency == Frequency::Hourly {
            let hour = i16::from(period.hour());
            let passes = self.rule.hours.is_empty() || self.rule.hours.contains(&hour);
            if passes && self.passes(period.date()) {
                budget.spend(self.times.len())?;
                let minute = |time: &Time| clock(hour, time.minute().into(), time.second().into());
                let times = self.times.iter().filter_map(minute);
                set.extend(times.map(|time| DateTime::from_parts(period.date(), time)));
            }
        } else {
            let days = self.candidates(period.date());
            budget.spend(days.len())?;
            let days: Vec<Date> = days.into_iter().filter(|day| self.passes(*day)).collect();
            budget.spend(days.len().saturating_mul(self.times.len()))?;
            for day in days {
                set.extend(
                    self.times
                        .iter()
                        .map(|time| DateTime::from_parts(day, *time)),
                );
            }
        }
        if !self.rule.positions.is_empty() {
            *set = self.chosen(set);
        }
        Ok(())
    }

    fn chosen(&self, set: &[DateTime]) -> Vec<DateTime> {
        let place = |position: &i16| {
            let position = isize::from(*position);
            let index = if position > 0 {
                position - 1
            } else {
                isize::try_from(set.len()).ok()? + position
            };
            set.get(usize::try_from(index).ok()?).copied()
        };
        let mut chosen: Vec<DateTime> = self.rule.positions.iter().filter_map(place).collect();
        chosen.sort_unstable();
        chosen.dedup();
        chosen
    }

    /// The days of a period, in order. Those that days of the month rule out are
    /// left out at once, so that a birthday costs one day a year.
    fn candidates(&self, period: Date) -> Vec<Date> {
        match self.rule.frequency {
            Frequency::Hourly | Frequency::Daily => vec![period],
            Frequency::Weekly => series(period, 7),
            Frequency::Monthly => self.of_month(period),
            Frequency::Yearly => (1..=12)
                .filter(|month| self.months.is_empty() || self.months.contains(&i16::from(*month)))
                .flat_map(|month| self.of_month(date(period.year(), month, 1)))
                .collect(),
        }
    }

    fn of_month(&self, first: Date) -> Vec<Date> {
        let length = i16::from(first.days_in_month());
        if self.month_days.is_empty() {
            return series(first, length);
        }
        let mut days: Vec<i16> = self
            .month_days
            .iter()
            .map(|day| if *day > 0 { *day } else { length + 1 + *day })
            .collect();
        days.sort_unstable();
        days.dedup();
        let day = |day: i16| Date::new(first.year(), first.month(), i8::try_from(day).ok()?).ok();
        days.into_iter().filter_map(day).collect()
    }

    fn passes(&self, day: Date) -> bool {
        let listed = |list: &[i16], number: i16, of: i16| {
            list.is_empty() || list.contains(&number) || list.contains(&(number - of - 1))
        };
        let by_month = self.months.is_empty() || self.months.contains(&day.month().into());
        by_month
            && listed(
                &self.month_days,
                day.day().into(),
                day.days_in_month().into(),
            )
            && listed(&self.rule.year_days, day.day_of_year(), day.days_in_year())
            && (self.rule.week_numbers.is_empty()
                || week_of(day, self.rule.week_start)
                    .is_some_and(|(week, of)| listed(&self.rule.week_numbers, week, of)))
            && (self.days.is_empty() || self.days.iter().any(|by| self.is(*by, day)))
    }

    fn is(&self, by: ByDay, day: Date) -> bool {
        if by.weekday != day.weekday() {
            return false;
        }
        let Some(ordinal) = by.ordinal else {
            return true;
        };
        let in_month = self.rule.frequency == Frequency::Monthly || !self.rule.months.is_empty();
        let (number, of) = if in_month {
            (i16::from(day.day()), i16::from(day.days_in_month()))
        } else {
            (day.day_of_year(), day.days_in_year())
        };
        ordinal == (number - 1) / 7 + 1 || ordinal == -((of - number) / 7 + 1)
    }
}

fn clock(hour: i16, minute: i16, second: i16) -> Option<Time> {
    let [hour, minute, second] = [hour, minute, second].map(i8::try_from);
    Time::new(hour.ok()?, minute.ok()?, second.ok()?, 0).ok()
}

fn days(count: i64) -> Option<SignedDuration> {
    count.checked_mul(86_400).map(SignedDuration::from_secs)
}

fn series(first: Date, length: i16) -> Vec<Date> {
    let day = |into: i16| first.checked_add(Span::new().days(into)).ok();
    (0..length).filter_map(day).collect()
}
