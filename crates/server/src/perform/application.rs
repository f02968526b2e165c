//! Effects on an Application of Argo CD.

use serde_json::{Value, json};
use tidegate_connect::argo_cd::{ApplicationPlace, Moved, OnBranch};
use tidegate_connect::cluster::ClusterError;
use tidegate_connect::cluster::claim::Pinned;
use tidegate_connect::cluster::record::{Holder, Previous};
use tidegate_core::argo_cd::pin::{Asker, Sources};
use tidegate_core::branch::Branch;
use tidegate_core::lifecycle::Effect;
use tidegate_core::request::Change;
use tidegate_core::target::TargetKey;

use super::{PerformError, branch};
use crate::gather::{application_of, place};
use crate::hub::Term;

/// What the Application of this target points at. None: Tidegate delivers it
/// itself.
pub(super) async fn pinned(
    term: &Term,
    change: &Change,
    target: &TargetKey,
) -> Result<Option<Pinned>, PerformError> {
    let Some(place) = place(change, target) else {
        return Ok(None);
    };
    let (object, application) = application_of(term, &place)
        .await
        .map_err(PerformError::Passing)?;
    if let Some(on) = application.branch() {
        let revision = branch::found(term, change, &application, &on).await?;
        return Ok(Some(Pinned {
            revision,
            branch: Some(on),
            sources: Sources::of(&object),
        }));
    }
    let revision = application.pin().ok_or_else(|| {
        PerformError::Refused(format!(
            "{place} points at {:?} and not at a commit",
            application.pointed_at()
        ))
    })?;
    Ok(Some(Pinned {
        revision,
        branch: None,
        sources: Sources::of(&object),
    }))
}

/// Moves the pin to the approved commit, and starts the sync.
pub(super) async fn pin(
    term: &Term,
    change: &Change,
    effect: &Effect,
    held: &Held<'_>,
) -> Result<Value, PerformError> {
    let place = of(change, held.target)?;
    let Some(revision) = &change.status.revision else {
        return Err(PerformError::Refused(
            "the status lost its commit".to_owned(),
        ));
    };
    let key = effect.key(change.status.attempts);
    let asker = Asker {
        change: &change.name,
        effect: &key,
    };
    if let Some(branch) = held.branch {
        let carried = branch::carry(term, change, held, revision, &key).await?;
        let on = OnBranch {
            branch,
            commit: &carried,
        };
        let repository = &change.request.repository;
        let argo_cd = &term.hub.argo_cd;
        let moved = argo_cd.sync_branch(&place, repository, on, asker).await;
        return told_of_branch(&place, moved, on);
    }
    let argo_cd = &term.hub.argo_cd;
    let moved = argo_cd
        .pin(&place, &change.request.repository, revision, asker)
        .await;
    told(&place, moved, revision.as_str())
}

/// Gives the Application what it had before, and starts the sync.
pub(super) async fn restore(
    term: &Term,
    change: &Change,
    effect: &Effect,
    held: &Held<'_>,
) -> Result<Value, PerformError> {
    let place = of(change, held.target)?;
    let previous = held.previous;
    let Some(sources) = &previous.application else {
        return Err(PerformError::Refused(format!(
            "the record does not say what {place} pointed at before"
        )));
    };
    let key = effect.key(change.status.attempts);
    let asker = Asker {
        change: &change.name,
        effect: &key,
    };
    if let Some(branch) = held.branch {
        let commit = branch::revert(term, change, held, &key).await?;
        let on = OnBranch {
            branch,
            commit: &commit,
        };
        let argo_cd = &term.hub.argo_cd;
        let moved = argo_cd
            .restore_on_branch(&place, sources, &commit, asker)
            .await;
        return told_of_branch(&place, moved, on);
    }
    let moved = term.hub.argo_cd.restore(&place, sources, asker).await;
    let revision = previous.revision.as_ref();
    told(
        &place,
        moved,
        revision.map_or("what it had", |r| r.as_str()),
    )
}

fn of(change: &Change, target: &TargetKey) -> Result<ApplicationPlace, PerformError> {
    place(change, target)
        .ok_or_else(|| PerformError::Refused(format!("{target} is no Application")))
}

/// A target that a change holds, with what stands in its record.
pub(super) struct Held<'a> {
    pub(super) target: &'a TargetKey,
    pub(super) holder: &'a Holder,
    pub(super) previous: &'a Previous,
    /// The branch that its pin is on.
    pub(super) branch: Option<&'a Branch>,
}

fn told_of_branch(
    place: &ApplicationPlace,
    moved: Result<Moved, ClusterError>,
    on: OnBranch<'_>,
) -> Result<Value, PerformError> {
    let mut told = told(place, moved, on.commit.as_str())?;
    told["branch"] = json!(on.branch);
    Ok(told)
}

/// A sync that is in the way ends sooner or later, and its end is news.
fn told(
    place: &ApplicationPlace,
    moved: Result<Moved, ClusterError>,
    revision: &str,
) -> Result<Value, PerformError> {
    match moved? {
        Moved::Now => Ok(json!({ "application": place.to_string(), "pin": revision })),
        Moved::Before => Ok(json!({
            "application": place.to_string(),
            "pin": revision,
            "again": true,
        })),
        Moved::Busy(busy) => Err(PerformError::Passing(busy)),
    }
}
