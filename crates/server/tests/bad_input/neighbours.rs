//! Other changes, limits, kinds that cannot be staged, and times that people set.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use tidegate_core::lifecycle::Phase;
use tidegate_testkit::repository::Edit;

use crate::installation::answer::Answer;
use crate::installation::case::{Case, config_map, kustomization, manifest};
use crate::installation::{Installation, eventually, warning};

pub async fn two_changes_on_one_target(tidegate: &Installation) {
    let mut case = Case::new(tidegate, "two-changes").await;
    let answer = Answer::bad().await;
    case.policy(|spec| spec["verification"] = answer.verification())
        .await;
    let first = case.submit("CHG-130", case.here()).await;
    case.commit_version("2");
    let second = case.submit("CHG-131", case.here()).await;
    case.approve(&first).await;
    tidegate.until(&first, Phase::Verifying).await;
    case.approve(&second).await;
    tidegate
        .until_waiting(
            &second,
            "waits for chg-130, which is at work on local/two-changes/settings",
        )
        .await;
    assert_eq!(case.version("settings").await.as_deref(), Some("1"));
    answer.turn_good();
    tidegate.until(&first, Phase::Succeeded).await;
    case.ends_with(&second, "2").await;
}

pub async fn a_ticket_used_twice(tidegate: &Installation) {
    let case = Case::new(tidegate, "ticket-twice").await;
    let first = case.submit("CHG-132", case.here()).await;
    // The API server dates objects to the second, and whose name comes first
    // must not matter.
    let submitted = Timestamp::now().as_second();
    eventually("another second", async || {
        (Timestamp::now().as_second() > submitted).then_some(())
    })
    .await;
    let second = case
        .submit_with("chg-132", case.here(), |object| {
            object["metadata"]["name"] = json!("again-chg-132");
        })
        .await;
    case.is_told(
        &second,
        Phase::Draft,
        "waits for chg-132, which has the same ticket and has not ended; cancel it or use another ticket",
    )
    .await;
    tidegate.until(&first, Phase::Approving).await;
    tidegate
        .merge(
            &first,
            json!({"spec": {"cancel": {"reason": "submitted again"}}}),
        )
        .await;
    tidegate.until(&first, Phase::Cancelled).await;
    case.goes_out(&second, "1").await;
}

pub async fn a_limit_of_running_changes(tidegate: &Installation) {
    let mut case = Case::new(tidegate, "limit").await;
    let answer = Answer::bad().await;
    case.policy(|spec| {
        spec["maxRunning"] = json!(1);
        spec["calendar"] = json!("limit");
        spec["verification"] = answer.verification();
    })
    .await;
    let overlays: Vec<String> = (0..4).map(|number| format!("overlay-{number}")).collect();
    let edits: Vec<Edit> = overlays
        .iter()
        .flat_map(|overlay| {
            let object = config_map(overlay, "1");
            [
                Edit::write(format!("{overlay}/settings.yaml"), format!("{object:#}\n")),
                Edit::write(
                    format!("{overlay}/kustomization.yaml"),
                    "resources: [settings.yaml]\n",
                ),
            ]
        })
        .collect();
    case.commit("Four overlays", &edits);
    let mut changes = Vec::new();
    for (number, overlay) in overlays.iter().enumerate() {
        let ticket = format!("CHG-{}", 1330 + number);
        let change = case
            .submit_with(&ticket, case.here(), |object| {
                object["spec"]["targets"] = json!([case.target(overlay, overlay)]);
            })
            .await;
        case.approve(&change).await;
        tidegate.until_waiting(&change, "calendar limit").await;
        changes.push(change);
    }
    // All of them could start at this moment.
    case.calendar(
        "UTC",
        json!({"from": "2020-01-01T00:00", "to": "2100-01-01T00:00"}),
    )
    .await;
    eventually("one runs and the others wait for it", async || {
        let (mut running, mut waiting) = (0, 0);
        for change in &changes {
            let status = tidegate.change(change).await.status.unwrap().status;
            running += usize::from(status.phase.is_running());
            let told = status.waiting_on.first().map(|waiting| &*waiting.message);
            waiting += usize::from(
                told == Some("waits because policy limit lets 1 of its changes run at once"),
            );
        }
        assert!(running <= 1, "{running} run at once");
        (running == 1 && waiting == 3).then_some(())
    })
    .await;
    answer.turn_good();
    for (change, overlay) in changes.iter().zip(&overlays) {
        tidegate.until(change, Phase::Succeeded).await;
        assert_eq!(case.version(overlay).await.as_deref(), Some("1"));
    }
}

