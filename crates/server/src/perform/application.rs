//! Effects on an Application of Argo CD.

use serde_json::{Value, json};
use tidegate_connect::argo_cd::{ApplicationPlace, Moved, OnBranch};
use tidegate_connect::cluster::ClusterError;
use tidegate_connect::cluster::claim::Pinned;
use tidegate_connect::cluster::record::{Holder, Previous};
use tidegate_core::argo_cd::pin::{Asker, Sources};
use tidegate_core::argo_cd::{Application, Pin};
use tidegate_core::branch::Branch;
use tidegate_core::lifecycle::Effect;
use tidegate_core::request::{Change, Wanted};
use tidegate_core::target::TargetKey;

use super::{PerformError, branch};
use crate::gather::{application_of, goal, place};
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
        let content = branch::content(term, change, target, &revision).await?;
        return Ok(Some(Pinned {
            pin: Pin::Commit(revision),
            branch: Some(on),
            sources: Sources::of(&object),
            content,
        }));
    }
    let pin = application.pin().ok_or_else(|| {
        PerformError::Refused(format!(
            "{place} points at {:?} and not at a commit or at the exact version of a chart",
            application.points_at()
        ))
    })?;
    Ok(Some(Pinned {
        pin,
        branch: None,
        sources: Sources::of(&object),
        content: None,
    }))
}

/// Moves the pin to what was approved, and starts the sync.
pub(super) async fn pin(
    term: &Term,
    change: &Change,
    effect: &Effect,
    held: &Held<'_>,
) -> Result<Value, PerformError> {
    let place = of(change, held.target)?;
    let key = effect.key(change.status.attempts);
    let asker = Asker {
        change: &change.name,
        effect: &key,
    };
    let kind = change.request.kind;
    if let Some(branch) = held.branch {
        let Some(revision) = &change.status.revision else {
            return Err(PerformError::Refused(
                "the status lost its commit".to_owned(),
            ));
        };
        let carried = branch::carry(term, change, held, revision, &key).await?;
        let on = OnBranch {
            branch,
            commit: &carried,
        };
        let repository = &change.request.repository;
        let argo_cd = &term.hub.argo_cd;
        let moved = argo_cd
            .sync_branch(&place, repository, on, kind, asker)
            .await;
        return told_of_branch(&place, moved, on);
    }
    let goal = goal(change, held.previous).map_err(PerformError::Refused)?;
    let argo_cd = &term.hub.argo_cd;
    let is_deliverable = |application: &Application| {
        let repository = &change.request.repository;
        let manifests = match &change.request.wanted {
            Wanted::Chart { name, .. } => application.manifests_of_chart(repository, name),
            Wanted::Revision(_) | Wanted::Reference(_) => application.manifests(repository),
        };
        manifests.map(|_| ())
    };
    let moved = argo_cd
        .pin(&place, &goal, kind, asker, is_deliverable)
        .await;
    told(&place, moved, &goal.to_string())
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
    let before = sources.pin();
    let before = before.map_or_else(|| "what it had".to_owned(), |pin| pin.to_string());
    told(&place, moved, &before)
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
    pin: &str,
) -> Result<Value, PerformError> {
    match moved? {
        Moved::Now => Ok(json!({ "application": place.to_string(), "pin": pin })),
        Moved::Before => Ok(json!({
            "application": place.to_string(),
            "pin": pin,
            "again": true,
        })),
        Moved::Busy(busy) => Err(PerformError::Passing(busy)),
    }
}
