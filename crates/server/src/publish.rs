//! Writing the answer where people look: the object's status and Events.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use kube::api::{Patch, PatchParams};
use kube::runtime::events::{Event, EventType, Recorder, Reporter};
use kube::{Resource as _, ResourceExt as _};
use serde_json::json;
use tidegate_api::change::Board;
use tidegate_api::{Change as Object, ChangeStatus, FIELD_MANAGER};
use tidegate_core::calendar::render::moment;
use tidegate_core::lifecycle::owed::{Notice, Owed};
use tidegate_core::lifecycle::status::Waiting;
use tidegate_core::lifecycle::{Phase, Status, Step, Transition};

use crate::hub::Hub;

/// Stores the step's status if anything in it is new, and gives the object as it
/// is then. The write names the version it was decided on, so that a decision
/// on an old object is refused.
///
/// # Errors
///
/// The API server; 409 where somebody else wrote in between.
pub(crate) async fn status(
    hub: &Hub,
    object: &Object,
    step: &Step,
    zone: &TimeZone,
) -> Result<Object, kube::Error> {
    let before = object.status.clone().unwrap_or_default();
    let after = ChangeStatus {
        status: step.status.clone(),
        observed_generation: object.metadata.generation,
        board: board(object, &step.status, zone),
        conditions: conditions(&before.conditions, object, &step.status),
    };
    if object.status.is_some() && after == before {
        return Ok(object.clone());
    }
    let patch = json!({
        "apiVersion": Object::api_version(&()),
        "kind": Object::kind(&()),
        "metadata": { "resourceVersion": object.metadata.resource_version },
        "status": serde_json::to_value(&after).map_err(kube::Error::SerdeError)?,
    });
    // A merge patch leaves fields that are no longer there, so each is nulled.
    let patch = nulled(patch, &before);
    let parameters = PatchParams {
        field_manager: Some(FIELD_MANAGER.to_owned()),
        ..PatchParams::default()
    };
    hub.changes()
        .patch_status(&object.name_any(), &parameters, &Patch::Merge(&patch))
        .await
}

/// Adds a null for every field of the old status that the new one lacks, at any
/// depth below maps (RFC 7396).
fn nulled(mut patch: serde_json::Value, before: &ChangeStatus) -> serde_json::Value {
    fn fill(new: &mut serde_json::Value, old: &serde_json::Value) {
        let (Some(new), Some(old)) = (new.as_object_mut(), old.as_object()) else {
            return;
        };
        for (key, old) in old {
            match new.get_mut(key) {
                Some(new) => fill(new, old),
                None => {
                    new.insert(key.clone(), serde_json::Value::Null);
                }
            }
        }
    }
    if let (Ok(before), Some(status)) = (serde_json::to_value(before), patch.get_mut("status")) {
        fill(status, &before);
    }
    patch
}

fn board(object: &Object, status: &Status, zone: &TimeZone) -> Board {
    let targets = &object.spec.targets;
    let first = targets
        .first()
        .map(|target| target.name.clone())
        .unwrap_or_default();
    let more = targets.len().saturating_sub(1);
    let waiting = status
        .waiting_on
        .iter()
        .map(|waiting| waiting.summary.as_str())
        .collect::<Vec<_>>();
    Board {
        targets: if more == 0 {
            first
        } else {
            format!("{first} +{more}")
        },
        waiting_on: if waiting.is_empty() {
            "-".to_owned()
        } else {
            waiting.join("; ")
        },
        next: status
            .next_transition_at
            .map_or_else(|| "-".to_owned(), |at| moment(at, zone)),
    }
}

