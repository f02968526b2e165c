//! What a user of a calendar relies on.

use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::change::ChangeType;

mod clock_changes;
mod listed;
mod passing;
mod properties;
mod zones;

const NOBODY: Passes<'static> = Passes {
    windows: false,
    freezes: false,
    granted: &[],
    otherwise: Otherwise::Shut,
};
const ALL: Passes<'static> = Passes {
    windows: true,
    freezes: true,
    ..NOBODY
};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn hours(count: i64) -> SignedDuration {
    SignedDuration::from_hours(count)
}

fn api() -> Subject<'static> {
    Subject {
        cluster: "prod",
        namespace: "production",
        name: Some("api-gateway"),
        labels: None,
        kind: ChangeType::Normal,
    }
}

fn emergency(name: &'static str) -> Subject<'static> {
    Subject {
        name: Some(name),
        kind: ChangeType::Emergency,
        ..api()
    }
}

fn recurring(name: &str, effect: Effect, schedule: &str, duration: &str, zone: &str) -> EntrySpec {
    EntrySpec {
        schedule: Some(schedule.into()),
        duration: Some(duration.into()),
        ..EntrySpec::new(name, effect, zone)
    }
}

fn one_off(name: &str, effect: Effect, from: &str, to: &str, zone: &str) -> EntrySpec {
    EntrySpec {
        from: Some(from.into()),
        to: Some(to.into()),
        ..EntrySpec::new(name, effect, zone)
    }
}

fn window(schedule: &str, duration: &str) -> EntrySpec {
    recurring("night", Effect::Allow, schedule, duration, "UTC")
}

fn emergencies() -> ExemptSpec {
    ExemptSpec {
        types: vec![ChangeType::Emergency],
        ..ExemptSpec::default()
    }
}

/// Nights from Tuesday to Thursday, closed in business hours but for emergencies
/// and security, and frozen at the year's end but for emergencies.
fn production() -> Vec<EntrySpec> {
    let zone = "Europe/Zurich";
    vec![
        recurring("tue-thu-night", Effect::Allow, "0 2 * * 2,4", "4h", zone),
        EntrySpec {
            exempt: ExemptSpec {
                types: vec![ChangeType::Emergency],
                applications: vec!["security-*".into()],
                ..ExemptSpec::default()
            },
            ..recurring("business-hours", Effect::Deny, "0 8 * * 1-5", "10h", zone)
        },
        EntrySpec {
            exempt: emergencies(),
            reason: Some("Year-end close".into()),
            ..one_off(
                "year-end",
                Effect::Deny,
                "2026-12-18T18:00",
                "2027-01-04T06:00",
                zone,
            )
        },
    ]
}

fn sentences(decision: &Decision) -> String {
    let sentences: Vec<String> = decision.shut.iter().map(ToString::to_string).collect();
    sentences.join("; ")
}

#[test]
fn a_shut_gate_says_why() {
    let calendar = Calendar::parse("production", &production());
    for (time, expected) in [
        ("2026-11-26T01:00Z", ""),
        ("2026-11-26T05:00Z", "window tue-thu-night is not open"),
        (
            "2026-11-26T09:00Z",
            "freeze business-hours is active until Thu 2026-11-26 18:00 CET; \
             window tue-thu-night is not open",
        ),
        (
            "2026-12-22T02:00Z",
            "freeze year-end is active until Mon 2027-01-04 06:00 CET (Year-end close)",
        ),
        (
            "1969-12-31T23:59:59Z",
            "the calendar answers for the years 1970 to 2399, not for 1969-12-31T23:59:59Z",
        ),
        (
            "2400-01-01T00:00Z",
            "the calendar answers for the years 1970 to 2399, not for 2400-01-01T00:00:00Z",
        ),
    ] {
        let decision = calendar.decision(&api(), NOBODY, at(time));
        assert_eq!(sentences(&decision), expected, "{time}");
        assert_eq!(decision.is_open(), expected.is_empty(), "{time}");
    }
}

#[test]
fn every_entry_that_selects_the_target_is_explained() {
    let calendar = Calendar::parse("production", &production());
    let decision = calendar.decision(&emergency("security-proxy"), ALL, at("2026-11-26T09:00Z"));
    let explained: Vec<String> = decision.matched.iter().map(ToString::to_string).collect();
    assert_eq!(
        explained,
        [
            "window tue-thu-night is not open",
            "freeze business-hours is active until Thu 2026-11-26 18:00 CET, \
             which exempts this change",
            "freeze year-end is not active",
        ]
    );
}

#[test]
fn intervals_are_half_open_to_the_nanosecond() {
    let freeze = one_off(
        "f",
        Effect::Deny,
        "2026-11-26T04:00",
        "2026-11-26T05:00",
        "UTC",
    );
    let calendar = Calendar::parse("c", &[window("0 2 * * *", "4h"), freeze]);
    for (time, open) in [
        ("2026-11-26T01:59:59.999999999Z", false),
        ("2026-11-26T02:00Z", true),
        ("2026-11-26T03:59:59.999999999Z", true),
        ("2026-11-26T04:00Z", false),
        ("2026-11-26T04:59:59.999999999Z", false),
        ("2026-11-26T05:00Z", true),
        ("2026-11-26T05:59:59.999999999Z", true),
        ("2026-11-26T06:00Z", false),
    ] {
        assert_eq!(
            calendar.decision(&api(), NOBODY, at(time)).is_open(),
            open,
            "{time}"
        );
    }
}

#[test]
fn an_open_gate_says_when_it_shuts() {
    let two_in_one = [window("0 2 * * *", "2h"), window("0 4 * * *", "2h")];
    let freeze = one_off(
        "f",
        Effect::Deny,
        "2026-11-26T03:00",
        "2026-11-27T05:00",
        "UTC",
    );
    let closes = |specs: &[EntrySpec], time| {
        Calendar::parse("c", specs)
            .decision(&api(), NOBODY, at(time))
            .closes_at
    };
    assert_eq!(
        closes(&two_in_one, "2026-11-26T02:30Z"),
        Some(at("2026-11-26T06:00Z"))
    );
    let [first, second] = two_in_one;
    let frozen = [first, second, freeze.clone()];
    assert_eq!(
        closes(&frozen, "2026-11-26T02:30Z"),
        Some(at("2026-11-26T03:00Z"))
    );
    assert_eq!(
        closes(&[window("0 0 * * *", "24h")], "2026-11-26T02:30Z"),
        None
    );
    let weekdays = [window("0 0 * * 1-5", "1d")];
    assert_eq!(
        closes(&weekdays, "2026-11-26T02:30Z"),
        Some(at("2026-11-28T00:00Z"))
    );
    assert_eq!(
        closes(&[freeze], "2026-11-26T02:30Z"),
        Some(at("2026-11-26T03:00Z"))
    );
}

#[test]
fn occurrences_longer_than_their_period_overlap() {
    let calendar = Calendar::parse("c", &[window("0 0 1,2 * *", "72h")]);
    let open = |time| calendar.decision(&api(), NOBODY, at(time)).is_open();
    assert!(open("2026-11-04T23:59Z"));
    assert!(!open("2026-11-05T00:00Z"));
    let always = Calendar::parse("c", &[window("*/10 * * * *", "10m")]);
    let decision = always.decision(&api(), NOBODY, at("2026-11-05T00:00Z"));
    assert!(decision.is_open() && decision.closes_at.is_none());
}

#[test]
fn an_emergency_passes_only_what_policy_and_freeze_allow() {
    let calendar = Calendar::parse("production", &production());
    let windows = Passes {
        windows: true,
        ..NOBODY
    };
    let freezes = Passes {
        freezes: true,
        ..NOBODY
    };
    for (name, time, passes, open) in [
        ("api-gateway", "2026-11-26T19:00Z", ALL, true),
        ("api-gateway", "2026-11-26T19:00Z", windows, true),
        ("api-gateway", "2026-11-26T19:00Z", freezes, false),
        ("api-gateway", "2026-11-26T09:00Z", ALL, true),
        ("api-gateway", "2026-11-26T09:00Z", windows, false),
        ("security-proxy", "2026-11-26T09:00Z", ALL, true),
        ("security-proxy", "2026-11-26T09:00Z", windows, true),
        ("api-gateway", "2026-12-22T19:00Z", ALL, true),
        ("api-gateway", "2026-12-22T19:00Z", windows, false),
        ("api-gateway", "2026-12-22T02:00Z", freezes, true),
    ] {
        let decision = calendar.decision(&emergency(name), passes, at(time));
        assert_eq!(
            decision.is_open(),
            open,
            "{name} {time} {passes:?}: {}",
            sentences(&decision)
        );
    }
    let normal = calendar.decision(&api(), ALL, at("2026-11-26T19:00Z"));
    assert!(
        !normal.is_open(),
        "what a policy lets pass concerns emergencies only"
    );
}

#[test]
fn an_exempt_application_needs_no_policy() {
    let spec = EntrySpec {
        exempt: ExemptSpec {
            applications: vec!["security-*".into()],
            ..ExemptSpec::default()
        },
        ..one_off(
            "f",
            Effect::Deny,
            "2026-01-01T00:00",
            "2027-01-01T00:00",
            "UTC",
        )
    };
    let calendar = Calendar::parse("c", &[spec]);
    let open = |subject: &Subject<'_>| {
        calendar
            .decision(subject, NOBODY, at("2026-06-01T00:00Z"))
            .is_open()
    };
    assert!(open(&Subject {
        name: Some("security-proxy"),
        ..api()
    }));
    assert!(open(&emergency("security-proxy")));
    assert!(!open(&api()));
    assert!(
        !open(&Subject {
            name: None,
            ..api()
        }),
        "the namespace as a whole is not exempt"
    );
}

