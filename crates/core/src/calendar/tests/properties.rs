//! What holds for any calendar.

use croner::Cron;
use jiff::ToSpan;
use jiff::civil::DateTime;
use jiff::tz::TimeZoneDatabase;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

/// Zones with the start of a fortnight in which their clocks change.
const FORTNIGHTS: [(&str, &str); 8] = [
    ("Europe/Zurich", "2026-03-22T00:00Z"),
    ("Europe/Zurich", "2026-10-18T00:00Z"),
    ("America/New_York", "2026-03-01T00:00Z"),
    ("America/New_York", "2026-10-25T00:00Z"),
    ("Australia/Lord_Howe", "2026-03-29T00:00Z"),
    ("Australia/Lord_Howe", "2026-09-27T00:00Z"),
    ("Pacific/Apia", "2011-12-23T00:00Z"),
    ("Asia/Kathmandu", "2026-06-01T00:00Z"),
];

const SCHEDULES: [&str; 14] = [
    "0 2 * * 2,4",
    "30 2 * * *",
    "0 0 * * *",
    "0 8 * * 1-5",
    "*/30 * * * *",
    "15 1-3 * * *",
    "0 */6 * * *",
    "45 1 * * 0",
    "0 22 * * 6",
    "59 23 * * *",
    "0 12 */3 * *",
    "10 2 1-15 * 1",
    "0 0 1 * *",
    "5 * * * *",
];

const DURATIONS: [&str; 10] = [
    "1m", "10m", "20m", "30m", "1h", "90m", "4h", "10h", "26h", "3d",
];

fn recurring_spec(zone: &'static str) -> impl Strategy<Value = EntrySpec> {
    (
        select(&SCHEDULES[..]),
        select(&DURATIONS[..]),
        prop::bool::weighted(0.6),
    )
        .prop_map(move |(schedule, duration, allow)| {
            let effect = if allow { Effect::Allow } else { Effect::Deny };
            recurring("entry", effect, schedule, duration, zone)
        })
}

fn one_off_spec(zone: &'static str, start: &'static str) -> impl Strategy<Value = EntrySpec> {
    (0..15 * 1440i64, 1..3 * 1440i64, prop::bool::ANY).prop_map(move |(from, length, allow)| {
        let effect = if allow { Effect::Allow } else { Effect::Deny };
        let from = at(start) + SignedDuration::from_mins(from);
        let to = from + SignedDuration::from_mins(length);
        one_off("once", effect, &from.to_string(), &to.to_string(), zone)
    })
}

fn dates_spec(zone: &'static str, start: &'static str) -> impl Strategy<Value = EntrySpec> {
    let times = prop::option::of((
        select(&["00:00", "02:30", "22:00"][..]),
        select(&DURATIONS[..]),
    ));
    (
        prop::collection::vec(0..15i64, 1..4),
        times,
        prop::bool::ANY,
    )
        .prop_map(move |(days, times, allow)| {
            let effect = if allow { Effect::Allow } else { Effect::Deny };
            let first = at(start).to_zoned(zone_named(zone)).date();
            // Samoa had no 30th of December 2011.
            let skipped = jiff::civil::date(2011, 12, 30);
            let dates = days.iter().map(|day| first + day.days());
            let dates = dates
                .filter(|date| *date != skipped)
                .map(|date| date.to_string());
            let dates: Vec<String> = std::iter::once(first.to_string()).chain(dates).collect();
            let (start_time, duration) = times.unzip();
            EntrySpec {
                dates,
                start_time: start_time.map(Into::into),
                duration: duration.map(Into::into),
                ..EntrySpec::new("dates", effect, zone)
            }
        })
}

const RULES: [&str; 6] = [
    "FREQ=DAILY;BYHOUR=1,2,3",
    "FREQ=HOURLY;INTERVAL=5;COUNT=90",
    "FREQ=WEEKLY;BYDAY=MO,WE,SU;BYHOUR=2;BYMINUTE=30",
    "FREQ=MONTHLY;BYMONTHDAY=-1,1,29",
    "FREQ=YEARLY;BYDAY=SU;BYHOUR=0,12",
    "FREQ=DAILY;INTERVAL=3;COUNT=4",
];