pub async fn a_kind_that_cannot_be_staged(tidegate: &Installation) {
    let mut case = Case::new(tidegate, "stateful").await;
    let set = json!({
        "apiVersion": "apps/v1", "kind": "StatefulSet",
        "metadata": {"name": "db"},
        "spec": {
            "replicas": 0,
            "serviceName": "db",
            "selector": {"matchLabels": {"app": "db"}},
            "template": {
                "metadata": {"labels": {"app": "db"}},
                "spec": {"containers": [{"name": "db", "image": "registry.example.com/db:1"}]},
            },
        },
    });
    let edits = [
        manifest("db.yaml", &set),
        kustomization(&["settings.yaml", "db.yaml"]),
    ];
    case.commit("A database", &edits);
    let stages = json!([{"name": "canary", "share": "10%"}, {"name": "full", "share": "100%"}]);
    case.policy(|spec| spec["stages"] = stages.clone()).await;
    let change = case.submit("CHG-134", case.here()).await;
    let rejected = tidegate.until(&change, Phase::Rejected).await;
    let reason = rejected.status.unwrap().status.reason;
    for words in [
        "cannot go out in stages: ",
        "StatefulSet",
        "the policy may let a kind go whole by naming it in `wholeKinds`",
    ] {
        assert!(reason.contains(words), "{reason}");
    }
    assert_eq!(warning(tidegate, &change, "Rejected").await, reason);
    assert_eq!(case.version("settings").await, None);

    case.policy(|spec| {
        spec["stages"] = stages.clone();
        spec["wholeKinds"] = json!(["StatefulSet"]);
    })
    .await;
    let again = case.submit("CHG-135", case.here()).await;
    case.goes_out(&again, "1").await;
}

pub async fn a_wanted_window_that_passed(tidegate: &Installation) {
    let case = Case::new(tidegate, "expired").await;
    // Far enough away for the approval to be given on a busy machine, since the other cases run beside this one.
    let soon = Timestamp::now() + SignedDuration::from_secs(40);
    let submit = async |ticket| {
        case.submit_with(ticket, case.here(), |object| {
            object["spec"]["window"] = json!({"notAfter": soon});
            object["spec"]["hold"] = json!({"reason": "until it is too late"});
        })
        .await
    };
    let approved = submit("CHG-136").await;
    let never_approved = submit("CHG-138").await;
    case.approve(&approved).await;
    for change in [approved, never_approved] {
        let expired = tidegate.until(&change, Phase::Expired).await;
        let reason = expired.status.unwrap().status.reason;
        assert!(
            reason.starts_with("it did not start before ")
                && reason.ends_with(", the end of its wanted window"),
            "{reason}"
        );
        assert_eq!(warning(tidegate, &change, "Expired").await, reason);
    }
    assert_eq!(case.version("settings").await, None);
}

pub async fn a_hold(tidegate: &Installation) {
    let case = Case::new(tidegate, "held").await;
    let change = case
        .submit_with("CHG-137", case.here(), |object| {
            object["spec"]["hold"] = json!({"reason": "the press is not told yet"});
        })
        .await;
    case.approve(&change).await;
    case.is_told(
        &change,
        Phase::Scheduled,
        "is held (the press is not told yet); `tidegate change hold --release` lets it go on",
    )
    .await;
    tidegate
        .merge(&change, json!({"spec": {"hold": null}}))
        .await;
    case.ends_with(&change, "1").await;
}
