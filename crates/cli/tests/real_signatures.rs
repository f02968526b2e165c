//! What people sign besides a change itself: the review that an emergency owes,
//! and an exception from a freeze. Each is a person at the program.

#![allow(clippy::unwrap_used, reason = "a test says what failed by failing")]

mod cluster;

use cluster::{Cluster, Ran};
use serde_json::{Value, json};
use tidegate_testkit::control_plane::User;

fn policy(cluster: &Cluster) {
    cluster.apply(&json!({
        "apiVersion": "tidegate.dev/v1alpha1", "kind": "ChangePolicy",
        "metadata": {"name": "production"},
        "spec": {
            "governs": {"namespaces": ["production"]},
            "calendar": "production",
            "approvals": {"count": 2},
            "backup": {"provider": "none", "reason": "settings can be made again"},
            "stages": [{"name": "full", "share": "100%", "within": "1m"}],
            "emergency": {
                "approvals": {"now": 1, "later": 1},
                "groups": ["sre-lead"],
                "passes": ["windows", "freezes"],
            },
        },
    }));
}

/// A window that is always open, a freeze that never ends, and exceptions.
fn calendar(cluster: &Cluster, exceptions: &[Value]) {
    cluster.apply(&json!({
        "apiVersion": "tidegate.dev/v1alpha1", "kind": "ChangeCalendar",
        "metadata": {"name": "production"},
        "spec": {
            "timeZone": "Europe/Zurich",
            "windows": [{"name": "always", "schedule": "0 0 * * *", "duration": "24h"}],
            "freezes": [{
                "name": "audit", "from": "2020-01-01T00:00", "to": "2199-01-01T00:00",
                "reason": "Under audit", "exempt": {"types": ["emergency"]},
            }],
            "exceptionsBy": "change-managers",
            "exceptions": exceptions,
        },
    }));
}

