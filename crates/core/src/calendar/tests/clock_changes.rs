//! Days on which the clocks change.

use super::*;

/// The openings in an hour or more around an instant.
fn openings(effect: Effect, [schedule, duration, zone, from, to]: [&str; 5]) -> Vec<String> {
    let mut specs = vec![recurring("entry", effect, schedule, duration, zone)];
    if effect == Effect::Deny {
        specs.push(recurring("always", Effect::Allow, "0 0 * * *", "24h", zone));
    }
    let shown = |opening: Opening| format!("{} {}", opening.opens, opening.closes.unwrap());
    Calendar::parse("c", &specs)
        .openings(&api(), NOBODY, at(from), at(to))
        .map(shown)
        .collect()
}

/// Rows of schedule, duration, zone, the instant from which an opening is
/// looked for, and what is expected.
fn rows(table: &'static str) -> impl Iterator<Item = [&'static str; 5]> {
    let row = |row: &'static str| row.split(" | ").collect::<Vec<_>>().try_into().unwrap();
    table
        .lines()
        .map(str::trim)
        .filter(|row| !row.is_empty())
        .map(row)
}

#[test]
fn a_window_keeps_its_ends_by_the_wall_clock() {
    // In turn: shorter in spring and longer in autumn; a start in the skipped
    // hour is the first instant after it; a start in the repeated hour is the
    // first of the two, and so is an end; an end in the skipped hour is the
    // first instant after it; a window all in the skipped hour does not take
    // place that day.
    let table = "
        0 0 * * * | 4h | Europe/Zurich | 2026-03-28T12:00Z | 2026-03-28T23:00:00Z 2026-03-29T02:00:00Z
        0 0 * * * | 4h | Europe/Zurich | 2026-10-24T12:00Z | 2026-10-24T22:00:00Z 2026-10-25T03:00:00Z
        0 0 * * * | 4h | America/New_York | 2026-03-07T12:00Z | 2026-03-08T05:00:00Z 2026-03-08T08:00:00Z
        0 0 * * * | 4h | America/New_York | 2026-10-31T12:00Z | 2026-11-01T04:00:00Z 2026-11-01T09:00:00Z
        0 0 * * * | 4h | Australia/Lord_Howe | 2026-10-03T06:00Z | 2026-10-03T13:30:00Z 2026-10-03T17:00:00Z
        0 0 * * * | 4h | Australia/Lord_Howe | 2026-04-04T06:00Z | 2026-04-04T13:00:00Z 2026-04-04T17:30:00Z

        30 2 * * * | 4h | Europe/Zurich | 2026-03-28T12:00Z | 2026-03-29T01:00:00Z 2026-03-29T04:30:00Z
        15 2 * * * | 1h | Australia/Lord_Howe | 2026-10-03T06:00Z | 2026-10-03T15:30:00Z 2026-10-03T16:15:00Z

        30 2 * * * | 4h | Europe/Zurich | 2026-10-24T12:00Z | 2026-10-25T00:30:00Z 2026-10-25T05:30:00Z
        0 1 * * * | 90m | Europe/Zurich | 2026-10-24T12:00Z | 2026-10-24T23:00:00Z 2026-10-25T00:30:00Z
        10 1 * * * | 20m | America/New_York | 2026-10-31T12:00Z | 2026-11-01T05:10:00Z 2026-11-01T05:30:00Z

        0 0 * * * | 150m | Europe/Zurich | 2026-03-28T12:00Z | 2026-03-28T23:00:00Z 2026-03-29T01:00:00Z
        10 2 * * * | 30m | Europe/Zurich | 2026-03-28T12:00Z | 2026-03-30T00:10:00Z 2026-03-30T00:40:00Z
    ";
    for [schedule, duration, zone, from, expected] in rows(table) {
        let query = [schedule, duration, zone, from, "2026-12-31T00:00Z"];
        assert_eq!(
            openings(Effect::Allow, query).first().map(String::as_str),
            Some(expected),
            "{query:?}"
        );
    }
}

