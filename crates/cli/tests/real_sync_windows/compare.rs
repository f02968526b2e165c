//! Asks both.

use std::io::Write;
use std::sync::mpsc::{TrySendError, sync_channel};
use std::thread;

use tidegate_core::sync_window::{ScheduleError, SyncWindowError, Verdict};

use crate::argocd::{ArgoCd, Decision};
use crate::cases::Case;
use crate::counts::{Counts, Sort};
use crate::smallest::Difference;

/// How many differences are enough.
const ENOUGH: usize = 200;

/// Asks both about all cases, and answers how many questions there were of each
/// kind and in all, and where the answers differ.
pub(crate) fn all(
    cases: impl Iterator<Item = Case> + Send + 'static,
) -> (usize, Counts, Vec<Difference>) {
    let mut argocd = ArgoCd::start();
    let mut questions = argocd.questions.take().unwrap();
    let (sender, receiver) = sync_channel(4_096);
    // Argo CD answers while our own answers are found.
    let writer = thread::spawn(move || {
        let mut counts = Counts::default();
        for mut case in cases {
            let sort = Sort::of(&case);
            let mut ours = Vec::with_capacity(case.asked.len());
            // Argo CD would never answer these.
            case.asked.retain(|asked| {
                let verdict = sort.answer(asked);
                let endless = matches!(verdict.error, Some(SyncWindowError::Endless { .. }));
                if !endless {
                    counts.add(&sort, asked, &verdict);
                    ours.push(as_argocd(verdict, asked.active));
                }
                !endless
            });
            serde_json::to_writer(&mut questions, &case).unwrap();
            questions.write_all(b"\n").unwrap();
            // Where too many answers are awaited Argo CD must have the questions.
            if let Err(TrySendError::Full(waits)) = sender.try_send((case, ours)) {
                questions.flush().unwrap();
                if sender.send(waits).is_err() {
                    break;
                }
            }
        }
        questions.flush().unwrap();
        counts
    });
    let (mut asked, mut different) = (0, Vec::new());
    for (case, ours) in receiver {
        let theirs: Vec<Decision> = serde_json::from_str(&argocd.line()).unwrap();
        assert_eq!(theirs.len(), ours.len());
        asked += ours.len();
        for (at, (ours, theirs)) in ours.into_iter().zip(theirs).enumerate() {
            if ours != theirs && different.len() < ENOUGH {
                let asked = case.asked[at];
                let mut case = case.clone();
                case.asked = vec![asked];
                different.push(Difference { case, ours, theirs });
            }
        }
    }
    (asked, writer.join().unwrap(), different)
}

/// Our own answers.
pub(crate) fn ours(case: &Case) -> Vec<Decision> {
    let sort = Sort::of(case);
    let answers = case
        .asked
        .iter()
        .map(|asked| as_argocd(sort.answer(asked), asked.active));
    answers.collect()
}

/// What Argo CD calls an error, or that it panics; nothing for none.
pub(crate) fn kind(error: Option<&SyncWindowError>) -> &'static str {
    match error {
        None => "",
        Some(
            SyncWindowError::Glob { .. }
            | SyncWindowError::Schedule {
                source: ScheduleError::OnlyZone,
                ..
            },
        ) => "panic",
        Some(SyncWindowError::Schedule { .. }) => "schedule",
        Some(SyncWindowError::Duration { .. }) => "duration",
        Some(SyncWindowError::Endless { .. }) => "endless",
    }
}

fn as_argocd(verdict: Verdict, active: bool) -> Decision {
    Decision {
        allowed: verdict.allowed,
        error: kind(verdict.error.as_ref()).to_owned(),
        matched: verdict.matched,
        active: if active { verdict.active } else { Vec::new() },
    }
}
