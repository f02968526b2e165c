//! Effects on an Application of Argo CD.

use serde_json::{Value, json};
use tidegate_connect::argo_cd::{ApplicationPlace, Moved};
use tidegate_connect::cluster::ClusterError;
use tidegate_connect::cluster::claim::Pinned;
use tidegate_connect::cluster::record::Previous;
use tidegate_core::argo_cd::Application;
use tidegate_core::argo_cd::pin::{Asker, Sources};
use tidegate_core::lifecycle::Effect;
use tidegate_core::request::{Change, Wanted};
use tidegate_core::target::TargetKey;

use super::PerformError;
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
    let pin = application.pin().ok_or_else(|| {
        PerformError::Refused(format!(
            "{place} points at {:?} and not at a commit or at the exact version of a chart",
            application.points_at()
        ))
    })?;
    Ok(Some(Pinned {
        pin,
        sources: Sources::of(&object),
    }))
}

/// Moves the pin to what was approved, and starts the sync.
pub(super) async fn pin(
    term: &Term,
    change: &Change,
    target: &TargetKey,
    effect: &Effect,
    previous: &Previous,
) -> Result<Value, PerformError> {
    let place = of(change, target)?;
    let goal = goal(change, previous).map_err(PerformError::Refused)?;
    let key = effect.key(change.status.attempts);
    let asker = Asker {
        change: &change.name,
        effect: &key,
    };
    let argo_cd = &term.hub.argo_cd;
    let is_deliverable = |application: &Application| {
        let repository = &change.request.repository;
        let manifests = match &change.request.wanted {
            Wanted::Chart { name, .. } => application.manifests_of_chart(repository, name),
            Wanted::Revision(_) | Wanted::Reference(_) => application.manifests(repository),
        };
        manifests.map(|_| ())
    };
    let kind = change.request.kind;
    let moved = argo_cd
        .pin(&place, &goal, kind, asker, is_deliverable)
        .await;
    told(&place, moved, &goal.to_string())
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
    let before = sources.pin();
    let before = before.map_or_else(|| "what it had".to_owned(), |pin| pin.to_string());
    told(&place, moved, &before)
}

fn of(change: &Change, target: &TargetKey) -> Result<ApplicationPlace, PerformError> {
    place(change, target)
        .ok_or_else(|| PerformError::Refused(format!("{target} is no Application")))
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
