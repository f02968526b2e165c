//! What holds for any calendar that can be expressed.

use proptest::prelude::*;
use proptest::sample::select;

use super::sync_windows::{NOBODY, application, subject};
use super::*;
use crate::calendar::Subject;
use crate::sync_window::{SyncWindows, Trigger};

const SCHEDULES: [&str; 12] = [
    "0 2 * * 2,4",
    "30 2 * * *",
    "0 0 * * 1-5",
    "*/30 * * * *",
    "0 */6 * * *",
    "45 1 * * 7",
    "0 22 * * fri-sun",
    "0 12 */3 * *",
    "10 2 1-15 * 1",
    "0 0 1 jan-jun *",
    "5 * */2 * 0-6",
    "0 0 * * *",
];

const DURATIONS: [&str; 8] = ["1m", "20m", "45s", "1h30m15s", "4h", "24h", "26h", "3d"];

/// In the middle of summer no clock changes.
const FROM: &str = "2026-06-10T00:00Z";

fn effect() -> impl Strategy<Value = Effect> {
    prop::bool::weighted(0.6).prop_map(|allow| if allow { Effect::Allow } else { Effect::Deny })
}

fn spec() -> impl Strategy<Value = EntrySpec> {
    let again = (
        select(&SCHEDULES[..]),
        select(&DURATIONS[..]),
        effect(),
        select(&["UTC", "Europe/Zurich", "America/New_York", "Asia/Kathmandu"][..]),
    )
        .prop_map(|(schedule, duration, effect, zone)| {
            recurring("again", effect, schedule, duration, zone)
        });
    let once =
        (0..20 * 86_400i64, 1..3 * 86_400i64, effect()).prop_map(|(from, length, effect)| {
            let from = at(FROM) + SignedDuration::from_secs(from);
            let to = from + SignedDuration::from_secs(length);
            one_off("once", effect, &from.to_string(), &to.to_string())
        });
    let patterns = prop_oneof![
        Just(vec![]),
        Just(vec!["*".to_owned()]),
        Just(vec!["prod".to_owned(), "*-eu".to_owned()]),
        Just(vec!["prod*".to_owned()]),
    ];
    (
        prop_oneof![3 => again, 1 => once],
        prop::array::uniform3(patterns),
    )
        .prop_map(|(spec, [clusters, namespaces, applications])| EntrySpec {
            clusters,
            namespaces,
            applications,
            ..spec
        })
}

fn names_of_targets() -> impl Strategy<Value = &'static str> {
    select(&["prod", "prod-eu", "test", "test-eu"][..])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn both_answer_alike(
        specs in prop::collection::vec(spec(), 0..6),
        (cluster, namespace, name) in (names_of_targets(), names_of_targets(), names_of_targets()),
        at_random in prop::collection::vec(0..24 * 86_400i64, 20),
    ) {
        let calendar = calendar(&specs);
        let subject: Subject<'_> = subject(cluster, namespace, name);
        let application = application(&subject);
        let from = at(FROM);
        let to = from + SignedDuration::from_hours(24 * 24);
        let mut instants: Vec<Timestamp> = at_random
            .iter()
            .map(|second| from + SignedDuration::from_secs(*second))
            .collect();
        for opening in calendar.openings(&subject, NOBODY, from, to).take(200) {
            for edge in [Some(opening.opens), opening.closes].into_iter().flatten() {
                // The edges of one-offs are moved by less than a minute.
                for around in [-61, 61] {
                    instants.push(edge + SignedDuration::from_secs(around));
                }
            }
        }
        for now in instants.into_iter().filter(|now| (from..to).contains(now)) {
            let export = super::sync_windows(&calendar, now);
            prop_assert_eq!(&export.refused, &[]);
            let windows = SyncWindows::load(&export.windows);
            let ours = calendar.decision(&subject, NOBODY, now).is_open();
            let theirs = windows.verdict(&application, Trigger::Manual, None, now).allowed;
            if ours != theirs {
                let edges = [-60, 0, 60].map(|around| {
                    let near = now + SignedDuration::from_secs(around);
                    calendar.decision(&subject, NOBODY, near).is_open()
                });
                let is_edge = edges != [ours; 3]
                    || now.as_second() % 60 == 0
                    || specs.iter().any(|spec| spec.name == "once");
                prop_assert!(is_edge && !(theirs && !at_an_instant(now)), "{now} {ours} {:#?}", export.windows);
            }
        }
    }
}

/// Argo CD's windows are open at both ends, so a freeze has not begun at the
/// very instant at which it does.
fn at_an_instant(now: Timestamp) -> bool {
    now.as_second() % 15 == 0
}
