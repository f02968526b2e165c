//! What the owner of a feed relies on.

use jiff::tz::TimeZoneDatabase;

use super::*;

mod differential;
mod rfc;

fn zone(name: &str) -> TimeZone {
    TimeZoneDatabase::bundled().get(name).unwrap()
}

fn feed(body: &str) -> String {
    let lines: Vec<&str> = body
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{}\r\nEND:VCALENDAR\r\n",
        lines.join("\r\n")
    )
}

fn event(body: &str) -> String {
    feed(&format!("BEGIN:VEVENT\n{body}\nEND:VEVENT"))
}

/// What a freeze in Zurich reads, as `START END TITLE`.
fn read_as(text: &str, effect: Effect) -> Result<Vec<String>, String> {
    let listing = read(text, &zone("Europe/Zurich"), effect).map_err(|error| error.to_string())?;
    let occurrence = |occurrence: &crate::calendar::Occurrence| {
        let interval = occurrence.interval;
        let title = occurrence.title.as_deref().unwrap_or("-");
        format!("{} {} {title}", interval.start, interval.end)
    };
    Ok(listing.occurrences().iter().map(occurrence).collect())
}

fn freeze(text: &str) -> Result<Vec<String>, String> {
    read_as(text, Effect::Deny)
}

#[test]
fn each_way_of_writing_an_event_is_read() {
    for (body, expected) in [
        (
            "DTSTART;VALUE=DATE:20261224\nDTEND;VALUE=DATE:20261227\nSUMMARY:Christmas\\, all of it",
            "2026-12-23T23:00:00Z 2026-12-26T23:00:00Z Christmas, all of it",
        ),
        (
            "DTSTART:20261224",
            "2026-12-23T23:00:00Z 2026-12-24T23:00:00Z -",
        ),
        (
            "DTSTART;VALUE=DATE:20261224\nDURATION:P1W",
            "2026-12-23T23:00:00Z 2026-12-30T23:00:00Z -",
        ),
        (
            "DTSTART;VALUE=DATE;TZID=America/New_York:20261224",
            "2026-12-24T05:00:00Z 2026-12-25T05:00:00Z -",
        ),
        (
            "DTSTART:20261224T180000\nDTEND:20261224T200000",
            "2026-12-24T17:00:00Z 2026-12-24T19:00:00Z -",
        ),
        (
            "DTSTART:20261224T180000Z\nDURATION:PT2H",
            "2026-12-24T18:00:00Z 2026-12-24T20:00:00Z -",
        ),
        (
            "DTSTART;TZID=America/New_York:20261224T180000\nDTEND;TZID=America/New_York:20261224T200000",
            "2026-12-24T23:00:00Z 2026-12-25T01:00:00Z -",
        ),
        (
            "DTSTART;TZID=America/New_York:20261224T180000\nDTEND:20261225T010000Z",
            "2026-12-24T23:00:00Z 2026-12-25T01:00:00Z -",
        ),
        // By the wall clock over the night in which the clocks go back.
        (
            "DTSTART:20261025T000000\nDURATION:PT4H",
            "2026-10-24T22:00:00Z 2026-10-25T03:00:00Z -",
        ),
        (
            "TRANSP:TRANSPARENT\nDTSTART:20261224",
            "2026-12-23T23:00:00Z 2026-12-24T23:00:00Z -",
        ),
        (
            "X-ANY;X-P=\"a;b\":c\nDTSTART:20261224\nBEGIN:VALARM\nTRIGGER:-PT15M\nDTSTART:nonsense\nEND:VALARM",
            "2026-12-23T23:00:00Z 2026-12-24T23:00:00Z -",
        ),
    ] {
        assert_eq!(
            freeze(&event(body)),
            Ok(vec![expected.to_owned()]),
            "{body}"
        );
    }
}

