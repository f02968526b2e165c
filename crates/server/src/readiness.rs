//! Whether policies and calendars can be used, written into their status.

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use kube::api::{Patch, PatchParams};
use kube::{Api, ResourceExt as _};
use serde_json::json;
use tidegate_api::convert::{self, calendar::Feeds};
use tidegate_api::{ChangeCalendar, ChangePolicy, FIELD_MANAGER};

use crate::hub::Term;

/// Writes the `Ready` condition of a policy.
///
/// # Errors
///
/// The API server.
pub(crate) async fn policy(term: &Term, policy: &ChangePolicy) -> Result<(), kube::Error> {
    let fact = convert::policy::policy(policy);
    let mut problems = fact.rules.err().unwrap_or_default();
    problems.extend(fact.governs.err());
    let before = policy.status.clone().unwrap_or_default();
    let generation = policy.metadata.generation;
    let condition = ready(&before.conditions, generation, &problems);
    if before.conditions == [condition.clone()] {
        return Ok(());
    }
    let api: Api<ChangePolicy> = Api::all(term.hub.client.clone());
    let status =
        json!({ "status": { "observedGeneration": generation, "conditions": [condition] } });
    api.patch_status(&policy.name_any(), &parameters(), &Patch::Merge(&status))
        .await
        .map(|_| ())
}

/// Writes the `Ready` condition of a calendar.
///
/// # Errors
///
/// The API server.
pub(crate) async fn calendar(term: &Term, calendar: &ChangeCalendar) -> Result<(), kube::Error> {
    let read = convert::calendar::calendar(calendar, &Feeds::new());
    let problems = convert::calendar::problems(&read);
    let before = calendar.status.clone().unwrap_or_default();
    let generation = calendar.metadata.generation;
    let condition = ready(&before.conditions, generation, &problems);
    if before.conditions == [condition.clone()] {
        return Ok(());
    }
    let api: Api<ChangeCalendar> = Api::all(term.hub.client.clone());
    let status =
        json!({ "status": { "observedGeneration": generation, "conditions": [condition] } });
    api.patch_status(&calendar.name_any(), &parameters(), &Patch::Merge(&status))
        .await
        .map(|_| ())
}

fn parameters() -> PatchParams {
    PatchParams {
        field_manager: Some(FIELD_MANAGER.to_owned()),
        ..PatchParams::default()
    }
}

fn ready(before: &[Condition], generation: Option<i64>, problems: &[String]) -> Condition {
    let (status, reason, message) = if problems.is_empty() {
        ("True", "Usable", "every field is understood".to_owned())
    } else {
        ("False", "Unusable", problems.join("; "))
    };
    let old = before
        .iter()
        .find(|old| old.type_ == "Ready" && old.status == status);
    Condition {
        type_: "Ready".to_owned(),
        status: status.to_owned(),
        reason: reason.to_owned(),
        message,
        observed_generation: generation,
        last_transition_time: old.map_or_else(
            || Time(Timestamp::now()),
            |old| old.last_transition_time.clone(),
        ),
    }
}
