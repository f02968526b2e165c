//! The figures.

use std::ops::Range;

use jiff::{SignedDuration, Timestamp};
use tidegate_core::argo_cd::obstacle::OPEN_MARGIN;

use super::super::audit::Audit;
use super::super::figures::{counted, seconds, told};
use super::rollbacks::Failure;
use super::rounds::Round;

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