#[test]
fn an_error_names_the_line_of_the_feed() {
    // The event begins in line 3, its properties in line 4.
    for (body, expected) in [
        ("UID:1", "line 3: the event has no DTSTART"),
        (
            "DTSTART:20261224T180000",
            "line 4: the event lasts no time: it has neither DTEND nor DURATION",
        ),
        (
            "DTSTART:20261224T180000\nDTEND:20261224T180000",
            "line 5: `20261224T180000` is not usable as DTEND: the event must end after it starts",
        ),
        (
            "DTSTART:20261224T180000\nDURATION:-PT1H",
            "line 5: `-PT1H` is not usable as DURATION: a duration is written like PT4H or P1D",
        ),
        (
            "DTSTART:20261224T180000\nDURATION:PT0H",
            "line 5: `PT0H` is not usable as DURATION: a duration must be longer than zero",
        ),
        (
            "DTSTART:20261224\nDURATION:PT4H",
            "line 5: `PT4H` is not usable as DURATION: an event of whole days lasts whole days",
        ),
        (
            "DTSTART:20261224\nDTEND:20261225T000000",
            "line 5: `20261225T000000` is not usable as DTEND: DTSTART and DTEND must both be days or both be times",
        ),
        (
            "DTSTART:20261224\nDTEND:20261225\nDURATION:P1D",
            "line 6: the event has both DTEND and DURATION",
        ),
        (
            "DTSTART:20261224\nDTSTART:20261225",
            "line 5: the event has DTSTART more than once",
        ),
        (
            "DTSTART;TZID=W. Europe Standard Time:20261224T180000\nDURATION:PT1H",
            "line 4: TZID `W. Europe Standard Time` is no IANA time zone such as Europe/Zurich",
        ),
        (
            "DTSTART;TZID=Europe/Zurich:20261224T180000Z",
            "line 4: `20261224T180000Z` is not usable as DTSTART: a time in UTC has no TZID",
        ),
        (
            "DTSTART;VALUE=DATE:20261224T180000",
            "line 4: `20261224T180000` is not usable as DTSTART: it is not of the kind that VALUE says",
        ),
        (
            "DTSTART:tomorrow",
            "line 4: `tomorrow` is not usable as DTSTART: a date is written like 20261224, a time like 20261224T180000",
        ),
        (
            "DTSTART:20261224\nRRULE:FREQ=SECONDLY",
            "line 5: FREQ=SECONDLY is not supported",
        ),
        (
            "DTSTART:20261224\nRRULE:FREQ=DAILY\nRRULE:FREQ=YEARLY",
            "line 6: the event has RRULE more than once",
        ),
        (
            "DTSTART:20261224\nRRULE:FREQ=WEEKLY;BYDAY=MO",
            "line 5: RRULE does not give DTSTART, which leaves open whether the event is on then",
        ),
        (
            "DTSTART:20261224\nEXRULE:FREQ=DAILY",
            "line 5: EXRULE is not supported",
        ),
        (
            "DTSTART:20261224\nEXDATE:20261224T000000",
            "line 5: `20261224T000000` is not usable as EXDATE: it must be days or times as DTSTART is",
        ),
        (
            "DTSTART:20261224\nRDATE;VALUE=PERIOD:20261224T000000/PT1H",
            "line 5: RDATE with VALUE=PERIOD is not supported",
        ),
        (
            "DTSTART:20261224\nUID:1\nRECURRENCE-ID;RANGE=THISANDFUTURE:20261224",
            "line 6: RANGE of RECURRENCE-ID is not supported",
        ),
        (
            "DTSTART:20261224\nRECURRENCE-ID:20261224",
            "line 3: the event has no UID",
        ),
        (
            "DTSTART:20261224\nSTATUS:MAYBE",
            "line 5: `MAYBE` is not usable as STATUS: an event is CONFIRMED, TENTATIVE or CANCELLED",
        ),
        (
            "DTSTART:20261224\nno line",
            "line 5: this is not a line like NAME:VALUE",
        ),
        (
            "DTSTART:20261224\nBEGIN:VEVENT",
            "line 5: VEVENT cannot be read",
        ),
    ] {
        assert_eq!(freeze(&event(body)), Err(expected.to_owned()), "{body}");
    }
}

