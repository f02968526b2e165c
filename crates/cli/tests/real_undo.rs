//! Undoing changes, as a person at the program.

#![allow(clippy::unwrap_used, reason = "a test says what failed by failing")]

mod cluster;

use cluster::{Cluster, LEA, Ran};
use serde_json::{Value, json};
use tidegate_testkit::control_plane::User;

fn policy(cluster: &Cluster, checks: &Value) {
    cluster.apply(&json!({
        "apiVersion": "tidegate.dev/v1alpha1", "kind": "ChangePolicy",
        "metadata": {"name": "production"},
        "spec": {
            "governs": {"namespaces": ["production"]},
            "approvals": {"count": 1},
            "backup": {"provider": "none", "reason": "settings can be made again"},
            "stages": [{"name": "full", "share": "100%", "within": "1m"}],
            "verification": {"within": "10m", "checks": checks},
        },
    }));
}

/// What it ends with, and what is said, one after the other.
#[track_caller]
fn says(ran: &Ran, code: i32, sentences: &[&str]) {
    let screen = ran.screen();
    assert_eq!(ran.code, Some(code), "{screen}");
    for sentence in sentences {
        assert!(screen.contains(sentence), "no {sentence:?} in\n{screen}");
    }
}

/// Somebody who may approves it, and it ends well.
fn succeeds(cluster: &Cluster, name: &str, approver: User) {
    let why = ["why", name];
    cluster.until(User::Audrey, &why, "is Approving");
    let counts = format!("✓ your approval of {name} counts");
    says(
        &cluster.tidegate(approver, &["approve", name]),
        0,
        &[&counts],
    );
    cluster.until(User::Audrey, &why, "ended Succeeded");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_undone_by_one_of_its_own_and_one_that_runs_is_called_off() {
    let mut cluster = Cluster::with_tidegate().await;
    cluster.everybody_sees_policies_and_calendars();
    policy(&cluster, &json!([]));
    what_nobody_knows_is_not_brought_back(&mut cluster);
    what_succeeded_is_undone(&mut cluster);
    what_runs_is_called_off(&mut cluster);
    cluster.finish().await;
}

/// The first change to a target finds something there that no change brought.
fn what_nobody_knows_is_not_brought_back(cluster: &mut Cluster) {
    let revision = cluster.commit_by(LEA, "2");
    says(&cluster.submit(User::Dana, "CHG-1", &revision, &[]), 0, &[]);
    cluster.until(User::Audrey, &["why", "chg-1"], "is Approving");
    says(
        &cluster.tidegate(User::Dana, &["rollback", "CHG-1"]),
        1,
        &[
            "chg-1 is Approving and has not started, so there is nothing to undo",
            "tidegate change cancel chg-1 --reason …",
        ],
    );
    says(
        &cluster.tidegate(User::Dana, &["backup", "chg-1"]),
        1,
        &["no backup is made for chg-1: by policy production, settings can be made again"],
    );
    succeeds(cluster, "chg-1", User::Tomas);
    says(
        &cluster.tidegate(User::Dana, &["rollback", "chg-1"]),
        1,
        &["nobody knows which commit settings ran before chg-1: no change had been there"],
    );
}

fn what_succeeded_is_undone(cluster: &mut Cluster) {
    let revision = cluster.commit("3");
    says(&cluster.submit(User::Dana, "CHG-2", &revision, &[]), 0, &[]);
    succeeds(cluster, "chg-2", User::Tomas);
    assert_eq!(cluster.version(), "3");
    says(
        &cluster.tidegate(User::Dana, &["rollback", "chg-2", "--to", "backup"]),
        1,
        &["chg-2 has no backup whose data could be brought back"],
    );
    let plan = cluster.tidegate(User::Dana, &["rollback", "chg-2", "--dry-run"]);
    says(
        &plan,
        0,
        &[
            "chg-2 has ended, so chg-2-2 undoes it: Undo CHG-2: ",
            "kubectl -n tidegate create -f chg-2-2.yaml",
            "nothing is done",
        ],
    );
    says(
        &cluster.tidegate(User::Audrey, &["change", "show", "chg-2-2"]),
        2,
        &[],
    );

    let undone = cluster.tidegate(User::Dana, &["rollback", "chg-2"]);
    says(
        &undone,
        0,
        &["chg-2-2 is submitted by dana@example.com: Undo CHG-2: "],
    );
    cluster.until(User::Audrey, &["why", "chg-2-2"], "is Approving");
    says(
        &cluster.tidegate(User::Dana, &["rollback", "chg-2"]),
        1,
        &["chg-2-2 has the same ticket and is Approving"],
    );
    // Lea wrote what ran before, which was agreed to then.
    succeeds(cluster, "chg-2-2", User::Lea);
    assert_eq!(cluster.version(), "2");
    says(
        &cluster.tidegate(User::Audrey, &["change", "show", "chg-2-2"]),
        0,
        &["undoes        chg-2", &format!("settings ran {revision}")],
    );
    for (change, undoes) in [("chg-2", Value::Null), ("chg-2-2", json!("chg-2"))] {
        let record = cluster.record(change);
        let entries = record["entries"].as_array().unwrap().iter();
        let begun: Vec<&Value> = entries
            .filter_map(|stored| stored.pointer("/entry/event/effect"))
            .collect();
        assert!(begun.len() >= 3, "{record:#}");
        assert!(begun.iter().all(|effect| effect["undoes"] == undoes));
    }
}

fn what_runs_is_called_off(cluster: &mut Cluster) {
    let never = json!([{"http": {"url": "http://127.0.0.1:1/healthz", "status": 200}}]);
    policy(cluster, &never);
    let revision = cluster.commit("4");
    says(&cluster.submit(User::Dana, "CHG-3", &revision, &[]), 0, &[]);
    let why = ["why", "chg-3"];
    cluster.until(User::Audrey, &why, "is Approving");
    says(&cluster.tidegate(User::Lea, &["approve", "chg-3"]), 0, &[]);
    cluster.until(User::Audrey, &why, "is Verifying");
    assert_eq!(cluster.version(), "4");
    says(
        &cluster.tidegate(User::Dana, &["rollback", "chg-3"]),
        0,
        &[
            "chg-3 is running, so it is called off and what is half out goes back",
            "settings goes back to ",
            "chg-3 is called off; what is half out goes back",
        ],
    );
    let back = cluster.until(User::Audrey, &why, "ended Cancelled");
    says(&back, 0, &["called off: undone with tidegate rollback"]);
    assert_eq!(cluster.version(), "2");
    says(
        &cluster.tidegate(User::Dana, &["rollback", "chg-3"]),
        1,
        &["chg-3 ended Cancelled: what ran before runs again, so there is nothing to undo"],
    );
}
