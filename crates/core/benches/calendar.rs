//! How long a calendar takes to answer: one of 1,000 entries when it opens next
//! within a year, and a month of openings for each of 500 targets.

use std::hint::black_box;

use criterion::Criterion;
use jiff::{SignedDuration, Timestamp};
use tidegate_core::calendar::{Calendar, Effect, EntrySpec, Passes, Subject};
use tidegate_core::change::ChangeType;

const ZONES: [&str; 4] = [
    "Europe/Zurich",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
];

/// A Tuesday in November 2026.
const NOW: Timestamp = Timestamp::constant(1_795_521_600, 0);

fn entry(number: usize, namespace: String) -> EntrySpec {
    let zone = ZONES.get(number % 4).copied().unwrap_or("UTC");
    let effect = if number.is_multiple_of(3) {
        Effect::Allow
    } else {
        Effect::Deny
    };
    let mut spec = EntrySpec::new(format!("entry-{number}"), effect, zone);
    spec.namespaces = vec![namespace];
    if number.is_multiple_of(5) && effect == Effect::Deny {
        spec.dates = vec!["2026-12-24".to_owned(), "2026-12-31".to_owned()];
    } else {
        let (hour, weekday) = (number % 24, number % 7);
        spec.schedule = Some(format!("{} {hour} * * {weekday}", number % 60));
        spec.duration = Some("4h".to_owned());
    }
    spec
}

/// Every entry selects the target, and they leave it no opening for as long as
/// is asked, so all of the year is gone through.
fn crowded() -> Calendar {
    let specs: Vec<EntrySpec> = (0..1000)
        .map(|number| entry(number, "production*".to_owned()))
        .collect();
    Calendar::parse("crowded", &specs)
}

/// Ten entries a team, for 100 teams.
fn shared() -> Calendar {
    let specs: Vec<EntrySpec> = (0..1000)
        .map(|number| entry(number, format!("team-{}", number / 10)))
        .collect();
    Calendar::parse("shared", &specs)
}

fn subject(namespace: &str) -> Subject<'_> {
    Subject {
        cluster: "prod",
        namespace,
        name: Some("api-gateway"),
        labels: None,
        kind: ChangeType::Normal,
    }
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let until = NOW + SignedDuration::from_hours(365 * 24);

    let crowded = crowded();
    criterion.bench_function("a year of 1,000 entries", |bencher| {
        let needed = SignedDuration::from_hours(500);
        bencher.iter(|| {
            let subject = subject("production");
            crowded
                .openings(black_box(&subject), Passes::default(), NOW, until)
                .find(|opening| opening.fits(needed))
        });
    });
    criterion.bench_function("no opening of 1,000 entries in five years", |bencher| {
        let needed = SignedDuration::from_mins(10);
        bencher.iter(|| {
            let subject = subject("production");
            crowded.next_opening(black_box(&subject), Passes::default(), needed, NOW)
        });
    });

    let shared = shared();
    let namespaces: Vec<String> = (0..500)
        .map(|number| format!("team-{}", number % 100))
        .collect();
    let month = NOW + SignedDuration::from_hours(31 * 24);
    criterion.bench_function("a month of openings for 500 targets", |bencher| {
        bencher.iter(|| {
            let count = |namespace: &String| {
                let subject = subject(namespace);
                shared
                    .openings(&subject, Passes::default(), NOW, month)
                    .count()
            };
            black_box(&namespaces).iter().map(count).sum::<usize>()
        });
    });

    criterion.final_summary();
}