#[test]
fn selectors_join_lists_with_and_and_patterns_with_or() {
    let spec = EntrySpec {
        clusters: vec!["prod".into()],
        namespaces: vec!["production".into(), "production-*".into()],
        applications: vec!["api-*".into()],
        ..window("0 0 * * *", "24h")
    };
    let calendar = Calendar::parse("c", &[spec]);
    let open = |cluster, namespace, name| {
        let subject = Subject {
            cluster,
            namespace,
            name,
            labels: None,
            kind: ChangeType::Normal,
        };
        calendar
            .decision(&subject, NOBODY, at("2026-06-01T00:00Z"))
            .is_open()
    };
    assert!(open("prod", "production", Some("api-gateway")));
    assert!(open("prod", "production-eu", Some("api-gateway")));
    assert!(!open("test", "production", Some("api-gateway")));
    assert!(!open("prod", "staging", Some("api-gateway")));
    assert!(!open("prod", "production", Some("web")));
    assert!(!open("prod", "production", None));
}

#[test]
fn a_target_that_no_window_selects_is_shut() {
    let elsewhere = EntrySpec {
        namespaces: vec!["prodution".into()],
        ..window("0 0 * * *", "24h")
    };
    let freeze = one_off(
        "f",
        Effect::Deny,
        "2026-12-18T18:00",
        "2027-01-04T06:00",
        "UTC",
    );
    let now = at("2026-06-01T00:00Z");
    for specs in [
        vec![],
        vec![elsewhere.clone()],
        vec![elsewhere, freeze.clone()],
    ] {
        let calendar = Calendar::parse("c", &specs);
        let decision = calendar.decision(&api(), NOBODY, now);
        assert_eq!(
            sentences(&decision),
            "calendar c has no window for this target"
        );
        assert_eq!(calendar.next_opening(&api(), NOBODY, hours(1), now), None);
        assert!(
            calendar
                .decision(&emergency("api-gateway"), ALL, now)
                .is_open()
        );
    }
    let freezes_only = Calendar::parse("c", &[freeze]);
    assert!(freezes_only.decision(&api(), NOBODY, now).is_open());
    assert!(
        !freezes_only
            .decision(&api(), NOBODY, at("2026-12-24T00:00Z"))
            .is_open()
    );
}

