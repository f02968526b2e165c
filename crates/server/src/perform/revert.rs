//! Taking a change that went back out of the branch that it came from.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tidegate_connect::git::{Repository, Undo, Undone};
use tidegate_core::argo_cd::branch::message::{Signature, takes_out};
use tidegate_core::branch::Branch;
use tidegate_core::lifecycle::Effect;
use tidegate_core::policy::Revert;
use tidegate_core::request::{Change, Wanted};
use tidegate_core::revision::Revision;

use super::PerformError;
use super::branch::repository;
use crate::hub::Term;
use crate::sentence::sentence;

/// Takes it out, on a branch of its own or on the one that it came from.
pub(super) async fn revert(term: &Term, change: &Change) -> Result<Value, PerformError> {
    let status = &change.status;
    let run = status.run.as_ref();
    let retreat = run.and_then(|run| run.retreat.as_ref());
    let (Some(plan), Some(brought), Some(retreat)) = (&status.plan, &status.revision, retreat)
    else {
        return refused("the status lost its run");
    };
    if matches!(change.request.wanted, Wanted::Chart { .. }) {
        return refused("it moved the version of a chart, so Git has nothing of it");
    }
    let repository = repository(term, change).await?;
    let before = before(term, change, &repository).await?;
    let from = came_from(term, change, &repository).await?;
    let onto = match plan.revert {
        Revert::None => return refused("its policy wants nothing of it"),
        Revert::Commit => from.clone(),
        Revert::Branch => Branch::parse(&format!("revert-{}", change.name))
            .map_err(|error| PerformError::Refused(sentence(&error)))?,
    };
    let key = Effect::Revert.key(status.attempts);
    let signature = Signature {
        change,
        effect: &key,
    };
    let undo = Undo {
        from: &from,
        onto: &onto,
        brought,
        before: &before,
        message: &takes_out(signature, brought, &retreat.why),
        mark: &signature.mark(),
        at: retreat.since,
    };
    let undone = term.hub.mirrors.undo(&repository, &undo).await?;
    let short = brought.short();
    match undone {
        Undone::Pushed { commit, address } => {
            let told = if onto == from {
                format!("commit {} takes it out of {from}", commit.short())
            } else {
                let open = address.map_or_else(
                    || format!("open a pull request of it into {from}"),
                    |address| format!("open a pull request of it at {address}"),
                );
                format!("branch {onto} takes it out of {from}; {open}")
            };
            Ok(json!({ "told": told, "branch": onto, "commit": commit }))
        }
        Undone::NeverThere => refused(format!(
            "{from} does not have {short}, so there is nothing to take out"
        )),
        Undone::Nothing => refused(format!(
            "{from} has nothing of it any more, so there is nothing to take out"
        )),
        Undone::Conflict(files) => refused(format!(
            "what came to {from} later changes the same lines of {}; `git revert` it by hand",
            files.join(", ")
        )),
        Undone::Taken => refused(format!(
            "branch {onto} is there already, and is not Tidegate's"
        )),
    }
}

fn refused<T>(why: impl Into<String>) -> Result<T, PerformError> {
    Err(PerformError::Refused(why.into()))
}

/// The branch that the change named, or else the repository's own.
async fn came_from(
    term: &Term,
    change: &Change,
    repository: &Repository,
) -> Result<Branch, PerformError> {
    let mirrors = &term.hub.mirrors;
    if let Wanted::Reference(reference) = &change.request.wanted
        && let Ok(branch) = Branch::parse(reference)
        && mirrors.head(repository, &branch).await?.is_some()
    {
        return Ok(branch);
    }
    Ok(mirrors.default_branch(repository).await?)
}

/// The commit that ran before wherever the change was: what its targets were
/// taken at, as the ledger keeps it.
async fn before(
    term: &Term,
    change: &Change,
    repository: &Repository,
) -> Result<Revision, PerformError> {
    let outcomes = term.hub.ledger.outcomes(&change.uid).await;
    let outcomes = outcomes.map_err(|error| PerformError::Passing(sentence(&error)))?;
    let attempts = change.status.attempts;
    let mut found = BTreeSet::new();
    for target in change.request.targets.iter().map(|target| &target.key) {
        let back = Effect::RollBack {
            target: target.clone(),
        };
        if !outcomes.contains_key(&back.key(attempts)) {
            continue;
        }
        let claim = Effect::Claim {
            target: target.clone(),
        };
        let taken = outcomes.get(&claim.key(attempts));
        let taken = taken.and_then(|record| record.ended.as_ref());
        let previous = taken.and_then(|(_, outcome)| outcome.pointer("/done/previous")?.as_str());
        match previous.map(Revision::parse) {
            Some(Ok(revision)) => {
                found.insert(revision);
            }
            _ => {
                return refused(format!(
                    "nobody knows which commit ran in {} before",
                    target.name
                ));
            }
        }
    }
    let mut found = found.into_iter();
    let Some(first) = found.next() else {
        return refused("nothing of it was out");
    };
    for other in found {
        let same = term.hub.mirrors.same_content(repository, &first, &other);
        if !same.await? {
            return refused(format!(
                "its targets ran different commits before, {} and {}",
                first.short(),
                other.short()
            ));
        }
    }
    Ok(first)
}
