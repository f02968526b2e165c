//! Dates of the Gregorian calendar, counted in days since 1970-01-01.

/// Seconds of a day.
pub(super) const DAY: i64 = 24 * 60 * 60;

/// Days of 400 years, after which the calendar repeats.
const ERA: i64 = 146_097;

/// A date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Date {
    pub(super) year: i64,
    /// From 1 on.
    pub(super) month: u8,
    /// From 1 on.
    pub(super) day: u8,
}

impl Date {
    /// The date so many days after 1970-01-01.
    pub(super) fn of(day: i64) -> Self {
        // Years that begin in March have their leap day at the end.
        let shifted = day + 719_468;
        let era = shifted.div_euclid(ERA);
        let of_era = shifted.rem_euclid(ERA);
        let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * month + 2) / 5 + 1;
        let month = if month < 10 { month + 3 } else { month - 9 };
        Self {
            year: era * 400 + year + i64::from(month <= 2),
            month: u8::try_from(month).unwrap_or(1),
            day: u8::try_from(day).unwrap_or(1),
        }
    }
}

/// Days since 1970-01-01 of the first of a month; months beyond twelve are of
/// later years.
pub(super) fn first_of(year: i64, month: i64) -> i64 {
    let year = year + (month - 1).div_euclid(12);
    let month = (month - 1).rem_euclid(12) + 1;
    let year = year - i64::from(month <= 2);
    let from_march = (month + 9) % 12;
    let of_era = year.rem_euclid(400);
    let of_year = (153 * from_march + 2) / 5;
    year.div_euclid(400) * ERA + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The weekday of a day since 1970-01-01; 0 is Sunday.
pub(super) fn weekday(day: i64) -> usize {
    usize::try_from((day + 4).rem_euclid(7)).unwrap_or_default()
}

/// How many days a month has.
pub(super) fn length_of(year: i64, month: u8) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil;

    use super::*;

    #[test]
    fn days_and_dates_agree_with_the_calendar() {
        let origin = civil::date(1970, 1, 1);
        let mut date = civil::date(1599, 12, 31);
        while date.year() < 2410 {
            let day = i64::from(origin.until(date).unwrap().get_days());
            let own = Date::of(day);
            let expected = (date.year().into(), date.month(), date.day());
            assert_eq!(
                (own.year, own.month.cast_signed(), own.day.cast_signed()),
                expected
            );
            assert_eq!(
                weekday(day),
                usize::try_from(date.weekday().to_sunday_zero_offset()).unwrap()
            );
            assert_eq!(
                length_of(own.year, own.month).cast_signed(),
                date.days_in_month()
            );
            let first = first_of(own.year, own.month.into());
            assert_eq!(first + i64::from(own.day) - 1, day);
            assert_eq!(first_of(own.year - 1, i64::from(own.month) + 12), first);
            date = date.tomorrow().unwrap();
        }
    }
}
