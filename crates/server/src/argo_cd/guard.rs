//! Adopted Applications keep what a change brought them to.

use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::ObjectReference;
use kube::ResourceExt as _;
use kube::api::DynamicObject;
use kube::runtime::events::{Event, EventType, Recorder, Reporter};
use serde_json::json;
use tidegate_connect::argo_cd::{ApplicationPlace, FIELD_MANAGER};
use tidegate_core::argo_cd::Application;
use tidegate_core::argo_cd::branch::BRANCH;
use tidegate_core::argo_cd::branch::guard::concerns;
use tidegate_core::argo_cd::guard::{Guard, guard};
use tidegate_core::argo_cd::obstacle::obstacle;
use tidegate_core::argo_cd::pin::Asker;
use tidegate_core::branch::Branch;
use tidegate_core::change::ChangeType;
use tidegate_core::lifecycle::facts::ApplicationFact;
use tidegate_core::revision::Revision;
use tidegate_core::target::TargetKey;
use tidegate_ledger::{ChangeRef, Recorded};

use super::binding::windows_of;
use super::clusters::name_of;
use super::{Place, branch_guard};
use crate::gather::{Freshness, archive_digest};
use crate::hub::Term;
use crate::sentence::sentence;

/// For how long a chart's archive is waited for at adoption. Other Applications wait
/// meanwhile.
const ASKED_FOR: Duration = Duration::from_secs(10);

/// The name under which a pin is put back.
pub(super) const GUARD: &str = "tidegate-guard";

/// Looks at an Application, and puts right what nobody approved. False: it has
/// to be looked at again.
pub(super) async fn look(term: &Term, place: &Place, object: &DynamicObject) -> bool {
    match Box::pin(keep(term, place, object)).await {
        Ok(settled) => settled,
        Err(problem) => {
            tracing::warn!(application = %place, error = problem, "the pin of an Application could not be guarded; trying again");
            false
        }
    }
}

/// What may be put right here. Argo CD writes the rest all the time.
pub(super) fn matters(object: &DynamicObject) -> Option<Matters> {
    let application = serde_json::to_value(object).ok();
    let application = Application::read(&application?).ok()?;
    let branch = application.branch();
    Some(Matters {
        is_adopted: application.is_adopted(),
        points_at: application.points_at(),
        // Only there it says where the pin is.
        found: branch.as_ref().and_then(|_| application.live_revision()),
        branch,
    })
}

/// What of an Application matters here.
#[derive(PartialEq)]
pub(super) struct Matters {
    pub(super) is_adopted: bool,
    points_at: String,
    branch: Option<Branch>,
    found: Option<Revision>,
}

/// The target that the Application is.
///
/// # Errors
///
/// A sentence, where nobody knows which cluster it deploys to.
pub(super) async fn target(
    term: &Term,
    place: &Place,
    application: &Application,
) -> Result<TargetKey, String> {
    let destination = &application.spec.destination;
    Ok(TargetKey {
        cluster: name_of(term, &place.namespace, destination).await?,
        namespace: destination.namespace.clone(),
        name: place.name.clone(),
    })
}

async fn keep(term: &Term, place: &Place, object: &DynamicObject) -> Result<bool, String> {
    let value = serde_json::to_value(object).map_err(|error| error.to_string())?;
    let application = Application::read(&value)?;
    let target = target(term, place, &application).await?;
    let cluster = &term.hub.cluster;
    let record = cluster.record(&target).await;
    let record = record.map_err(|error| error.to_string())?;
    if concerns(&application, record.branch.as_ref()) {
        let seen = branch_guard::Seen {
            place,
            object,
            value: &value,
            application: &application,
            target: &target,
            record: &record,
        };
        return branch_guard::keep(term, &seen).await;
    }
    let is_held = record.holder.is_some();
    match guard(&application, record.pin.as_ref(), is_held) {
        // What happens meanwhile is seen once the change has let go.
        Guard::Fine => return Ok(!is_held),
        Guard::Adopted(pin) => {
            let archive = tokio::time::timeout(ASKED_FOR, archive_digest(term, &application));
            let slow = |_| Some(Err("its repository does not answer".to_owned()));
            let told = match archive.await.unwrap_or_else(slow) {
                None => format!("adopted at {}", pin.short()),
                Some(Ok(digest)) => format!(
                    "adopted at {}, of which the chart's archive is sha256:{digest}",
                    pin.short()
                ),
                Some(Err(problem)) => format!(
                    "adopted at {}; no change of it can go out until its chart can be fetched: {problem}",
                    pin.short()
                ),
            };
            note(term, place, object, "adopted", &told, false).await?;
            cluster
                .remember_pin(&target, &record, Some(&pin))
                .await
                .map_err(|error| error.to_string())?;
        }
        Guard::Released => {
            let told = "given back: it no longer changes by approved changes only";
            note(term, place, object, "released", told, true).await?;
            cluster
                .remember_pin(&target, &record, None)
                .await
                .map_err(|error| error.to_string())?;
        }
        Guard::Moved { to, back } => {
            let back_to = back.short();
            let told = if writer(object).as_deref() == Some(FIELD_MANAGER) {
                format!("a change that failed left its pin at {to}; it is put back to {back_to}")
            } else {
                format!(
                    "somebody moved its pin to {to} without a change; it is put back to {back_to}"
                )
            };
            note(term, place, object, "moved", &told, true).await?;
            let place = ApplicationPlace {
                namespace: place.namespace.clone(),
                name: place.name.clone(),
            };
            let asker = Asker {
                change: GUARD,
                effect: GUARD,
            };
            let with_sync = may_sync(term, &application, &place).await;
            term.hub
                .argo_cd
                .put_back(&place, &value, &back, asker, with_sync)
                .await
                .map_err(|error| error.to_string())?;
        }
    }
    Ok(true)
}

