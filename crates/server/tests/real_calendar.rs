//! Windows, freezes and emergencies on the real control plane.

#![allow(clippy::unwrap_used, reason = "a test says what failed by failing")]

mod installation;

use installation::{Installation, NAMESPACE, approval, change, eventually};
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::Event;
use kube::Api;
use kube::api::{ListParams, PostParams};
use serde_json::{Value, json};
use tidegate_api::convert::calendar::Feeds;
use tidegate_api::{Approval, Change, ChangeCalendar};
use tidegate_core::lifecycle::Phase;
use tidegate_ledger::Filter;
use tidegate_testkit::control_plane::User;

/// From now on for so many seconds, rounded to whole ones.
fn span(start: i64, end: i64) -> Value {
    let at = |seconds: i64| {
        let at = Timestamp::now() + SignedDuration::from_secs(seconds);
        at.strftime("%Y-%m-%dT%H:%M:%S").to_string()
    };
    json!({"from": at(start), "to": at(end)})
}

fn entry(name: &str, time: &Value, more: &Value) -> Value {
    let mut entry = json!({"name": name});
    for part in [time, more] {
        for (key, value) in part.as_object().unwrap() {
            entry[key] = value.clone();
        }
    }
    entry
}

async fn calendar(tidegate: &Installation, windows: &[Value], freezes: &[Value]) {
    tidegate
        .apply(&json!({
            "apiVersion": "tidegate.dev/v1alpha1", "kind": "ChangeCalendar",
            "metadata": {"name": "production"},
            "spec": {"timeZone": "UTC", "windows": windows, "freezes": freezes},
        }))
        .await;
}

