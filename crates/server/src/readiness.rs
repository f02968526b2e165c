//! Whether policies and calendars can be used, written into their status.

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use kube::api::{Patch, PatchParams};
use kube::{Api, ResourceExt as _};
use serde_json::json;
use tidegate_api::convert;
use tidegate_api::{ChangeCalendar, ChangePolicy, FIELD_MANAGER};

use crate::hub::Term;
use crate::sentence::sentence;

/// How often a status is read again because somebody else wrote it.
const MOST_CONFLICTS: u8 = 8;

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

/// Writes the `Ready` condition of a calendar, and logs if that does not work.
pub(crate) async fn tell_calendar(term: &Term, calendar: &ChangeCalendar) {
    let ready = |now: &ChangeCalendar| Some(calendar_ready(term, now));
    if let Err(error) = write(term, calendar, "Ready", ready).await {
        tracing::warn!(
            error = sentence(&error),
            "the status of a calendar could not be written"
        );
    }
}

fn calendar_ready(term: &Term, calendar: &ChangeCalendar) -> Condition {
    let feeds = &term.hub.feeds;
    let read = feeds.calendar(calendar, Timestamp::now());
    let mut problems = convert::calendar::problems(&read);
    let failures = feeds.failures(calendar);
    let before = conditions(calendar);
    let generation = calendar.metadata.generation;
    if problems.is_empty() && !failures.is_empty() {
        let message = format!(
            "every field is understood; what was fetched before still counts, but {}",
            failures.join("; ")
        );
        return condition(before, "Ready", generation, "True", "Usable", message);
    }
    // That a feed is stale is told already; why it is, is not.
    let unsaid = |failure: &String| {
        let reason = failure.rsplit(": the last fetch failed: ").next();
        !problems
            .iter()
            .any(|problem| reason.is_some_and(|reason| problem.ends_with(reason)))
    };
    let more: Vec<String> = failures.into_iter().filter(unsaid).collect();
    problems.extend(more);
    ready(before, generation, &problems)
}

/// The conditions of a calendar as they were last written.
pub(crate) fn conditions(calendar: &ChangeCalendar) -> &[Condition] {
    let status = calendar.status.as_ref();
    status.map_or(&[], |status| status.conditions.as_slice())
}

/// Writes one condition of a calendar, or removes it, and leaves the others as
/// they are. One that is there already is not written again, and a calendar
/// that is gone needs none.
///
/// # Errors
///
/// The API server.
pub(crate) async fn write(
    term: &Term,
    calendar: &ChangeCalendar,
    kind: &str,
    wanted: impl Fn(&ChangeCalendar) -> Option<Condition>,
) -> Result<(), kube::Error> {
    let api: Api<ChangeCalendar> = Api::all(term.hub.client.clone());
    let name = calendar.name_any();
    let mut seen = calendar.clone();
    for _ in 0..MOST_CONFLICTS {
        let condition = wanted(&seen);
        let before = conditions(&seen);
        if before.iter().find(|before| before.type_ == kind) == condition.as_ref() {
            return Ok(());
        }
        let others = before.iter().filter(|before| before.type_ != kind);
        let mut all: Vec<Condition> = others.cloned().chain(condition).collect();
        all.sort_by(|a, b| b.type_.cmp(&a.type_));
        let patch = json!({
            "metadata": { "resourceVersion": seen.metadata.resource_version },
            "status": { "observedGeneration": seen.metadata.generation, "conditions": all },
        });
        let patched = api
            .patch_status(&name, &parameters(), &Patch::Merge(&patch))
            .await;
        match patched {
            Ok(_) => return Ok(()),
            Err(kube::Error::Api(status)) if status.code == 404 => return Ok(()),
            Err(kube::Error::Api(status)) if status.code == 409 => {}
            Err(error) => return Err(error),
        }
        // Somebody else wrote; what they wrote stays.
        let Some(now) = api.get_opt(&name).await? else {
            return Ok(());
        };
        seen = now;
    }
    // Whoever wrote so often makes news, after which this is written again.
    Ok(())
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
    condition(before, "Ready", generation, status, reason, message)
}

/// A condition that keeps the moment at which it last turned.
pub(crate) fn condition(
    before: &[Condition],
    kind: &str,
    generation: Option<i64>,
    status: &str,
    reason: &str,
    message: String,
) -> Condition {
    let old = before
        .iter()
        .find(|old| old.type_ == kind && old.status == status);
    Condition {
        type_: kind.to_owned(),
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
