use serde_json::{Value, json};

use super::policy;
use crate::ChangePolicy;

#[expect(
    clippy::unwrap_in_result,
    reason = "the result is what is tested; the object itself is known to read"
)]
fn read(change: impl Fn(&mut Value)) -> Result<(), Vec<String>> {
    let mut object = json!({
        "apiVersion": "tidegate.dev/v1alpha1",
        "kind": "ChangePolicy",
        "metadata": {"name": "production"},
        "spec": {
            "governs": {"namespaces": ["production"]},
            "calendar": "production",
            "approvals": {"count": 2, "groups": [{"name": "sre-team", "count": 1}], "validFor": "14d"},
            "backup": {"provider": "none", "reason": "stateless"},
            "stages": [
                {"name": "canary", "share": "10%", "soak": "10m"},
                {"name": "full", "share": "100%"},
            ],
            "verification": {"within": "30m", "checks": [{"workloads": {"healthyFor": "5m"}}]},
        },
    });
    change(&mut object["spec"]);
    let object: ChangePolicy = serde_json::from_value(object).unwrap();
    policy(&object).rules.map(|_| ())
}

#[test]
fn a_policy_of_what_exists_is_ready() {
    assert_eq!(read(|_| {}), Ok(()));
}

#[test]
fn what_is_not_implemented_makes_a_policy_not_ready() {
    let cases: [(&str, Value); 10] = [
        ("/afterRollback", json!({"revert": "pullRequest"})),
        ("/checks", json!(["schema"])),
        ("/emergency", json!({"approvals": {"now": 1}})),
        ("/approvals/owners", json!("required")),
        ("/approvals/notBy", json!(["author", "lastPusher"])),
        (
            "/backup",
            json!({"provider": "velero", "restoreData": "sometimes"}),
        ),
        (
            "/backup",
            json!({"provider": "none", "reason": "x", "restoreData": "manual"}),
        ),
        ("/stages/0/applications", json!({"names": ["*"]})),
        (
            "/verification/checks/0",
            json!({"prometheus": {"query": "up"}}),
        ),
        ("/backup", json!({"provider": "none"})),
    ];
    for (pointer, value) in cases {
        let (parent, field) = pointer.rsplit_once('/').unwrap();
        let problems = read(|spec| match spec.pointer_mut(parent).unwrap() {
            Value::Array(list) => list[field.parse::<usize>().unwrap()] = value.clone(),
            parent => parent[field] = value.clone(),
        });
        assert!(problems.is_err(), "{pointer} {value}");
    }
}

#[test]
fn a_backup_leaves_nothing_out_and_is_fresh_when_its_window_opens() {
    for (backup, problem) in [
        (json!({"provider": "velero"}), None),
        (
            json!({"provider": "velero", "volumes": "always", "before": "30m", "restoreData": "onFailure"}),
            None,
        ),
        (
            json!({"provider": "velero", "volumes": "never"}),
            Some("spec.backup.volumes: \"never\" would leave volumes out"),
        ),
        (
            json!({"provider": "velero", "before": "2h"}),
            Some("spec.backup.before: is so long that the backup would be too old"),
        ),
        (
            json!({"provider": "restic"}),
            Some("spec.backup.provider: \"restic\" makes no backups"),
        ),
    ] {
        let read = read(|spec| spec["backup"] = backup.clone());
        match problem {
            None => assert_eq!(read, Ok(()), "{backup}"),
            Some(problem) => {
                let problems = read.unwrap_err();
                assert!(problems[0].starts_with(problem), "{problems:?}");
            }
        }
    }
}

#[test]
fn what_is_done_to_git_after_a_way_back_is_read() {
    for revert in ["none", "branch", "commit"] {
        let read = read(|spec| spec["afterRollback"] = json!({ "revert": revert }));
        assert_eq!(read, Ok(()), "{revert}");
    }
    let problems = read(|spec| spec["afterRollback"] = json!({"revert": "pullRequest"}));
    assert_eq!(
        problems.unwrap_err(),
        [
            "spec.afterRollback.revert: opening pull requests is not implemented yet; write branch, and open it from there"
        ]
    );
}

#[test]
fn all_problems_are_told_at_once_and_by_their_place() {
    let problems = read(|spec| {
        spec["approvals"]["validFor"] = json!("soon");
        spec["stages"][0]["share"] = json!("ten");
        spec["stages"][1]["soak"] = json!("0m");
    })
    .unwrap_err();
    assert_eq!(problems.len(), 3, "{problems:?}");
    assert!(
        problems[0].starts_with("spec.approvals.validFor: "),
        "{problems:?}"
    );
    assert_eq!(
        problems[1],
        "spec.stages[0].share: ten is not a share; write 1% to 100%"
    );
    assert!(
        problems[2].starts_with("spec.stages[1].soak: "),
        "{problems:?}"
    );
}

#[test]
fn a_query_of_prometheus_has_a_limit_that_is_a_number() {
    let check = |limit: Value| {
        let mut prometheus = json!({"query": "up"});
        prometheus["below"] = limit;
        read(|spec| spec["verification"]["checks"][0] = json!({"prometheus": prometheus}))
    };
    assert!(check(json!(0.01)).is_ok());
    let problems = check(Value::Null).unwrap_err();
    assert_eq!(
        problems,
        ["spec.verification.checks[0].prometheus: give below or above, or both"]
    );
}

#[test]
fn stages_choose_applications_in_place_of_a_share() {
    let stages = |applications: Value| {
        read(|spec| spec["stages"] = json!([{"name": "all", "applications": applications}]))
    };
    assert!(stages(json!({"names": ["web-*"], "atOnce": 2})).is_ok());
    let problem = |applications: Value| stages(applications).unwrap_err().remove(0);
    assert_eq!(
        problem(json!({"matchLabels": {}})),
        "spec.stages[0].applications: chooses nothing in particular; give names, clusters or matchLabels"
    );
    assert!(
        problem(json!({"names": ["web-["]})).starts_with("spec.stages[0].applications.names: ")
    );
}

#[test]
fn stages_grow_and_end_with_the_whole() {
    let problems = read(|spec| spec["stages"][1]["share"] = json!("90%")).unwrap_err();
    assert_eq!(
        problems,
        ["spec.stages: the last stage must have share 100%"]
    );
    let problems = read(|spec| spec["stages"][0]["share"] = json!("100%")).unwrap_err();
    assert_eq!(
        problems,
        ["spec.stages: each stage must have a larger share than the one before"]
    );
}
