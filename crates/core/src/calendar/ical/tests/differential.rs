//! Rules are followed as the `rrule` crate follows them.

use jiff::ToSpan;
use jiff::civil::{DateTime, date};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use rrule::RRuleSet;

use super::super::expand::{Budget, starts};
use super::super::rule::Rule;
use super::*;

/// How many starts are compared.
const COMPARED: usize = 30;

const WEEKDAYS: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

fn list(name: &'static str, numbers: Vec<i32>) -> impl Strategy<Value = String> {
    subsequence(numbers, 1..4)
        .prop_shuffle()
        .prop_map(move |numbers| {
            let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
            format!(";{name}={}", numbers.join(","))
        })
}

fn maybe(weight: f64, part: impl Strategy<Value = String> + 'static) -> BoxedStrategy<String> {
    prop::option::weighted(weight, part)
        .prop_map(Option::unwrap_or_default)
        .boxed()
}

fn none() -> BoxedStrategy<String> {
    Just(String::new()).boxed()
}

fn both_signs(most: i32) -> Vec<i32> {
    (1..=most).chain((1..=most).map(|number| -number)).collect()
}

/// Days, all with a number or all without: the other side takes a mixture for
/// something else. It knows no fifth day from the end of a month.
fn days(ordinals: i32) -> BoxedStrategy<String> {
    let day = |ordinal: BoxedStrategy<String>| {
        prop::collection::vec((ordinal, select(&WEEKDAYS[..])), 1..4).prop_map(|days| {
            let day = |(number, day): &(String, &str)| format!("{number}{day}");
            let mut days: Vec<String> = days.iter().map(day).collect();
            days.sort();
            days.dedup();
            format!(";BYDAY={}", days.join(","))
        })
    };
    let plain = day(none());
    if ordinals == 0 {
        return plain.boxed();
    }
    let numbers: Vec<i32> = (1..=ordinals)
        .chain((1..ordinals).map(|number| -number))
        .collect();
    let numbered = day(select(numbers)
        .prop_map(|number| number.to_string())
        .boxed());
    prop_oneof![2 => plain, 3 => numbered].boxed()
}

/// The parts that go with a frequency.
fn parts(frequency: &'static str) -> BoxedStrategy<String> {
    let months = || maybe(0.3, list("BYMONTH", (1..=12).collect()));
    let month_days = || maybe(0.3, list("BYMONTHDAY", both_signs(31)));
    let by_day = match frequency {
        // The last weeks of a year, and BYWEEKNO without BYDAY, are decided
        // otherwise; see below.
        "YEARLY" => prop_oneof![
            3 => (months(), month_days(), maybe(0.5, days(5))).prop_map(|(a, b, c)| a + &b + &c),
            1 => (none(), maybe(0.5, days(52))).prop_map(|(a, b)| a + &b),
            1 => (months(), maybe(0.9, list("BYYEARDAY", both_signs(366))), maybe(0.3, days(0))).prop_map(|(a, b, c)| a + &b + &c),
            1 => (list("BYWEEKNO", (1..=51).chain((1..50).map(|week| -week)).collect()), days(0), months()).prop_map(|(a, b, c)| a + &b + &c),
        ]
        .boxed(),
        "MONTHLY" => (months(), month_days(), maybe(0.5, days(5))).prop_map(|(a, b, c)| a + &b + &c).boxed(),
        "WEEKLY" => (months(), maybe(0.6, days(0))).prop_map(|(a, b)| a + &b).boxed(),
        _ => (months(), month_days(), maybe(0.4, days(0))).prop_map(|(a, b, c)| a + &b + &c).boxed(),
    };
    let times = (
        maybe(0.2, list("BYHOUR", (0..24).collect())),
        maybe(0.2, list("BYMINUTE", (0..60).collect())),
        maybe(0.1, list("BYSECOND", (0..60).collect())),
    );
    (by_day, times)
        .prop_map(|(days, (hours, minutes, seconds))| days + &hours + &minutes + &seconds)
        .boxed()
}