#[test]
fn a_broken_entry_shuts_what_it_might_select() {
    let open = window("0 0 * * *", "24h");
    let broken = EntrySpec {
        namespaces: vec!["production".into()],
        ..recurring("odd", Effect::Deny, "0 0 30 2 *", "4h", "UTC")
    };
    let calendar = Calendar::parse("c", &[open.clone(), broken]);
    let now = at("2026-06-01T00:00Z");
    let decision = calendar.decision(&api(), NOBODY, now);
    assert_eq!(
        sentences(&decision),
        "the calendar has an error that shuts the gate: entry odd: schedule `0 0 30 2 *` \
         is not usable: no date ever matches, so it would never fire"
    );
    assert_eq!(calendar.next_opening(&api(), NOBODY, hours(1), now), None);
    let staging = Subject {
        namespace: "staging",
        ..api()
    };
    assert!(calendar.decision(&staging, NOBODY, now).is_open());

    let unreadable = EntrySpec {
        namespaces: vec!["production[".into()],
        ..open.clone()
    };
    let calendar = Calendar::parse("c", &[open, unreadable]);
    assert!(
        !calendar.decision(&staging, NOBODY, now).is_open(),
        "it may have meant any target"
    );
    assert_eq!(calendar.broken().count(), 1);
}

#[test]
#[allow(clippy::too_many_lines, reason = "a table, an entry each")]
fn every_mistake_in_an_entry_is_named() {
    let good = window("0 2 * * *", "4h");
    let once = |from: &str, to: &str| one_off("night", Effect::Allow, from, to, "Europe/Zurich");
    let error = |spec: &EntrySpec| Entry::parse(spec).map(drop).unwrap_err().to_string();
    for (spec, expected) in [
        (
            EntrySpec {
                time_zone: "Europe/Zürich".into(),
                ..good.clone()
            },
            "entry night: time zone `Europe/Zürich` does not exist",
        ),
        (
            EntrySpec {
                time_zone: "Etc/Unknown".into(),
                ..good.clone()
            },
            "entry night: time zone `Etc/Unknown` does not exist",
        ),
        (
            window("@daily", "4h"),
            "entry night: schedule `@daily` is not usable",
        ),
        (
            window("0 2 * * *", "0h"),
            "entry night: duration `0h` is not usable",
        ),
        (
            once("2026-12-18", "2026-12-19T00:00"),
            "entry night: `from: 2026-12-18` is not usable",
        ),
        (
            once("2026-12-18T18:00", "soon"),
            "entry night: `to: soon` is not usable",
        ),
        (
            once("2026-12-18T18:00", "2026-12-18T18:00"),
            "entry night: `from` 2026-12-18T18:00 is not before `to` 2026-12-18T18:00",
        ),
        (
            once("2026-12-18T18:00", "2026-12-18T17:00Z"),
            "entry night: `from` 2026-12-18T18:00 is not before `to` 2026-12-18T17:00Z",
        ),
        (
            EntrySpec {
                duration: None,
                ..good.clone()
            },
            "entry night: give `schedule` and `duration`, `from` and `to`, `dates`, or `ical`",
        ),
        (
            EntrySpec {
                to: None,
                ..once("2026-12-18T18:00", "")
            },
            "entry night: give `schedule` and `duration`, `from` and `to`, `dates`, or `ical`",
        ),
        (
            EntrySpec {
                to: Some("2026-12-18T18:00".into()),
                ..good.clone()
            },
            "entry night: give only one of `schedule`, `from` and `to`, `dates`, and `ical`",
        ),
        (
            EntrySpec {
                applications: vec!["a*".into(), "[".into()],
                ..good.clone()
            },
            "entry night: pattern `[` in `applications` is not usable",
        ),
        (
            EntrySpec {
                exempt: emergencies(),
                ..good.clone()
            },
            "entry night: only a freeze can exempt changes",
        ),
    ] {
        assert_eq!(error(&spec), expected);
    }
}