/// An event that recurs, with some occurrences added and left out.
fn feed_spec(zone: &'static str, start: &'static str) -> impl Strategy<Value = EntrySpec> {
    let lengths = select(&["PT1M", "PT45M", "PT4H", "P1D"][..]);
    let rule = select(&RULES[..]);
    (rule, lengths, 0..14 * 24i64, 0..14 * 24i64, prop::bool::ANY).prop_map(
        move |(rule, length, into, more, allow)| {
            let effect = if allow { Effect::Allow } else { Effect::Deny };
            let local = |hours: i64| {
                let shown = (at(start) + SignedDuration::from_hours(hours)).to_zoned(zone_named(zone));
                shown.datetime().round(jiff::Unit::Hour).unwrap().strftime("%Y%m%dT%H%M%S").to_string()
            };
            // A start that the rule does not give has to be left out.
            let (from, more) = (local(into - 24), local(more));
            let text = format!(
                "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;TZID={zone}:{from}\nDURATION:{length}\n\
                 RRULE:{rule}\nEXDATE;TZID={zone}:{from}\nRDATE;TZID={zone}:{more}\nEND:VEVENT\nEND:VCALENDAR"
            );
            EntrySpec {
                feed: Some(Feed::Text(text.into())),
                ..EntrySpec::new("feed", effect, zone)
            }
        },
    )
}

fn zone_named(name: &str) -> jiff::tz::TimeZone {
    TimeZoneDatabase::bundled().get(name).unwrap()
}

/// Exceptions for some of the freezes.
fn granted(start: &'static str) -> impl Strategy<Value = Vec<Granted>> {
    let one = (
        select(&["entry", "once", "dates", "feed"][..]),
        0..15 * 1440i64,
    );
    let one = one.prop_map(move |(freeze, until)| Granted {
        exception: "exception".into(),
        change: "chg-1".into(),
        freeze: freeze.into(),
        until: at(start) + SignedDuration::from_mins(until),
    });
    prop::collection::vec(one, 0..3)
}

fn calendar() -> impl Strategy<Value = (Vec<EntrySpec>, &'static str, Vec<Granted>)> {
    (select(&FORTNIGHTS[..]), select(&FORTNIGHTS[..])).prop_flat_map(
        |((zone, start), (other, _))| {
            let entry = prop_oneof![
                4 => recurring_spec(zone),
                1 => recurring_spec(other),
                2 => one_off_spec(zone, start),
                1 => dates_spec(zone, start),
                1 => feed_spec(zone, start),
            ];
            (
                prop::collection::vec(entry, 1..6),
                Just(start),
                granted(start),
            )
        },
    )
}

