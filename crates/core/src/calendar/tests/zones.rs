//! Every day of the years 1970 to 2099, in zones that change their clocks in
//! different ways.

use jiff::ToSpan;
use jiff::civil::{Date, date};
use jiff::tz::{TimeZone, TimeZoneDatabase};

use super::*;

const ZONES: [&str; 5] = [
    "America/New_York",
    "Europe/London",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Africa/Casablanca",
];

const NANOSECOND: SignedDuration = SignedDuration::from_nanos(1);

fn days() -> impl Iterator<Item = Date> {
    date(1970, 1, 2)
        .series(1.day())
        .take_while(|day| day.year() < 2100)
}

/// None of the zones has ever changed its clocks at these times of day.
fn shown(zone: &TimeZone, day: Date, hour: i8) -> Timestamp {
    let shown = zone.to_ambiguous_zoned(day.at(hour, 0, 0, 0));
    shown.unambiguous().unwrap().timestamp()
}

/// Three ways to write every night from 18:00 to 06:00.
fn nights(zone: &str) -> Vec<EntrySpec> {
    let rule = format!(
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;TZID={zone}:19700101T180000\n\
         DTEND;TZID={zone}:19700102T060000\nRRULE:FREQ=DAILY\nEND:VEVENT\nEND:VCALENDAR"
    );
    let dates = std::iter::once(date(1970, 1, 1)).chain(days());
    vec![
        recurring("cron", Effect::Allow, "0 18 * * *", "12h", zone),
        EntrySpec {
            dates: dates.map(|day| day.to_string()).collect(),
            start_time: Some("18:00".into()),
            duration: Some("12h".into()),
            ..EntrySpec::new("dates", Effect::Allow, zone)
        },
        EntrySpec {
            feed: Some(Feed::Text(rule.into())),
            ..EntrySpec::new("feed", Effect::Allow, zone)
        },
    ]
}

#[test]
fn a_night_keeps_its_ends_to_the_nanosecond() {
    for name in ZONES {
        let zone = TimeZoneDatabase::bundled().get(name).unwrap();
        for spec in nights(name) {
            let calendar = Calendar::parse("c", &[spec]);
            // An answer covers five years, so the years are asked one by one.
            let (mut from, to) = (at("1970-01-02T12:00Z"), at("2099-12-30T00:00Z"));
            let mut openings: Vec<Opening> = Vec::new();
            while from < to {
                let until = (from + hours(24 * 366)).min(to);
                openings.extend(calendar.openings(&api(), NOBODY, from, until));
                let last = openings.last().and_then(|opening| opening.closes);
                from = last.unwrap().max(until);
            }
            let first = days()
                .find(|day| shown(&zone, *day, 18) >= at("1970-01-02T12:00Z"))
                .unwrap();
            let mut day = first;
            let mut skip_first = openings.first().unwrap().opens == at("1970-01-02T12:00Z");
            for opening in &openings {
                if skip_first {
                    skip_first = false;
                    continue;
                }
                let night = (
                    shown(&zone, day, 18),
                    Some(shown(&zone, day.tomorrow().unwrap(), 6)),
                );
                assert_eq!((opening.opens, opening.closes), night, "{name} {day}");
                day = day.tomorrow().unwrap();
            }
            assert!(day > date(2099, 12, 25), "{name} ended at {day}");
        }
    }
}

#[test]
fn the_decision_turns_at_the_edges_of_every_night_of_a_change() {
    for name in ZONES {
        let zone = TimeZoneDatabase::bundled().get(name).unwrap();
        let changes: Vec<Timestamp> = zone
            .following(at("1970-01-03T00:00Z"))
            .map(|change| change.timestamp())
            .take_while(|at| at.as_second() < 4_102_000_000)
            .collect();
        assert!(!changes.is_empty(), "{name}");
        for spec in nights(name) {
            let calendar = Calendar::parse("c", &[spec]);
            let open = |at| calendar.decision(&api(), NOBODY, at).is_open();
            for change in &changes {
                let before = (*change - NANOSECOND).to_zoned(zone.clone());
                let evening = if before.hour() >= 18 {
                    before.date()
                } else {
                    before.date().yesterday().unwrap()
                };
                let start = shown(&zone, evening, 18);
                let end = shown(&zone, evening.tomorrow().unwrap(), 6);
                let edges = [start - NANOSECOND, start, end - NANOSECOND, end];
                assert_eq!(
                    edges.map(open),
                    [false, true, true, false],
                    "{name} {evening}"
                );
                let length = end.duration_since(start);
                let said = calendar.decision(&api(), NOBODY, start).matched[0].to_string();
                assert_eq!(
                    said.contains("the clocks go"),
                    length != hours(12),
                    "{name} {said}"
                );
                if length != hours(12) {
                    assert!(
                        said.contains(&format!("lasts {length:#} instead of 12h: ")),
                        "{name} {said}"
                    );
                }
            }
        }
    }
}
