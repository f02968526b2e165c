//! Effects on an Application of Argo CD.

use serde_json::{Value, json};
use tidegate_connect::argo_cd::{ApplicationPlace, Moved};
use tidegate_connect::cluster::ClusterError;
use tidegate_connect::cluster::claim::Pinned;
use tidegate_connect::cluster::record::Previous;
use tidegate_core::argo_cd::pin::{Asker, Sources};
use tidegate_core::lifecycle::Effect;
use tidegate_core::request::Change;
use tidegate_core::target::TargetKey;

use super::PerformError;
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
    let revision = application.pin().ok_or_else(|| {
        PerformError::Refused(format!(
            "{place} points at {:?} and not at a commit",
            application.pointed_at()
        ))
    })?;
    Ok(Some(Pinned {
        revision,
        sources: Sources::of(&object),
    }))
}

/// Moves the pin to the approved commit, and starts the sync.
pub(super) async fn pin(
    term: &Term,
    change: &Change,
    target: &TargetKey,
    effect: &Effect,
) -> Result<Value, PerformError> {
    let place = of(change, target)?;
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
    let argo_cd = &term.hub.argo_cd;
    let request = &change.request;
    let moved = argo_cd
        .pin(&place, &request.repository, revision, request.kind, asker)
        .await;
    told(&place, moved, revision.as_str())
}

/// Gives the Application what it had before, and starts the sync.
pub(super) async fn restore(
    term: &Term,
    change: &Change,
    target: &TargetKey,
    effect: &Effect,
    previous: &Previous,
) -> Result<Value, PerformError> {
    let place = of(change, target)?;
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
