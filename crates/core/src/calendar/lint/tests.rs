//! What somebody who writes a calendar is told.

use std::collections::BTreeMap;

use super::*;
use crate::calendar::exception::ExceptionSpec;
use crate::calendar::{EntrySpec, ExemptSpec, Feed};

const NOW: &str = "2026-11-24T12:00:00Z";

fn recurring(name: &str, effect: Effect, schedule: &str, duration: &str) -> EntrySpec {
    EntrySpec {
        schedule: Some(schedule.into()),
        duration: Some(duration.into()),
        ..EntrySpec::new(name, effect, "Europe/Zurich")
    }
}

fn window(schedule: &str, duration: &str) -> EntrySpec {
    recurring("night", Effect::Allow, schedule, duration)
}

fn freeze(name: &str, schedule: &str, duration: &str) -> EntrySpec {
    recurring(name, Effect::Deny, schedule, duration)
}

fn once(name: &str, from: &str, to: &str) -> EntrySpec {
    EntrySpec {
        from: Some(from.into()),
        to: Some(to.into()),
        ..EntrySpec::new(name, Effect::Deny, "Europe/Zurich")
    }
}

fn lint(calendar: &Calendar, targets: Option<&[Subject<'_>]>) -> Vec<String> {
    let expected = Expected {
        now: NOW.parse().unwrap(),
        shortest_change: SignedDuration::from_mins(15),
        targets,
    };
    let findings = calendar.lint(&expected);
    findings
        .iter()
        .map(|finding| {
            format!(
                "{:?} {} {}: {}",
                finding.severity, finding.id, finding.entry, finding.sentence
            )
        })
        .collect()
}

fn told(specs: &[EntrySpec]) -> Vec<String> {
    lint(&Calendar::parse("c", specs), None)
}

#[test]
fn a_sound_calendar_has_no_findings() {
    let specs = [
        window("0 2 * * 2,4", "4h"),
        freeze("business-hours", "0 8 * * 1-5", "10h"),
    ];
    assert_eq!(told(&specs), Vec::<String>::new());
}

#[test]
fn a_window_that_a_freeze_always_covers_never_opens() {
    let covered = [
        window("0 9 * * 1", "4h"),
        freeze("business-hours", "0 8 * * 1-5", "10h"),
    ];
    let sentence = "Error window-always-frozen night: no normal change can use it within a year: \
        freeze business-hours is active whenever it is open, and a freeze beats every window";
    assert_eq!(told(&covered), [sentence]);
    let [night, business] = covered.clone();
    let emergencies = EntrySpec {
        exempt: ExemptSpec {
            types: vec![ChangeType::Emergency],
            ..ExemptSpec::default()
        },
        ..business.clone()
    };
    assert_eq!(told(&[night.clone(), emergencies]), [sentence]);
    let normal = EntrySpec {
        exempt: ExemptSpec {
            types: vec![ChangeType::Normal],
            ..ExemptSpec::default()
        },
        ..business.clone()
    };
    let elsewhere = EntrySpec {
        namespaces: vec!["staging".into()],
        ..business.clone()
    };
    let narrower = EntrySpec {
        labels: BTreeMap::from([("team".into(), "pay*".into())]),
        ..business.clone()
    };
    for other in [normal, elsewhere, narrower] {
        assert_eq!(told(&[night.clone(), other]), Vec::<String>::new());
    }
    let halves = [
        night,
        freeze("morning", "0 8 * * 1-5", "3h"),
        freeze("noon", "0 11 * * 1-5", "3h"),
    ];
    assert_eq!(told(&halves).len(), 1);
    assert!(told(&halves)[0].contains("one of the freezes morning, noon is active"));
}

#[test]
fn oddities_are_told_with_the_entry() {
    for (specs, expected) in [
        (
            vec![window("0 2 * * *", "10m")],
            "Warning window-too-short night: it is open for 10m at most, and no change takes less than 15m",
        ),
        (
            vec![once("old", "2025-12-18T18:00", "2026-01-04T06:00")],
            "Information entry-over old: the freeze is over and will never be active again",
        ),
        (
            vec![window("0 2 * * *", "0h")],
            "Error entry-broken night: it shuts the gate: entry night: duration `0h` is not usable: a duration must be longer than zero",
        ),
        (
            vec![
                once("year-end", "2026-12-18T18:00", "2027-01-04T06:00"),
                once("audit", "2027-01-04T05:00", "2027-01-05T00:00"),
            ],
            "Information freezes-overlap year-end: it is active at the same time and for some of the same targets as audit",
        ),
        (
            vec![window("0 2 * * *", "4h"), window("0 2 * * *", "4h")],
            "Warning name-twice night: 2 entries have this name, so nobody can tell which one is meant",
        ),
        (
            vec![EntrySpec {
                feed: Some(Feed::Text("BEGIN:VCALENDAR\nEND:VCALENDAR".into())),
                ..EntrySpec::new("holidays", Effect::Deny, "UTC")
            }],
            "Warning no-events holidays: its feed has no event, so the freeze is never active",
        ),
    ] {
        assert_eq!(told(&specs), [expected]);
    }
    let touching = [
        once("a", "2026-12-01T00:00", "2026-12-02T00:00"),
        once("b", "2026-12-02T00:00", "2026-12-03T00:00"),
    ];
    assert_eq!(
        told(&touching),
        Vec::<String>::new(),
        "half-open intervals that touch have nothing in common"
    );
    assert_eq!(
        told(&[window("*/10 * * * *", "10m")]),
        Vec::<String>::new(),
        "it never closes"
    );
}

#[test]
fn a_mistyped_selector_matches_nothing() {
    let spec = EntrySpec {
        namespaces: vec!["prodution".into()],
        ..window("0 2 * * *", "4h")
    };
    let calendar = Calendar::parse("c", &[spec]);
    let target = Subject {
        cluster: "prod",
        namespace: "production",
        name: Some("api"),
        labels: None,
        kind: ChangeType::Normal,
    };
    assert_eq!(
        lint(&calendar, Some(&[target])),
        ["Warning matches-nothing night: the window selects none of the targets there are"]
    );
    let right = Subject {
        namespace: "prodution",
        ..target
    };
    assert_eq!(
        lint(&calendar, Some(&[target, right])),
        Vec::<String>::new()
    );
}

#[test]
fn exceptions_are_looked_at_too() {
    let exception = |name: &str, freeze: &str, until: &str| ExceptionSpec {
        name: name.into(),
        freeze: freeze.into(),
        change: "chg-1".into(),
        reason: "Audit".into(),
        until: until.into(),
    };
    let specs = [
        exception("old", "year-end", "2026-11-24T13:00"),
        exception("good", "year-end", "2026-11-24T13:01"),
        exception("odd", "yearend", "2026-12-20T12:00"),
    ];
    let calendar = Calendar::parse(
        "c",
        &[once("year-end", "2026-12-18T18:00", "2027-01-04T06:00")],
    );
    let calendar = calendar.with_exceptions(&specs, Some("sre-lead"), "Europe/Zurich");
    assert_eq!(
        lint(&calendar, None),
        [
            "Information exception-over old: the exception for chg-1 is over",
            "Error exception-broken odd: it opens nothing: exception odd: the calendar has no freeze yearend",
        ]
    );
}
