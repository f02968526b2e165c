//! Policies and calendars.

use kube::Api;
use kube::api::{DynamicObject, PostParams};
use kube::discovery::ApiResource;
use serde_json::{Value, json};
use tidegate_api::{ChangeCalendar, ChangePolicy};
use tidegate_core::lifecycle::Phase;

use crate::installation::case::Case;
use crate::installation::{Installation, eventually};

/// Waits until the `Ready` condition has this status, and gives its message.
async fn ready<K: kube::Resource<DynamicType = ()>>(
    tidegate: &Installation,
    name: &str,
    status: &str,
) -> String {
    let resource = ApiResource::erase::<K>(&());
    let api: Api<DynamicObject> = Api::all_with(tidegate.admin.clone(), &resource);
    eventually(&format!("{name} is Ready={status}"), async || {
        let object = api.get(name).await.unwrap();
        let generation = object.metadata.generation;
        let condition = object.data.pointer("/status/conditions/0")?;
        let is_current = condition["observedGeneration"].as_i64() == generation;
        (is_current && condition["type"] == "Ready" && condition["status"] == status)
            .then(|| condition["message"].as_str().unwrap().to_owned())
    })
    .await
}

pub async fn no_policy(tidegate: &Installation) {
    let case = Case::new(tidegate, "ungoverned").await;
    case.policy(|spec| spec["governs"]["namespaces"] = json!(["nowhere-at-all"]))
        .await;
    let change = case.submit("CHG-120", case.here()).await;
    case.is_told(
        &change,
        Phase::Draft,
        "no ChangePolicy governs namespace ungoverned of cluster local, so Tidegate changes nothing there; somebody who may write policies has to add it to `governs`",
    )
    .await;
    case.policy(|_| {}).await;
    case.goes_out(&change, "1").await;
}

pub async fn two_policies(tidegate: &Installation) {
    let case = Case::new(tidegate, "governed-twice").await;
    case.policy_named("governed-twice-too", |_| {}).await;
    let change = case.submit("CHG-121", case.here()).await;
    case.is_told(
        &change,
        Phase::Draft,
        "2 policies govern local/governed-twice/settings (governed-twice, governed-twice-too); it cannot start until all but one let go of it",
    )
    .await;
    case.policy_named("governed-twice-too", |spec| {
        spec["governs"]["namespaces"] = json!(["nowhere-at-all"]);
    })
    .await;
    case.goes_out(&change, "1").await;
}

pub async fn policy_with_a_field_that_is_not_implemented(tidegate: &Installation) {
    let case = Case::new(tidegate, "not-implemented").await;
    case.policy(|spec| {
        spec["checks"] = json!(["schema", "quota"]);
        spec["approvals"]["owners"] = json!("required");
    })
    .await;
    let change = case.submit("CHG-122", case.here()).await;
    let message = ready::<ChangePolicy>(tidegate, case.name, "False").await;
    for words in [
        "spec.checks: checking schema, quota is not implemented yet; leave it out",
        "spec.approvals.owners: asking code owners (required) is not implemented yet; leave it out",
    ] {
        assert!(message.contains(words), "{message}");
    }
    let told = case
        .is_told(
            &change,
            Phase::Draft,
            "policy not-implemented is not ready, and until it is nothing starts under it: ",
        )
        .await;
    assert!(told.contains(&message), "{told}");
    case.policy(|_| {}).await;
    ready::<ChangePolicy>(tidegate, case.name, "True").await;
    case.goes_out(&change, "1").await;
}

/// A window that is open.
fn open() -> Value {
    json!({"from": "2020-01-01T00:00", "to": "2100-01-01T00:00"})
}

pub async fn calendar_that_is_not_there(tidegate: &Installation) {
    let case = Case::new(tidegate, "no-calendar").await;
    case.policy(|spec| spec["calendar"] = json!("no-calendar"))
        .await;
    let change = case.submit("CHG-123", case.here()).await;
    case.approve(&change).await;
    case.is_told(
        &change,
        Phase::Scheduled,
        "calendar no-calendar, which policy no-calendar names, does not exist, so nothing may start",
    )
    .await;
    case.calendar("UTC", open()).await;
    case.ends_with(&change, "1").await;
}

/// An approved change waits for a calendar with this error, which the calendar
/// tells too, and goes out when the calendar is mended.
async fn broken_calendar(case: Case<'_>, ticket: &str, zone: &str, window: Value, error: &str) {
    case.policy(|spec| spec["calendar"] = json!(case.name))
        .await;
    case.calendar(zone, window).await;
    let message = ready::<ChangeCalendar>(case.tidegate, case.name, "False").await;
    assert!(message.contains(error), "{message}");
    let change = case.submit(ticket, case.here()).await;
    case.approve(&change).await;
    case.tidegate.until(&change, Phase::Scheduled).await;
    let told = case
        .is_told(
            &change,
            Phase::Scheduled,
            "the calendar has an error that shuts the gate: ",
        )
        .await;
    assert!(told.contains(error), "{told}");
    case.calendar("UTC", open()).await;
    ready::<ChangeCalendar>(case.tidegate, case.name, "True").await;
    case.ends_with(&change, "1").await;
}