#[test]
fn what_is_no_whole_calendar_is_an_error() {
    for (text, expected) in [
        (
            "",
            "line 1: this is no iCalendar text, which begins with BEGIN:VCALENDAR",
        ),
        (
            "<!DOCTYPE html>\n<p>",
            "line 1: this is not a line like NAME:VALUE",
        ),
        (
            "BEGIN:VEVENT\nEND:VEVENT",
            "line 1: this is no iCalendar text, which begins with BEGIN:VCALENDAR",
        ),
        (
            "VERSION:2.0",
            "line 1: this is no iCalendar text, which begins with BEGIN:VCALENDAR",
        ),
        (
            "BEGIN:VCALENDAR\nVERSION:2.0",
            "line 1: BEGIN:VCALENDAR has no end; is the text cut short?",
        ),
        (
            "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20261224",
            "line 2: BEGIN:VEVENT has no end; is the text cut short?",
        ),
        (
            "BEGIN:VCALENDAR\nEND:VEVENT",
            "line 2: END:VEVENT does not end what began last",
        ),
        (
            "BEGIN:VCALENDAR\nBEGIN:VFREEBUSY",
            "line 2: VFREEBUSY cannot be read",
        ),
        (
            "BEGIN:VCALENDAR\nMETHOD:CANCEL\nEND:VCALENDAR",
            "line 2: METHOD:CANCEL is not supported",
        ),
        (
            "BEGIN:VCALENDAR\nBEGIN:VTIMEZONE\nTZID:Customized Time Zone\nEND:VTIMEZONE\nEND:VCALENDAR",
            "line 3: TZID `Customized Time Zone` is no IANA time zone such as Europe/Zurich",
        ),
    ] {
        assert_eq!(freeze(text), Err(expected.to_owned()), "{text}");
    }
    let empty = feed(
        "BEGIN:VTODO\nDUE:20261224T180000\nEND:VTODO\nBEGIN:VTIMEZONE\nTZID:Europe/Zurich\nBEGIN:STANDARD\nDTSTART:19701025T030000\nEND:STANDARD\nEND:VTIMEZONE",
    );
    assert_eq!(freeze(&empty), Ok(vec![]));
}

#[test]
fn a_rule_keeps_local_time_when_the_clocks_change() {
    let weekly = event(
        "DTSTART;TZID=Europe/Zurich:20261018T020000\nDTEND;TZID=Europe/Zurich:20261018T040000\nRRULE:FREQ=WEEKLY;COUNT=3",
    );
    assert_eq!(
        freeze(&weekly).unwrap(),
        [
            "2026-10-18T00:00:00Z 2026-10-18T02:00:00Z -",
            "2026-10-25T00:00:00Z 2026-10-25T03:00:00Z -",
            "2026-11-01T01:00:00Z 2026-11-01T03:00:00Z -",
        ]
    );
    let spring = event(
        "DTSTART;TZID=Europe/Zurich:20260328T023000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=2",
    );
    assert_eq!(
        freeze(&spring).unwrap(),
        [
            "2026-03-28T01:30:00Z 2026-03-28T02:30:00Z -",
            "2026-03-29T01:00:00Z 2026-03-29T01:30:00Z -",
        ],
        "a start in the skipped hour is the first instant after it"
    );
}

