//! How long something took or lasts.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use tidegate_core::calendar::render::moment;

/// For a column: `45s`, `12m`, `3h`, `2d`.
pub(crate) fn short(span: SignedDuration) -> String {
    let seconds = span.as_secs().max(0);
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3_600 => format!("{}m", seconds / 60),
        3_600..172_800 => format!("{}h", seconds / 3_600),
        _ => format!("{}d", seconds / 86_400),
    }
}

/// For a clock that runs: `48s`, `4m12s`, `10m`, `1h05m`.
pub(crate) fn exact(span: SignedDuration) -> String {
    let seconds = span.as_secs().max(0);
    let (hours, minutes, rest) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    match (hours, minutes, rest) {
        (0, 0, _) => format!("{rest}s"),
        (0, _, 0) => format!("{minutes}m"),
        (0, _, _) => format!("{minutes}m{rest:02}s"),
        (_, 0, _) => format!("{hours}h"),
        (_, _, _) => format!("{hours}h{minutes:02}m"),
    }
}

/// For a sentence: `40 minutes`, `an hour`, `2 days`.
pub(crate) fn words(span: SignedDuration) -> String {
    let seconds = span.as_secs().max(0);
    let several = |count: i64, one: &str, many: &str| match count {
        1 => one.to_owned(),
        _ => format!("{count} {many}"),
    };
    match seconds {
        0..60 => "less than a minute".to_owned(),
        60..3_600 => several(seconds / 60, "a minute", "minutes"),
        3_600..172_800 => several(seconds / 3_600, "an hour", "hours"),
        _ => several(seconds / 86_400, "a day", "days"),
    }
}

/// Only the time of day where that is enough: on the day it is.
pub(crate) fn when(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let local = at.to_zoned(zone.clone());
    if local.date() == now.to_zoned(zone.clone()).date() {
        local.strftime("%H:%M").to_string()
    } else {
        moment(at, zone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_told_in_the_unit_that_matters() {
        for (seconds, column, clock, sentence) in [
            (-5, "0s", "0s", "less than a minute"),
            (45, "45s", "45s", "less than a minute"),
            (60, "1m", "1m", "a minute"),
            (252, "4m", "4m12s", "4 minutes"),
            (3_900, "1h", "1h05m", "an hour"),
            (172_799, "47h", "47h59m", "47 hours"),
            (172_800, "2d", "48h", "2 days"),
        ] {
            let span = SignedDuration::from_secs(seconds);
            assert_eq!(short(span), column);
            assert_eq!(exact(span), clock);
            assert_eq!(words(span), sentence);
        }
    }

    #[test]
    fn a_moment_of_today_needs_no_date() {
        let now: Timestamp = "2026-11-24T11:42:00Z".parse().unwrap();
        let earlier: Timestamp = "2026-11-24T11:02:00Z".parse().unwrap();
        let yesterday: Timestamp = "2026-11-23T11:02:00Z".parse().unwrap();
        assert_eq!(when(earlier, now, &TimeZone::UTC), "11:02");
        assert_eq!(
            when(yesterday, now, &TimeZone::UTC),
            "Mon 2026-11-23 11:02 UTC"
        );
    }
}
