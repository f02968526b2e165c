//! When the answer changes.

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use proptest::sample::select;

use super::*;

const MINUTE: SignedDuration = SignedDuration::from_mins(1);
const NANOSECOND: SignedDuration = SignedDuration::from_nanos(1);

fn edges(windows: &[SyncWindow], time: &str) -> (bool, Option<Timestamp>) {
    let decision = decision(windows, Trigger::Automatic, time);
    assert!(decision.next_opening.is_none() || decision.closes_at.is_none());
    let edge = decision.next_opening.or(decision.closes_at);
    (decision.allowed, edge)
}

#[test]
fn the_edge_is_the_end_itself() {
    let allow = [window("allow", "0 12 * * *", "1h")];
    let noon = Some(at("2026-03-10T12:00:00Z"));
    assert_eq!(edges(&allow, "2026-03-10T08:00:00Z"), (false, noon));
    assert_eq!(edges(&allow, "2026-03-10T12:00:00Z"), (false, noon));
    let one = Some(at("2026-03-10T13:00:00Z"));
    assert_eq!(edges(&allow, "2026-03-10T12:00:00.000000001Z"), (true, one));
    let tomorrow = Some(at("2026-03-11T12:00:00Z"));
    assert_eq!(edges(&allow, "2026-03-10T13:00:00Z"), (false, tomorrow));
    let deny = [window("deny", "0 12 * * *", "1h")];
    assert_eq!(edges(&deny, "2026-03-10T08:00:00Z"), (true, noon));
    assert_eq!(edges(&deny, "2026-03-10T12:00:00Z"), (true, noon));
    assert_eq!(edges(&deny, "2026-03-10T12:30:00Z"), (false, one));
}

#[test]
fn what_lasts_an_instant_is_no_edge() {
    let allow = [window("allow", "* * * * *", "1m")];
    assert_eq!(edges(&allow, "2026-03-10T12:00:30Z"), (true, None));
    let now = Some(at("2026-03-10T12:00:00Z"));
    assert_eq!(edges(&allow, "2026-03-10T12:00:00Z"), (false, now));
    let deny = [window("deny", "0 0 * * *", "24h")];
    assert_eq!(edges(&deny, "2026-03-10T12:00:00Z"), (false, None));
}

#[test]
fn windows_are_seen_together() {
    let windows = [
        window("allow", "0 12 * * *", "6h"),
        window("deny", "30 11 * * *", "1h"),
        window("deny", "15 12 * * *", "2h"),
        window("deny", "0 17 * * *", "10m"),
    ];
    let (_, opens) = edges(&windows, "2026-03-10T08:00:00Z");
    assert_eq!(opens, Some(at("2026-03-10T14:15:00Z")));
    let (_, shuts) = edges(&windows, "2026-03-10T15:00:00Z");
    assert_eq!(shuts, Some(at("2026-03-10T17:00:00Z")));
}

#[test]
fn what_never_changes_has_no_edge() {
    for windows in [
        vec![],
        vec![window("deny", "0 0 30 2 *", "1h")],
        vec![window("allow", "0 12 * * *", "0s")],
        vec![window("deny", "0 12 * * *", "25h")],
        vec![
            window("allow", "0 12 * * *", "1h"),
            window("deny", "* * * * *", "2m"),
        ],
        vec![window("Deny", "0 12 * * *", "1h")],
        vec![window("deny", "bad", "1h")],
    ] {
        assert_eq!(
            edges(&windows, "2026-03-10T12:30:00Z").1,
            None,
            "{windows:#?}"
        );
    }
}

#[test]
fn far_edges_are_found() {
    let leap_day = [window("allow", "0 0 29 2 *", "1h")];
    assert_eq!(
        edges(&leap_day, "2026-03-10T12:00:00Z"),
        (false, Some(at("2028-02-29T00:00:00Z")))
    );
    // Before 2104 none is within five years, until the end of 2098.
    assert_eq!(
        edges(&leap_day, "2096-03-10T12:00:00Z"),
        (true, Some(at("2099-01-01T00:59:59Z")))
    );
    let march = [
        window("allow", "* * * * *", "30s"),
        window("deny", "* * * 1-3 *", "40s"),
    ];
    assert_eq!(
        edges(&march, "2026-03-10T12:00:00Z"),
        (false, Some(at("2026-04-01T00:00:00Z")))
    );
}

#[test]
fn a_sync_under_way_has_edges_of_its_own() {
    let windows = [
        overrun(window("deny", "0 12 * * *", "1h")),
        window("deny", "30 12 * * *", "2h"),
    ];
    let loaded = SyncWindows::load(&windows);
    let started = Some(at("2026-03-10T11:50:00Z"));
    let ask = |time: &str| loaded.decision(&application(), Trigger::Automatic, started, at(time));
    assert_eq!(
        ask("2026-03-10T12:10:00Z").closes_at,
        Some(at("2026-03-10T12:30:00Z"))
    );
    assert_eq!(
        ask("2026-03-10T12:40:00Z").next_opening,
        Some(at("2026-03-10T14:30:00Z"))
    );
}

