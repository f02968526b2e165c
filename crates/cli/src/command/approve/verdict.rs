//! Whether a signature counts, as soon as the controller has judged it.

use std::time::Duration;

use futures::{StreamExt, pin_mut};
use kube::runtime::watcher::watch_object;
use tidegate_api::{Approval, Change};
use tidegate_core::approval::Decision;
use tidegate_core::lifecycle::Status;

use crate::cluster::Cluster;
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

/// Waits until the controller has judged it, but not for long.
pub(super) async fn wait(cluster: &Cluster, name: &str, made: &Approval) -> Verdict {
    let judged = async {
        let news = watch_object(cluster.changes(), name);
        pin_mut!(news);
        while let Some(item) = news.next().await {
            match item {
                Ok(Some(change)) => match verdict(&change, made) {
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
        let review = status.owed.as_ref().and_then(|owed| owed.review.as_ref());
        return match review {
            Some(review) if review.by == made.spec.approver => Verdict::Counts {
                standing: standing(status),
            },
            _ => Verdict::Unknown,
        };
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

fn standing(status: &Status) -> String {
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
