//! Whose approval does not count, and why.

use kube::Api;
use kube::api::PostParams;
use serde_json::json;
use tidegate_api::{Approval, rbac};
use tidegate_core::lifecycle::Phase;
use tidegate_testkit::control_plane::User;
use tidegate_testkit::repository::Author;

use crate::installation::case::{Case, settings};
use crate::installation::{Installation, NAMESPACE, approval};

/// What is said of each approval, by approver, and whether it counts.
async fn verdict(tidegate: &Installation, change: &str, approver: User) -> Vec<(bool, String)> {
    let status = tidegate.change(change).await.status.unwrap().status;
    let by = status.approvals.into_iter();
    by.filter(|approval| approval.approver == approver.name())
        .map(|approval| (approval.counts, approval.note))
        .collect()
}

fn not_counted(why: &str) -> Vec<(bool, String)> {
    vec![(false, why.to_owned())]
}

pub async fn the_author_the_requester_and_machines_do_not_count(tidegate: &Installation) {
    let mut case = Case::new(tidegate, "who-counts").await;
    case.policy(|spec| {
        spec["approvals"] = json!({"count": 2, "groups": [{"name": "sre-team", "count": 1}]});
    })
    .await;
    tidegate
        .apply(&json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
            "metadata": {"name": "a-machine-approves", "namespace": NAMESPACE},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": rbac::APPROVER},
            "subjects": [{"kind": "User", "name": User::Tidegate.name(), "apiGroup": "rbac.authorization.k8s.io"}],
        }))
        .await;
    // Written by Dana, asked for by Lea.
    case.commit_version("2");
    let submitted = case
        .try_submit(User::Lea, "CHG-210", case.here(), |_| {})
        .await;
    submitted.unwrap();
    let change = "chg-210";
    tidegate.until(change, Phase::Approving).await;
    for user in [User::Dana, User::Lea, User::Tidegate, User::Admin] {
        tidegate.approve(change, user).await;
    }
    let told = tidegate
        .until_waiting(change, "4 approvals were made that do not count")
        .await;
    assert!(told.starts_with("waits for 2 approvals of "), "{told}");
    assert!(told.contains(", 1 from @sre-team"), "{told}");
    for (user, why) in [
        (User::Dana, "wrote a commit of this change"),
        (User::Lea, "asked for this change"),
        (User::Tidegate, "is a service account, not a person"),
        (
            User::Admin,
            "is not an e-mail address and the policy does not say whose name it is",
        ),
    ] {
        assert_eq!(verdict(tidegate, change, user).await, not_counted(why));
    }
    marc_counts_once(&case, change).await;
    tidegate.approve(change, User::Chris).await;
    case.ends_with(change, "2").await;
}

async fn marc_counts_once(case: &Case<'_>, change: &str) {
    let tidegate = case.tidegate;
    tidegate.approve(change, User::Marc).await;
    tidegate
        .until_waiting(change, "waits for a second approval of ")
        .await;
    let status = tidegate.change(change).await.status.unwrap().status;
    let (revision, digest) = (status.revision.unwrap(), status.digest.unwrap());
    let again = approval(
        "again",
        change,
        revision.as_str(),
        &digest.to_string(),
        User::Marc,
    );
    let api: Api<Approval> = Api::namespaced(tidegate.client(User::Marc).await, NAMESPACE);
    api.create(&PostParams::default(), &again).await.unwrap();
    tidegate
        .until_waiting(change, "5 approvals were made that do not count")
        .await;
    let mut verdicts = verdict(tidegate, change, User::Marc).await;
    verdicts.sort();
    let expected = [
        (false, "has approved already".to_owned()),
        (true, "for sre-team".to_owned()),
    ];
    assert_eq!(verdicts, expected);
}

pub async fn a_person_of_two_addresses_is_one_person(tidegate: &Installation) {
    const LEA_AT_HOME: Author<'static> = Author {
        name: "Lea",
        email: "lea@home.example",
    };
    let mut case = Case::new(tidegate, "two-addresses").await;
    case.policy(|spec| {
        spec["approvals"]["people"] = json!([{"names": [User::Lea.name(), LEA_AT_HOME.email]}]);
    })
    .await;
    case.repository
        .commit(LEA_AT_HOME, "Version 2", &[settings("2")])
        .unwrap();
    let change = case.submit("CHG-211", case.here()).await;
    tidegate.until(&change, Phase::Approving).await;
    tidegate.approve(&change, User::Lea).await;
    tidegate
        .until_waiting(&change, "one approval was made that does not count")
        .await;
    let why = not_counted("wrote a commit of this change");
    assert_eq!(verdict(tidegate, &change, User::Lea).await, why);
    case.goes_out(&change, "2").await;
}
