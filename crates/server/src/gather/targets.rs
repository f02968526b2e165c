//! How the targets of a running change do.

use serde_json::Value;
use tidegate_connect::argo_cd::ApplicationPlace;
use tidegate_connect::cluster::Cluster;
use tidegate_connect::cluster::record::Previous;
use tidegate_core::argo_cd::Application;
use tidegate_core::argo_cd::pin::Sources;
use tidegate_core::argo_cd::seen::{Seen, not_approved, see};
use tidegate_core::argo_rollouts::Hold;
use tidegate_core::lifecycle::facts::Observation;
use tidegate_core::lifecycle::{Facts, Question};
use tidegate_core::request::Change;
use tidegate_core::revision::Revision;
use tidegate_core::rollout::object::ObjectKey;
use tidegate_core::rollout::share::Share;
use tidegate_core::target::TargetKey;

use crate::argo_cd::clusters::cluster_of;
use crate::hub::Term;

/// Looks at every target that the core asks about.
pub(super) async fn observe(
    term: &Term,
    change: &Change,
    facts: &mut Facts,
    questions: &[Question],
) {
    for question in questions {
        let (target, observation) = match question {
            Question::Stage(target, stage) => {
                (target, stage_of(term, change, target, *stage).await)
            }
            Question::Previous(target) => (target, previous(term, change, target).await),
            Question::Source | Question::Preview | Question::Check(_) => continue,
        };
        facts
            .observations
            .insert(target.clone(), placed(term, target, observation));
    }
}

/// Says of what cannot be seen which cluster it is in, if not in Tidegate's own.
fn placed(term: &Term, target: &TargetKey, observation: Observation) -> Observation {
    match observation {
        Observation::Unknown(problem) if target.cluster != term.hub.options.cluster => {
            Observation::Unknown(format!("cluster {}: {problem}", target.cluster))
        }
        seen => seen,
    }
}

async fn stage_of(term: &Term, change: &Change, target: &TargetKey, stage: u32) -> Observation {
    let cluster = match cluster_of(term, change, target).await {
        Ok(cluster) => cluster,
        Err(problem) => return Observation::Unknown(problem),
    };
    let plan = change.status.plan.as_ref();
    let hold = plan.and_then(|plan| plan.hold(stage, target));
    let stages = change.status.plan.as_ref().map(|plan| &plan.stages);
    let stage = stages.and_then(|stages| stages.get(stage as usize));
    let is_last = stage.is_none_or(|stage| stage.share == Share::FULL);
    if let Some(place) = super::place(change, target)
        && let Some(edited) = edited(term, &place, target).await
    {
        return edited;
    }
    let manifests = match super::manifests(term, change, target).await {
        Ok(manifests) => manifests,
        Err(problem) => return Observation::Unknown(problem),
    };
    let previous = match before(term, target).await {
        Ok(previous) => previous,
        Err(unknown) => return unknown,
    };
    let Some(place) = super::place(change, target) else {
        return cluster
            .observe_stage(target, &manifests, &previous, is_last)
            .await;
    };
    let Some(revision) = &change.status.revision else {
        return Observation::Unknown("its commit is not established".to_owned());
    };
    let approved = Approved {
        manifests: &manifests,
        hold,
    };
    delivered(
        term,
        &cluster,
        &place,
        target,
        revision,
        &previous,
        Some(approved),
    )
    .await
}

async fn previous(term: &Term, change: &Change, target: &TargetKey) -> Observation {
    let cluster = match cluster_of(term, change, target).await {
        Ok(cluster) => cluster,
        Err(problem) => return Observation::Unknown(problem),
    };
    let previous = match before(term, target).await {
        Ok(previous) => previous,
        Err(unknown) => return unknown,
    };
    match (super::place(change, target), &previous.revision) {
        (None, _) => cluster.observe_previous(target, &previous).await,
        (Some(place), Some(revision)) => {
            delivered(term, &cluster, &place, target, revision, &previous, None).await
        }
        (Some(_), None) => {
            Observation::Unknown("the record does not say what it pointed at".to_owned())
        }
    }
}

/// What ran before the change; or why nothing can be seen without that.
async fn before(term: &Term, target: &TargetKey) -> Result<Previous, Observation> {
    match term.hub.cluster.record(target).await {
        Ok(record) => record.previous.ok_or_else(|| {
            Observation::Unknown("the record of what ran before is gone".to_owned())
        }),
        Err(error) => Err(Observation::Unknown(error.to_string())),
    }
}

/// What is seen where somebody edited what the Application makes its manifests
/// from: Argo CD delivers something else by then, whatever it is.
async fn edited(term: &Term, place: &ApplicationPlace, target: &TargetKey) -> Option<Observation> {
    let previous = match term.hub.cluster.record(target).await {
        Ok(record) => record.previous?,
        Err(error) => return Some(Observation::Unknown(error.to_string())),
    };
    let before = previous.application?;
    match super::application_of(term, place).await {
        Ok((object, _)) if before.differ_only_in_pin(&Sources::of(&object)) => None,
        Ok(_) => Some(Observation::Differs(format!(
            "somebody edited the source of {place}"
        ))),
        Err(problem) => Some(Observation::Unknown(problem)),
    }
}

/// What was approved, as far as it is to be out.
#[derive(Clone, Copy)]
struct Approved<'a> {
    manifests: &'a [Value],
    /// Where its Rollouts are to stop.
    hold: Option<Hold>,
}

/// What Argo CD says counts first; then what runs is compared with what it
/// should be. Without something approved that is what ran before.
async fn delivered(
    term: &Term,
    cluster: &Cluster,
    place: &ApplicationPlace,
    target: &TargetKey,
    revision: &Revision,
    previous: &Previous,
    approved: Option<Approved<'_>>,
) -> Observation {
    let application = match super::application_of(term, place).await {
        Ok((_, application)) => application,
        Err(problem) => return Observation::Unknown(problem),
    };
    let found = async || match approved {
        Some(Approved { manifests, hold }) => {
            cluster
                .observe_delivered(target, manifests, previous, hold)
                .await
        }
        None => cluster.observe_delivered_before(target, previous).await,
    };
    let stops = approved.is_some_and(|approved| approved.hold.is_some());
    match see(&application, revision) {
        Seen::Otherwise(observation) => observation,
        Seen::Suspended(_) if stops => settled(place, &application, approved, found).await,
        Seen::Applied(problem) | Seen::Suspended(problem) => {
            // A pod that cannot start is known long before Argo CD gives up.
            match found().await {
                Observation::Healthy | Observation::Differs(_) | Observation::Unknown(_) => {
                    Observation::Progressing(problem)
                }
                other => other,
            }
        }
        Seen::Settled => settled(place, &application, approved, found).await,
    }
}

/// Nothing but what was approved may belong to the Application.
async fn settled(
    place: &ApplicationPlace,
    application: &Application,
    approved: Option<Approved<'_>>,
    found: impl AsyncFnOnce() -> Observation,
) -> Observation {
    if let Some(Approved { manifests, .. }) = approved {
        let keys: Vec<ObjectKey> = manifests
            .iter()
            .filter_map(|manifest| ObjectKey::of(manifest).ok())
            .collect();
        let others = not_approved(application, &keys);
        if !others.is_empty() {
            return Observation::Differs(format!("{place} also owns {}", others.join(", ")));
        }
    }
    found().await
}
