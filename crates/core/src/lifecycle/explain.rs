//! What `why` says: the whole state of a change in lines a person reads.
//!
//! It is made from the status alone, so the command, the page and the object
//! say the same.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::phase::Phase;
use super::status::{CountedApproval, DataState, Status};
use crate::approval::Decision;
use crate::calendar::render::moment;

/// How a line stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Mark {
    /// It holds: ✓.
    Holds,
    /// It is missing or failed: ✗.
    Missing,
    /// It is under way: ▶.
    UnderWay,
    /// It is good to know: ·.
    Note,
}

impl Mark {
    /// The sign before the line.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Holds => "✓",
            Self::Missing => "✗",
            Self::UnderWay => "▶",
            Self::Note => "·",
        }
    }
}

/// One line, and what belongs below it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// How it stands.
    pub mark: Mark,
    /// What it says.
    pub text: String,
    /// Lines that belong to it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub below: Vec<Self>,
}

fn line(mark: Mark, text: impl Into<String>) -> Line {
    Line {
        mark,
        text: text.into(),
        below: Vec::new(),
    }
}

/// Explains a change. Times are written in `zone`.
pub fn explain(status: &Status, now: Timestamp, zone: &TimeZone) -> Vec<Line> {
    let mut lines = Vec::new();
    if let (Some(revision), Some(digest)) = (&status.revision, &status.digest) {
        let tool = status.rendered_by.as_deref().unwrap_or("an unknown tool");
        lines.push(line(
            Mark::Holds,
            format!(
                "{} {} renders to {} with {tool}",
                status.revision_is(),
                revision.short(),
                digest.short()
            ),
        ));
    }
    if let Some(policy) = &status.policy {
        lines.push(line(Mark::Holds, format!("governed by policy {policy}")));
    }
    approvals(status, zone, &mut lines);
    // What a reason to wait tells is not told twice.
    let told = |note: &str| {
        let mut waiting = status.waiting_on.iter();
        waiting.any(|waiting| waiting.message.contains(note))
    };
    let outlook = status
        .outlook
        .as_ref()
        .filter(|outlook| !status.phase.is_running() && !status.phase.is_final() && !told(outlook));
    for exception in &status.exceptions {
        if !exception.counts && told(&exception.note) {
            continue;
        }
        let mark = if exception.counts {
            Mark::Holds
        } else {
            Mark::Missing
        };
        let text = if exception.counts {
            format!("exception {} {}", exception.name, exception.note)
        } else {
            exception.note.clone()
        };
        lines.push(line(mark, text));
    }
    if let Some(outlook) = outlook {
        lines.push(line(Mark::Note, format!("by the calendar {outlook}")));
    }
    lines.extend(backups(status));
    progress(status, &mut lines);
    lines.extend(status.data.as_ref().map(|state| data(state, status.phase)));
    review(status, zone, &mut lines);
    for waiting in &status.waiting_on {
        let mark = if status.phase.is_running() {
            Mark::UnderWay
        } else {
            Mark::Missing
        };
        lines.push(line(mark, waiting.message.clone()));
    }
    if status.phase.is_final() {
        let mark = if status.phase == Phase::Succeeded {
            Mark::Holds
        } else {
            Mark::Missing
        };
        lines.push(line(
            mark,
            format!("ended {}: {}", status.phase, status.reason),
        ));
        if let Some(reverted) = &status.reverted {
            lines.push(line(Mark::Note, reverted.clone()));
        }
    } else if let Some(at) = status.next_transition_at.filter(|at| *at > now) {
        lines.push(line(
            Mark::Note,
            format!("looked at again {} at the latest", moment(at, zone)),
        ));
    }
    lines
}

/// What protects the data, and which backups do not.
pub fn backups(status: &Status) -> Vec<Line> {
    let backup = status.backup.iter();
    let usable = backup.map(|backup| line(Mark::Holds, format!("backup {backup}")));
    let unusable = status.backups.iter();
    let unusable =
        unusable.filter_map(|backup| Some(line(Mark::Missing, backup.unusable.as_ref()?)));
    usable.chain(unusable).collect()
}

