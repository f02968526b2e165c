//! Asks both.

use std::io::Write;
use std::sync::mpsc::{TrySendError, sync_channel};
use std::thread;

use jiff::Timestamp;
use tidegate_core::sync_window::{ScheduleError, SyncWindowError, SyncWindows, Trigger, Verdict};

use crate::argocd::{ArgoCd, Decision};
use crate::cases::{Asked, Case};
use crate::smallest::Difference;

/// How many differences are enough.
const ENOUGH: usize = 200;

/// Asks both about all cases, and answers how many questions there were and
/// where the answers differ.
pub(crate) fn all(cases: impl Iterator<Item = Case> + Send + 'static) -> (usize, Vec<Difference>) {
    let mut argocd = ArgoCd::start();
    let mut questions = argocd.questions.take().unwrap();
    let (sender, receiver) = sync_channel(4_096);
    // Argo CD answers while our own answers are found.
    let writer = thread::spawn(move || {
        for mut case in cases {
            let windows = SyncWindows::load(&case.windows);
            let application = case.application();
            let mut ours = Vec::with_capacity(case.asked.len());
            // Argo CD would never answer these.
            case.asked.retain(|asked| {
                let verdict = verdict(&windows, &application, asked);
                let endless = matches!(verdict.error, Some(SyncWindowError::Endless { .. }));
                if !endless {
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
    writer.join().unwrap();
    (asked, different)
}

/// Our own answers.
pub(crate) fn ours(case: &Case) -> Vec<Decision> {
    let windows = SyncWindows::load(&case.windows);
    let answers = case
        .asked
        .iter()
        .map(|asked| as_argocd(verdict(&windows, &case.application(), asked), asked.active));
    answers.collect()
}

fn verdict(
    windows: &SyncWindows,
    application: &tidegate_core::sync_window::Application,
    asked: &Asked,
) -> Verdict {
    let time = |nanosecond: i64| Timestamp::from_nanosecond(nanosecond.into()).unwrap();
    let trigger = if asked.manual {
        Trigger::Manual
    } else {
        Trigger::Automatic
    };
    windows.verdict(
        application,
        trigger,
        asked.started.map(time),
        time(asked.at),
    )
}

fn as_argocd(verdict: Verdict, active: bool) -> Decision {
    let error = match verdict.error {
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
    };
    Decision {
        allowed: verdict.allowed,
        error: error.to_owned(),
        matched: verdict.matched,
        active: if active { verdict.active } else { Vec::new() },
    }
}
