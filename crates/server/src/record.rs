//! What became of a change, in the ledger: its phases and what it owes, in order
//! and none left out.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use serde_json::{Value, json};
use tidegate_core::calendar::zone_database_version;
use tidegate_core::lifecycle::owed::Notice;
use tidegate_core::lifecycle::{Phase, Status, Transition};
use tidegate_core::request::Change;
use tidegate_ledger::{AppendError, ChangeRef};

use crate::hub::Term;
use crate::sentence::sentence;

/// What the ledger could not take yet, by the change's uid.
#[derive(Debug, Default)]
pub(crate) struct Unwritten(Mutex<BTreeMap<String, Vec<Line>>>);

/// Something that has to be written.
#[derive(Debug, Clone)]
struct Line {
    at: Timestamp,
    key: String,
    what: &'static str,
    detail: Value,
}

impl Unwritten {
    fn add(&self, uid: &str, lines: Vec<Line>) {
        if lines.is_empty() {
            return;
        }
        let mut unwritten = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        unwritten.entry(uid.to_owned()).or_default().extend(lines);
    }

    fn has(&self, uid: &str) -> bool {
        let unwritten = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        unwritten.contains_key(uid)
    }

    fn take(&self, uid: &str) -> Vec<Line> {
        let mut unwritten = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        unwritten.remove(uid).unwrap_or_default()
    }
}

/// Writes changes of phase, with the approvals as they were judged and, at the
/// start, what stands in for the backup. What the ledger cannot take now is
/// written before the next effect begins.
pub(crate) async fn phases(
    term: &Term,
    change: &Change,
    status: &Status,
    transitions: &[Transition],
) {
    let lines = transitions
        .iter()
        .map(|transition| line(status, transition))
        .collect();
    write(term, change, lines).await;
}

/// Writes what an emergency settled or missed after it started.
pub(crate) async fn notices(term: &Term, change: &Change, status: &Status, notices: &[Notice]) {
    if notices.is_empty() {
        return;
    }
    let lines = notices
        .iter()
        .map(|notice| Line {
            at: Timestamp::now(),
            key: format!("owed/{}/{}", status.attempts, notice.key),
            what: "owed",
            detail: json!({
                "what": notice.text,
                "owed": status.owed,
                "approvals": status.approvals,
            }),
        })
        .collect();
    write(term, change, lines).await;
}

/// Whether the ledger lacks something that it could not take.
pub(crate) fn is_behind(term: &Term, change: &Change) -> bool {
    term.hub.unwritten.has(&change.uid)
}

/// Writes what it lacks, now or later.
pub(crate) async fn again(term: &Term, change: &Change) {
    write(term, change, Vec::new()).await;
}

/// Writes lines after those that are still left, now or later.
async fn write(term: &Term, change: &Change, lines: Vec<Line>) {
    term.hub.unwritten.add(&change.uid, lines);
    if let Err(error) = catch_up(term, change).await {
        tracing::warn!(change = %change.name, error = sentence(&error), "what became of it is written into the ledger later");
    }
}

/// Writes what is left, in order.
///
/// # Errors
///
/// The ledger; what it did not take is kept.
pub(crate) async fn catch_up(term: &Term, change: &Change) -> Result<(), AppendError> {
    let who = ChangeRef {
        name: change.name.clone(),
        uid: change.uid.clone(),
    };
    let mut left = term.hub.unwritten.take(&change.uid).into_iter();
    while let Some(line) = left.next() {
        let ledger = &term.hub.ledger;
        let written = ledger
            .record(line.at, &who, &line.key, line.what, &line.detail)
            .await;
        if let Err(error) = written {
            let rest = std::iter::once(line).chain(left).collect();
            term.hub.unwritten.add(&change.uid, rest);
            return Err(error);
        }
    }
    Ok(())
}

fn line(status: &Status, transition: &Transition) -> Line {
    let mut detail = json!({
        "from": transition.from,
        "to": transition.to,
        "why": transition.why,
    });
    if matches!(
        transition.to,
        Phase::Approving | Phase::Scheduled | Phase::BackingUp
    ) {
        detail["revision"] = json!(status.revision);
        detail["digest"] = json!(status.digest);
        detail["approvals"] = json!(status.approvals);
        detail["exceptions"] = json!(status.exceptions);
        detail["zoneDatabase"] = json!(zone_database_version());
    }
    if transition.to == Phase::BackingUp {
        detail["backup"] = json!(status.backup);
        detail["closesAt"] = json!(status.run.as_ref().and_then(|run| run.closes_at));
    }
    Line {
        at: Timestamp::now(),
        key: format!("phase/{}", transition.number),
        what: "phase",
        detail,
    }
}
