//! The figures.

use std::collections::BTreeMap;
use std::ops::Range;

use jiff::{SignedDuration, Timestamp};
use tidegate_core::argo_cd::obstacle::OPEN_MARGIN;

use super::audit::{Audit, Request};
use super::rollbacks::Failure;
use super::rounds::Round;

/// Nothing is asked for more often than this while nothing happens.
const APART: SignedDuration = SignedDuration::from_secs(10);

pub(super) fn starts(audit: &Audit, rounds: &[Round], time: Range<Timestamp>) {
    let mut asked = Vec::new();
    let mut taken_up = Vec::new();
    let mut changes = 0;
    for round in rounds {
        changes += round.waiting.len();
        // Nothing can start within the margin after Argo CD's own window.
        let earliest = round.opens + OPEN_MARGIN;
        for (name, opens) in &round.waiting {
            let from = earliest.max(*opens);
            // Before the window there must be none.
            let Some(at) = audit.asked_sync(name, round.submitted) else {
                continue;
            };
            asked.push(at.duration_since(from));
            let seen = audit.taken_up(name, at);
            taken_up.extend(seen.map(|seen| seen.duration_since(from)));
        }
    }
    anstream::println!(
        "window opens → sync asked for, of {changes} changes, where Argo CD's window opens at that instant after the margin of {OPEN_MARGIN:#}: {}",
        told(asked),
    );
    anstream::println!(
        "window opens → Argo CD says that it runs, likewise: {}",
        told(taken_up)
    );
    anstream::println!("requests of Tidegate, from submission to end, per change:");
    counted(audit.by_tidegate(&time), changes);
}

pub(super) fn automatic(audit: &Audit, rounds: &[Round]) {
    let own = rounds.iter().filter_map(|round| {
        let at = audit.automated_sync(round.automatic.as_ref()?, round.opens)?;
        Some(at.duration_since(round.opens))
    });
    let own: Vec<SignedDuration> = own.collect();
    let each: Vec<String> = own.iter().map(|delay| seconds(*delay)).collect();
    anstream::println!(
        "window opens → Argo CD's own automated sync, behind the same windows: {} ({})",
        told(own),
        each.join(", "),
    );
}

pub(super) fn rollbacks(audit: &Audit, failures: &[Failure]) {
    for is_running in [true, false] {
        let mut after_end = Vec::new();
        let mut after_failure = Vec::new();
        for failure in failures.iter().filter(|one| one.is_running == is_running) {
            let Some(failed) = audit.phase(&failure.change, "RollingBack") else {
                continue;
            };
            let Some(back) = audit.asked_sync(&failure.application, failed) else {
                continue;
            };
            after_failure.push(back.duration_since(failed));
            let ended = audit.ended(&failure.application, back);
            after_end.extend(ended.map(|ended| back.duration_since(ended)));
        }
        if is_running {
            anstream::println!(
                "stage fails while its sync runs → way back asked for: {}",
                told(after_failure)
            );
            anstream::println!("  of that, since that sync has ended: {}", told(after_end));
        } else {
            anstream::println!(
                "stage fails after its sync → way back asked for: {}",
                told(after_failure)
            );
        }
    }
}

pub(super) fn idle(audit: &Audit, minute: Range<Timestamp>) {
    anstream::println!("requests of Tidegate in a minute in which one change waits:");
    counted(audit.by_tidegate(&minute), 1);
    let mut asked: BTreeMap<(&str, &str), Vec<Timestamp>> = BTreeMap::new();
    for request in audit.by_tidegate(&minute) {
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
fn counted<'a>(requests: impl Iterator<Item = &'a Request>, changes: usize) {
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

fn told(mut delays: Vec<SignedDuration>) -> String {
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

fn seconds(delay: SignedDuration) -> String {
    format!("{:.3} s", delay.as_secs_f64())
}