#[test]
fn a_freeze_ends_at_the_later_of_two_equal_times() {
    let table = "
        0 1 * * * | 90m | Europe/Zurich | 2026-10-24T23:00Z | 2026-10-25T01:30:00Z
        10 1 * * * | 20m | America/New_York | 2026-11-01T05:10Z | 2026-11-01T06:30:00Z
        45 1 * * * | 10m | Australia/Lord_Howe | 2026-04-04T14:45Z | 2026-04-04T15:25:00Z
    ";
    for [schedule, duration, zone, from, expected] in rows(table) {
        let query = [schedule, duration, zone, from, "2026-12-31T00:00Z"];
        let found = openings(Effect::Deny, query);
        assert!(found[0].starts_with(expected), "{query:?}: {}", found[0]);
    }
}

#[test]
fn a_freeze_holds_until_the_repeated_hour_has_passed_again() {
    let freeze = recurring("f", Effect::Deny, "5 * * * *", "1m", "Europe/Zurich");
    let calendar = Calendar::parse("c", &[freeze]);
    let open = |time| calendar.decision(&api(), NOBODY, at(time)).is_open();
    assert!(open("2026-10-25T00:04:59.999999999Z"));
    assert!(
        !open("2026-10-25T00:06Z"),
        "it may be the first 02:06 or the second that is meant"
    );
    assert!(!open("2026-10-25T01:05:59.999999999Z"));
    assert!(open("2026-10-25T01:06Z"));
}

#[test]
fn a_repeated_hour_opens_once() {
    let query = [
        "*/30 * * * *",
        "10m",
        "Europe/Zurich",
        "2026-10-24T23:45Z",
        "2026-10-25T02:05Z",
    ];
    let found = openings(Effect::Allow, query);
    assert_eq!(
        found,
        [
            "2026-10-25T00:00:00Z 2026-10-25T00:10:00Z",
            "2026-10-25T00:30:00Z 2026-10-25T00:40:00Z",
            "2026-10-25T02:00:00Z 2026-10-25T02:10:00Z",
        ]
    );
}

#[test]
fn the_explanation_says_that_the_night_is_longer_or_shorter() {
    let spec = recurring("night", Effect::Allow, "0 0 * * *", "4h", "Europe/Zurich");
    let calendar = Calendar::parse("c", &[spec]);
    for (time, expected) in [
        (
            "2026-10-25T00:00Z",
            "window night is open until Sun 2026-10-25 04:00 CET, lasts 5h instead of 4h: the clocks go back",
        ),
        (
            "2026-03-29T00:00Z",
            "window night is open until Sun 2026-03-29 04:00 CEST, lasts 3h instead of 4h: the clocks go forward",
        ),
        (
            "2026-03-30T00:00Z",
            "window night is open until Mon 2026-03-30 04:00 CEST",
        ),
    ] {
        let decision = calendar.decision(&api(), NOBODY, at(time));
        assert_eq!(decision.matched[0].to_string(), expected);
    }
}

#[test]
fn one_off_times_are_local_unless_they_carry_an_offset() {
    let zone = "Europe/Zurich";
    let when = |from, to| match Entry::parse(&one_off("f", Effect::Deny, from, to, zone))
        .unwrap()
        .when
    {
        When::OneOff(interval) => interval,
        When::Recurring(_) | When::Listed(_) => panic!("it has no schedule"),
    };
    let local = when("2026-12-18T18:00", "2027-01-04T06:00");
    assert_eq!(
        local,
        Interval {
            start: at("2026-12-18T17:00Z"),
            end: at("2027-01-04T05:00Z")
        }
    );
    assert_eq!(local, when("2026-12-18T12:00-05:00", "2027-01-04T05:00Z"));
    let repeated = when("2026-10-25T02:30", "2026-10-25T02:31");
    assert_eq!(
        repeated,
        Interval {
            start: at("2026-10-25T00:30Z"),
            end: at("2026-10-25T01:31Z")
        }
    );
}