#[test]
fn dates_are_added_and_left_out() {
    let text = event(
        "DTSTART;VALUE=DATE:20261201\nRRULE:FREQ=DAILY;COUNT=4\nEXDATE;VALUE=DATE:20261202,20261203\nRDATE;VALUE=DATE:20261210",
    );
    let days: Vec<String> = freeze(&text)
        .unwrap()
        .iter()
        .map(|row| row[..10].to_owned())
        .collect();
    assert_eq!(
        days,
        ["2026-11-30", "2026-12-03", "2026-12-09"],
        "in UTC the day before"
    );
    let in_utc = event(
        "DTSTART;TZID=Europe/Zurich:20261201T100000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=2\nEXDATE:20261201T090000Z",
    );
    assert_eq!(
        freeze(&in_utc).unwrap(),
        ["2026-12-02T09:00:00Z 2026-12-02T10:00:00Z -"]
    );
}

#[test]
fn one_occurrence_can_be_moved_or_cancelled() {
    let text = feed(
        "BEGIN:VEVENT\nUID:a\nSUMMARY:daily\nDTSTART:20261201T100000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=3\nEND:VEVENT
         BEGIN:VEVENT\nUID:a\nSUMMARY:moved\nRECURRENCE-ID:20261202T100000Z\nDTSTART:20261202T150000Z\nDURATION:PT1H\nEND:VEVENT
         BEGIN:VEVENT\nUID:a\nSTATUS:CANCELLED\nRECURRENCE-ID;TZID=Europe/Zurich:20261203T110000\nDTSTART:20261203T100000Z\nDURATION:PT1H\nEND:VEVENT
         BEGIN:VEVENT\nUID:b\nSTATUS:CANCELLED\nDTSTART:20261207T100000Z\nDURATION:PT1H\nEND:VEVENT",
    );
    assert_eq!(
        freeze(&text).unwrap(),
        [
            "2026-12-01T10:00:00Z 2026-12-01T11:00:00Z daily",
            "2026-12-02T15:00:00Z 2026-12-02T16:00:00Z moved",
        ]
    );
}

#[test]
fn the_latest_revision_counts() {
    let text = feed(
        "BEGIN:VEVENT\nUID:a\nSEQUENCE:2\nDTSTART:20261202\nEND:VEVENT
         BEGIN:VEVENT\nUID:a\nSEQUENCE:1\nDTSTART:20261201\nEND:VEVENT
         BEGIN:VEVENT\nUID:b\nDTSTART:20261210\nEND:VEVENT",
    );
    let days: Vec<String> = freeze(&text)
        .unwrap()
        .iter()
        .map(|row| row[..10].to_owned())
        .collect();
    assert_eq!(days, ["2026-12-01", "2026-12-09"]);
}

#[test]
fn in_doubt_a_tentative_event_shuts() {
    let text = event("DTSTART:20261224\nSTATUS:TENTATIVE");
    assert_eq!(read_as(&text, Effect::Deny).unwrap().len(), 1);
    assert_eq!(read_as(&text, Effect::Allow).unwrap().len(), 0);
}

#[test]
fn feeds_are_bounded() {
    let daily = "DTSTART:20260101\nRRULE:FREQ=DAILY";
    let rows = freeze(&event(daily)).unwrap();
    assert_eq!(
        rows.last().map(String::as_str),
        Some("2100-01-01T00:00:00Z 2400-01-01T00:00:00Z feeds are read up to the year 2100"),
        "a freeze holds from there on"
    );
    let window = read_as(&event(daily), Effect::Allow).unwrap();
    assert_eq!(
        window.last().map(|row| &row[..10]),
        Some("2099-12-31"),
        "a window does not open"
    );
    let once = freeze(&event("DTSTART:20260101\nRRULE:FREQ=DAILY;UNTIL=20260102")).unwrap();
    assert_eq!(once.len(), 2, "a rule that ends is known to its end");

    let hourly = event("DTSTART:20260101T000000\nDURATION:PT1M\nRRULE:FREQ=HOURLY");
    assert_eq!(
        freeze(&hourly),
        Err(
            "line 6: the events of the feed have more than 100,000 occurrences together".to_owned()
        )
    );
    let many =
        event("DTSTART:20260101T000000\nDURATION:PT1M\nRRULE:FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30");
    let many = many.replace("BEGIN:VEVENT", "BEGIN:VTODO\r\nEND:VTODO\r\nBEGIN:VEVENT");
    assert!(
        freeze(&many)
            .unwrap_err()
            .contains("RRULE does not give DTSTART")
    );
    let days = (1..=31)
        .map(|day| day.to_string())
        .collect::<Vec<_>>()
        .join(",");
    let sixty = (0..60)
        .map(|number| number.to_string())
        .collect::<Vec<_>>()
        .join(",");
    let huge = event(&format!(
        "DTSTART:20260101T000000\nDURATION:PT1S\nRRULE:FREQ=YEARLY;BYMONTHDAY={days};BYHOUR=0,1,2,3,4,5,6,7;BYMINUTE={sixty};BYSECOND={sixty};BYSETPOS=-1"
    ));
    assert_eq!(
        freeze(&huge),
        Err(
            "line 6: following this rule takes too long; give it an end or a larger interval"
                .to_owned()
        )
    );
    let long = feed(&format!("X-LONG:{}", "x".repeat(LONGEST_TEXT)));
    assert_eq!(
        freeze(&long),
        Err("line 1: the text is longer than 5 MiB".to_owned())
    );
}

