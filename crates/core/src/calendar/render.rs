//! Times as people read them.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};

use super::local::{self, Interval};
use super::opening::Opening;

// In longer stretches of time nobody counts the hours.
const COUNTED_IN_HOURS: SignedDuration = SignedDuration::from_hours(48);

/// An instant by a zone's wall clock, like `Thu 2026-11-26 02:00 CET`, with
/// seconds only where they are not zero. Zones without an abbreviation show their
/// offset, like `+0545`.
pub fn moment(at: Timestamp, zone: &TimeZone) -> String {
    zoned(&at.to_zoned(zone.clone()))
}

pub(super) fn zoned(at: &Zoned) -> String {
    let format = if at.second() == 0 {
        "%a %Y-%m-%d %H:%M %Z"
    } else {
        "%a %Y-%m-%d %H:%M:%S %Z"
    };
    at.strftime(format).to_string()
}

/// When a gate opens and closes, like `Thu 2026-11-26 02:00 CET, closes 06:00`.
/// The close repeats the date or the zone's abbreviation where they differ. If
/// the clocks change in between it says how long it lasts, and instead of what.
pub fn opening(opening: &Opening, zone: &TimeZone) -> String {
    let opens = moment(opening.opens, zone);
    let Some(end) = opening.closes else {
        return opens;
    };
    let [from, to] = [opening.opens, end].map(|at| at.to_zoned(zone.clone()));
    let closes = if from.date() != to.date() {
        zoned(&to)
    } else if from.offset() != to.offset() {
        to.strftime("%H:%M %Z").to_string()
    } else {
        to.strftime("%H:%M").to_string()
    };
    let change = clock_change(
        Interval {
            start: opening.opens,
            end,
        },
        zone,
    );
    format!("{opens}, closes {closes}{change}")
}

/// Says how long an interval lasts where the wall clock shows something else,
/// starting with a comma; empty if it does not, or is longer than two days.
pub(super) fn clock_change(interval: Interval, zone: &TimeZone) -> String {
    let change = local::clock_change(interval, zone);
    let lasts = interval.end.duration_since(interval.start);
    if change.is_zero() || lasts > COUNTED_IN_HOURS {
        return String::new();
    }
    let shown = lasts.saturating_sub(change);
    let direction = if change.is_positive() {
        "back"
    } else {
        "forward"
    };
    format!(", lasts {lasts:#} instead of {shown:#}: the clocks go {direction}")
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZoneDatabase;

    use super::*;

    fn shown(opens: &str, closes: Option<&str>, zone: &str) -> String {
        let zone = TimeZoneDatabase::bundled().get(zone).unwrap();
        let closes = closes.map(|closes| closes.parse().unwrap());
        Opening {
            opens: opens.parse().unwrap(),
            closes,
            window: None,
            zone,
        }
        .to_string()
    }

    #[test]
    fn a_moment_names_the_weekday_and_the_zone() {
        let at = "2026-11-26T01:00Z";
        assert_eq!(shown(at, None, "Europe/Zurich"), "Thu 2026-11-26 02:00 CET");
        assert_eq!(shown(at, None, "UTC"), "Thu 2026-11-26 01:00 UTC");
        assert_eq!(
            shown(at, None, "Asia/Kathmandu"),
            "Thu 2026-11-26 06:45 +0545"
        );
    }

    #[test]
    fn the_close_says_what_differs() {
        for (zone, opens, closes, expected) in [
            (
                "UTC",
                "2026-11-26T02:00Z",
                "2026-11-26T06:00Z",
                "Thu 2026-11-26 02:00 UTC, closes 06:00",
            ),
            (
                "UTC",
                "2026-11-26T22:00Z",
                "2026-11-27T02:00Z",
                "Thu 2026-11-26 22:00 UTC, closes Fri 2026-11-27 02:00 UTC",
            ),
            (
                "Europe/Zurich",
                "2026-10-24T22:00Z",
                "2026-10-25T03:00Z",
                "Sun 2026-10-25 00:00 CEST, closes 04:00 CET, lasts 5h instead of 4h: the clocks go back",
            ),
            (
                "Europe/Zurich",
                "2026-03-28T23:00Z",
                "2026-03-29T02:00Z",
                "Sun 2026-03-29 00:00 CET, closes 04:00 CEST, lasts 3h instead of 4h: the clocks go forward",
            ),
            (
                "Australia/Lord_Howe",
                "2026-04-04T13:00Z",
                "2026-04-04T17:30Z",
                "Sun 2026-04-05 00:00 +11, closes 04:00 +1030, lasts 4h 30m instead of 4h: the clocks go back",
            ),
            (
                "Europe/Zurich",
                "2026-10-01T00:00Z",
                "2026-11-01T00:00Z",
                "Thu 2026-10-01 02:00 CEST, closes Sun 2026-11-01 01:00 CET",
            ),
        ] {
            assert_eq!(shown(opens, Some(closes), zone), expected);
        }
    }
}
