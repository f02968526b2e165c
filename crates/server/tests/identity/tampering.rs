//! While nothing proves who signs, no approval counts, nor does one afterwards
//! that was written meanwhile.

use std::process::Stdio;

use k8s_openapi::api::admissionregistration::v1::{
    ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding,
};
use kube::Api;
use kube::api::{DeleteParams, Patch, PatchParams, PostParams};
use serde_json::{Value, json};
use tidegate_api::{Approval, admission};
use tidegate_core::lifecycle::Phase;
use tidegate_testkit::control_plane::User;

use crate::installation::case::Case;
use crate::installation::{Installation, NAMESPACE, approval, eventually};

const POLICY: &str = "ValidatingAdmissionPolicy";
const BINDING: &str = "ValidatingAdmissionPolicyBinding";
const APPROVER: &str = "tidegate-approver-is-writer";
const REQUESTER: &str = "tidegate-requester-is-writer";

fn policies(tidegate: &Installation) -> Api<ValidatingAdmissionPolicy> {
    Api::all(tidegate.admin.clone())
}

fn bindings(tidegate: &Installation) -> Api<ValidatingAdmissionPolicyBinding> {
    Api::all(tidegate.admin.clone())
}

/// Edits as somebody would who is not the installer.
async fn soften_binding(tidegate: &Installation, spec: Value) {
    let patch = Patch::Merge(json!({"spec": spec}));
    let parameters = PatchParams {
        field_manager: Some("somebody".to_owned()),
        ..PatchParams::default()
    };
    bindings(tidegate)
        .patch(APPROVER, &parameters, &patch)
        .await
        .unwrap();
}

async fn soften_policy(tidegate: &Installation, spec: Value) {
    let patch = Patch::Merge(json!({"spec": spec}));
    let parameters = PatchParams::default();
    policies(tidegate)
        .patch(APPROVER, &parameters, &patch)
        .await
        .unwrap();
}

/// Puts in place what Tidegate installs, as it tells administrators to: an apply
/// alone would leave what somebody else wrote.
async fn restore(tidegate: &Installation) {
    let commands = admission::restore();
    let (delete, apply) = commands.split_once(" && ").unwrap();
    assert_eq!(apply, "tidegate crds | kubectl apply --server-side -f -");
    let mut kubectl = tidegate.plane.kubectl(User::Admin);
    kubectl.args(delete.split(' ').skip(1));
    let deleted = kubectl.stdout(Stdio::null()).status().unwrap();
    assert!(deleted.success());
    tidegate.apply_admission_policies().await;
}

/// The approvals of a change, each with whether it counts and what is said of it.
async fn approvals(tidegate: &Installation, change: &str) -> Vec<(String, bool, String)> {
    let status = tidegate.change(change).await.status.unwrap().status;
    let said = status.approvals.into_iter();
    said.map(|said| (said.approver, said.counts, said.note))
        .collect()
}

async fn held(case: &Case<'_>, ticket: &str) -> String {
    case.submit_with(ticket, case.here(), |object| {
        object["spec"]["hold"] = json!({"reason": "until the policies are mended"});
    })
    .await
}

pub async fn no_approval_counts_while_nothing_proves_who_signs(tidegate: &Installation) {
    let case = Case::new(tidegate, "tampering").await;
    let change = held(&case, "CHG-230").await;
    case.approve(&change).await;
    tidegate.until_waiting(&change, "is held").await;
    to_apply_again_changes_nothing(tidegate, &change).await;
    an_approval_forged_in_between_never_counts(&case, &change).await;
    what_is_put_back_by_hand_stays_altered(&case, &change).await;
    every_alteration_is_told(&case, &change).await;

    let forged = a_change_forged_in_between_cannot_be_approved(&case, &change).await;
    tidegate.until_who_is_who_is_proven().await;
    tidegate.approve(&forged, User::Chris).await;
    tidegate.approve(&change, User::Chris).await;
    tidegate.until_waiting(&change, "is held").await;
    assert_eq!(tidegate.phase(&forged).await, Phase::Approving);
    tidegate
        .merge(&change, json!({"spec": {"hold": null}}))
        .await;
    case.ends_with(&change, "1").await;
}

/// An installer may run again, and somebody may label what it made.
async fn to_apply_again_changes_nothing(tidegate: &Installation, change: &str) {
    tidegate.apply_admission_policies().await;
    let label = Patch::Merge(json!({"metadata": {"labels": {"team": "platform"}}}));
    let parameters = PatchParams::default();
    let api = policies(tidegate);
    api.patch(APPROVER, &parameters, &label).await.unwrap();
    tidegate.restart_controller().await;
    tidegate
        .merge(change, json!({"spec": {"hold": {"reason": "still"}}}))
        .await;
    tidegate.until_waiting(change, "is held (still)").await;
    let approvals = approvals(tidegate, change).await;
    assert!(approvals[0].1, "{approvals:?}");
}

