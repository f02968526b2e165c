//! While nothing proves who signs, no approval counts.

use k8s_openapi::api::admissionregistration::v1::{
    ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding,
};
use kube::Api;
use kube::api::{DeleteParams, Patch, PatchParams};
use serde_json::{Value, json};
use tidegate_api::admission;
use tidegate_core::lifecycle::Phase;

use crate::installation::Installation;
use crate::installation::case::Case;

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

/// Puts in place what Tidegate installs. An apply alone would leave what somebody
/// else added, so what is there goes first.
async fn restore(tidegate: &Installation) {
    let delete = DeleteParams::default();
    for name in [APPROVER, REQUESTER] {
        // What is missing need not be deleted.
        policies(tidegate).delete(name, &delete).await.ok();
        bindings(tidegate).delete(name, &delete).await.ok();
    }
    for policy in admission::policies() {
        tidegate.apply(&policy.policy).await;
        tidegate.apply(&policy.binding).await;
    }
}

pub async fn no_approval_counts_while_nothing_proves_who_signs(tidegate: &Installation) {
    let case = Case::new(tidegate, "tampering").await;
    let change = case
        .submit_with("CHG-230", case.here(), |object| {
            object["spec"]["hold"] = json!({"reason": "until the policies are mended"});
        })
        .await;
    case.approve(&change).await;
    tidegate.until_waiting(&change, "is held").await;
    let delete = DeleteParams::default();

    bindings(tidegate).delete(APPROVER, &delete).await.unwrap();
    goes_back_and_on(
        &case,
        &change,
        "ValidatingAdmissionPolicyBinding",
        APPROVER,
        "is missing",
    )
    .await;
    soften_binding(tidegate, json!({"validationActions": ["Audit"]})).await;
    goes_back_and_on(
        &case,
        &change,
        "ValidatingAdmissionPolicyBinding",
        APPROVER,
        "is altered",
    )
    .await;
    let elsewhere = json!({"matchLabels": {"kubernetes.io/metadata.name": "elsewhere"}});
    soften_binding(
        tidegate,
        json!({"matchResources": {"namespaceSelector": elsewhere}}),
    )
    .await;
    goes_back_and_on(
        &case,
        &change,
        "ValidatingAdmissionPolicyBinding",
        APPROVER,
        "is altered",
    )
    .await;
    soften_policy(tidegate, json!({"failurePolicy": "Ignore"})).await;
    goes_back_and_on(
        &case,
        &change,
        "ValidatingAdmissionPolicy",
        APPROVER,
        "is altered",
    )
    .await;
    policies(tidegate).delete(REQUESTER, &delete).await.unwrap();
    goes_back_and_on(
        &case,
        &change,
        "ValidatingAdmissionPolicy",
        REQUESTER,
        "is missing",
    )
    .await;

    tidegate
        .merge(&change, json!({"spec": {"hold": null}}))
        .await;
    case.ends_with(&change, "1").await;
}

/// The approved change goes back to waiting for approvals, says what is wrong,
/// and goes on once it is put right.
async fn goes_back_and_on(case: &Case<'_>, change: &str, kind: &str, name: &str, problem: &str) {
    let tidegate = case.tidegate;
    let told = case
        .is_told(
            change,
            Phase::Approving,
            "no approval counts while the API server does not prove who signs: ",
        )
        .await;
    assert!(told.contains(&format!("{kind} {name} {problem}")), "{told}");
    assert!(told.contains("tidegate crds | kubectl apply"), "{told}");
    let status = tidegate.change(change).await.status.unwrap().status;
    let approval = &status.approvals[0];
    assert!(
        !approval.counts && approval.note.contains("is not protected"),
        "{approval:?}"
    );
    restore(tidegate).await;
    tidegate.until_waiting(change, "is held").await;
    let status = tidegate.change(change).await.status.unwrap().status;
    assert!(status.approvals[0].counts, "{:?}", status.approvals);
}
