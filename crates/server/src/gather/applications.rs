//! The Applications of Argo CD that a change delivers by.

use std::collections::BTreeMap;

use futures::future::join_all;
use serde_json::Value;
use tidegate_connect::argo_cd::ApplicationPlace;
use tidegate_core::argo_cd::Application;
use tidegate_core::lifecycle::Phase;
use tidegate_core::lifecycle::facts::ApplicationFact;
use tidegate_core::request::Change;
use tidegate_core::target::{Delivery, Target, TargetKey};

use super::Freshness;
use crate::argo_cd::Place;
use crate::argo_cd::binding::windows_of;
use crate::argo_cd::clusters::{name_of, unreachable};
use crate::hub::Term;

/// Where the Application of a target is. None: Tidegate delivers it itself.
pub(crate) fn place(change: &Change, target: &TargetKey) -> Option<ApplicationPlace> {
    let wanted = change.request.targets.iter();
    let mut wanted = wanted.filter(|wanted| wanted.key == *target);
    match &wanted.next()?.delivery {
        Delivery::BuiltIn { .. } => None,
        Delivery::ArgoCd { namespace } => Some(ApplicationPlace {
            namespace: namespace.clone(),
            name: target.name.clone(),
        }),
    }
}

/// Every Application among the targets, with the windows that bind it.
pub(super) async fn applications(
    term: &Term,
    change: &Change,
    freshness: Freshness,
) -> BTreeMap<TargetKey, Result<ApplicationFact, String>> {
    if change.status.phase.is_final() {
        return BTreeMap::new();
    }
    let targets = change.request.targets.iter();
    let looks = targets
        .filter(|target| target.is_application())
        .map(async |target| {
            let found = fact(term, change, target, freshness).await;
            (target.key.clone(), found)
        });
    join_all(looks).await.into_iter().collect()
}

async fn fact(
    term: &Term,
    change: &Change,
    target: &Target,
    freshness: Freshness,
) -> Result<ApplicationFact, String> {
    let place = place(change, &target.key).ok_or("is delivered by Tidegate itself")?;
    let seen = match freshness {
        Freshness::Watched => term.argo_cd.application(&Place {
            namespace: place.namespace.clone(),
            name: place.name.clone(),
        }),
        Freshness::Live => None,
    };
    let object = match seen {
        Some(seen) => serde_json::to_value(seen).ok(),
        None => term
            .hub
            .argo_cd
            .application(&place)
            .await
            .map_err(|error| format!("cannot be read: {error}"))?,
    };
    let object =
        object.ok_or_else(|| format!("does not exist in namespace {}", place.namespace))?;
    let application = Application::read(&object)?;
    lands_where(term, &place.namespace, &application, target).await?;
    let bound = windows_of(term, &place.namespace, &application, freshness).await?;
    let mut fact = ApplicationFact::new(application, &bound.projects);
    fact.is_outdated = bound.is_outdated;
    // Before it starts the preview asks every cluster.
    if change.status.phase == Phase::RollingOut {
        fact.unreachable = unreachable(term, change, &target.key, freshness).await;
    }
    Ok(fact)
}

/// What Argo CD deploys has to land where the change says, since that is what
/// its policy governs.
async fn lands_where(
    term: &Term,
    namespace: &str,
    application: &Application,
    target: &Target,
) -> Result<(), String> {
    let destination = &application.spec.destination;
    let cluster = name_of(term, namespace, destination).await?;
    let wanted = &target.key;
    for (what, there, said) in [
        ("cluster", &cluster, &wanted.cluster),
        ("namespace", &destination.namespace, &wanted.namespace),
    ] {
        if there != said {
            return Err(format!(
                "deploys to {what} {there}, and the change says {said}"
            ));
        }
    }
    Ok(())
}

/// An Application as it is now, with its object.
///
/// # Errors
///
/// A sentence.
pub(crate) async fn application_of(
    term: &Term,
    place: &ApplicationPlace,
) -> Result<(Value, Application), String> {
    let found = term.hub.argo_cd.application(place).await;
    let object = found
        .map_err(|error| error.to_string())?
        .ok_or_else(|| format!("{place} is not there any more"))?;
    let application = Application::read(&object).map_err(|error| format!("{place}: {error}"))?;
    Ok((object, application))
}