/// A change with two approvals, by Dana.
async fn approved(tidegate: &mut Installation, ticket: &str, from: &str, to: &str) {
    let revision = tidegate.upgrade(from, to);
    let repository = tidegate.repository.path().to_str().unwrap().to_owned();
    let mut object = change(
        ticket,
        User::Dana,
        json!({"repository": repository, "revision": revision}),
    );
    object.spec.expected_duration = Some("1s".to_owned());
    let api: Api<Change> = Api::namespaced(tidegate.client(User::Dana).await, NAMESPACE);
    api.create(&PostParams::default(), &object).await.unwrap();
    let name = ticket.to_lowercase();
    tidegate.until(&name, Phase::Approving).await;
    tidegate.approve(&name, User::Lea).await;
    tidegate.approve(&name, User::Marc).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shut_gate_says_why_and_until_when_and_opens_when_the_calendar_does() {
    let mut tidegate = Installation::new().await;
    tidegate
        .policy(|spec| spec["calendar"] = json!("production"))
        .await;
    let night = json!({"schedule": "0 2 * * 2,4", "duration": "4h"});
    let always = json!({"schedule": "0 0 * * *", "duration": "24h"});
    calendar(
        &tidegate,
        &[entry("tue-thu-night", &night, &json!({}))],
        &[entry(
            "close",
            &span(-60, 3600),
            &json!({"reason": "Year-end close"}),
        )],
    )
    .await;
    tidegate.start_controller().await;
    approved(&mut tidegate, "CHG-1", "v2.4.3", "v2.5.0").await;
    let why = tidegate
        .until_waiting("chg-1", "freeze close is active until")
        .await;
    assert!(why.contains("(Year-end close)"), "{why}");
    assert!(
        why.contains("window tue-thu-night is not open") || why.contains("the next window opens"),
        "{why}"
    );
    assert!(why.contains("the next window opens"), "{why}");
    let board = tidegate.change("chg-1").await.status.unwrap().board;
    assert_eq!(board.waiting_on, "window tue-thu-night");
    assert_ne!(board.next, "-", "the board says when");
    calendar(&tidegate, &[entry("always", &always, &json!({}))], &[]).await;
    tidegate.until("chg-1", Phase::Succeeded).await;
    tidegate.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_that_closes_in_mid_rollout_does_what_the_policy_says() {
    let mut tidegate = Installation::new().await;
    tidegate.start_controller().await;
    for (ticket, on_close, from, to, end) in [
        ("CHG-1", "finish", "v2.4.3", "v2.5.0", Phase::Succeeded),
        ("CHG-2", "rollback", "v2.5.0", "v2.6.0", Phase::RolledBack),
    ] {
        let name = ticket.to_lowercase();
        tidegate
            .policy(|spec| {
                spec["calendar"] = json!("production");
                spec["onWindowClose"] = json!(on_close);
                spec["stages"][0]["soak"] = json!("12s");
            })
            .await;
        calendar(
            &tidegate,
            &[entry("later", &span(3600, 7200), &json!({}))],
            &[],
        )
        .await;
        approved(&mut tidegate, ticket, from, to).await;
        tidegate.until(&name, Phase::Scheduled).await;
        // Long enough to begin in and too short for the canary's soak.
        calendar(&tidegate, &[entry("short", &span(-60, 9), &json!({}))], &[]).await;
        tidegate.until(&name, Phase::RollingOut).await;
        let done = tidegate.until(&name, end).await.status.unwrap().status;
        if end == Phase::RolledBack {
            assert!(done.reason.contains("window"), "{}", done.reason);
            assert_eq!(tidegate.ready_pods(from).await, 10);
        } else {
            let closed = done.run.unwrap().closes_at.unwrap();
            assert!(
                closed < done.phase_since.unwrap(),
                "it went on past the close"
            );
        }
    }
    approved(&mut tidegate, "CHG-3", "v2.6.0", "v2.7.0").await;
    tidegate
        .until_waiting("chg-3", "window short is not open")
        .await;
    assert_eq!(
        tidegate.pods_of("v2.7.0").await,
        0,
        "a new one does not start"
    );
    tidegate.finish().await;
}

async fn condition(tidegate: &Installation, kind: &str) -> Option<String> {
    let conditions = tidegate.change("chg-911").await.status?.conditions;
    let found = conditions.into_iter().find(|found| found.type_ == kind)?;
    Some(found.status)
}

async fn it_settles_what_it_owes(tidegate: &Installation) {
    // The second approval is late, which is an alarm that stays until it comes.
    tidegate.until_waiting("chg-911", "was owed by").await;
    assert_eq!(
        condition(tidegate, "ApprovalsOwed").await.as_deref(),
        Some("True")
    );
    assert_eq!(
        condition(tidegate, "AttentionNeeded").await.as_deref(),
        Some("True")
    );
    let events: Api<Event> = Api::namespaced(tidegate.admin.clone(), NAMESPACE);
    eventually("a warning", async || {
        let list = events.list(&ListParams::default()).await.ok()?;
        list.items
            .iter()
            .any(|event| {
                event.reason.as_deref() == Some("Overdue")
                    && event.type_.as_deref() == Some("Warning")
            })
            .then_some(())
    })
    .await;
    tidegate.restart_controller().await;
    tidegate.approve("chg-911", User::Lea).await;
    eventually("the approvals are complete", async || {
        (condition(tidegate, "ApprovalsOwed").await? == "False").then_some(())
    })
    .await;
    assert_eq!(
        condition(tidegate, "ReviewOwed").await.as_deref(),
        Some("True")
    );

    let status = tidegate.change("chg-911").await.status.unwrap().status;
    let mut review = approval(
        "chg-911-review",
        "chg-911",
        status.revision.unwrap().as_str(),
        &status.digest.unwrap().to_string(),
        User::Chris,
    );
    review.spec.decision = tidegate_core::approval::Decision::Reviewed;
    let api: Api<Approval> = Api::namespaced(tidegate.client(User::Chris).await, NAMESPACE);
    let silent = api
        .create(&PostParams::default(), &review)
        .await
        .unwrap_err();
    assert!(
        silent
            .to_string()
            .contains("a review says in its comment what was found"),
        "{silent}"
    );
    review.spec.comment = Some("A token had leaked; it is replaced".to_owned());
    api.create(&PostParams::default(), &review).await.unwrap();
    eventually("the review is there", async || {
        (condition(tidegate, "ReviewOwed").await? == "False").then_some(())
    })
    .await;
    assert_eq!(
        condition(tidegate, "AttentionNeeded").await.as_deref(),
        Some("False")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_emergency_passes_the_freeze_with_one_approval_and_owes_the_rest() {
    let mut tidegate = Installation::new().await;
    tidegate
        .policy(|spec| {
            spec["calendar"] = json!("production");
            spec["emergency"] = json!({
                "approvals": {"now": 1, "later": 2, "laterWithin": "2s"},
                "groups": ["sre-lead"],
                "passes": ["windows", "freezes"],
            });
        })
        .await;
    let night = json!({"schedule": "0 2 * * 2,4", "duration": "1m"});
    let strict = entry("audit", &span(-60, 3600), &json!({}));
    let year_end = entry(
        "year-end",
        &span(-60, 3600),
        &json!({"exempt": {"types": ["emergency"]}}),
    );
    let window = entry("tue-thu-night", &night, &json!({}));
    calendar(
        &tidegate,
        std::slice::from_ref(&window),
        &[year_end.clone(), strict],
    )
    .await;
    tidegate.start_controller().await;
    let revision = tidegate.upgrade("v2.4.3", "v2.4.4");
    tidegate
        .submit_emergency("CHG-911", &revision, |spec| {
            spec["expectedDuration"] = json!("1s");
        })
        .await;
    tidegate.until_waiting("chg-911", "by @sre-lead").await;
    tidegate.approve("chg-911", User::Priya).await;
    eventually("Priya's approval is judged", async || {
        let status = tidegate.change("chg-911").await.status?.status;
        let said = status.approvals.first()?.clone();
        (!said.counts && said.note.contains("sre-lead")).then_some(())
    })
    .await;
    tidegate.approve("chg-911", User::Tomas).await;
    let why = tidegate
        .until_waiting("chg-911", "freeze audit is active")
        .await;
    assert!(
        !why.contains("year-end"),
        "only the freeze that holds it is named: {why}"
    );
    calendar(&tidegate, &[window], &[year_end]).await;
    tidegate.until("chg-911", Phase::Succeeded).await;

    it_settles_what_it_owes(&tidegate).await;
    let ledger = tidegate.ledger().await;
    ledger.verify(None).await.unwrap();
    let entries = ledger.entries(Filter::All).await.unwrap();
    let owed: Vec<&str> = entries
        .iter()
        .map(|stored| stored.entry.event.key())
        .filter(|key| key.starts_with("owed/"))
        .collect();
    assert_eq!(
        owed,
        [
            "owed/1/approvals-overdue",
            "owed/1/approvals-complete",
            "owed/1/reviewed"
        ]
    );
    tidegate.finish().await;
}

/// Somebody approves the exception as it is written now.
async fn approve_exception(tidegate: &Installation, user: User) {
    let api: Api<ChangeCalendar> = Api::all(tidegate.admin.clone());
    let object = api.get("production").await.unwrap();
    let calendar = tidegate_api::convert::calendar::calendar(&object, &Feeds::new());
    let exception = calendar.exceptions.usable().next().unwrap();
    let said: Approval = serde_json::from_value(json!({
        "apiVersion": "tidegate.dev/v1alpha1",
        "kind": "Approval",
        "metadata": {"generateName": "exception-", "namespace": NAMESPACE},
        "spec": {
            "change": "chg-1",
            "exception": {"calendar": "production", "name": &*exception.name, "digest": exception.digest.to_string()},
            "decision": "Approved",
            "approver": user.name(),
            "groups": user.groups(),
        },
    }))
    .unwrap();
    let api: Api<Approval> = Api::namespaced(tidegate.client(user).await, NAMESPACE);
    api.create(&PostParams::default(), &said).await.unwrap();
}

async fn frozen_with_an_exception(tidegate: &Installation) {
    let always = json!({"schedule": "0 0 * * *", "duration": "24h", "labels": {"tier": "crit*"}});
    let close = entry(
        "close",
        &span(-60, 3600),
        &json!({"labels": {"tier": "critical"}}),
    );
    let until = Timestamp::now() + SignedDuration::from_mins(30);
    tidegate
            .apply(&json!({
                "apiVersion": "tidegate.dev/v1alpha1", "kind": "ChangeCalendar",
                "metadata": {"name": "production"},
                "spec": {
                    "timeZone": "UTC",
                    "windows": [entry("always", &always, &json!({}))],
                    "freezes": [close],
                    "exceptions": [{
                        "name": "card-fix", "freeze": "close", "change": "chg-1", "reason": "Payments fail",
                        "until": until.strftime("%Y-%m-%dT%H:%M").to_string(),
                    }],
                    "exceptionsBy": "change-managers",
                },
            }))
            .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exception_passes_the_freeze_once_the_named_group_has_approved_it() {
    let mut tidegate = Installation::new().await;
    tidegate
        .policy(|spec| spec["calendar"] = json!("production"))
        .await;
    let production = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {
        "name": "production", "labels": {"tier": "critical"},
    }});
    tidegate.apply(&production).await;
    frozen_with_an_exception(&tidegate).await;
    let revision = tidegate.upgrade("v2.4.3", "v2.5.0");
    let repository = tidegate.repository.path().to_str().unwrap().to_owned();
    tidegate.start_controller().await;
    let source = json!({"repository": repository, "revision": revision});
    tidegate.submit("CHG-1", source).await;
    tidegate.until("chg-1", Phase::Approving).await;
    tidegate.approve("chg-1", User::Lea).await;
    tidegate.approve("chg-1", User::Marc).await;
    tidegate
        .until_waiting("chg-1", "nobody of change-managers has approved it")
        .await;
    approve_exception(&tidegate, User::Priya).await;
    tidegate
        .until_waiting(
            "chg-1",
            "priya@example.com approved it and is not in change-managers",
        )
        .await;
    approve_exception(&tidegate, User::Chris).await;
    let done = tidegate.until("chg-1", Phase::Succeeded).await;
    let status = done.status.unwrap().status;
    assert!(status.exceptions[0].counts, "{:?}", status.exceptions);
    tidegate.finish().await;
}