fn conditions(before: &[Condition], object: &Object, status: &Status) -> Vec<Condition> {
    let now = Time(Timestamp::now());
    let phase = status.phase;
    let started = status.run.is_some();
    let waiting = status.waiting_on.first();
    let reason = waiting.map_or_else(|| phase.to_string(), |waiting| waiting.reason.clone());
    let message = waiting.map_or_else(|| status.reason.clone(), |waiting| waiting.message.clone());
    let passed = |gate: Phase| started || phase.is_running() || (!phase.is_final() && phase > gate);
    let owed = status.owed.as_ref();
    let overdue = owed.is_some_and(Owed::is_overdue);
    // What is out is known to be bad, and nothing takes it back meanwhile.
    let is_stuck = phase == Phase::RollingBack && status.waiting_on.iter().any(Waiting::is_trouble);
    let attention = phase == Phase::Failed || overdue || is_stuck;
    let emergency = owed.into_iter().flat_map(|owed| {
        [
            ("ApprovalsOwed", owed.approved_at.is_none()),
            ("ReviewOwed", owed.review.is_none()),
        ]
    });
    [
        ("Accepted", passed(Phase::Draft)),
        ("Approved", passed(Phase::Approving)),
        ("Running", phase.is_running()),
        ("Complete", phase.is_final()),
        ("AttentionNeeded", attention),
    ]
    .into_iter()
    .chain(emergency)
    .map(|(kind, holds)| {
        let value = if holds { "True" } else { "False" };
        let old = before
            .iter()
            .find(|old| old.type_ == kind && old.status == value);
        Condition {
            type_: kind.to_owned(),
            status: value.to_owned(),
            reason: reason.clone(),
            message: message.clone(),
            observed_generation: object.metadata.generation,
            last_transition_time: old
                .map_or_else(|| now.clone(), |old| old.last_transition_time.clone()),
        }
    })
    .collect()
}

/// Tells every change of phase as an Event of the object, without making the
/// change wait for it. Turning back and ending badly are warnings.
pub(crate) fn events(hub: &Hub, object: &Object, transitions: &[Transition]) {
    send(hub, object, transitions.iter().map(event).collect());
}

/// Tells what an emergency settled, and warns of what it missed.
pub(crate) fn notices(hub: &Hub, object: &Object, notices: &[Notice]) {
    let event = |notice: &Notice| Event {
        type_: if notice.is_alarm {
            EventType::Warning
        } else {
            EventType::Normal
        },
        reason: if notice.is_alarm {
            "Overdue"
        } else {
            "Settled"
        }
        .to_owned(),
        note: Some(shortened(&notice.text)),
        action: "Emergency".to_owned(),
        secondary: None,
    };
    send(hub, object, notices.iter().map(event).collect());
}

/// Warns that an effect did not work and is tried again.
pub(crate) fn trouble(hub: &Hub, object: &Object, problem: &str) {
    let event = Event {
        type_: EventType::Warning,
        reason: "EffectFailed".to_owned(),
        note: Some(shortened(&format!("{problem}; it is tried again"))),
        action: "TryAgain".to_owned(),
        secondary: None,
    };
    send(hub, object, vec![event]);
}

fn send(hub: &Hub, object: &Object, events: Vec<Event>) {
    if events.is_empty() {
        return;
    }
    let reporter = Reporter {
        controller: FIELD_MANAGER.to_owned(),
        instance: Some(hub.options.identity.clone()),
    };
    let recorder = Recorder::new(hub.client.clone(), reporter);
    let about = object.object_ref(&());
    tokio::spawn(async move {
        for event in events {
            if let Err(error) = recorder.publish(&event, &about).await {
                tracing::warn!(%error, change = ?about.name, "an event could not be written");
            }
        }
    });
}

/// The API server takes 1024 characters (core/v1 Event).
fn shortened(text: &str) -> String {
    text.chars().take(1000).collect()
}

fn event(transition: &Transition) -> Event {
    let warning = matches!(
        transition.to,
        Phase::Failed | Phase::RollingBack | Phase::RolledBack | Phase::Rejected | Phase::Expired
    );
    Event {
        type_: if warning {
            EventType::Warning
        } else {
            EventType::Normal
        },
        reason: transition.to.to_string(),
        note: Some(shortened(&transition.why)),
        action: transition.to.to_string(),
        secondary: None,
    }
}
