//! Bringing data back from a backup, one step after the other.

use serde_json::{Value, json};
use tidegate_connect::cluster::data::Owned;
use tidegate_connect::cluster::record::Holder;
use tidegate_connect::velero::{Asked, RestoreRequest, VeleroError};
use tidegate_core::backup::data::DataWork;
use tidegate_core::lifecycle::Effect;
use tidegate_core::lifecycle::status::RestoreState;
use tidegate_core::request::Change;
use tidegate_core::rollout::object::ObjectKey;
use tidegate_core::target::TargetKey;

use super::{PerformError, there, wanted};
use crate::argo_cd::clusters::told_of;
use crate::gather::backups::namespaces;
use crate::gather::place;
use crate::hub::Term;
use crate::sentence::sentence;
use crate::velero::velero;

/// Does one step of it.
pub(super) async fn bring_back(
    term: &Term,
    change: &Change,
    holder: &Holder,
    effect: &Effect,
) -> Result<Value, PerformError> {
    match effect {
        Effect::Stop { target, round, .. } => stop(term, change, holder, target, *round).await,
        Effect::RemoveClaims { target, .. } => remove_claims(term, change, holder, target).await,
        Effect::Restore { cluster, number } => restore(term, change, cluster, *number).await,
        Effect::Start { target, .. } => start(term, change, holder, target).await,
        Effect::DiscardVolumes { target, .. } => {
            discard_volumes(term, change, holder, target).await
        }
        other => Err(PerformError::Refused(format!("{other} is no step of it"))),
    }
}

/// Finds what uses claims that the backup has, pauses the syncs of an Application,
/// keeps the volumes and stops what uses them.
async fn stop(
    term: &Term,
    change: &Change,
    holder: &Holder,
    target: &TargetKey,
    round: u32,
) -> Result<Value, PerformError> {
    let there = there(term, change, target).await?;
    let backup = change.data_from(&target.cluster, round).ok_or_else(|| {
        PerformError::Refused(format!("the change has no backup of {}", target.cluster))
    })?;
    let velero = velero(term, change, target)
        .await
        .map_err(PerformError::Passing)?;
    let volumes = velero.volumes_of(backup).await;
    let volumes = volumes.map_err(|error| told(term, target, &error))?;
    let owned = owned(term, change, target).await?;
    let work = there
        .find_data(target, holder, round, &owned, &volumes)
        .await?;
    if work.claims.is_empty() {
        return Ok(json!({ "claims": [], "stopped": [] }));
    }
    if let Some(place) = place(change, target) {
        let argo_cd = &term.hub.argo_cd;
        if let Some(busy) = argo_cd.pause(&place).await? {
            return Err(PerformError::Passing(busy));
        }
    }
    there.stop(&work).await?;
    let stopped = work.stopped.iter().map(|stopped| stopped.key.to_string());
    let claims = work.claims.iter().map(|kept| {
        json!({
            "claim": kept.claim.to_string(),
            "volume": kept.volume.as_ref().map(|volume| volume.name.as_str()),
        })
    });
    Ok(json!({
        "backup": backup,
        "claims": claims.collect::<Vec<_>>(),
        "stopped": stopped.collect::<Vec<_>>(),
    }))
}

async fn remove_claims(
    term: &Term,
    change: &Change,
    holder: &Holder,
    target: &TargetKey,
) -> Result<Value, PerformError> {
    let there = there(term, change, target).await?;
    let work = work(term, holder, target).await?.unwrap_or_default();
    there.remove_claims(&work).await?;
    let claims = work.claims.iter().map(|kept| kept.claim.to_string());
    Ok(json!({ "removed": claims.collect::<Vec<_>>() }))
}

/// Asks for the restore that the status names.
async fn restore(
    term: &Term,
    change: &Change,
    cluster: &str,
    number: u32,
) -> Result<Value, PerformError> {
    let lost = || PerformError::Refused("the status lost which restore it asks for".to_owned());
    let state = change.status.data.as_ref();
    let named = state.and_then(|state| {
        let mut restores = state.restores.iter();
        restores.find(|restore| restore.number == number && restore.cluster == cluster)
    });
    let RestoreState { name, backup, .. } = named.ok_or_else(lost)?;
    let mut targets = change.request.targets.iter().map(|target| &target.key);
    let target = targets
        .find(|target| target.cluster == cluster)
        .ok_or_else(lost)?;
    let velero = velero(term, change, target)
        .await
        .map_err(PerformError::Passing)?;
    let namespaces = namespaces(change, cluster);
    let request = RestoreRequest {
        name,
        backup,
        ticket: &change.request.ticket,
        change_uid: &change.uid,
        namespaces: &namespaces,
    };
    let asked = velero.restore(&request).await;
    let asked = asked.map_err(|error| told(term, target, &error))?;
    Ok(json!({
        "restore": name,
        "backup": backup,
        "cluster": cluster,
        "command": request.command(velero.namespace()),
        "again": asked == Asked::Before,
    }))
}

/// Starts again what was stopped, and lets an Application sync again.
async fn start(
    term: &Term,
    change: &Change,
    holder: &Holder,
    target: &TargetKey,
) -> Result<Value, PerformError> {
    let there = there(term, change, target).await?;
    let work = work(term, holder, target).await?.unwrap_or_default();
    there.start(&work).await?;
    if let Some(place) = place(change, target).filter(|_| !work.claims.is_empty()) {
        term.hub.argo_cd.resume(&place).await?;
    }
    let started = work.stopped.iter().map(|stopped| stopped.key.to_string());
    Ok(json!({ "started": started.collect::<Vec<_>>() }))
}

async fn discard_volumes(
    term: &Term,
    change: &Change,
    holder: &Holder,
    target: &TargetKey,
) -> Result<Value, PerformError> {
    let there = there(term, change, target).await?;
    let work = work(term, holder, target).await?.unwrap_or_default();
    there.discard_volumes(&work).await?;
    let volumes = work.claims.iter().filter_map(|kept| {
        let volume = kept.volume.as_ref()?;
        Some(format!("{} to {}", volume.name, volume.reclaimed))
    });
    Ok(json!({ "volumes": volumes.collect::<Vec<_>>() }))
}

async fn work(
    term: &Term,
    holder: &Holder,
    target: &TargetKey,
) -> Result<Option<DataWork>, PerformError> {
    Ok(term.hub.cluster.data_work(target, holder).await?)
}

/// What belongs to the change in the namespace of the target: what it brings, and
/// what ran before it.
async fn owned(term: &Term, change: &Change, target: &TargetKey) -> Result<Owned, PerformError> {
    let mut owned = Owned::default();
    for other in change.request.targets.iter().map(|target| &target.key) {
        if other.cluster != target.cluster || other.namespace != target.namespace {
            continue;
        }
        let approved = wanted(term, change, other).await?;
        let record = term.hub.cluster.record(other).await?;
        let before = record.previous.map(|previous| previous.objects);
        for object in approved.iter().chain(before.iter().flatten()) {
            let Ok(mut key) = ObjectKey::of(object) else {
                continue;
            };
            key.namespace = Some(other.namespace.clone());
            if other == target {
                owned.of_target.insert(key.clone());
            }
            owned.of_change.insert(key);
        }
    }
    Ok(owned)
}

fn told(term: &Term, target: &TargetKey, error: &VeleroError) -> PerformError {
    let told = told_of(term, target, sentence(error));
    if error.is_passing() {
        PerformError::Passing(told)
    } else {
        PerformError::Refused(told)
    }
}
