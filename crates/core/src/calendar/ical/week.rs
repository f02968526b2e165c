//! Weeks that begin on any day.

use jiff::civil::{Date, Weekday, date};

/// The number of the date's week in its year, and how many weeks that year has.
/// The first week of a year is the first with four days or more in it (RFC
/// 5545, section 3.3.10, under BYWEEKNO).
pub(super) fn week_of(day: Date, first: Weekday) -> Option<(i16, i16)> {
    let year = day.year();
    let start = first_week(year, first)?;
    let (from, to) = if day < start {
        (first_week(year.checked_sub(1)?, first)?, start)
    } else {
        let next = first_week(year.checked_add(1)?, first)?;
        if day < next {
            (start, next)
        } else {
            (next, first_week(year.checked_add(2)?, first)?)
        }
    };
    let weeks = |until: Date| days_between(from, until) / 7;
    Some((weeks(day) + 1, weeks(to)))
}

fn first_week(year: i16, first: Weekday) -> Option<Date> {
    if !(-9998..=9998).contains(&year) {
        return None;
    }
    let january = date(year, 1, 1);
    let into = days_into(january.weekday(), first);
    let shift = if into <= 3 { -into } else { 7 - into };
    january.checked_add(jiff::Span::new().days(shift)).ok()
}

/// How many days a weekday is after the first of the week: 0 to 6.
pub(super) fn days_into(day: Weekday, first: Weekday) -> i8 {
    (day.to_monday_zero_offset() - first.to_monday_zero_offset()).rem_euclid(7)
}

fn days_between(from: Date, to: Date) -> i16 {
    i16::try_from(to.duration_since(from).as_hours() / 24).unwrap_or(i16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weeks_that_begin_on_monday_are_those_of_iso_8601() {
        let mut day = date(1999, 12, 20);
        while day < date(2012, 1, 20) {
            let iso = day.iso_week_date();
            let weeks = i16::from(iso.weeks_in_year());
            assert_eq!(
                week_of(day, Weekday::Monday),
                Some((iso.week().into(), weeks)),
                "{day}"
            );
            day = day.tomorrow().unwrap();
        }
    }

    #[test]
    fn a_week_that_begins_on_sunday_takes_its_number_from_its_own_days() {
        // The 4th of January is always in the first week.
        assert_eq!(week_of(date(2026, 1, 4), Weekday::Sunday), Some((1, 52)));
        assert_eq!(week_of(date(2026, 1, 3), Weekday::Sunday), Some((53, 53)));
    }
}
