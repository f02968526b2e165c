//! Changes that Argo CD delivers from branches of their own, so that Git says
//! what runs; and what becomes of Git where the pins are the Applications' own.

#![allow(
    clippy::unwrap_used,
    reason = "all of this file is tests; clippy knows only the functions marked as such"
)]

mod argo_cd;
mod installation;

use std::os::unix::fs::PermissionsExt as _;

use argo_cd::branches::branch_of;
use argo_cd::{APPLICATIONS, DEPLOYMENT, Delivery};
use installation::{DANA, eventually};
use serde_json::{Value, json};
use tidegate_core::lifecycle::Phase;
use tidegate_core::revision::Revision;
use tidegate_testkit::repository::Edit;

/// The stages' deadlines, so short that a test can wait for them.
fn within(seconds: u32) -> impl Fn(&mut Value) {
    move |spec| {
        for stage in spec["stages"].as_array_mut().unwrap() {
            stage["within"] = json!(format!("{seconds}s"));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_runs_stands_on_a_branch_for_each_stage_and_nobody_elses_push_stays() {
    let mut delivery = Delivery::on_branches().await;
    delivery.policy(|_| {}).await;
    delivery.tidegate.start_controller().await;
    for (name, _) in APPLICATIONS {
        let told = format!("on branch {}", branch_of(name));
        delivery.is_told(name, "Adopted", &told).await;
    }
    goes_out_stage_by_stage_and_comes_back(&mut delivery).await;
    is_overruled(&mut delivery).await;
    goes_on_after_a_crash_between_push_and_sync(&mut delivery).await;
    is_told_when_it_may_not_push(&mut delivery).await;
    goes_back_as_soon_as_it_may_push(&mut delivery).await;
    is_undone(&mut delivery).await;
    delivery.finish().await;
}

async fn goes_out_stage_by_stage_and_comes_back(delivery: &mut Delivery) {
    let first = delivery.first.clone();
    let second = delivery.tidegate.upgrade("v2.4.3", "v2.5.0");
    delivery.submit("CHG-1234", &second).await;
    delivery.approve("chg-1234").await;
    delivery.tidegate.until("chg-1234", Phase::Succeeded).await;
    for (name, namespace) in APPLICATIONS {
        let head = delivery.head(name);
        delivery.carries(&head, &second, &[&first, &second], "chg-1234", "1/apply/");
        delivery.is_at(name, &head).await;
        assert_eq!(delivery.pin(name).await, branch_of(name).as_str());
        assert!(delivery.image(namespace).await.ends_with("v2.5.0"));
    }

    let heads = APPLICATIONS.map(|(name, _)| delivery.head(name));
    let third = delivery.tidegate.break_readiness("v2.5.0", "v2.6.0");
    delivery.policy(within(30)).await;
    delivery.submit("CHG-1235", &third).await;
    delivery.approve("chg-1235").await;
    // Wherever Tidegate dies, each commit is put there once.
    let crashes = delivery.tidegate.crash_at_every_step("chg-1235").await;
    assert!(crashes > 8, "{crashes} crashes");
    let back = delivery.ends("chg-1235", Phase::RolledBack).await;
    let status = back.status.unwrap().status;
    // Whoever undoes it goes to what was approved, not to the commit on a branch.
    for point in &status.rollback_points {
        let ran = point.revision.as_ref().map(Revision::as_str);
        assert_eq!(ran, Some(second.as_str()), "{point}");
    }
    assert_eq!(status.rollback_points.len(), APPLICATIONS.len());
    let reason = status.reason;
    assert!(reason.contains("stage canary"), "{reason}");
    let (canary, _) = APPLICATIONS[0];
    let head = delivery.head(canary);
    let failed = delivery.of_commit(&head, "%P");
    delivery.carries(&head, &heads[0], &[&failed], "chg-1235", "1/rollback/");
    assert!(delivery.of_commit(&head, "%s").contains("Revert \""));
    delivery.carries(
        &failed,
        &third,
        &[&heads[0], &third],
        "chg-1235",
        "1/apply/",
    );
    delivery.is_at(canary, &head).await;
    for (position, (name, namespace)) in APPLICATIONS.into_iter().enumerate() {
        assert!(delivery.image(namespace).await.ends_with("v2.5.0"));
        if position > 0 {
            assert_eq!(
                delivery.head(name),
                heads[position],
                "{name} was not touched"
            );
        }
    }
    delivery
        .tidegate
        .each_effect_is_told_once(&delivery.tidegate.change("chg-1235").await)
        .await;
    delivery.policy(|_| {}).await;
}

/// Whoever pushes to a branch, or leads an Application off it, is overruled.
async fn is_overruled(delivery: &mut Delivery) {
    let (name, namespace) = APPLICATIONS[2];
    let kept = delivery.head(name);
    let edits = [Edit::replace(DEPLOYMENT, "v2.5.0", "v9.9.9")];
    let pushed = delivery.push_by_hand(name, &edits).await;
    let short = &pushed[..7];
    delivery
        .is_told(name, "PinMoved", &format!("{short} is at its branch"))
        .await;
    let head = eventually("the content is put back", async || {
        let head = delivery.head(name);
        (head != pushed).then_some(head)
    })
    .await;
    // What was pushed stays in the history.
    assert_eq!(delivery.of_commit(&head, "%P"), pushed);
    assert_eq!(
        delivery.of_commit(&head, "%T"),
        delivery.of_commit(&kept, "%T")
    );
    delivery.is_at(name, &head).await;
    assert!(delivery.image(namespace).await.ends_with("v2.5.0"));

    let repository = &delivery.tidegate.repository;
    repository.remove_branch(branch_of(name).as_str()).unwrap();
    delivery.look_now(name).await;
    delivery
        .is_told(name, "PinMoved", "somebody deleted its branch")
        .await;
    eventually("the branch is made again", async || {
        let branch = branch_of(name).full();
        let found = delivery.tidegate.repository.revision(&branch).ok()?;
        (found == head).then_some(())
    })
    .await;
    delivery.is_at(name, &head).await;

    let elsewhere = json!({"spec": {"source": {"targetRevision": "main"}}});
    delivery.patch(name, &elsewhere).await;
    eventually("it follows its branch again", async || {
        (delivery.pin(name).await == branch_of(name).as_str()).then_some(())
    })
    .await;
    delivery.is_at(name, &head).await;
    delivery
        .is_told(name, "PinMoved", "let it follow main")
        .await;
}

async fn goes_on_after_a_crash_between_push_and_sync(delivery: &mut Delivery) {
    let canary = &APPLICATIONS[..1];
    let (name, namespace) = APPLICATIONS[0];
    let before = delivery.head(name);
    let gate = "\n      readinessGates: [{conditionType: tidegate.dev/never}]";
    let edits = [
        Edit::replace(DEPLOYMENT, "v2.6.0", "v2.7.0"),
        Edit::replace(DEPLOYMENT, gate, ""),
    ];
    let message = "CHG: Upgrade api-gateway, well";
    let repository = &mut delivery.tidegate.repository;
    let next = repository.commit(DANA, message, &edits).unwrap();
    // The repository answers a push only a while after it took it.
    let hook = delivery.hook("post-receive", "sleep 30");
    delivery.submit_of(canary, "CHG-1236", &next).await;
    delivery.approve("chg-1236").await;
    let pushed = eventually("the commit is at the branch", async || {
        let head = delivery.head(name);
        (head != before).then_some(head)
    })
    .await;
    delivery.tidegate.kill_controller().await;
    std::fs::remove_file(&hook).unwrap();
    delivery.tidegate.start_controller().await;
    let change = delivery.tidegate.until("chg-1236", Phase::Succeeded).await;
    assert_eq!(delivery.head(name), pushed, "the same commit goes on");
    delivery.carries(&pushed, &next, &[&before, &next], "chg-1236", "1/apply/");
    delivery.is_at(name, &pushed).await;
    assert!(delivery.image(namespace).await.ends_with("v2.7.0"));
    delivery.tidegate.each_effect_is_told_once(&change).await;
}

async fn is_told_when_it_may_not_push(delivery: &mut Delivery) {
    let canary = &APPLICATIONS[..1];
    let (name, _) = APPLICATIONS[0];
    let before = delivery.head(name);
    let hook = delivery.hook("pre-receive", "echo 'env/* is protected' >&2; exit 1");
    let next = delivery.tidegate.upgrade("v2.7.0", "v2.8.0");
    delivery.submit_of(canary, "CHG-1237", &next).await;
    delivery.approve("chg-1237").await;
    let back = delivery.tidegate.until("chg-1237", Phase::RolledBack).await;
    let reason = back.status.unwrap().status.reason;
    assert!(reason.contains("env/* is protected"), "{reason}");
    assert!(
        reason.contains("let the account of its Connection push there"),
        "{reason}"
    );
    assert_eq!(delivery.head(name), before);
    delivery.is_at(name, &before).await;
    std::fs::remove_file(hook).unwrap();
}

async fn goes_back_as_soon_as_it_may_push(delivery: &mut Delivery) {
    let canary = &APPLICATIONS[..1];
    let (name, namespace) = APPLICATIONS[0];
    let before = delivery.head(name);
    let takes_no_revert = "while read old new ref; do if git log -1 --format=%s $new | grep -q Revert; then exit 1; fi; done";
    let hook = delivery.hook("pre-receive", takes_no_revert);
    let next = delivery.tidegate.break_readiness("v2.8.0", "v2.9.0");
    delivery.policy(within(15)).await;
    delivery.submit_of(canary, "CHG-1238", &next).await;
    delivery.approve("chg-1238").await;
    let told = "does not let Tidegate push to env/gateway-canary";
    delivery.tidegate.until_waiting("chg-1238", told).await;
    std::fs::remove_file(hook).unwrap();
    delivery.tidegate.until("chg-1238", Phase::RolledBack).await;
    let head = delivery.head(name);
    let failed = delivery.of_commit(&head, "%P");
    delivery.carries(&head, &before, &[&failed], "chg-1238", "1/rollback/");
    delivery.is_at(name, &head).await;
    assert!(delivery.image(namespace).await.ends_with("v2.7.0"));
}

/// The undoing of CHG-1236 brings the commit that was approved before it, on top of
/// all that came since.
async fn is_undone(delivery: &mut Delivery) {
    delivery.policy(|_| {}).await;
    let (name, namespace) = APPLICATIONS[0];
    let before = delivery.head(name);
    let undone = delivery.tidegate.change("chg-1236").await;
    let point = undone.status.unwrap().status.rollback_points[0].clone();
    let revision = point.revision.unwrap();
    let source = json!({
        "repository": delivery.tidegate.repository.path().to_str().unwrap(),
        "revision": revision,
    });
    let undoes = |spec: &mut Value| {
        spec["targets"] = json!([{"name": name, "namespace": namespace, "application": name}]);
        spec["rollsBack"] = json!({ "change": "chg-1236" });
    };
    delivery
        .tidegate
        .submit_with("CHG-1239", source, undoes)
        .await;
    delivery.approve("chg-1239").await;
    delivery.tidegate.until("chg-1239", Phase::Succeeded).await;
    let head = delivery.head(name);
    let approved = revision.as_str();
    delivery.carries(
        &head,
        approved,
        &[&before, approved],
        "chg-1239",
        "1/apply/",
    );
    delivery.is_at(name, &head).await;
    assert!(delivery.image(namespace).await.ends_with("v2.5.0"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_went_back_is_taken_out_of_git_as_the_policy_wants() {
    let mut delivery = Delivery::new().await;
    let reverts = |revert: &'static str| {
        move |spec: &mut Value| {
            within(15)(spec);
            spec["afterRollback"] = json!({ "revert": revert });
        }
    };
    delivery.policy(reverts("branch")).await;
    delivery.tidegate.start_controller().await;
    let second = delivery.tidegate.break_readiness("v2.4.3", "v2.5.0");
    let change = delivery.submit_approved("CHG-1", &second).await;
    let reverted = reverted(&delivery, &change).await;
    assert!(
        reverted.starts_with("branch revert-chg-1 takes it out of main; open a pull request"),
        "{reverted}"
    );
    let commit = delivery
        .tidegate
        .repository
        .revision("revert-chg-1")
        .unwrap();
    assert_eq!(delivery.of_commit(&commit, "%P"), second);
    let tree = |commit: &str| delivery.of_commit(commit, "%T");
    assert_eq!(tree(&commit), tree(&delivery.first));
    assert_eq!(
        delivery.tidegate.repository.revision("main").unwrap(),
        second
    );
    delivery.canary_is(&delivery.first, "v2.4.3").await;

    // What came later changes the same lines.
    delivery.policy(reverts("commit")).await;
    let third = delivery.tidegate.upgrade("v2.5.0", "v2.6.0");
    let fourth = delivery.tidegate.upgrade("v2.6.0", "v2.7.0");
    let change = delivery.submit_approved("CHG-2", &third).await;
    let conflict = self::reverted(&delivery, &change).await;
    assert_eq!(
        conflict,
        format!(
            "it was not taken out of Git: what came to main later changes the same lines of {DEPLOYMENT}; `git revert` it by hand"
        )
    );
    let repository = &delivery.tidegate.repository;
    assert_eq!(repository.revision("main").unwrap(), fourth);

    // The branch itself takes it.
    let receive = ["config", "receive.denyCurrentBranch", "updateInstead"];
    repository.says(&receive).unwrap();
    let change = delivery.submit_approved("CHG-3", &fourth).await;
    let told = self::reverted(&delivery, &change).await;
    let head = delivery.tidegate.repository.revision("main").unwrap();
    assert_eq!(told, format!("commit {} takes it out of main", &head[..7]));
    assert_eq!(delivery.of_commit(&head, "%P"), fourth);
    assert_eq!(
        delivery.of_commit(&head, "%T"),
        delivery.of_commit(&delivery.first, "%T")
    );
    let said = delivery.of_commit(&head, "%s|%(trailers:key=Tidegate-Revision,valueonly)");
    assert_eq!(
        said,
        format!("CHG-3: Revert \"Upgrade api-gateway\"|{fourth}")
    );
    delivery.finish().await;
}

/// What became of Git once the change has gone back.
async fn reverted(delivery: &Delivery, change: &str) -> String {
    let change = delivery.tidegate.until(change, Phase::RolledBack).await;
    change.status.unwrap().status.reverted.unwrap()
}

impl Delivery {
    /// A hook of the repository that does this.
    fn hook(&self, name: &str, does: &str) -> std::path::PathBuf {
        let hooks = self.tidegate.repository.path().join(".git/hooks");
        std::fs::create_dir_all(&hooks).unwrap();
        let hook = hooks.join(name);
        std::fs::write(&hook, format!("#!/bin/sh\n{does}\n")).unwrap();
        let executable = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(&hook, executable).unwrap();
        hook
    }
}
