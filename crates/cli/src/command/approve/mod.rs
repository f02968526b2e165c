//! `tidegate approve` and `tidegate reject`: a person's word on a change.

mod exception;
mod sign;
mod verdict;

use std::io;

use clap::Args;
use tidegate_core::approval::Decision;
use tidegate_core::lifecycle::Status;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::paint::{STRONG, paint};
use crate::output::{OutputError, Printer};
use crate::session::Session;
use sign::{SignError, Signature, subject};

/// Approve a change: its commit and its rendered manifests
///
/// Ends with 0 when the approval is made, and with 1 when it is known not to
/// count.
#[derive(Debug, Args)]
pub(crate) struct ApproveOptions {
    /// What else to say
    #[arg(long, value_name = "TEXT")]
    comment: Option<String>,
    /// Instead of the change: an exception of its calendar that lets it pass a
    /// freeze
    #[arg(long, value_name = "NAME", conflicts_with_all = ["groups", "revision"])]
    exception: Option<String>,
    #[command(flatten)]
    common: Common,
}

/// Reject a change
///
/// A rejection that counts ends the change. Ends with 0 when it is made, and
/// with 1 when it is known not to count.
#[derive(Debug, Args)]
pub(crate) struct RejectOptions {
    /// Why
    #[arg(long, value_name = "TEXT")]
    comment: String,
    #[command(flatten)]
    common: Common,
}

/// Review what an emergency did
///
/// An emergency owes a review after it started, by somebody who did not ask for
/// it. Ends with 0 when the review is made, and with 1 when it is known not to
/// count.
#[derive(Debug, Args)]
pub(crate) struct ReviewOptions {
    /// What was found: the cause, what was done, what follows
    #[arg(long, value_name = "TEXT")]
    findings: String,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
struct Common {
    /// The change, such as chg-1234
    name: String,
    /// A group to speak for; may be given several times. Those of your groups
    /// that the policy asks for unless given
    #[arg(long = "group", value_name = "GROUP")]
    groups: Vec<String>,
    /// The commit you looked at, in full or its first digits: refuse if it is
    /// another one now
    #[arg(long, value_name = "SHA")]
    revision: Option<String>,
    /// Do not ask for confirmation
    #[arg(short, long)]
    yes: bool,
}

pub(super) async fn approve(options: ApproveOptions, session: &Session) -> Result<Exit, Failure> {
    let Some(name) = options.exception else {
        return run(Decision::Approved, options.comment, options.common, session).await;
    };
    let cluster = session.cluster().await?;
    let change = cluster.change(&options.common.name).await?;
    let comment = options.comment.as_deref();
    let yes = options.common.yes;
    exception::approve(&name, &change, comment, yes, &cluster, session).await
}

pub(super) async fn reject(options: RejectOptions, session: &Session) -> Result<Exit, Failure> {
    run(
        Decision::Rejected,
        Some(options.comment),
        options.common,
        session,
    )
    .await
}

pub(super) async fn review(options: ReviewOptions, session: &Session) -> Result<Exit, Failure> {
    run(
        Decision::Reviewed,
        Some(options.findings),
        options.common,
        session,
    )
    .await
}

async fn run(
    decision: Decision,
    comment: Option<String>,
    options: Common,
    session: &Session,
) -> Result<Exit, Failure> {
    let cluster = session.cluster().await?;
    let change = cluster.change(&options.name).await?;
    let subject = subject(&change, decision, options.revision.as_deref())?;
    let myself = cluster.myself().await?;
    if decision == Decision::Approved && counts_already(subject.status, &myself.username) {
        session.printer.result(&format!(
            "{} is approved by you already, and it counts\n",
            options.name
        ))?;
        return Ok(Exit::Yes);
    }
    let groups = if options.groups.is_empty() {
        sign::groups(&cluster, subject.status.policy.as_deref(), &myself.groups).await
    } else {
        options.groups
    };
    let signature = Signature {
        change: options.name.clone(),
        subject,
        decision,
        approver: myself.username,
        groups,
        comment,
    };
    session.printer.remark(&signature.told(&change.spec));
    if !options.yes && Printer::can_ask() && !confirmed(decision, session)? {
        return Err(SignError::NotConfirmed.into());
    }
    let made = signature.make(&cluster).await?;
    let word = match decision {
        Decision::Approved => "approval",
        Decision::Rejected => "rejection",
        Decision::Reviewed => "review",
    };
    let what = format!(
        "{} of {}",
        paint(STRONG, word),
        paint(STRONG, &options.name)
    );
    let verdict = verdict::of_change(&cluster, &made).await;
    verdict.show(&what, &made, session)
}

/// The controller counts somebody only once; a second approval would only be
/// noise in the record.
fn counts_already(status: &Status, username: &str) -> bool {
    status
        .approvals
        .iter()
        .any(|approval| approval.counts && approval.approver == username)
}

fn confirmed(decision: Decision, session: &Session) -> Result<bool, OutputError> {
    let question = match decision {
        Decision::Approved => "Approve this? [y/N]",
        Decision::Rejected => "Reject this? [y/N]",
        Decision::Reviewed => "Sign this review? [y/N]",
    };
    session.printer.ask(question);
    let mut answer = String::new();
    io::stdin()
        .read_line(&mut answer)
        .map_err(OutputError::Write)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}
