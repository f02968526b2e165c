//! Whether a schedule means the same to Argo CD as to somebody else.

use jiff::civil::{Date, date};

use super::cron::Schedule;

/// What a comparison of two schedules found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Agreement {
    /// Both fire at the same minutes of the same dates.
    Same,
    /// They do not, or Argo CD cannot read the text.
    Different,
    /// They do, but not in every year: where Argo CD finds nothing for five
    /// years it takes the window for active.
    Rare,
}

/// Dates are matched by month, day and weekday. Any 28 years without a century
/// hold every combination there is.
const FIRST: Date = date(2000, 1, 1);
const DAYS: i64 = 28 * 365 + 7;

/// Compares a text, as Argo CD reads it, with the minutes of a day (ascending)
/// and the dates on which somebody else fires.
pub(crate) fn agreement(text: &str, starts: &[u16], matches: impl Fn(Date) -> bool) -> Agreement {
    let Ok(schedule) = Schedule::parse(text) else {
        return Agreement::Different;
    };
    let fires = |minute: u16| {
        let part = |value: u16| u8::try_from(value).unwrap_or(u8::MAX);
        schedule.has_hour(part(minute / 60)) && schedule.has_minute(part(minute % 60))
    };
    let minutes = (0..24 * 60).all(|minute| fires(minute) == starts.binary_search(&minute).is_ok());
    let since = FIRST.duration_since(Date::new(1970, 1, 1).unwrap_or(FIRST));
    let first = since.as_hours() / 24;
    let dates = FIRST.series(jiff::Span::new().days(1));
    let days = dates.zip(first..first + DAYS).all(|(date, day)| {
        let of_month = u8::try_from(date.day()).unwrap_or_default();
        let month = u8::try_from(date.month()).unwrap_or_default();
        let fires = schedule.has_month(month) && schedule.has_day(day, of_month);
        fires == matches(date)
    });
    match (
        schedule.zone.is_none() && minutes && days,
        schedule.every_year(),
    ) {
        (true, true) => Agreement::Same,
        (true, false) => Agreement::Rare,
        (false, _) => Agreement::Different,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_minutes_and_dates_agree() {
        let tuesdays = |date: Date| date.weekday().to_sunday_zero_offset() == 2;
        assert_eq!(agreement("0 2 * * 2", &[120], tuesdays), Agreement::Same);
        assert_eq!(agreement("0 2 * * tue", &[120], tuesdays), Agreement::Same);
        for text in [
            "0 2 * * 3",
            "0 2 * 1-11 2",
            "0 2,3 * * 2",
            "1 2 * * 2",
            "0 2 */2 * 2",
            "CRON_TZ=Europe/Zurich 0 2 * * 2",
            "0 2 * * 9",
        ] {
            assert_eq!(
                agreement(text, &[120], tuesdays),
                Agreement::Different,
                "{text}"
            );
        }
    }

    #[test]
    fn a_leap_day_is_rare() {
        let leap_day = |date: Date| date.month() == 2 && date.day() == 29;
        assert_eq!(agreement("0 0 29 2 *", &[0], leap_day), Agreement::Rare);
    }
}
