//! Dates and feeds.

use std::collections::BTreeMap;

use super::*;

fn dates(dates: &[&str], times: Option<(&str, &str)>, zone: &str) -> EntrySpec {
    EntrySpec {
        dates: dates.iter().map(|date| (*date).to_owned()).collect(),
        start_time: times.map(|(start, _)| start.to_owned()),
        duration: times.map(|(_, duration)| duration.to_owned()),
        ..EntrySpec::new("days", Effect::Deny, zone)
    }
}

fn fed(feed: Feed) -> EntrySpec {
    EntrySpec {
        feed: Some(feed),
        reason: Some("Public holiday".into()),
        ..EntrySpec::new("holidays", Effect::Deny, "Europe/Zurich")
    }
}

fn blocks(spec: &EntrySpec) -> Vec<String> {
    let When::Listed(listing) = Entry::parse(spec).unwrap().when else {
        panic!("it is a list")
    };
    let blocks = listing.blocks().iter();
    blocks
        .map(|block| format!("{} {}", block.start, block.end))
        .collect()
}

#[test]
fn a_date_is_a_whole_local_day() {
    for (zone, date, expected) in [
        (
            "Europe/Zurich",
            "2026-12-24",
            "2026-12-23T23:00:00Z 2026-12-24T23:00:00Z",
        ),
        (
            "Europe/Zurich",
            "2026-03-29",
            "2026-03-28T23:00:00Z 2026-03-29T22:00:00Z",
        ),
        (
            "Europe/Zurich",
            "2026-10-25",
            "2026-10-24T22:00:00Z 2026-10-25T23:00:00Z",
        ),
        (
            "Asia/Kathmandu",
            "2026-12-24",
            "2026-12-23T18:15:00Z 2026-12-24T18:15:00Z",
        ),
        // Midnight came twice in Havana, and not at all in Beirut.
        (
            "America/Havana",
            "2024-11-02",
            "2024-11-02T04:00:00Z 2024-11-03T05:00:00Z",
        ),
        (
            "Asia/Beirut",
            "2022-03-27",
            "2022-03-26T22:00:00Z 2022-03-27T21:00:00Z",
        ),
    ] {
        assert_eq!(
            blocks(&dates(&[date], None, zone)),
            [expected],
            "{zone} {date}"
        );
    }
    let two = dates(&["2026-12-25", "2026-12-24", "2026-12-31"], None, "UTC");
    assert_eq!(
        blocks(&two),
        [
            "2026-12-24T00:00:00Z 2026-12-26T00:00:00Z",
            "2026-12-31T00:00:00Z 2027-01-01T00:00:00Z",
        ],
        "in any order"
    );
}

#[test]
fn a_date_may_have_a_time_of_day() {
    let night = dates(
        &["2026-12-24", "2026-10-24"],
        Some(("22:00", "5h")),
        "Europe/Zurich",
    );
    assert_eq!(
        blocks(&night),
        [
            "2026-10-24T20:00:00Z 2026-10-25T02:00:00Z",
            "2026-12-24T21:00:00Z 2026-12-25T02:00:00Z",
        ]
    );
}

#[test]
fn a_wrong_date_is_named() {
    for (spec, expected) in [
        (
            dates(&["2026-12-24", "2026-12-32"], None, "UTC"),
            "entry days: date `2026-12-32` is not usable: a date is written like `2026-12-24`",
        ),
        (
            dates(&["2011-12-30"], None, "Pacific/Apia"),
            "entry days: date `2011-12-30` is not usable: the clocks of the zone skip it",
        ),
        (
            dates(&["1969-12-24"], None, "UTC"),
            "entry days: date `1969-12-24` is not usable: a date lies in the years 1970 to 2399",
        ),
        (
            dates(&["2026-12-24"], Some(("10pm", "4h")), "UTC"),
            "entry days: `startTime: 10pm` is not usable: a time of day is written like `22:00`",
        ),
        (
            dates(&["2026-12-24"], Some(("22:00", "0h")), "UTC"),
            "entry days: duration `0h` is not usable: a duration must be longer than zero",
        ),
        (
            EntrySpec {
                start_time: None,
                ..dates(&["2026-12-24"], Some(("22:00", "4h")), "UTC")
            },
            "entry days: `duration` has no meaning here: `duration` goes with `schedule`, or with `dates` and `startTime`",
        ),
        (
            EntrySpec {
                duration: None,
                ..dates(&["2026-12-24"], Some(("22:00", "4h")), "UTC")
            },
            "entry days: give `schedule` and `duration`, `from` and `to`, `dates`, or `ical`",
        ),
        (
            EntrySpec {
                from: Some("2026-12-24T00:00".into()),
                ..dates(&["2026-12-24"], None, "UTC")
            },
            "entry days: give only one of `schedule`, `from` and `to`, `dates`, and `ical`",
        ),
    ] {
        assert_eq!(Entry::parse(&spec).unwrap_err().in_one_line(), expected);
    }
}

