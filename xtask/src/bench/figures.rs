//! Figures in words.

use std::collections::BTreeMap;
use std::ops::Range;

use jiff::{SignedDuration, Timestamp};

use super::audit::{Audit, Request};

/// Nothing is asked for more often than this while nothing happens.
const APART: SignedDuration = SignedDuration::from_secs(10);

/// How often Tidegate asks while nothing happens; `when` completes "requests of Tidegate in a minute in which".
pub(super) fn idle(audit: &Audit, when: &str, minute: &Range<Timestamp>) {
    anstream::println!("requests of Tidegate in a minute in which {when}:");
    counted(audit.by_tidegate(minute), 1);
    let mut asked: BTreeMap<(&str, &str), Vec<Timestamp>> = BTreeMap::new();
    for request in audit.by_tidegate(minute) {
        if matches!(request.verb.as_str(), "get" | "list") {
            let times = asked.entry((&request.verb, &request.uri)).or_default();
            times.push(request.at);
        }
    }
    let mut often = 0;
    for ((verb, uri), times) in &asked {
        let apart = times.iter().zip(times.iter().skip(1));
        let apart = apart.map(|(one, next)| next.duration_since(*one)).min();
        let Some(apart) = apart.filter(|apart| *apart < APART) else {
            continue;
        };
        often += 1;
        anstream::println!(
            "  {verb} {uri}: {} times, at least {} apart",
            times.len(),
            seconds(apart)
        );
    }
    anstream::println!(
        "  asked for again within {APART:#}: {often} of {} addresses",
        asked.len()
    );
}

/// How often what was asked for, divided by the number of changes.
pub(super) fn counted<'a>(requests: impl Iterator<Item = &'a Request>, changes: usize) {
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut all = 0;
    for request in requests {
        *counts
            .entry((&request.resource, &request.verb))
            .or_default() += 1;
        all += 1;
    }
    let each = |count: usize| {
        let tenths = count * 10 / changes.max(1);
        format!("{}.{}", tenths / 10, tenths % 10)
    };
    for ((resource, verb), count) in counts {
        anstream::println!("  {verb:7} {resource}: {}", each(count));
    }
    anstream::println!("  all: {}", each(all));
}

/// The spread of what was measured.
pub(super) fn told(mut delays: Vec<SignedDuration>) -> String {
    delays.sort_unstable();
    let at = |percent: usize| {
        let position = delays.len().saturating_sub(1) * percent / 100;
        delays
            .get(position)
            .map_or_else(|| "none".to_owned(), |delay| seconds(*delay))
    };
    format!(
        "{} times: min {}, median {}, p99 {}, max {}",
        delays.len(),
        at(0),
        at(50),
        at(99),
        at(100),
    )
}

/// To the millisecond.
pub(super) fn seconds(delay: SignedDuration) -> String {
    format!("{:.3} s", delay.as_secs_f64())
}