/// How many people agreed of how many, those who count first.
fn approvals(status: &Status, zone: &TimeZone, lines: &mut Vec<Line>) {
    let Some(agreement) = status.agreement else {
        return;
    };
    if agreement.need == 0 && status.approvals.is_empty() {
        return;
    }
    let agreed =
        |approval: &&CountedApproval| approval.counts && approval.decision == Decision::Approved;
    // From its start on an emergency needs those that it owes, too.
    let (have, need) = match &status.owed {
        Some(owed) => (
            status.approvals.iter().filter(agreed).count(),
            owed.approvals,
        ),
        None => (agreement.have as usize, agreement.need),
    };
    let short = have < need as usize || status.phase == Phase::Approving;
    let mark = if short { Mark::Missing } else { Mark::Holds };
    let late = match &status.owed {
        Some(owed) if owed.approvals_overdue && owed.approved_at.is_some() => ", not in time",
        _ => "",
    };
    let mut head = line(
        mark,
        format!("{} of {need} approvals{late}", have.min(need as usize)),
    );
    let (counting, others): (Vec<_>, Vec<_>) = status
        .approvals
        .iter()
        .partition(|approval| approval.counts);
    for approval in counting.into_iter().chain(others) {
        let stands = approval.counts && approval.decision == Decision::Approved;
        let mark = if stands { Mark::Holds } else { Mark::Missing };
        let mut text = format!("{}  {}", approval.approver, moment(approval.at, zone));
        if approval.decision == Decision::Rejected {
            text.push_str("  rejects it");
        }
        if !approval.note.is_empty() {
            text.push_str("  ");
            text.push_str(&approval.note);
        }
        head.below.push(line(mark, text));
    }
    lines.push(head);
}

/// Who reviewed an emergency and what they found, and whose review counts for
/// nothing.
fn review(status: &Status, zone: &TimeZone, lines: &mut Vec<Line>) {
    let Some(owed) = &status.owed else {
        return;
    };
    if let Some(review) = &owed.review {
        let late = if owed.review_overdue {
            ", not in time"
        } else {
            ""
        };
        let by = format!("reviewed by {}", review.by);
        let at = moment(review.at, zone);
        let findings = &review.findings;
        lines.push(line(Mark::Holds, format!("{by} {at}{late}: {findings}")));
    }
    for said in &owed.reviews_not_counted {
        let (by, at) = (&said.approver, moment(said.at, zone));
        let why = &said.note;
        lines.push(line(
            Mark::Missing,
            format!("the review by {by} {at} does not count: {why}"),
        ));
    }
}

/// The bringing back of data, with what a person would type where it needs one.
fn data(state: &DataState, phase: Phase) -> Line {
    let mark = match state.ended_at {
        Some(_) => Mark::Holds,
        None if phase.is_final() || state.given_up.is_some() => Mark::Missing,
        None => Mark::UnderWay,
    };
    let by_hand = state.by_hand.iter().filter(|_| phase.is_final());
    Line {
        mark,
        text: format!("data {}", state.told),
        below: by_hand.map(|command| line(Mark::Note, command)).collect(),
    }
}

fn progress(status: &Status, lines: &mut Vec<Line>) {
    let (Some(run), Some(plan)) = (&status.run, &status.plan) else {
        return;
    };
    for (position, stage) in plan.stages.iter().enumerate() {
        let mark = match position.cmp(&(run.stage as usize)) {
            std::cmp::Ordering::Less => Mark::Holds,
            std::cmp::Ordering::Equal if run.retreat.is_some() => Mark::Missing,
            std::cmp::Ordering::Equal if status.phase == Phase::RollingOut => Mark::UnderWay,
            std::cmp::Ordering::Equal | std::cmp::Ordering::Greater => Mark::Note,
        };
        lines.push(line(
            mark,
            format!("stage {}, {}", stage.name, stage.extent()),
        ));
    }
    for check in &run.checks {
        let mark = if check.passed {
            Mark::Holds
        } else if run.retreat.is_some() {
            Mark::Missing
        } else {
            Mark::UnderWay
        };
        lines.push(line(mark, format!("check {}", check.name)));
    }
    if let Some(retreat) = run.retreat.as_ref().filter(|_| !status.phase.is_final()) {
        lines.push(line(Mark::UnderWay, format!("goes back: {}", retreat.why)));
    }
}