async fn an_approval_forged_in_between_never_counts(case: &Case<'_>, change: &str) {
    let tidegate = case.tidegate;
    let delete = DeleteParams::default();
    bindings(tidegate).delete(APPROVER, &delete).await.unwrap();
    is_shut(case, change, BINDING, APPROVER, "is missing").await;
    let said = approvals(tidegate, change).await;
    assert!(said[0].2.contains("is not protected"), "{said:?}");
    let status = tidegate.change(change).await.status.unwrap().status;
    let forged = approval(
        "forged-in-between",
        change,
        status.revision.unwrap().as_str(),
        &status.digest.unwrap().to_string(),
        User::Priya,
    );
    let api: Api<Approval> = Api::namespaced(tidegate.client(User::Dana).await, NAMESPACE);
    // The API server hears a moment later that the binding is gone.
    eventually("Dana signs as Priya", async || {
        api.create(&PostParams::default(), &forged).await.ok()
    })
    .await;
    restore(tidegate).await;
    tidegate
        .until_waiting(change, "waits for an approval of ")
        .await;
    eventually("both are judged", async || {
        let said = approvals(tidegate, change).await;
        let void = |(_, counts, note): &(String, bool, String)| {
            !counts && note.starts_with("was written before the policies that prove who signed")
        };
        (said.len() == 2 && said.iter().all(void)).then_some(())
    })
    .await;
    tidegate.until_who_is_who_is_proven().await;
    tidegate.approve(change, User::Lea).await;
    tidegate.until_waiting(change, "is held").await;
    let said = approvals(tidegate, change).await;
    let counting: Vec<&str> = said
        .iter()
        .filter(|(_, counts, _)| *counts)
        .map(|(approver, _, _)| approver.as_str())
        .collect();
    assert_eq!(counting, [User::Lea.name()], "{said:?}");
}

/// Whoever may write a policy may write all that it says of its own past, but
/// for how often it was changed.
async fn what_is_put_back_by_hand_stays_altered(case: &Case<'_>, change: &str) {
    let tidegate = case.tidegate;
    let elsewhere = json!({"matchLabels": {"kubernetes.io/metadata.name": "elsewhere"}});
    let soft = json!({"matchResources": {"namespaceSelector": elsewhere}});
    soften_binding(tidegate, soft).await;
    is_shut(case, change, BINDING, APPROVER, "is altered").await;
    soften_binding(tidegate, json!({"matchResources": null})).await;
    let innocent = json!({"metadata": {
        "generation": 1,
        "managedFields": [{
            "manager": "kubectl", "operation": "Apply", "time": "2020-01-01T00:00:00Z",
            "apiVersion": "admissionregistration.k8s.io/v1", "fieldsType": "FieldsV1",
            "fieldsV1": {"f:spec": {"f:policyName": {}}},
        }],
    }});
    let api = bindings(tidegate);
    let parameters = PatchParams::default();
    api.patch(APPROVER, &parameters, &Patch::Merge(innocent))
        .await
        .unwrap();
    is_shut(
        case,
        change,
        BINDING,
        APPROVER,
        "was altered after it was made",
    )
    .await;
    // Neither does applying it again help.
    tidegate.apply_admission_policies().await;
    tidegate.restart_controller().await;
    is_shut(
        case,
        change,
        BINDING,
        APPROVER,
        "was altered after it was made",
    )
    .await;
    is_mended(tidegate, change).await;
}

async fn every_alteration_is_told(case: &Case<'_>, change: &str) {
    let tidegate = case.tidegate;
    soften_binding(tidegate, json!({"validationActions": ["Audit"]})).await;
    is_shut(case, change, BINDING, APPROVER, "is altered").await;
    is_mended(tidegate, change).await;
    soften_policy(tidegate, json!({"failurePolicy": "Ignore"})).await;
    is_shut(case, change, POLICY, APPROVER, "is altered").await;
    is_mended(tidegate, change).await;
}

/// Dana asks in Lea's name, so that Lea's approval would not count and her own
/// would. Nothing tells it from what Lea asked for, so nobody may approve it.
async fn a_change_forged_in_between_cannot_be_approved(case: &Case<'_>, change: &str) -> String {
    let tidegate = case.tidegate;
    let delete = DeleteParams::default();
    policies(tidegate).delete(REQUESTER, &delete).await.unwrap();
    is_shut(case, change, POLICY, REQUESTER, "is missing").await;
    eventually("Dana asks as Lea", async || {
        let edit = |object: &mut Value| object["spec"]["requestedBy"] = json!(User::Lea.name());
        let answer = case.try_submit(User::Dana, "CHG-231", case.here(), edit);
        answer.await.ok()
    })
    .await;
    is_mended(tidegate, change).await;
    let forged = "chg-231";
    let told = tidegate
        .until_waiting(
            forged,
            "nothing proved who asked for it when it was submitted",
        )
        .await;
    assert!(told.ends_with("cancel it and submit it again"), "{told}");
    forged.to_owned()
}

/// The approved change goes back to waiting for approvals, and says what is
/// wrong and how to mend it.
async fn is_shut(case: &Case<'_>, change: &str, kind: &str, name: &str, problem: &str) {
    let told = format!("{kind} {name} {problem}");
    let told = case.is_told(change, Phase::Approving, &told).await;
    let begins = "no approval counts that is made before the API server proves who signs: ";
    assert!(told.starts_with(begins), "{told}");
    assert!(told.contains(&admission::restore()), "{told}");
}

/// It is put right, and what was approved before has to be approved again.
async fn is_mended(tidegate: &Installation, change: &str) {
    restore(tidegate).await;
    eventually("only an approval is missing", async || {
        let status = tidegate.change(change).await.status?.status;
        let [waiting] = status.waiting_on.as_slice() else {
            return None;
        };
        (waiting.reason == "ApprovalsMissing").then_some(())
    })
    .await;
}
