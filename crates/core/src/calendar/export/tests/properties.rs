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
    let seconds = select(&[0, 0, 17][..]);
    let once = (0..20 * 1_440i64, 1..3 * 1_440i64, effect(), seconds).prop_map(
        |(from, length, effect, second)| {
            let from = at(FROM) + SignedDuration::from_secs(from * 60 + second);
            let to = from + SignedDuration::from_mins(length);
            one_off("once", effect, &from.to_string(), &to.to_string())
        },
    );
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
    #[test]
    fn both_answer_alike(
        specs in prop::collection::vec(spec(), 0..6),
        (cluster, namespace, name) in (names_of_targets(), names_of_targets(), names_of_targets()),
        at_random in prop::collection::vec(0..24 * 1_440i64, 20),
    ) {
        let calendar = calendar(&specs);
        let subject: Subject<'_> = subject(cluster, namespace, name);
        let application = application(&subject);
        let from = at(FROM);
        let to = from + SignedDuration::from_hours(24 * 24);
        let mut minutes: Vec<i64> = at_random;
        for opening in calendar.openings(&subject, NOBODY, from, to).take(200) {
            for edge in [Some(opening.opens), opening.closes].into_iter().flatten() {
                let minute = edge.duration_since(from).as_secs() / 60;
                minutes.extend([minute - 1, minute]);
            }
        }
        minutes.sort_unstable();
        let off_the_minute = specs
            .iter()
            .any(|spec| spec.from.as_ref().is_some_and(|from| from.ends_with(":17Z")));
        let mut export = super::sync_windows(&calendar, from);
        let mut windows = SyncWindows::load(&export.windows);
        for minute in minutes {
            // No entry begins or ends at this second.
            let now = from + SignedDuration::from_secs(minute * 60 + 37);
            if now < from || to <= now {
                continue;
            }
            if export.next_export_at.is_some_and(|next| next <= now) {
                export = super::sync_windows(&calendar, now);
                windows = SyncWindows::load(&export.windows);
            }
            prop_assert_eq!(&export.refused, &[]);
            let ours = calendar.decision(&subject, NOBODY, now).is_open();
            let theirs = windows.verdict(&application, Trigger::Manual, None, now).allowed;
            // What does not begin on a minute is moved, and then less is open.
            let alike = ours == theirs || (off_the_minute && ours);
            prop_assert!(alike, "{now} {ours} {:#?}", export.windows);
        }
    }
}