#[test]
fn a_field_that_means_nothing_or_does_not_compile_is_named() {
    let good = window("0 2 * * *", "4h");
    for (spec, expected) in [
        (
            EntrySpec {
                from: Some("2026-12-18T18:00".into()),
                to: Some("2026-12-19T18:00".into()),
                schedule: None,
                ..good.clone()
            },
            "entry night: `duration` has no meaning here: `duration` goes with `schedule`, or with `dates` and `startTime`",
        ),
        (
            EntrySpec {
                start_time: Some("22:00".into()),
                ..good.clone()
            },
            "entry night: `startTime` has no meaning here: `duration` goes with `schedule`, or with `dates` and `startTime`",
        ),
        (
            EntrySpec {
                labels: BTreeMap::from([("team".into(), "pay[".into())]),
                ..good.clone()
            },
            "entry night: pattern `pay[` in `labels.team` is not usable",
        ),
    ] {
        assert_eq!(Entry::parse(&spec).unwrap_err().to_string(), expected);
    }
}

#[test]
fn an_event_of_a_feed_shuts_and_says_its_name() {
    let text = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20261225\nDTEND;VALUE=DATE:20261227\nSUMMARY:Christmas\nEND:VEVENT\nEND:VCALENDAR";
    let calendar = Calendar::parse("c", &[fed(Feed::Text(text.into()))]);
    let decision = calendar.decision(&api(), NOBODY, at("2026-12-25T12:00Z"));
    assert_eq!(
        sentences(&decision),
        "freeze holidays is active until Sun 2026-12-27 00:00 CET (Public holiday: Christmas)"
    );
    for (time, open) in [
        ("2026-12-24T22:59:59.999999999Z", true),
        ("2026-12-24T23:00Z", false),
        ("2026-12-26T22:59:59.999999999Z", false),
        ("2026-12-26T23:00Z", true),
    ] {
        assert_eq!(
            calendar.decision(&api(), NOBODY, at(time)).is_open(),
            open,
            "{time}"
        );
    }
}

#[test]
fn a_feed_that_cannot_be_relied_on_shuts_the_gate() {
    for (feed, expected) in [
        (
            Feed::Text("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20261225\nRRULE:FREQ=SECONDLY\nEND:VEVENT\nEND:VCALENDAR".into()),
            "entry holidays: the feed is not usable: line 4: FREQ=SECONDLY is not supported",
        ),
        (
            Feed::Unreadable("calendar.example.com answers 503".into()),
            "entry holidays: the feed cannot be read: calendar.example.com answers 503",
        ),
        (
            Feed::Stale { fetched: at("2026-11-20T12:00Z"), within: hours(24) },
            "entry holidays: the feed was last fetched Fri 2026-11-20 12:00 UTC, which is more than 24h ago",
        ),
    ] {
        let selective = EntrySpec { namespaces: vec!["production".into()], ..fed(feed) };
        let calendar = Calendar::parse("c", &[selective, window("0 0 * * *", "24h")]);
        let decision = calendar.decision(&api(), NOBODY, at("2026-11-24T12:00Z"));
        assert_eq!(
            sentences(&decision),
            format!("the calendar has an error that shuts the gate: {expected}")
        );
        let staging = Subject { namespace: "staging", ..api() };
        assert!(calendar.decision(&staging, NOBODY, at("2026-11-24T12:00Z")).is_open());
    }
}

#[test]
fn the_zone_database_has_a_version() {
    assert!(
        zone_database_version().starts_with("20"),
        "{}",
        zone_database_version()
    );
}
