//! Feeds are read as they are meant, by Tidegate and by the letter of RFC 5545.

use super::*;
use crate::calendar::{Entry, Feed, When};

const STAMP: &str = "2026-11-24T12:00Z";

fn feed(calendars: &[&Calendar], from: &str, to: &str) -> String {
    ical(calendars, at(from), at(to), at(STAMP))
}

/// Start, end and title of every event, as Tidegate reads a feed.
fn read(text: &str) -> Vec<(Timestamp, Timestamp, String)> {
    let spec = EntrySpec {
        feed: Some(Feed::Text(text.into())),
        ..EntrySpec::new("feed", Effect::Deny, "Asia/Tokyo")
    };
    let entry = Entry::parse(&spec).unwrap();
    let When::Listed(listing) = entry.when else {
        panic!("a feed is a list");
    };
    let occurrences = listing.occurrences().iter();
    occurrences
        .map(|occurrence| {
            let title = occurrence.title.as_deref().unwrap_or_default();
            (
                occurrence.interval.start,
                occurrence.interval.end,
                title.to_owned(),
            )
        })
        .collect()
}

/// Reads by the letter of RFC 5545: every line ends with CRLF and has 75 octets
/// at most, components nest, a VEVENT has exactly one UID, DTSTAMP, DTSTART and
/// DTEND, and no UID comes twice.
fn check_by_the_letter(text: &str) {
    assert!(text.ends_with("\r\n"));
    let physical: Vec<&str> = text.strip_suffix("\r\n").unwrap().split("\r\n").collect();
    for line in &physical {
        assert!(!line.is_empty() && line.len() <= 75, "{line}");
        assert!(!line.contains(['\r', '\n']), "{line}");
    }
    let unfolded = text.replace("\r\n ", "");
    let lines: Vec<&str> = unfolded
        .strip_suffix("\r\n")
        .unwrap()
        .split("\r\n")
        .collect();
    let mut open: Vec<&str> = Vec::new();
    let mut components = 0;
    let mut counts = std::collections::BTreeMap::new();
    let mut uids = std::collections::BTreeSet::new();
    for line in &lines {
        let (name, value) = line.split_once(':').unwrap();
        match name {
            "BEGIN" => {
                open.push(value);
                components += usize::from(open.len() == 2);
                counts.clear();
            }
            "END" => {
                assert_eq!(open.pop(), Some(value));
                if value == "VEVENT" {
                    for property in ["UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY"] {
                        assert_eq!(counts.get(property), Some(&1), "{property}");
                    }
                }
            }
            _ => *counts.entry(name).or_insert(0) += 1,
        }
        if name == "UID" {
            assert!(uids.insert(value), "{value}");
        }
        if ["DTSTAMP", "DTSTART", "DTEND"].contains(&name) && open.last() == Some(&"VEVENT") {
            assert_eq!((value.len(), value.as_bytes()[15]), (16, b'Z'), "{value}");
        }
    }
    assert!(open.is_empty() && components > 0);
}

fn production() -> Calendar {
    calendar(&[
        recurring("night", Effect::Allow, "0 2 * * 2,4", "4h", "Europe/Zurich"),
        EntrySpec {
            reason: Some("Year-end close; nobody, really nobody, touches anything in these days ✓ ✓ ✓\nAsk finance".into()),
            ..one_off("year-end", Effect::Deny, "2026-12-18T18:00", "2027-01-04T06:00")
        },
        recurring("bad, very", Effect::Deny, "0 0 30 2 *", "1h", "UTC"),
    ])
}

#[test]
fn the_feed_of_a_calendar() {
    let text = feed(&[&production()], "2026-12-15T00:00Z", "2026-12-23T00:00Z");
    check_by_the_letter(&text);
    insta::assert_snapshot!(text.replace("\r\n", "\n"));
}

