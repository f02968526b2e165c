//! How long one step takes: a change that is Scheduled, with two approvals and a
//! calendar of a few windows, and one that is RollingOut.
//!
//! The inputs are those of the examples in `tests/scenarios`.

use std::hint::black_box;

use criterion::Criterion;
use tidegate_core::calendar::{Effect as Entry, EntrySpec};
use tidegate_core::lifecycle::{Phase, questions, step};

#[path = "../tests/scenarios/given.rs"]
#[allow(
    dead_code,
    clippy::unwrap_used,
    reason = "the examples' own beginnings, which are known to be valid"
)]
mod given;

use given::{Given, calendar};

fn entry(name: &str, effect: Entry, schedule: &str, duration: &str) -> EntrySpec {
    EntrySpec {
        schedule: Some(schedule.to_owned()),
        duration: Some(duration.to_owned()),
        ..EntrySpec::new(name, effect, "Europe/Zurich")
    }
}

fn measure(criterion: &mut Criterion, name: &str, given: &Given) {
    criterion.bench_function(&format!("step {name}"), |bencher| {
        bencher.iter(|| step(black_box(&given.change), &given.facts, given.now));
    });
    criterion.bench_function(&format!("questions {name}"), |bencher| {
        bencher.iter(|| questions(black_box(&given.change), &given.facts, given.now));
    });
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();

    let mut scheduled = Given::new();
    scheduled.facts.calendars = calendar(&[
        entry("tue-thu-night", Entry::Allow, "0 2 * * 2,4", "4h"),
        entry("sunday", Entry::Allow, "0 6 * * 0", "6h"),
        entry("business-hours", Entry::Deny, "0 8 * * 1-5", "10h"),
        entry("month-end", Entry::Deny, "0 0 28-31 * *", "24h"),
    ]);
    scheduled.goes();
    assert_eq!(scheduled.phase(), Phase::Scheduled);
    measure(&mut criterion, "Scheduled", &scheduled);

    let mut rolling_out = Given::rolling_out();
    rolling_out.goes();
    assert_eq!(rolling_out.phase(), Phase::RollingOut);
    measure(&mut criterion, "RollingOut", &rolling_out);

    criterion.final_summary();
}
