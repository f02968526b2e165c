//! What the API server's own admission policies refuse.

use kube::Api;
use kube::api::PostParams;
use serde_json::json;
use tidegate_api::{Approval, rbac};
use tidegate_core::lifecycle::Phase;
use tidegate_testkit::control_plane::User;

use crate::installation::case::{Case, refusal};
use crate::installation::{Installation, NAMESPACE, approval, eventually};

/// Writes an approval of a change that nobody has seen.
async fn write(
    tidegate: &Installation,
    name: &str,
    writer: User,
    edit: impl Fn(&mut Approval),
) -> Result<Approval, kube::Error> {
    let mut object = approval(name, "chg-0", &"0".repeat(40), &"0".repeat(64), writer);
    edit(&mut object);
    let api: Api<Approval> = Api::namespaced(tidegate.client(writer).await, NAMESPACE);
    api.create(&PostParams::default(), &object).await
}

pub async fn nobody_approves_for_another(tidegate: &Installation) {
    let answer = write(tidegate, "forged", User::Dana, |approval| {
        User::Marc.name().clone_into(&mut approval.spec.approver);
        approval.spec.groups.clear();
    })
    .await;
    let sentence = refusal(answer);
    let words = "spec.approver is \"marc@example.com\" but you are \"dana@example.com\": nobody signs for another";
    assert!(sentence.contains(words), "{sentence}");
}

pub async fn nobody_claims_a_group_they_are_not_in(tidegate: &Installation) {
    let answer = write(tidegate, "claimed", User::Lea, |approval| {
        approval.spec.groups = vec!["app-team".to_owned(), "sre-team".to_owned()];
    })
    .await;
    let sentence = refusal(answer);
    let words = "you (lea@example.com) are not in all of the groups app-team, sre-team";
    assert!(sentence.contains(words), "{sentence}");
    write(tidegate, "own-groups", User::Lea, |_| {})
        .await
        .unwrap();
}

pub async fn nobody_submits_for_another(tidegate: &Installation) {
    let case = Case::new(tidegate, "for-another").await;
    let answer = case
        .try_submit(User::Dana, "CHG-200", case.here(), |object| {
            object["spec"]["requestedBy"] = json!(User::Lea.name());
        })
        .await;
    let sentence = refusal(answer);
    let words = "spec.requestedBy is \"lea@example.com\" but you are \"dana@example.com\": nobody submits for another";
    assert!(sentence.contains(words), "{sentence}");
}

pub async fn an_emergency_needs_a_permission_of_its_own(tidegate: &Installation) {
    let case = Case::new(tidegate, "emergency").await;
    let submit = async || {
        case.try_submit(User::Dana, "CHG-201", case.here(), |object| {
            object["spec"]["type"] = json!("emergency");
        })
        .await
    };
    let sentence = refusal(submit().await);
    let words = "you (dana@example.com) may not submit emergency changes: that needs permission to create changes/emergency in namespace tidegate";
    assert!(sentence.contains(words), "{sentence}");
    tidegate
        .apply(&json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
            "metadata": {"name": "emergencies", "namespace": NAMESPACE},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": rbac::EMERGENCY},
            "subjects": [{"kind": "User", "name": User::Dana.name(), "apiGroup": "rbac.authorization.k8s.io"}],
        }))
        .await;
    // The API server's authorizer hears of a binding a moment later.
    eventually("the permission", async || submit().await.ok()).await;
    // What emergencies may skip is for the policy to say: this one says nothing.
    let rejected = tidegate.until("chg-201", Phase::Rejected).await;
    let reason = rejected.status.unwrap().status.reason;
    let words = "has no rules for emergencies; submit it as normal";
    assert!(reason.ends_with(words), "{reason}");
}