/// The minutes of a fortnight.
fn minutes(start: &str) -> impl Iterator<Item = Timestamp> {
    let start = at(start);
    (0..14 * 1440).map(move |count| start + MINUTE * count)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_next_opening_is_the_first_that_trying_every_minute_finds(
        (specs, start, granted) in calendar(),
        needed in select(vec![0i32, 1, 30, 61, 240, 1500]),
        skipped in 0..2000i32,
    ) {
        let calendar = Calendar::parse("c", &specs);
        // A date at a time that its zone skips is refused, and shuts everything.
        prop_assume!(calendar.broken().next().is_none());
        let passes = Passes { granted: &granted, ..NOBODY };
        let after = at(start) + MINUTE * skipped;
        let mut open_for = 0;
        let expected = minutes(start).filter(|minute| *minute >= after).find(|minute| {
            let open = calendar.decision(&api(), passes, *minute).is_open();
            open_for = if open { open_for + 1 } else { 0 };
            open_for >= needed.max(1)
        });
        let expected = expected.map(|last| last - MINUTE * (needed.max(1) - 1));
        let found = calendar.next_opening(&api(), passes, MINUTE * needed, after);
        let opens = found.map(|opening| opening.opens);
        // One that starts late in the fortnight may be too long for it.
        let end = at(start) + MINUTE * (14 * 1440 - needed.max(1));
        match expected {
            Some(_) => prop_assert_eq!(opens, expected),
            None => prop_assert!(opens.is_none_or(|opens| opens > end), "{:?}", opens),
        }
    }

    #[test]
    fn the_openings_and_closes_are_the_edges_of_the_decision((specs, start, granted) in calendar()) {
        let calendar = Calendar::parse("c", &specs);
        let passes = Passes { granted: &granted, ..NOBODY };
        let end = minutes(start).last().unwrap();
        let openings: Vec<Opening> = calendar.openings(&api(), passes, at(start), end).collect();
        for pair in openings.windows(2) {
            prop_assert!(pair[0].closes.unwrap() < pair[1].opens);
        }
        let nanosecond = SignedDuration::from_nanos(1);
        let edges = openings.iter().flat_map(|opening| [Some(opening.opens), opening.closes]).flatten();
        let around = edges.flat_map(|edge| [edge - nanosecond, edge]);
        for instant in minutes(start).step_by(17).chain(around).filter(|instant| at(start) <= *instant) {
            let decision = calendar.decision(&api(), passes, instant);
            let opening = openings.iter().find(|opening| {
                opening.opens <= instant && opening.closes.is_none_or(|closes| instant < closes)
            });
            prop_assert_eq!(decision.is_open(), opening.is_some(), "{}", instant);
            if let Some(opening) = opening {
                prop_assert_eq!(decision.closes_at, opening.closes, "{}", instant);
            }
        }
    }

    /// The reference lists all readings of the clock minute by minute: an
    /// entry starts at the first minute that shows its start or later, and
    /// ends at the first that shows its end or later; a freeze whose end is
    /// shown twice ends the second time.
    #[test]
    fn an_entry_is_active_from_its_start_to_its_end(
        (zone, start) in select(&FORTNIGHTS[..]),
        schedule in select(&SCHEDULES[..]),
        duration in select(&DURATIONS[..]),
        allow in prop::bool::ANY,
    ) {
        let effect = if allow { Effect::Allow } else { Effect::Deny };
        let entry = Entry::parse(&recurring("entry", effect, schedule, duration, zone)).unwrap();
        let zone = TimeZoneDatabase::bundled().get(zone).unwrap();
        let minutes: Vec<Timestamp> = minutes(start).collect();
        let clocks: Vec<DateTime> = minutes.iter().map(|minute| zone.to_datetime(*minute)).collect();
        let first = |clock| clocks.iter().position(|shown| *shown >= clock).unwrap_or(clocks.len());
        let last = |clock| clocks.iter().rposition(|shown| *shown == clock);
        let length = parse_duration(duration).unwrap();
        let cron: Cron = schedule.parse().unwrap();
        let mut expected = vec![false; minutes.len()];
        let begins = cron.iter_after(clocks[0] - 5.days());
        for begin in begins.take_while(|begin| first(*begin) < clocks.len()) {
            let end = begin + length;
            let end = last(end).filter(|_| !allow).unwrap_or_else(|| first(end));
            expected[first(begin)..end].fill(true);
        }
        for (index, minute) in minutes.iter().enumerate() {
            let reached = clock::Clocks::new(*minute).reached(&entry.zone);
            let active = entry.active(*minute, &reached).is_some();
            prop_assert_eq!(active, expected[index], "{}", clocks[index]);
        }
    }

    #[test]
    fn any_text_in_an_entry_is_read_or_refused(texts in prop::collection::vec("\\PC{0,12}", 6)) {
        let [schedule, duration, zone, from, to, glob] = &texts[..] else { return Ok(()) };
        let specs = [
            EntrySpec { clusters: vec![glob.clone()], ..recurring("a", Effect::Allow, schedule, duration, "UTC") },
            EntrySpec { clusters: vec![glob.clone()], ..recurring("b", Effect::Allow, "0 0 * * *", "4h", zone) },
            one_off("c", Effect::Deny, from, to, zone),
            EntrySpec { dates: vec![from.clone()], ..EntrySpec::new("d", Effect::Deny, "UTC") },
            EntrySpec { dates: vec!["2026-12-24".into()], start_time: Some(from.clone()), duration: Some(duration.clone()), ..EntrySpec::new("e", Effect::Deny, "UTC") },
            EntrySpec { labels: [(zone.clone(), glob.clone())].into(), ..recurring("f", Effect::Allow, "0 0 * * *", "4h", "UTC") },
        ];
        let calendar = Calendar::parse("c", &specs);
        calendar.decision(&api(), NOBODY, at("2026-06-01T00:00Z"));
        for broken in calendar.broken() {
            prop_assert!(broken.error.to_string().contains(&*broken.name));
        }
    }
}