fn exception(name: &str, change: &str, reason: &str, until: &str) -> Value {
    json!({"name": name, "freeze": "audit", "change": change, "reason": reason, "until": until})
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

#[tokio::test(flavor = "multi_thread")]
async fn an_emergency_is_reviewed_by_somebody_who_did_not_ask_for_it() {
    let mut cluster = Cluster::with_tidegate().await;
    policy(&cluster);
    calendar(&cluster, &[]);
    let revision = cluster.commit("2");
    let emergency = ["--type", "emergency"];
    says(
        &cluster.submit(User::Dana, "CHG-911", &revision, &emergency),
        1,
        &["you (dana@example.com) may not submit emergency changes"],
    );
    says(
        &cluster.submit(User::Marc, "CHG-911", &revision, &emergency),
        0,
        &[],
    );
    let why = ["why", "chg-911"];
    cluster.until(User::Audrey, &why, "waits for an approval");
    says(
        &review(&cluster, User::Chris, "too early"),
        1,
        &["chg-911 owes no review: only an emergency does, once it has started"],
    );
    says(
        &cluster.tidegate(User::Tomas, &["approve", "chg-911"]),
        0,
        &["✓ your approval of chg-911 counts"],
    );
    let started = cluster.until(User::Audrey, &why, "ended Succeeded: ");
    says(
        &started,
        0,
        &[
            "1 of 2 approvals",
            "a second approval of this emergency is owed by",
            "a review of this emergency is owed by",
            "next: tidegate approve chg-911",
        ],
    );

    says(
        &cluster.tidegate(User::Lea, &["approve", "chg-911"]),
        0,
        &["✓ your approval of chg-911 counts"],
    );
    whose_review_counts(&cluster, &revision);
    cluster.finish().await;
}

fn review(cluster: &Cluster, user: User, findings: &str) -> Ran {
    cluster.tidegate(user, &["review", "chg-911", "--findings", findings])
}

fn whose_review_counts(cluster: &Cluster, revision: &str) {
    let why = ["why", "chg-911"];
    // Whoever asked for it is told that theirs does not count, there and later.
    says(
        &review(cluster, User::Marc, "It was fine"),
        1,
        &[
            "✗ your review of chg-911 does not count: asked for this change",
            "next: tidegate why chg-911",
        ],
    );
    says(
        &cluster.tidegate(User::Audrey, &why),
        0,
        &[
            "✓ 2 of 2 approvals",
            "✗ the review by marc@example.com",
            "does not count: asked for this change",
            "; one review was made that does not count",
            "next: tidegate review chg-911 --findings …",
        ],
    );
    says(
        &review(cluster, User::Audrey, "I only read"),
        1,
        &[
            "you have no permission: ",
            "bind you to the ClusterRole tidegate-approver",
        ],
    );
    says(
        &review(cluster, User::Chris, ""),
        2,
        &["a review says in its comment what was found"],
    );
    says(
        &cluster.tidegate(
            User::Chris,
            &["review", "chg-912", "--findings", "no such change"],
        ),
        2,
        &["there is no change chg-912 in namespace tidegate"],
    );
    let other = ["--findings", "another commit", "--revision", "0123456"];
    says(
        &cluster.tidegate(User::Chris, &[&["review", "chg-911"][..], &other].concat()),
        1,
        &[&format!("chg-911 ran {revision}, not 0123456")],
    );

    let findings = "A token had leaked; it is replaced, and its scope cut";
    says(
        &review(cluster, User::Chris, findings),
        0,
        &[
            "chris@example.com (for change-managers) reviews chg-911",
            "✓ your review of chg-911 counts",
            "it is Succeeded, and nothing is owed any more",
        ],
    );
    says(
        &review(cluster, User::Priya, "me too"),
        1,
        &["chg-911 owes no review any more: chris@example.com has reviewed it"],
    );
    let settled = cluster.tidegate(User::Audrey, &why);
    let told = [&format!("CET: {findings}"), "reviewed by chris@example.com"];
    says(&settled, 0, &told);
    assert!(!settled.result.contains("owed"), "{}", settled.screen());
}

fn pass(cluster: &Cluster, user: User, exception: &str) -> Ran {
    cluster.tidegate(user, &["approve", "chg-1", "--exception", exception])
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exception_is_approved_by_its_group_as_it_is_written_now() {
    let mut cluster = Cluster::with_tidegate().await;
    policy(&cluster);
    let far = "2198-01-01T12:00";
    let written = |reason: &str| {
        [
            exception("old", "chg-1", "Long ago", "2020-01-02T12:00"),
            exception("broken", "chg-1", "Never", "tomorrow"),
            exception("tax-table", "CHG-1", reason, far),
        ]
    };
    calendar(&cluster, &written("The tax table changes"));
    let revision = cluster.commit("2");
    says(&cluster.submit(User::Dana, "CHG-1", &revision, &[]), 0, &[]);
    let why = ["why", "chg-1"];
    cluster.until(User::Audrey, &why, "waits for 2 approvals");
    for user in [User::Lea, User::Tomas] {
        says(&cluster.tidegate(user, &["approve", "chg-1"]), 0, &[]);
    }
    let waiting = cluster.until(User::Audrey, &why, "freeze audit is active");
    let nobody = "exception tax-table does not count: nobody of change-managers has approved it";
    says(
        &waiting,
        0,
        &[nobody, "next: tidegate approve chg-1 --exception tax-table"],
    );
    assert_eq!(waiting.result.matches(nobody).count(), 1, "told once");
    let board = cluster.tidegate(User::Audrey, &["change", "list"]);
    says(&board, 0, &["freeze audit"]);

    // Bound in Tidegate's namespace alone nobody sees what they would sign.
    says(
        &pass(&cluster, User::Chris, "tax-table"),
        3,
        &[
            "you have no permission: User \"chris@example.com\" cannot get resource \"changepolicies\"",
            "a ClusterRoleBinding to the ClusterRole tidegate-viewer",
        ],
    );
    cluster.everybody_sees_policies_and_calendars();
    says(
        &pass(&cluster, User::Chris, "tax-tabel"),
        2,
        &["calendar production has no exception tax-tabel for chg-1; it has old, tax-table"],
    );
    says(
        &pass(&cluster, User::Chris, "broken"),
        1,
        &["calendar production has an error: exception broken: "],
    );
    says(
        &pass(&cluster, User::Chris, "old"),
        1,
        &["exception old is over since Thu 2020-01-02 12:00 CET"],
    );
    says(
        &pass(&cluster, User::Priya, "tax-table"),
        1,
        &[
            "you (priya@example.com) are not in change-managers, and only its members approve exception tax-table",
            "hint: ask somebody of change-managers; nothing was signed",
        ],
    );

    // What somebody approves while it is edited is approved for the old text.
    cluster.stop_controller();
    says(
        &pass(&cluster, User::Chris, "tax-table"),
        0,
        &[
            "chris@example.com (for change-managers) lets chg-1 pass freeze audit until Mon 2198-01-01 12:00 CET: The tax table changes",
            "your approval of exception tax-table for chg-1 is made",
            "the controller has not judged it yet",
        ],
    );
    calendar(&cluster, &written("The tax table changes, and prices too"));
    cluster.start_controller();
    let edited =
        "exception tax-table does not count: chris@example.com approved it before it was edited";
    cluster.until(User::Audrey, &why, edited);
    says(
        &pass(&cluster, User::Chris, "tax-table"),
        0,
        &[
            ": The tax table changes, and prices too",
            "✓ your approval of exception tax-table for chg-1 counts",
        ],
    );
    let done = cluster.until(User::Audrey, &why, "ended Succeeded: ");
    says(
        &done,
        0,
        &["✓ exception tax-table passes freeze audit until Mon 2198-01-01 12:00 CET"],
    );
    says(
        &pass(&cluster, User::Chris, "tax-table"),
        1,
        &["chg-1 has ended Succeeded, so nothing is left to sign"],
    );
    cluster.finish().await;
}