mod fuzz {
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;

    const PIECES: [&str; 24] = [
        "BEGIN:VCALENDAR",
        "END:VCALENDAR",
        "BEGIN:VEVENT",
        "END:VEVENT",
        "BEGIN:VTIMEZONE",
        "END:VTIMEZONE",
        "TZID:Europe/Zurich",
        "DTSTART:20261224T180000Z",
        "DTSTART;VALUE=DATE:20261224",
        "DTSTART;TZID=Australia/Lord_Howe:20260405T014500",
        "DTEND:99981231T235959",
        "DURATION:P9999W",
        "DURATION:PT1S",
        "RRULE:FREQ=YEARLY;INTERVAL=2147483647",
        "RRULE:FREQ=MONTHLY;BYDAY=-5FR;BYSETPOS=-366",
        "RRULE:FREQ=WEEKLY;UNTIL=99981231T235959Z",
        "RRULE:FREQ=HOURLY;INTERVAL=7;COUNT=400;BYHOUR=2",
        "RRULE:FREQ=YEARLY;BYWEEKNO=-53,53;WKST=TH",
        "EXDATE:20261224T180000Z",
        "RDATE:00010101T000000,99981231T000000",
        "UID:1",
        "RECURRENCE-ID:20261224T180000Z",
        "SEQUENCE:4294967295",
        "SUMMARY:a\\",
    ];

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "(BEGIN:VCALENDAR\n)?([A-Z]{1,8}[;:=]\\PC{0,12}\n|[ \t]?\\PC{0,20}\r?\n){0,8}") {
            drop(read(&text, &TimeZone::UTC, Effect::Deny));
        }

        #[test]
        fn any_order_of_lines_is_read_or_refused(lines in prop::collection::vec(select(&PIECES[..]), 0..12), allow in prop::bool::ANY) {
            let effect = if allow { Effect::Allow } else { Effect::Deny };
            drop(read(&lines.join("\n"), &TimeZone::UTC, effect));
            drop(read(&event(&lines.join("\n")), &zone("Europe/Zurich"), effect));
        }

        #[test]
        fn any_rule_is_read_or_refused(rule in "FREQ=(YEARLY|MONTHLY|WEEKLY|DAILY|HOURLY)(;(INTERVAL|COUNT|BYMONTH|BYWEEKNO|BYYEARDAY|BYMONTHDAY|BYHOUR|BYMINUTE|BYSETPOS|WKST)=-?[0-9]{1,3}){0,4}(;BYDAY=-?[1-9]?(MO|SU))?(;UNTIL=[0-9]{8}T000000Z?)?") {
            drop(freeze(&event(&format!("DTSTART:20261224T180000\nDURATION:PT1H\nRRULE:{rule}"))));
        }
    }
}
