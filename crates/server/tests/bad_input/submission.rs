//! What the API server itself refuses.

use kube::Api;
use kube::api::{ListParams, Patch, PatchParams};
use serde_json::{Value, json};
use tidegate_api::{Approval, Change};
use tidegate_core::lifecycle::Phase;
use tidegate_testkit::control_plane::User;

use crate::installation::case::{Case, refusal};
use crate::installation::{Installation, NAMESPACE};

const FROZEN: &str = "the spec is frozen at submission: only cancel, hold, backup and, with a reason, window may follow; cancel this Change and submit another";

type Edit = fn(&mut Value);

/// What is wrong, how it is written, and the words that say what would be right.
const WRONG: [(&str, Edit, &str); 14] = [
    (
        "a branch as revision",
        |object| object["spec"]["source"]["revision"] = json!("main"),
        "revision must be a full commit SHA of 40 or 64 lower-case hexadecimal digits; for a branch or tag use ref",
    ),
    (
        "a short SHA",
        |object| object["spec"]["source"]["revision"] = json!("9f1c2d3"),
        "revision must be a full commit SHA of 40 or 64 lower-case hexadecimal digits; for a branch or tag use ref",
    ),
    (
        "a revision and a ref",
        |object| object["spec"]["source"]["ref"] = json!("main"),
        "give exactly one of revision (a full commit SHA), ref (a branch or tag) and version (of a chart)",
    ),
    (
        "no revision and no ref",
        |object| object["spec"]["source"]["revision"] = Value::Null,
        "give exactly one of revision (a full commit SHA), ref (a branch or tag) and version (of a chart)",
    ),
    (
        "a pull request",
        |object| object["spec"]["source"]["pullRequest"] = json!(87),
        "pull requests need a forge connection, which does not exist yet: give revision or ref",
    ),
    (
        "a range of versions",
        |object| {
            object["spec"]["source"] = json!({"repository": "https://charts.example.com", "chart": "web", "version": "1.x"});
        },
        "version must be the exact version of a chart, such as 1.4.2: what a range stands for changes with every release",
    ),
    (
        "a version of nothing",
        |object| {
            object["spec"]["source"] =
                json!({"repository": "https://charts.example.com", "version": "1.4.2"});
        },
        "chart and version belong together: a chart of a Helm repository in one version",
    ),
    (
        "a chart from a path",
        |object| {
            object["spec"]["source"] =
                json!({"repository": "/srv/charts", "chart": "web", "version": "1.4.2"});
        },
        "a chart has a name, and its repository is the URL of a Helm repository: https://… or oci://…",
    ),
    (
        "an option of git as ref",
        |object| {
            object["spec"]["source"]["revision"] = Value::Null;
            object["spec"]["source"]["ref"] = json!("--upload-pack=touch");
        },
        "neither repository nor ref may begin with a dash",
    ),
    (
        "type standard",
        |object| object["spec"]["type"] = json!("standard"),
        "type standard needs a template and there are none yet; use normal",
    ),
    (
        "an Argo CD application beside a path",
        |object| object["spec"]["targets"][0]["application"] = json!("api-gateway"),
        "give either the overlay's path or, where Argo CD delivers, the application",
    ),
    (
        "a path out of the repository",
        |object| object["spec"]["targets"][0]["path"] = json!("services/../../etc"),
        "path is relative to the repository's root and stays inside it",
    ),
    (
        "a target named twice",
        |object| {
            let target = object["spec"]["targets"][0].clone();
            object["spec"]["targets"] = json!([target, target]);
        },
        "Duplicate value",
    ),
    (
        "a window that ends before it begins",
        |object| {
            object["spec"]["window"] =
                json!({"notBefore": "2030-01-02T00:00:00Z", "notAfter": "2030-01-01T00:00:00Z"});
        },
        "window.notBefore must be earlier than window.notAfter",
    ),
];