pub async fn schedule_that_never_fires(tidegate: &Installation) {
    let case = Case::new(tidegate, "never-fires").await;
    let window = json!({"schedule": "0 2 30 2 *", "duration": "4h"});
    let error = "entry night: schedule `0 2 30 2 *` is not usable: no date ever matches, so it would never fire";
    broken_calendar(case, "CHG-124", "UTC", window, error).await;
}

pub async fn zone_that_does_not_exist(tidegate: &Installation) {
    let case = Case::new(tidegate, "unknown-zone").await;
    let window = json!({"schedule": "0 2 * * *", "duration": "4h"});
    let error = "entry night: time zone `Europe/Atlantis` does not exist";
    broken_calendar(case, "CHG-125", "Europe/Atlantis", window, error).await;
}

/// What the API server itself says of an entry, without storing anything.
pub async fn calendar_that_the_api_server_refuses(tidegate: &Installation) {
    let api: Api<ChangeCalendar> = Api::all(tidegate.admin.clone());
    let parameters = PostParams {
        dry_run: true,
        ..PostParams::default()
    };
    let answer = async |list: &str, entry: Value, rest: Value| {
        let mut spec = json!({"timeZone": "UTC", list: [entry]});
        for (field, value) in rest.as_object().unwrap() {
            spec[field] = value.clone();
        }
        let object = json!({
            "apiVersion": "tidegate.dev/v1alpha1",
            "kind": "ChangeCalendar",
            "metadata": {"name": "refused"},
            "spec": spec,
        });
        let object: ChangeCalendar = serde_json::from_value(object).unwrap();
        let created = api.create(&parameters, &object).await;
        created.err().map(|error| error.to_string())
    };
    let exception = json!({"name": "e", "freeze": "f", "change": "chg-1", "reason": "r", "until": "2026-12-20T12:00"});
    let feed = json!({"name": "f", "ical": {"url": "https://calendar.example.com/ch.ics", "refresh": "1h", "staleAfter": "24h"}});
    let labels = json!({"team": "pay*"});
    for (list, entry, rest) in [
        (
            "windows",
            json!({"name": "w", "dates": ["2026-12-24"], "labels": labels}),
            json!({}),
        ),
        (
            "windows",
            json!({"name": "w", "dates": ["2026-12-24"], "startTime": "22:00", "duration": "4h"}),
            json!({}),
        ),
        (
            "freezes",
            feed,
            json!({"publish": {"projects": ["default"]}}),
        ),
        (
            "freezes",
            json!({"name": "f", "dates": ["2026-12-24"], "exempt": {"labels": labels, "clusters": ["test"]}}),
            json!({"exceptions": [exception], "exceptionsBy": "sre-lead"}),
        ),
    ] {
        let shown = entry.to_string();
        assert_eq!(answer(list, entry, rest).await, None, "{shown}");
    }
    let long: String = "x".repeat(254);
    for (entry, rest, expected) in [
        (
            json!({"name": "f"}),
            json!({}),
            "give exactly one of schedule (with duration), from (with to), dates and ical",
        ),
        (
            json!({"name": "f", "dates": ["2026-12-24"], "schedule": "0 2 * * *", "duration": "4h"}),
            json!({}),
            "give exactly one of",
        ),
        (
            json!({"name": "f", "dates": ["2026-12-24"], "startTime": "22:00"}),
            json!({}),
            "duration goes with schedule, or with dates and startTime",
        ),
        (
            json!({"name": "f", "schedule": "0 2 * * *", "duration": "4h", "startTime": "22:00"}),
            json!({}),
            "startTime goes with dates",
        ),
        (
            json!({"name": "f", "ical": {"url": "ftp://calendar.example.com"}}),
            json!({}),
            "url begins with https:// or http://",
        ),
        (
            json!({"name": "f", "dates": ["2026-12-24"], "labels": {"team": long}}),
            json!({}),
            "Too long",
        ),
        (
            json!({"name": "f", "dates": ["2026-12-24"]}),
            json!({"exceptions": [exception]}),
            "exceptions need exceptionsBy",
        ),
    ] {
        let shown = entry.to_string();
        let refused = answer("freezes", entry, rest).await.unwrap_or_default();
        assert!(refused.contains(expected), "{shown}: {refused}");
    }
}
