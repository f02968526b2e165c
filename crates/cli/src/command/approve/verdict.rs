//! Whether a signature counts, as soon as the controller has judged it.

use std::time::Duration;

use futures::{StreamExt, pin_mut};
use jiff::Timestamp;
use kube::runtime::watcher::watch_object;
use tidegate_api::{Approval, Change};
use tidegate_core::approval::Decision;
use tidegate_core::lifecycle::Status;
use tidegate_core::lifecycle::owed::Owed;
use tidegate_core::lifecycle::status::ExceptionState;

use crate::cluster::{Cluster, presentable};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::paint::{BAD, GOOD, paint};
use crate::session::Session;
use crate::view::head::status;

/// A controller that runs answers in far less.
const PATIENCE: Duration = Duration::from_secs(5);

/// What became of a signature.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It counts, and this is where the change stands now.
    Counts { standing: String },
    /// It does not, for this reason.
    DoesNot { note: String },
    /// The controller has not said.
    Unknown,
}

impl Verdict {
    /// Tells what became of it. `what` is the signature: `approval of chg-1234`.
    pub(super) fn show(
        &self,
        what: &str,
        made: &Approval,
        session: &Session,
    ) -> Result<Exit, Failure> {
        let name = &made.spec.change;
        session.printer.show(&presentable(made), || match self {
            Self::Counts { .. } => format!("{} your {what} counts\n", paint(GOOD, "✓")),
            Self::DoesNot { note } => {
                format!("{} your {what} does not count: {note}\n", paint(BAD, "✗"))
            }
            Self::Unknown => format!("your {what} is made\n"),
        })?;
        Ok(match self {
            Self::Counts { standing } => {
                session.printer.remark(standing);
                Exit::Yes
            }
            Self::DoesNot { .. } => {
                session.printer.next(&format!("tidegate why {name}"));
                Exit::No
            }
            Self::Unknown => {
                session.printer.remark(
                    "the controller has not judged it yet; it says there whether it counts:",
                );
                session.printer.next(&format!("tidegate why {name}"));
                Exit::Yes
            }
        })
    }
}

/// Waits until the controller has judged what was said of a change, but not for
/// long.
pub(super) async fn of_change(cluster: &Cluster, made: &Approval) -> Verdict {
    wait(cluster, &made.spec.change, |change| verdict(change, made)).await
}

/// The same of an exception. `before` is how the change stood before.
pub(super) async fn of_exception(
    cluster: &Cluster,
    exception: &str,
    before: Option<&Status>,
    made: &Approval,
) -> Verdict {
    let note = |status: &Status| state(status, exception).map(|state| state.note.clone());
    let before = before.and_then(note);
    let judge = |change: &Change| of_an_exception(change, exception, before.as_deref(), made);
    wait(cluster, &made.spec.change, judge).await
}

async fn wait(cluster: &Cluster, name: &str, judge: impl Fn(&Change) -> Verdict) -> Verdict {
    let judged = async {
        let news = watch_object(cluster.changes(), name);
        pin_mut!(news);
        while let Some(item) = news.next().await {
            match item {
                Ok(Some(change)) => match judge(&change) {
                    Verdict::Unknown => {}
                    known => return known,
                },
                Ok(None) | Err(_) => return Verdict::Unknown,
            }
        }
        Verdict::Unknown
    };
    tokio::time::timeout(PATIENCE, judged)
        .await
        .unwrap_or(Verdict::Unknown)
}

fn state<'a>(status: &'a Status, exception: &str) -> Option<&'a ExceptionState> {
    let mut states = status.exceptions.iter();
    states.find(|state| state.name == exception)
}

/// Whether the exception counts now, or why this approval does not make it.
fn of_an_exception(
    change: &Change,
    exception: &str,
    before: Option<&str>,
    made: &Approval,
) -> Verdict {
    let status = status(change);
    let Some((status, state)) = status.and_then(|status| Some((status, state(status, exception)?)))
    else {
        return Verdict::Unknown;
    };
    if state.counts {
        return Verdict::Counts {
            standing: standing(status),
        };
    }
    if Some(state.note.as_str()) == before || !state.note.contains(&made.spec.approver) {
        return Verdict::Unknown;
    }
    let introduction = format!("exception {exception} does not count: ");
    let note = state.note.strip_prefix(&introduction);
    Verdict::DoesNot {
        note: note.unwrap_or(&state.note).to_owned(),
    }
}

/// What the status says of this signature: of this person, made at this moment.
fn verdict(change: &Change, made: &Approval) -> Verdict {
    let Some(status) = status(change) else {
        return Verdict::Unknown;
    };
    let created = made
        .metadata
        .creation_timestamp
        .as_ref()
        .map(|created| created.0);
    if made.spec.decision == Decision::Reviewed {
        return of_review(status, made, created);
    }
    let judged = status
        .approvals
        .iter()
        .rfind(|approval| approval.approver == made.spec.approver && Some(approval.at) == created);
    match judged {
        None => Verdict::Unknown,
        Some(approval) if approval.counts => Verdict::Counts {
            standing: standing(status),
        },
        Some(approval) => Verdict::DoesNot {
            note: approval.note.clone(),
        },
    }
}

/// Only the first review that counts is asked for.
fn of_review(status: &Status, made: &Approval, created: Option<Timestamp>) -> Verdict {
    let Some(owed) = &status.owed else {
        return Verdict::Unknown;
    };
    let this = |by: &str, at: Timestamp| by == made.spec.approver && Some(at) == created;
    let mut others = owed.reviews_not_counted.iter();
    if let Some(said) = others.find(|said| this(&said.approver, said.at)) {
        let note = said.note.clone();
        return Verdict::DoesNot { note };
    }
    match &owed.review {
        None => Verdict::Unknown,
        Some(review) if this(&review.by, review.at) => Verdict::Counts {
            standing: standing(status),
        },
        Some(review) => Verdict::DoesNot {
            note: format!("{} has reviewed it already", review.by),
        },
    }
}

fn standing(status: &Status) -> String {
    if status.owed.as_ref().is_some_and(Owed::is_settled) {
        return format!("it is {}, and nothing is owed any more", status.phase);
    }
    match status.waiting_on.first() {
        Some(waiting) => format!("it is {}: {}", status.phase, waiting.message),
        None => format!("it is {}", status.phase),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::examples;

    fn made(approver: &str, at: &str) -> Approval {
        serde_json::from_value(serde_json::json!({
            "apiVersion": "tidegate.dev/v1alpha1",
            "kind": "Approval",
            "metadata": { "name": "a", "creationTimestamp": at },
            "spec": {
                "change": "chg-1241", "revision": "0", "digest": "0",
                "decision": "Approved", "approver": approver,
            },
        }))
        .unwrap()
    }

    #[test]
    fn the_verdict_is_on_this_very_signature() {
        let change = examples::approving();
        let counts = verdict(&change, &made("lea", "2026-11-24T10:20:00Z"));
        assert!(matches!(counts, Verdict::Counts { .. }));
        let author = verdict(&change, &made("dana", "2026-11-24T10:21:00Z"));
        let note = "wrote a commit of this change".to_owned();
        assert_eq!(author, Verdict::DoesNot { note });
        let later = verdict(&change, &made("dana", "2026-11-24T10:41:00Z"));
        assert_eq!(later, Verdict::Unknown);
    }
}