fn rule() -> impl Strategy<Value = String> {
    let frequency = select(&["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY"][..]);
    frequency.prop_flat_map(|frequency| {
        let interval = prop_oneof![3 => Just(1), 2 => 2..6i32];
        let end = prop_oneof![
            3 => Just(String::new()),
            1 => (1..50u32).prop_map(|count| format!(";COUNT={count}")),
            1 => (0..4000i64).prop_map(|days| {
                let until = date(2000, 1, 1).at(9, 0, 0, 0) + days.days();
                until.strftime(";UNTIL=%Y%m%dT%H%M%SZ").to_string()
            }),
        ];
        let positions = maybe(0.25, list("BYSETPOS", both_signs(4)));
        let week_start = maybe(
            0.4,
            select(&WEEKDAYS[..]).prop_map(|day| format!(";WKST={day}")),
        );
        (interval, parts(frequency), end, positions, week_start).prop_map(
            move |(interval, parts, end, positions, week_start)| {
                // Without another part there is nothing to choose from, and the
                // other side chooses from what is left of the first week.
                let positions = if parts.is_empty() || frequency == "WEEKLY" {
                    String::new()
                } else {
                    positions
                };
                format!("FREQ={frequency};INTERVAL={interval}{parts}{end}{positions}{week_start}")
            },
        )
    })
}

fn ours(rule: &str, first: DateTime) -> Vec<DateTime> {
    let rule = Rule::parse(rule, false).unwrap();
    let mut found = Vec::new();
    let _ = starts(&rule, first, &TimeZone::UTC, &mut Budget::new(), |at| {
        found.push(at);
        if found.len() < COMPARED {
            Ok(())
        } else {
            Err(FeedProblem::TooMany)
        }
    });
    found
}

/// The other side's starts, and whether it gave up looking.
fn theirs(rule: &str, first: DateTime) -> (Vec<DateTime>, bool) {
    let text = format!("DTSTART:{}\nRRULE:{rule}", first.strftime("%Y%m%dT%H%M%SZ"));
    let set: RRuleSet = text.parse().unwrap();
    let result = set.all(u16::try_from(COMPARED).unwrap());
    let starts = result
        .dates
        .iter()
        .map(|at| at.format("%Y-%m-%dT%H:%M:%S").to_string().parse().unwrap());
    (starts.collect(), result.limited)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn rules_give_the_same_starts(rule in rule(), into in 0..3600i64, (hour, minute) in (0..24i8, 0..60i8)) {
        let first = (date(1990, 1, 1) + into.days()).at(hour, minute, 0, 0);
        let (expected, limited) = theirs(&rule, first);
        let found = ours(&rule, first);
        let end = date(2100, 1, 1).at(0, 0, 0, 0);
        let expected: Vec<DateTime> = expected.into_iter().filter(|at| *at < end).collect();
        if limited {
            prop_assert_eq!(&found[..expected.len().min(found.len())], &expected[..], "{}", first);
        } else {
            prop_assert_eq!(found, expected, "{}", first);
        }
    }
}

/// The weekday is that of DTSTART (RFC 5545, section 3.3.10: what a rule lacks
/// is taken from there); the `rrule` crate takes the whole week.
#[test]
fn a_week_number_alone_means_the_weekday_of_the_start() {
    let first = date(1997, 5, 12).at(9, 0, 0, 0);
    let found = ours("FREQ=YEARLY;BYWEEKNO=20;COUNT=3", first);
    assert_eq!(
        found,
        ours("FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO;COUNT=3", first)
    );
}

/// The 2nd of January 1994 is in the 52nd week of 1993, as ISO 8601 has it; the
/// `rrule` crate takes it for the 53rd.
#[test]
fn the_last_week_of_a_year_may_end_in_the_next() {
    let first = date(1992, 1, 1).at(9, 0, 0, 0);
    let days = |rule| -> Vec<String> {
        let starts = ours(rule, first);
        starts.iter().map(|at| at.date().to_string()).collect()
    };
    assert_eq!(
        days("FREQ=YEARLY;BYWEEKNO=53;BYDAY=SU;COUNT=3"),
        ["1993-01-03", "1999-01-03", "2005-01-02"]
    );
    assert_eq!(
        days("FREQ=YEARLY;BYWEEKNO=52;BYDAY=SU;COUNT=3"),
        ["1992-12-27", "1994-01-02", "1995-01-01"]
    );
}