pub async fn what_cannot_be_right_is_refused_at_once(tidegate: &Installation) {
    let case = Case::new(tidegate, "refused").await;
    for (what, edit, words) in WRONG {
        let answer = case
            .try_submit(User::Dana, "CHG-100", case.here(), edit)
            .await;
        let sentence = refusal(answer);
        assert!(sentence.contains(words), "{what}: {sentence}");
    }
    let api: Api<Change> = Api::namespaced(tidegate.admin.clone(), NAMESPACE);
    let stored = api.list(&ListParams::default()).await.unwrap();
    assert!(stored.iter().all(|change| change.spec.ticket != "CHG-100"));
}

/// A change that waits for others which do not exist, with every optional field.
async fn full_change(case: &Case<'_>) -> String {
    case.submit_with("CHG-101", case.here(), |object| {
        let spec = &mut object["spec"];
        spec["impact"] = json!("Nobody would notice");
        spec["tested"] = json!({"environment": "staging", "date": "2026-04-07"});
        spec["dependsOn"] = json!(["chg-1", "chg-2"]);
        spec["hold"] = json!({"reason": "until everybody is back"});
    })
    .await
}

pub async fn a_submitted_change_stays_as_it_is(tidegate: &Installation) {
    let case = Case::new(tidegate, "frozen").await;
    let change = full_change(&case).await;
    case.approve(&change).await;
    case.is_told(
        &change,
        Phase::Scheduled,
        "is held (until everybody is back)",
    )
    .await;
    let before = tidegate.change(&change).await.spec;
    let target = |edit: Edit| {
        let mut target = serde_json::to_value(&before.targets[0]).unwrap();
        edit(&mut target);
        target
    };
    let same = || target(|_| ());
    let edits = [
        json!({"ticket": "CHG-999"}),
        json!({"type": "emergency"}),
        json!({"title": "Another"}),
        json!({"requestedBy": User::Lea.name()}),
        json!({"source": {"repository": "/elsewhere"}}),
        json!({"source": {"revision": "0".repeat(40)}}),
        json!({"source": {"revision": null, "ref": "main"}}),
        json!({"targets": [target(|target| target["path"] = json!("other"))]}),
        json!({"targets": [target(|target| target["namespace"] = json!("other"))]}),
        json!({"targets": [target(|target| target["cluster"] = json!("local"))]}),
        json!({"targets": [same(), target(|target| target["name"] = json!("other"))]}),
        json!({"risk": "Low"}),
        json!({"impact": "Everybody would notice"}),
        json!({"impact": null}),
        json!({"rollback": "None"}),
        json!({"tested": null}),
        json!({"tested": {"date": "2026-04-08"}}),
        json!({"tested": {"evidence": "https://ci.example.com/1"}}),
        json!({"expectedDuration": "2h"}),
        json!({"expectedDuration": null}),
        json!({"dependsOn": null}),
        json!({"dependsOn": ["chg-1"]}),
        json!({"dependsOn": ["chg-2", "chg-1"]}),
        json!({"dependsOn": ["chg-1", "chg-2", "chg-3"]}),
        json!({"hold": null, "title": "Another"}),
        json!({"cancel": {"reason": "changed my mind"}, "dependsOn": null}),
    ];
    for edit in edits {
        let sentence = refusal(edited(tidegate, &change, &edit).await);
        assert!(sentence.contains(FROZEN), "{edit}: {sentence}");
    }
    assert_eq!(tidegate.change(&change).await.spec, before);
    what_may_follow(&case, &change).await;
}

