use super::*;

#[test]
fn stateful_sets() {
    let judge_set = |spec: &Value, status: &Value, pods: &[Value]| {
        let object = json!({"metadata": {"name": "db", "uid": "s1", "generation": 2}, "spec": spec, "status": status});
        let context = Context {
            pods,
            ..Context::default()
        };
        judge(&key("apps", "StatefulSet", "db"), Some(&object), &context)
    };
    let status = |updated: u32, ready: u32, current: &str| {
        json!({"observedGeneration": 2, "updatedReplicas": updated, "readyReplicas": ready,
            "currentRevision": current, "updateRevision": "db-2"})
    };
    let rolling = json!({"replicas": 3});
    let partition = json!({"replicas": 3, "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 2}}});
    let on_delete = json!({"replicas": 3, "updateStrategy": {"type": "OnDelete"}});
    let table = [
        (&rolling, status(3, 3, "db-2"), healthy()),
        (
            &rolling,
            status(1, 3, "db-1"),
            progressing("StatefulSet/db: 1 of 3 pods updated"),
        ),
        (
            &rolling,
            status(3, 3, "db-1"),
            progressing("StatefulSet/db: the update is not complete yet"),
        ),
        (
            &rolling,
            status(3, 2, "db-2"),
            progressing("StatefulSet/db: 2 of 3 pods ready"),
        ),
        (&partition, status(1, 3, "db-1"), healthy()),
        (
            &partition,
            status(0, 3, "db-1"),
            progressing("StatefulSet/db: 0 of 1 pods updated"),
        ),
        (&on_delete, status(0, 3, "db-1"), healthy()),
        (
            &on_delete,
            status(0, 2, "db-1"),
            progressing("StatefulSet/db: 2 of 3 pods ready"),
        ),
        (
            &rolling,
            json!({"observedGeneration": 1}),
            progressing("StatefulSet/db: its controller has not seen it yet"),
        ),
        (
            &rolling,
            json!({"observedGeneration": 2, "updatedReplicas": 3, "readyReplicas": 3, "availableReplicas": 2}),
            progressing("StatefulSet/db: 2 of 3 pods available"),
        ),
    ];
    for (spec, status, health) in table {
        assert_eq!(judge_set(spec, &status, &[]), health, "{spec} {status}");
    }

    let mut old = waiting("s1", "CrashLoopBackOff");
    old["metadata"]["labels"] = json!({"controller-revision-hash": "db-1"});
    let mut new = waiting("s1", "ErrImagePull");
    new["metadata"]["labels"] = json!({"controller-revision-hash": "db-2"});
    assert_eq!(
        judge_set(&rolling, &status(1, 2, "db-1"), &[old, new]),
        progressing(
            "StatefulSet/db: 1 of 3 pods updated; pod checkout-x: container app: ErrImagePull"
        )
    );
}

#[test]
fn daemon_sets() {
    let judge_set = |strategy: &str, counts: (u32, u32, u32), pods: &[Value]| {
        let (wanted, updated, available) = counts;
        let object = json!({
            "metadata": {"name": "agent", "uid": "a1", "generation": 3,
                "annotations": {"deprecated.daemonset.template.generation": "3"}},
            "spec": {"updateStrategy": {"type": strategy}},
            "status": {"observedGeneration": 3, "desiredNumberScheduled": wanted,
                "updatedNumberScheduled": updated, "numberAvailable": available},
        });
        let context = Context {
            pods,
            ..Context::default()
        };
        judge(&key("apps", "DaemonSet", "agent"), Some(&object), &context)
    };
    let table = [
        ("RollingUpdate", (5, 5, 5), healthy()),
        ("RollingUpdate", (0, 0, 0), healthy()),
        (
            "RollingUpdate",
            (5, 4, 5),
            progressing("DaemonSet/agent: 4 of 5 pods updated"),
        ),
        (
            "RollingUpdate",
            (5, 5, 4),
            progressing("DaemonSet/agent: 4 of 5 pods available"),
        ),
        ("OnDelete", (5, 0, 5), healthy()),
        (
            "OnDelete",
            (5, 0, 4),
            progressing("DaemonSet/agent: 4 of 5 pods available"),
        ),
    ];
    for (strategy, counts, health) in table {
        assert_eq!(
            judge_set(strategy, counts, &[]),
            health,
            "{strategy} {counts:?}"
        );
    }

    let mut broken = waiting("a1", "CrashLoopBackOff");
    broken["metadata"]["labels"] = json!({"pod-template-generation": "2"});
    let old = judge_set("RollingUpdate", (5, 4, 4), std::slice::from_ref(&broken));
    assert_eq!(old, progressing("DaemonSet/agent: 4 of 5 pods updated"));
    broken["metadata"]["labels"] = json!({"pod-template-generation": "3"});
    let new = judge_set("RollingUpdate", (5, 4, 4), &[broken]);
    assert_eq!(
        new,
        failed(
            "DaemonSet/agent: 4 of 5 pods updated; pod checkout-x: container app: CrashLoopBackOff"
        )
    );
}

#[test]
fn replica_sets_of_their_own() {
    let judge_set = |ready: u32, conditions: &Value| {
        let object = json!({"metadata": {"name": "web", "uid": "r1"}, "spec": {"replicas": 2},
            "status": {"readyReplicas": ready, "conditions": conditions}});
        judge(
            &key("apps", "ReplicaSet", "web"),
            Some(&object),
            &Context::default(),
        )
    };
    assert_eq!(judge_set(2, &json!([])), healthy());
    assert_eq!(
        judge_set(1, &json!([])),
        progressing("ReplicaSet/web: 1 of 2 pods ready")
    );
    assert_eq!(
        judge_set(
            0,
            &json!([{"type": "ReplicaFailure", "status": "True", "message": "exceeded quota"}])
        ),
        failed("ReplicaSet/web: 0 of 2 pods ready; pods cannot be created (exceeded quota)")
    );
}

#[test]
fn jobs() {
    let judge_job = |spec: &Value, status: &Value, pods: &[Value]| {
        let object =
            json!({"metadata": {"name": "migrate", "uid": "j1"}, "spec": spec, "status": status});
        let context = Context {
            pods,
            ..Context::default()
        };
        judge(&key("batch", "Job", "migrate"), Some(&object), &context)
    };
    let condition = |kind: &str| {
        json!({"conditions": [{"type": kind, "status": "True", "reason": "BackoffLimitExceeded",
            "message": "Job has reached the specified backoff limit"}]})
    };
    let none = json!({});
    assert_eq!(judge_job(&none, &condition("Complete"), &[]), healthy());
    assert_eq!(
        judge_job(&none, &condition("Failed"), &[]),
        failed(
            "Job/migrate: it failed (BackoffLimitExceeded: Job has reached the specified backoff limit)"
        )
    );
    assert_eq!(
        judge_job(&none, &none, &[]),
        progressing("Job/migrate: 0 of 1 completions")
    );
    assert_eq!(
        judge_job(&json!({"completions": 3}), &json!({"succeeded": 2}), &[]),
        progressing("Job/migrate: 2 of 3 completions")
    );
    assert_eq!(judge_job(&json!({"suspend": true}), &none, &[]), healthy());
    // What its pod ended with is what a person has to know.
    let ended = pod(
        "checkout-x",
        "j1",
        &json!({"phase": "Failed", "containerStatuses": [
            {"name": "migrate", "state": {"terminated": {"exitCode": 3, "reason": "Error"}}}]}),
    );
    assert_eq!(
        judge_job(&none, &condition("Failed"), &[ended]),
        failed(
            "Job/migrate: it failed (BackoffLimitExceeded: Job has reached the specified backoff limit); pod checkout-x: it failed: container migrate: exit code 3 (Error)"
        )
    );
    // A failed try is the Job's to repeat.
    let tried = pod("checkout-x", "j1", &json!({"phase": "Failed"}));
    assert_eq!(
        judge_job(&none, &none, &[tried]),
        progressing("Job/migrate: 0 of 1 completions; pod checkout-x: it failed")
    );
}

#[test]
fn claims_and_volumes() {
    let judge_claim = |phase: &str, pods: &[Value]| {
        let object = json!({"metadata": {"name": "data", "namespace": "production"}, "status": {"phase": phase}});
        let context = Context {
            pods,
            ..Context::default()
        };
        judge(
            &key("", "PersistentVolumeClaim", "data"),
            Some(&object),
            &context,
        )
    };
    let mut user = pod("db-0", "s1", &json!({"phase": "Pending"}));
    user["spec"]["volumes"] =
        json!([{"name": "v", "persistentVolumeClaim": {"claimName": "data"}}]);
    assert_eq!(judge_claim("Bound", &[]), healthy());
    assert_eq!(
        judge_claim("Lost", &[]),
        failed("PersistentVolumeClaim/data: its volume is lost")
    );
    assert_eq!(
        judge_claim("Pending", &[pod("other", "s1", &json!({}))]),
        healthy()
    );
    assert_eq!(
        judge_claim("Pending", &[user.clone()]),
        progressing("PersistentVolumeClaim/data: it is not bound, and pod db-0 waits for it")
    );
    user["metadata"]["namespace"] = json!("staging");
    assert_eq!(judge_claim("Pending", &[user]), healthy());

    let volume = json!({"status": {"phase": "Failed", "message": "recycling failed"}});
    assert_eq!(
        judge(
            &key("", "PersistentVolume", "v"),
            Some(&volume),
            &Context::default()
        ),
        failed("PersistentVolume/v: it failed (recycling failed)")
    );
}

#[test]
fn custom_resources_by_their_conditions() {
    let judge_custom = |status: &Value| {
        let object = json!({"metadata": {"generation": 2}, "status": status});
        judge(
            &key("example.com", "Cache", "c"),
            Some(&object),
            &Context::default(),
        )
    };
    let table = [
        (json!({}), healthy()),
        (json!({"observedGeneration": 2}), healthy()),
        (
            json!({"observedGeneration": 1}),
            progressing("Cache/c: its controller has not seen it yet"),
        ),
        (
            json!({"conditions": [{"type": "Synced", "status": "False"}]}),
            healthy(),
        ),
        (
            json!({"conditions": [{"type": "Ready", "status": "True"}]}),
            healthy(),
        ),
        (
            json!({"conditions": [{"type": "Ready", "status": "True", "observedGeneration": 1}]}),
            progressing("Cache/c: its controller has not seen it yet"),
        ),
        (
            json!({"conditions": [{"type": "Ready", "status": "False", "reason": "Pending", "message": "no nodes"}]}),
            progressing("Cache/c: Ready is False (Pending: no nodes)"),
        ),
        (
            json!({"conditions": [{"type": "Available", "status": "Unknown"}]}),
            progressing("Cache/c: Available is Unknown"),
        ),
        (
            json!({"conditions": [{"type": "Available", "status": "True"}, {"type": "Ready", "status": "False"}]}),
            progressing("Cache/c: Ready is False"),
        ),
        (
            json!({"conditions": [{"type": "Stalled", "status": "True", "reason": "NoQuota"}]}),
            failed("Cache/c: it is stalled (NoQuota)"),
        ),
    ];
    for (status, health) in table {
        assert_eq!(judge_custom(&status), health, "{status}");
    }
}

#[test]
fn definitions_and_what_only_has_to_exist() {
    let definition = key("apiextensions.k8s.io", "CustomResourceDefinition", "a.b");
    let with = |kind: &str, status: &str| json!({"status": {"conditions": [{"type": kind, "status": status}]}});
    let nothing = Context::default();
    assert_eq!(
        judge(&definition, Some(&with("Established", "True")), &nothing),
        healthy()
    );
    assert_eq!(
        judge(&definition, Some(&json!({})), &nothing),
        progressing("CustomResourceDefinition/a.b: its kind is not served yet")
    );
    assert!(matches!(
        judge(&definition, Some(&with("NamesAccepted", "False")), &nothing),
        Health::Failed(_)
    ));

    let service = key("", "Service", "api");
    assert_eq!(judge(&service, Some(&json!({})), &nothing), healthy());
    assert_eq!(
        judge(&service, None, &nothing),
        progressing("Service/api: it is not there yet")
    );
    let leaving = json!({"metadata": {"deletionTimestamp": "2026-04-08T02:00:00Z"}});
    assert_eq!(
        judge(&service, Some(&leaving), &nothing),
        progressing("Service/api: it is being deleted")
    );

    let api = key("apiregistration.k8s.io", "APIService", "v1.metrics");
    assert!(!judge(&api, Some(&with("Available", "False")), &nothing).is_healthy());
}