#[test]
fn the_next_opening_is_long_enough() {
    let calendar = Calendar::parse("production", &production());
    let next = |needed, after| {
        let opening = calendar.next_opening(&api(), NOBODY, needed, at(after));
        opening.map(|opening| opening.to_string())
    };
    let thursday = Some("Thu 2026-11-26 02:00 CET, closes 06:00".to_owned());
    assert_eq!(
        next(hours(4), "2026-11-24T09:00Z"),
        thursday,
        "exactly fits"
    );
    assert_eq!(
        next(hours(1), "2026-11-26T03:30Z"),
        Some("Thu 2026-11-26 04:30 CET, closes 06:00".to_owned()),
        "it is open now"
    );
    assert_eq!(
        next(hours(2), "2026-11-26T03:30Z"),
        Some("Tue 2026-12-01 02:00 CET, closes 06:00".to_owned()),
        "it is open now, but not for long enough"
    );
    assert_eq!(
        next(hours(1), "2026-12-18T12:00Z"),
        Some("Tue 2027-01-05 02:00 CET, closes 06:00".to_owned()),
        "the freeze covers two weeks of windows"
    );
    assert_eq!(
        next(hours(5), "2026-11-24T09:00Z"),
        None,
        "no window is that long"
    );
}

#[test]
fn openings_beyond_the_horizon_count_as_never() {
    let leap_day = [window("0 0 29 2 *", "4h")];
    let calendar = Calendar::parse("c", &leap_day);
    let next = |after| calendar.next_opening(&api(), NOBODY, hours(1), at(after));
    assert_eq!(
        next("2024-03-01T00:00Z").unwrap().opens,
        at("2028-02-29T00:00Z")
    );
    assert_eq!(next("2096-03-01T00:00Z"), None, "2100 is no leap year");
    assert!(
        calendar
            .decision(&api(), NOBODY, at("2104-02-29T00:00Z"))
            .is_open()
    );
}

#[test]
fn openings_are_listed_in_order_and_apart() {
    let calendar = Calendar::parse("production", &production());
    let listed: Vec<String> = calendar
        .openings(
            &api(),
            NOBODY,
            at("2026-12-15T02:00Z"),
            at("2027-01-08T00:00Z"),
        )
        .map(|opening| opening.to_string())
        .collect();
    assert_eq!(
        listed,
        [
            "Tue 2026-12-15 03:00 CET, closes 06:00",
            "Thu 2026-12-17 02:00 CET, closes 06:00",
            "Tue 2027-01-05 02:00 CET, closes 06:00",
            "Thu 2027-01-07 02:00 CET, closes 06:00",
        ]
    );
}