/// Holds, a window with a reason, and in the end a cancellation, none of which
/// voids an approval.
async fn what_may_follow(case: &Case<'_>, change: &str) {
    let tidegate = case.tidegate;
    let ok = async |edit: Value| edited(tidegate, change, &edit).await.unwrap();
    let no = async |edit: Value, words: &str| {
        let sentence = refusal(edited(tidegate, change, &edit).await);
        assert!(sentence.contains(words), "{edit}: {sentence}");
    };
    let needs_reason = "moving the window needs a new window.reason";
    ok(json!({"hold": {"reason": "until Monday"}})).await;
    tidegate
        .until_waiting(change, "is held (until Monday)")
        .await;
    ok(json!({"hold": null})).await;
    no(
        json!({"window": {"notBefore": "2090-01-01T00:00:00Z"}}),
        needs_reason,
    )
    .await;
    ok(json!({"window": {"notBefore": "2090-01-01T00:00:00Z", "reason": "the team is away"}}))
        .await;
    tidegate
        .until_waiting(change, "is not wanted before Sun 2090-01-01 00:00 UTC")
        .await;
    no(
        json!({"window": {"notBefore": "2091-01-01T00:00:00Z"}}),
        needs_reason,
    )
    .await;
    no(json!({"window": null}), needs_reason).await;
    ok(json!({"window": {"notBefore": null, "reason": "the team is back"}})).await;
    tidegate.until_waiting(change, "depends on chg-1").await;
    let status = tidegate.change(change).await.status.unwrap().status;
    assert!(status.approvals[0].counts, "{:?}", status.approvals);

    ok(json!({"cancel": {"reason": "nobody wants it"}})).await;
    let taken_back = "a cancellation cannot be taken back; submit the change again";
    no(json!({"cancel": null}), taken_back).await;
    no(
        json!({"cancel": {"reason": "somebody wants it"}}),
        taken_back,
    )
    .await;
    let ended = tidegate.until(change, Phase::Cancelled).await;
    assert_eq!(
        ended.status.unwrap().status.reason,
        "called off: nobody wants it"
    );
    assert_eq!(case.version("settings").await, None);
}

pub async fn fields_left_out_at_submission_stay_out(tidegate: &Installation) {
    let case = Case::new(tidegate, "left-out").await;
    let change = case
        .submit_with("CHG-102", case.here(), |object| {
            object["spec"]["expectedDuration"] = Value::Null;
        })
        .await;
    let edits = [
        json!({"impact": "Everybody would notice"}),
        json!({"tested": {"environment": "staging", "date": "2026-04-07"}}),
        json!({"expectedDuration": "2h"}),
        json!({"dependsOn": ["chg-1"]}),
        json!({"source": {"ref": "main"}}),
    ];
    for edit in edits {
        let sentence = refusal(edited(tidegate, &change, &edit).await);
        assert!(sentence.contains(FROZEN), "{edit}: {sentence}");
    }
    case.goes_out(&change, "1").await;
}

pub async fn an_approval_stays_as_it_is(tidegate: &Installation) {
    let case = Case::new(tidegate, "immutable").await;
    let change = case
        .submit_with("CHG-103", case.here(), |object| {
            object["spec"]["hold"] = json!({"reason": "until the approval was tried"});
        })
        .await;
    case.approve(&change).await;
    let api: Api<Approval> = Api::namespaced(tidegate.client(User::Marc).await, NAMESPACE);
    let of_change = ListParams::default().fields(&format!("spec.change={change}"));
    let name = api.list(&of_change).await.unwrap().items[0]
        .metadata
        .name
        .clone()
        .unwrap();
    for edit in [
        json!({"decision": "Rejected"}),
        json!({"comment": "On second thought"}),
        json!({"digest": "0".repeat(64)}),
        json!({"revision": "0".repeat(40)}),
        json!({"change": "chg-1"}),
        json!({"groups": null}),
    ] {
        let patch = Patch::Merge(json!({"spec": edit}));
        let answer = api.patch(&name, &PatchParams::default(), &patch).await;
        let sentence = refusal(answer);
        let words = "an Approval cannot be edited: write another one";
        assert!(sentence.contains(words), "{edit}: {sentence}");
    }
    tidegate
        .merge(&change, json!({"spec": {"hold": null}}))
        .await;
    case.ends_with(&change, "1").await;
}

/// Edits the spec of a change as Dana.
async fn edited(
    tidegate: &Installation,
    change: &str,
    edit: &Value,
) -> Result<Change, kube::Error> {
    let api: Api<Change> = Api::namespaced(tidegate.client(User::Dana).await, NAMESPACE);
    let patch = Patch::Merge(json!({"spec": edit}));
    api.patch(change, &PatchParams::default(), &patch).await
}
