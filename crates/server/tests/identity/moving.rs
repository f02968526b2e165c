//! What approvals are worth when a branch moves.

use serde_json::json;
use tidegate_core::lifecycle::Phase;
use tidegate_testkit::control_plane::User;
use tidegate_testkit::repository::Edit;

use crate::installation::case::Case;
use crate::installation::{BOT, Installation, eventually};

/// Waits until the change would run this commit. A branch is looked up once a
/// minute; a controller that starts looks at once.
async fn moved_to(case: &Case<'_>, change: &str, revision: &str) {
    let tidegate = case.tidegate;
    tidegate.restart_controller().await;
    eventually("the branch is looked up", async || {
        let status = tidegate.change(change).await.status?.status;
        (status.revision?.as_str() == revision).then_some(())
    })
    .await;
}

fn read_me(text: &str) -> Edit {
    Edit::write("README.md", format!("{text}\n"))
}

pub async fn a_merge_keeps_approvals_and_a_new_commit_does_not(tidegate: &Installation) {
    let mut case = Case::new(tidegate, "moving").await;
    case.repository.branch("release").unwrap();
    let approved = case.commit_version("2");
    let change = case
        .submit_with("CHG-220", case.reference("release"), |object| {
            object["spec"]["hold"] = json!({"reason": "until the branch has moved"});
        })
        .await;
    case.approve(&change).await;
    tidegate.until(&change, Phase::Scheduled).await;
    let digest = tidegate.change(&change).await.status.unwrap().status.digest;

    case.repository.switch("main").unwrap();
    case.repository
        .commit(BOT, "Say more", &[read_me("More")])
        .unwrap();
    case.repository.switch("release").unwrap();
    let merge = case.repository.merge(BOT, "main", "Merge main").unwrap();
    moved_to(&case, &change, &merge).await;
    let status = tidegate.change(&change).await.status.unwrap().status;
    assert_eq!((status.phase, status.digest), (Phase::Scheduled, digest));
    assert!(status.approvals[0].counts, "{:?}", status.approvals);

    let new = case.commit("Say less", &[read_me("Less")]);
    moved_to(&case, &change, &new).await;
    let status = tidegate
        .until(&change, Phase::Approving)
        .await
        .status
        .unwrap()
        .status;
    assert_eq!(status.digest, digest, "the manifests are the same");
    assert!(!status.approvals[0].counts, "{:?}", status.approvals);
    assert_eq!(
        status.approvals[0].note,
        format!(
            "approved {}; now it would run {} (Say less, by dana@example.com)",
            short(&approved),
            short(&new)
        )
    );
    tidegate
        .until_waiting(&change, "one approval was made that does not count")
        .await;
    assert_eq!(case.version("settings").await, None);
    tidegate.approve(&change, User::Priya).await;
    tidegate.until(&change, Phase::Scheduled).await;
    the_branch_goes_and_comes_back(&case, &change).await;
    tidegate
        .merge(&change, json!({"spec": {"hold": null}}))
        .await;
    case.ends_with(&change, "2").await;
}

async fn the_branch_goes_and_comes_back(case: &Case<'_>, change: &str) {
    let tidegate = case.tidegate;
    case.repository.branch("kept").unwrap();
    case.repository.remove_branch("release").unwrap();
    tidegate.restart_controller().await;
    tidegate
        .until_waiting(change, "has no branch or tag \"release\"")
        .await;
    case.repository.branch("release").unwrap();
    tidegate.until_waiting(change, "is held").await;
}

fn short(revision: &str) -> &str {
    &revision[..7]
}