/// Zones with a time some days before their clocks change.
const ZONES: [(&str, &str); 8] = [
    ("", "2026-06-01T00:00:00Z"),
    ("Europe/London", "2026-03-27T00:00:00Z"),
    ("Europe/London", "2026-10-23T00:00:00Z"),
    ("America/New_York", "2026-03-06T00:00:00Z"),
    ("America/New_York", "2026-10-30T00:00:00Z"),
    ("Australia/Lord_Howe", "2026-04-03T00:00:00Z"),
    ("Australia/Lord_Howe", "2026-10-02T00:00:00Z"),
    ("Asia/Kathmandu", "2026-06-01T00:00:00Z"),
];

const SCHEDULES: [&str; 14] = [
    "0 2 * * 2,4",
    "30 2 * * *",
    "30 1 * * *",
    "0 0 * * *",
    "0 8 * * 1-5",
    "*/30 * * * *",
    "* * * * *",
    "* 1 * * *",
    "15 1-3 * * *",
    "45 1 * * 0",
    "0 0 30 2 *",
    "TZ=Europe/London 30 1 * * *",
    "TZ=America/New_York 15 2,3 * * *",
    "TZ=Asia/Kathmandu 0 0 * * *",
];

const DURATIONS: [&str; 11] = [
    "1m", "10m", "20m", "30m", "1h", "90m", "4h", "10h", "26h", "0s", "30s",
];

fn any_window(zone: &'static str) -> impl Strategy<Value = SyncWindow> {
    let flags = (
        prop::bool::ANY,
        prop::bool::ANY,
        prop::bool::ANY,
        prop::bool::ANY,
    );
    (select(&SCHEDULES[..]), select(&DURATIONS[..]), flags).prop_map(
        move |(schedule, duration, (allow, manual_sync, sync_overrun, zoned))| SyncWindow {
            manual_sync,
            sync_overrun,
            time_zone: if zoned { zone.into() } else { String::new() },
            ..window(if allow { "allow" } else { "deny" }, schedule, duration)
        },
    )
}

fn any_question() -> impl Strategy<Value = (Vec<SyncWindow>, Timestamp, Trigger, Option<i64>)> {
    select(&ZONES[..]).prop_flat_map(|(zone, start)| {
        (
            prop::collection::vec(any_window(zone), 1..5),
            (0..4 * 1440i64)
                .prop_map(move |minutes| at(start) + MINUTE * i32::try_from(minutes).unwrap()),
            select(&[Trigger::Manual, Trigger::Automatic][..]),
            prop::option::of(0..600i64),
        )
    })
}

proptest! {
    #[test]
    fn edges_are_those_that_every_half_minute_shows(
        (windows, time, trigger, started) in any_question()
    ) {
        let loaded = SyncWindows::load(&windows);
        let started = started.map(|minutes| time - SignedDuration::from_mins(minutes));
        let application = application();
        let allowed = |time: Timestamp| {
            let verdict = loaded.verdict(&application, trigger, started, time);
            prop_assert_eq!(&verdict.error, &None);
            Ok(verdict.allowed)
        };
        let decision = loaded.decision(&application, trigger, started, time);
        prop_assert_eq!(decision.allowed, allowed(time)?);
        let edge = decision.next_opening.or(decision.closes_at);
        if let Some(edge) = edge {
            prop_assert!(edge >= time);
            prop_assert_ne!(allowed(edge + NANOSECOND)?, decision.allowed);
        }
        // All edges lie on half minutes, so what holds just after one holds up
        // to the next.
        let mut moment = time;
        for _ in 0..2 * 1440 * 2 {
            if edge == Some(moment) {
                break;
            }
            prop_assert_eq!(
                allowed(moment + NANOSECOND)?, decision.allowed, "{} before {:?}", moment, edge
            );
            moment += SignedDuration::from_secs(30);
        }
    }

    #[test]
    fn any_window_has_an_answer(
        texts in prop::array::uniform5("[-0-9*/,? a-z=TZ]{0,20}|\\PC{0,12}"),
        flags in prop::array::uniform3(prop::bool::ANY),
        second in -377_705_023_201..253_402_207_200i64,
    ) {
        let [schedule, duration, time_zone, kind, pattern] = texts;
        let window = |kind: &str, schedule: &str, duration: &str| SyncWindow {
            manual_sync: flags[0],
            sync_overrun: flags[1],
            and_operator: flags[2],
            time_zone: time_zone.clone(),
            namespaces: vec![pattern.clone()],
            ..window(kind, schedule, duration)
        };
        let windows = [
            window(&kind, &schedule, &duration),
            window("allow", "0 12 * * *", &duration),
            window("deny", &schedule, "1h"),
        ];
        let time = Timestamp::from_second(second).unwrap();
        let decision = SyncWindows::load(&windows)
            .decision(&application(), Trigger::Manual, Some(time), time);
        prop_assert!(!(decision.allowed && decision.error.is_some()));
    }
}
