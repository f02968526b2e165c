//! Effects on an Application whose pin is on a branch.

use jiff::Timestamp;
use tidegate_connect::git::{GitError, NewCommit, Repository};
use tidegate_core::argo_cd::Application;
use tidegate_core::argo_cd::branch::message::{Signature, deploys, reverts};
use tidegate_core::branch::Branch;
use tidegate_core::request::Change;
use tidegate_core::revision::Revision;
use tidegate_core::target::TargetKey;

use super::PerformError;
use super::application::Held;
use crate::gather;
use crate::hub::Term;
use crate::sentence::sentence;

/// The commit that the Application is at, which is also what the repository has
/// at its branch now.
pub(super) async fn found(
    term: &Term,
    change: &Change,
    application: &Application,
    branch: &Branch,
) -> Result<Revision, PerformError> {
    let place = application.place();
    let passing = |problem: String| Err(PerformError::Passing(problem));
    let Some(seen) = application.live_revision() else {
        return passing(format!(
            "Argo CD does not say what Application {place} found at its branch {branch}"
        ));
    };
    let repository = repository(term, change).await?;
    let mirrors = &term.hub.mirrors;
    match mirrors.head(&repository, branch).await? {
        Some(head) if head == seen => {
            mirrors.ensure(&repository, &head).await?;
            Ok(head)
        }
        Some(head) => passing(format!(
            "branch {branch} is at {}, and Argo CD compared Application {place} with {} last",
            head.short(),
            seen.short()
        )),
        None => passing(format!(
            "{repository} has no branch {branch} any more; `git push {repository} {seen}:{}` makes it again",
            branch.full()
        )),
    }
}

/// The commit that was delivered to a target last, if what is at its branch has the
/// same content. Whatever else the record says is of another time.
pub(super) async fn content(
    term: &Term,
    change: &Change,
    target: &TargetKey,
    at_branch: &Revision,
) -> Result<Option<Revision>, PerformError> {
    let record = term.hub.cluster.record(target).await?;
    let Some(deployed) = record.deployed else {
        return Ok(None);
    };
    let repository = repository(term, change).await?;
    let mirrors = &term.hub.mirrors;
    let same = mirrors
        .same_content(&repository, &deployed.revision, at_branch)
        .await;
    match same {
        Ok(true) => Ok(Some(deployed.revision)),
        Err(error) if error.is_passing() => Err(error.into()),
        // Or it is of another repository.
        Ok(false) | Err(_) => Ok(None),
    }
}

/// Puts a commit with what was approved on the branch. The same commit is made
/// again after a crash, so that it is known.
pub(super) async fn carry(
    term: &Term,
    change: &Change,
    held: &Held<'_>,
    revision: &Revision,
    key: &str,
) -> Result<Revision, PerformError> {
    let (branch, before) = on(held)?;
    let started = change.status.run.as_ref().map(|run| run.started_at);
    let signature = Signature {
        change,
        effect: key,
    };
    let commit = NewCommit {
        parents: &[before, revision],
        content: revision,
        message: &deploys(signature, revision),
        at: moment(started)?,
    };
    let repository = repository(term, change).await?;
    let mirrors = &term.hub.mirrors;
    let made = mirrors.make(&repository, &commit).await?;
    let head = mirrors.head(&repository, branch).await?;
    if head.as_ref() != Some(&made) {
        if head.as_ref() != Some(before) {
            return Err(moved(branch, head.as_ref()));
        }
        let pushed = mirrors.push(&repository, branch, Some(before), &made).await;
        match pushed {
            Ok(_) => {}
            Err(GitError::BranchMoved { .. }) => {
                let head = mirrors.head(&repository, branch).await?;
                return Err(moved(branch, head.as_ref()));
            }
            Err(error) => return Err(error.into()),
        }
    }
    let cluster = &term.hub.cluster;
    cluster
        .remember_carried(held.target, held.holder, &made)
        .await?;
    Ok(made)
}

/// Puts a commit with what was there before on top of whatever is there now, if
/// that is anything else. Whatever the repository answers is tried again for as
/// long as the way back may take: people are told of it at once, and may mend it.
pub(super) async fn revert(
    term: &Term,
    change: &Change,
    held: &Held<'_>,
    key: &str,
) -> Result<Revision, PerformError> {
    let (branch, before) = on(held)?;
    let retreat = change.status.run.as_ref();
    let retreat = retreat.and_then(|run| run.retreat.as_ref());
    let signature = Signature {
        change,
        effect: key,
    };
    let says = |_: &Revision| reverts(signature, before);
    let at = moment(retreat.map(|retreat| retreat.since))?;
    let repository = repository(term, change).await?;
    let mirrors = &term.hub.mirrors;
    let standing = mirrors
        .stand_at(&repository, branch, before, says, at)
        .await;
    let standing = standing.map_err(|error| PerformError::Passing(sentence(&error)))?;
    let cluster = &term.hub.cluster;
    cluster
        .remember_way_back(held.target, held.holder, &standing.now)
        .await?;
    Ok(standing.now)
}

/// The branch, and the commit that was there before the change.
fn on<'a>(held: &Held<'a>) -> Result<(&'a Branch, &'a Revision), PerformError> {
    match (held.branch, &held.previous.revision) {
        (Some(branch), Some(before)) => Ok((branch, before)),
        _ => Err(PerformError::Refused(format!(
            "the record does not say what was at the branch of {} before",
            held.target
        ))),
    }
}

/// A commit is dated by what the status keeps, so that it is the same again.
fn moment(at: Option<Timestamp>) -> Result<Timestamp, PerformError> {
    at.ok_or_else(|| PerformError::Refused("the status lost its run".to_owned()))
}

fn moved(branch: &Branch, head: Option<&Revision>) -> PerformError {
    PerformError::Refused(match head {
        Some(head) => format!(
            "somebody pushed {} to branch {branch}, so nothing was put there",
            head.short()
        ),
        None => format!("somebody deleted branch {branch}"),
    })
}

pub(super) async fn repository(term: &Term, change: &Change) -> Result<Repository, PerformError> {
    let repository = gather::repository(term, &change.request.repository).await;
    repository.map_err(PerformError::Passing)
}