#[test]
fn what_is_written_is_read_again() {
    let calendar = calendar(&[
        recurring("night", Effect::Allow, "0 2 * * 2,4", "4h", "Europe/Zurich"),
        recurring(
            "day",
            Effect::Deny,
            "*/20 8 * * 1-5",
            "15m",
            "America/New_York",
        ),
        EntrySpec {
            dates: names(&["2026-12-24", "2026-12-25"]),
            ..EntrySpec::new("holidays", Effect::Deny, "Europe/Zurich")
        },
    ]);
    let text = feed(&[&calendar], "2026-10-01T00:00Z", "2027-10-01T00:00Z");
    check_by_the_letter(&text);
    let events = read(&text);
    for entry in calendar.entries.iter().map(|entry| entry.as_ref().unwrap()) {
        let title = match entry.effect {
            Effect::Allow => format!("Window {}", entry.name),
            Effect::Deny => format!("Freeze {}", entry.name),
        };
        let told = events.iter().filter(|(_, _, summary)| *summary == title);
        let told: Vec<_> = told.map(|(start, end, _)| (*start, *end)).collect();
        let openings = crate::calendar::Openings::between(
            entry,
            &[],
            at("2026-10-01T00:00Z"),
            at("2027-10-01T00:00Z"),
        );
        let mut blocks: Vec<(Timestamp, Timestamp)> = Vec::new();
        for (start, end) in told {
            match blocks.last_mut() {
                Some(last) if start <= last.1 => last.1 = last.1.max(end),
                _ => blocks.push((start, end)),
            }
        }
        let expected: Vec<_> = openings
            .map(|opening| (opening.opens, opening.closes.unwrap()))
            .collect();
        assert!(expected.len() > 1 || &*entry.name == "holidays");
        assert_eq!(blocks, expected, "{}", entry.name);
    }
}

#[test]
fn an_event_keeps_its_uid_and_its_start() {
    let uids = |from: &str| -> Vec<String> {
        let text = feed(&[&production()], from, "2026-12-30T00:00Z").replace("\r\n ", "");
        let lines = text.lines().filter(|line| line.starts_with("UID:FREEZE"));
        lines.map(str::to_owned).collect()
    };
    assert_eq!(uids("2026-12-01T00:00Z"), uids("2026-12-20T00:00Z"));
}

#[test]
fn what_is_always_on_is_told_for_the_time_asked_about() {
    let always = calendar(&[recurring(
        "always",
        Effect::Allow,
        "0 0 * * *",
        "24h",
        "UTC",
    )]);
    let text = feed(&[&always], "2026-12-01T00:00Z", "2026-12-05T00:00Z");
    let span = (
        at("2026-12-01T00:00Z"),
        at("2026-12-05T00:00Z"),
        "Window always".to_owned(),
    );
    assert_eq!(read(&text), [span]);
}

#[test]
fn a_feed_without_events_is_one_nevertheless() {
    for (from, to) in [
        ("2026-12-01T00:00Z", "2026-12-05T00:00Z"),
        ("2026-12-05T00:00Z", "2026-12-01T00:00Z"),
    ] {
        let text = feed(&[&calendar(&[])], from, to);
        check_by_the_letter(&text);
        assert_eq!(read(&text), []);
    }
}

#[test]
fn the_latest_of_too_many_events_are_left_out_and_that_is_said() {
    let spec = |name: &str| recurring(name, Effect::Allow, "*/10 * * * *", "5m", "UTC");
    let many = calendar(&[spec("one"), spec("one"), spec("two")]);
    let text = feed(&[&many], "2026-01-01T00:00Z", "2027-01-01T00:00Z");
    check_by_the_letter(&text);
    let events = read(&text);
    assert_eq!(events.len(), MOST_EVENTS + 1);
    let (start, end, title) = events.last().unwrap();
    assert_eq!(title, "More windows and freezes than this feed tells of");
    assert_eq!(*end, at("2027-01-01T00:00Z"));
    assert!(events.iter().all(|(other, _, _)| other <= start));
}