/// Whether a sync could begin now and would not be parked.
pub(super) async fn may_sync(
    term: &Term,
    application: &Application,
    place: &ApplicationPlace,
) -> bool {
    let bound = windows_of(term, &place.namespace, application, Freshness::Live).await;
    let Ok(bound) = bound else {
        return false;
    };
    // What it points at now is nothing exact perhaps, and that is put right.
    let mut pinned = application.clone();
    pinned.metadata.annotations.remove(BRANCH);
    for source in pinned
        .spec
        .source
        .iter_mut()
        .chain(&mut pinned.spec.sources)
    {
        source.target_revision = if source.chart.is_empty() {
            "0".repeat(40)
        } else {
            "0.0.0".to_owned()
        };
    }
    let fact = ApplicationFact::new(pinned, &bound.projects);
    let now = Timestamp::now();
    let obstacle = obstacle(
        &fact.application,
        &fact.windows,
        GUARD,
        ChangeType::Normal,
        now,
    );
    obstacle.is_none()
}

/// Who wrote it last, Argo CD aside.
fn writer(object: &DynamicObject) -> Option<String> {
    object
        .managed_fields()
        .iter()
        .filter(|fields| fields.manager.as_deref() != Some("argocd-application-controller"))
        .max_by_key(|fields| fields.time.as_ref().map(|time| time.0))
        .and_then(|fields| fields.manager.clone())
}

/// Into the ledger first, then where people look.
pub(super) async fn note(
    term: &Term,
    place: &Place,
    object: &DynamicObject,
    what: &'static str,
    told: &str,
    is_alarm: bool,
) -> Result<(), String> {
    let version = object.resource_version().unwrap_or_default();
    let key = format!("{what}/{version}");
    note_once(term, place, object, (key.as_str(), what), told, is_alarm).await
}

/// The same, once for each key in the life of the Application.
pub(super) async fn note_once(
    term: &Term,
    place: &Place,
    object: &DynamicObject,
    (key, what): (&str, &'static str),
    told: &str,
    is_alarm: bool,
) -> Result<(), String> {
    let who = ChangeRef {
        name: format!("application-{}-{}", place.namespace, place.name),
        uid: object.uid().unwrap_or_default(),
    };
    let detail =
        json!({ "application": place.to_string(), "what": told, "writer": writer(object) });
    let ledger = &term.hub.ledger;
    let recorded = ledger
        .record(Timestamp::now(), &who, key, what, &detail)
        .await
        .map_err(|error| sentence(&error))?;
    if recorded == Recorded::Already {
        return Ok(());
    }
    let reporter = Reporter {
        controller: "tidegate".to_owned(),
        instance: Some(term.hub.options.identity.clone()),
    };
    let recorder = Recorder::new(term.hub.client.clone(), reporter);
    let reference = ObjectReference {
        api_version: Some("argoproj.io/v1alpha1".to_owned()),
        kind: Some("Application".to_owned()),
        name: Some(place.name.clone()),
        namespace: Some(place.namespace.clone()),
        uid: object.uid(),
        ..ObjectReference::default()
    };
    let event = Event {
        type_: if is_alarm {
            EventType::Warning
        } else {
            EventType::Normal
        },
        reason: match what {
            "adopted" => "Adopted",
            "released" => "Released",
            _ => "PinMoved",
        }
        .to_owned(),
        note: Some(told.to_owned()),
        action: "Guard".to_owned(),
        secondary: None,
    };
    if let Err(error) = recorder.publish(&event, &reference).await {
        tracing::warn!(application = %place, error = sentence(&error), "an Event could not be written");
    }
    if is_alarm {
        tracing::warn!(application = %place, "{told}");
    }
    Ok(())
}
