use super::*;

fn judge_pod(spec: &Value, status: &Value) -> Health {
    let object = json!({"metadata": {"name": "migrate"}, "spec": spec, "status": status});
    judge(
        &key("", "Pod", "migrate"),
        Some(&object),
        &Context::default(),
    )
}

fn container(state: &Value) -> Value {
    json!({"phase": "Running", "containerStatuses": [
        {"name": "proxy", "ready": true, "restartCount": 0, "state": {"running": {}}},
        {"name": "app", "ready": false, "restartCount": 0, "state": state},
    ]})
}

#[test]
fn a_pod_says_what_keeps_it_from_being_ready() {
    let gates =
        json!({"readinessGates": [{"conditionType": "a/open"}, {"conditionType": "a/shut"}]});
    let crashing = json!({"phase": "Running", "containerStatuses": [{
        "name": "app", "ready": false, "restartCount": 3,
        "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 40s restarting"}},
        "lastState": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}},
    }]});
    let pulling = |reason: &str| {
        container(&json!({"waiting": {"reason": reason, "message": "no such image"}}))
    };
    let table = [
        (json!({"phase": "Succeeded"}), healthy()),
        (
            json!({"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}),
            healthy(),
        ),
        (
            json!({}),
            progressing("Pod/migrate: it is Pending and not ready"),
        ),
        (
            crashing,
            failed(
                "Pod/migrate: container app: CrashLoopBackOff after 3 restarts, exit code 137 (OOMKilled)",
            ),
        ),
        (
            pulling("ErrImagePull"),
            progressing("Pod/migrate: container app: ErrImagePull (no such image)"),
        ),
        (
            pulling("ImagePullBackOff"),
            failed("Pod/migrate: container app: ImagePullBackOff (no such image)"),
        ),
        (
            pulling("InvalidImageName"),
            failed("Pod/migrate: container app: InvalidImageName (no such image)"),
        ),
        (
            pulling("CreateContainerConfigError"),
            progressing("Pod/migrate: container app: CreateContainerConfigError (no such image)"),
        ),
        (
            pulling("ContainerCreating"),
            progressing("Pod/migrate: it is Running and not ready"),
        ),
        (
            container(&json!({"terminated": {"exitCode": 2, "reason": "Error"}})),
            progressing("Pod/migrate: container app: exit code 2 (Error)"),
        ),
        (
            container(&json!({"running": {}})),
            progressing("Pod/migrate: container app: not ready"),
        ),
        (
            json!({"phase": "Pending", "initContainerStatuses": [{"name": "wait", "restartCount": 1,
                "state": {"waiting": {"reason": "CrashLoopBackOff"}}}]}),
            failed("Pod/migrate: container wait: CrashLoopBackOff after 1 restart"),
        ),
        (
            json!({"phase": "Pending", "conditions": [{"type": "PodScheduled", "status": "False",
                "reason": "Unschedulable", "message": "0/3 nodes are available"}]}),
            progressing(
                "Pod/migrate: it cannot be scheduled (Unschedulable: 0/3 nodes are available)",
            ),
        ),
        (
            json!({"phase": "Failed", "containerStatuses": [
                {"name": "proxy", "state": {"terminated": {"exitCode": 0, "reason": "Completed"}}},
                {"name": "app", "state": {"terminated": {"exitCode": 1, "reason": "Error"}}},
            ]}),
            failed("Pod/migrate: it failed: container app: exit code 1 (Error)"),
        ),
        (json!({"phase": "Failed"}), failed("Pod/migrate: it failed")),
        (
            json!({"phase": "Failed", "reason": "Evicted", "message": "low on memory"}),
            progressing("Pod/migrate: it was taken from its node (Evicted: low on memory)"),
        ),
        (
            json!({"phase": "Failed", "reason": "Terminated",
                "conditions": [{"type": "DisruptionTarget", "status": "True"}]}),
            progressing("Pod/migrate: it was taken from its node (Terminated)"),
        ),
    ];
    for (status, health) in table {
        assert_eq!(judge_pod(&json!({}), &status), health, "{status}");
    }
    let open = json!({"phase": "Running", "conditions": [{"type": "a/open", "status": "True"}]});
    assert_eq!(
        judge_pod(&gates, &open),
        progressing("Pod/migrate: readiness gate a/shut is not true")
    );
}

#[test]
fn a_long_message_is_cut() {
    let status =
        container(&json!({"waiting": {"reason": "ErrImagePull", "message": "é".repeat(500)}}));
    let health = judge_pod(&json!({}), &status);
    assert!(health.reason().unwrap().chars().count() < 300);
    assert!(health.reason().unwrap().contains('…'));
}

#[test]
fn the_pod_that_cannot_recover_is_named_first() {
    let object = deployment(3, &json!({"replicas": 3, "updatedReplicas": 3}));
    let sets = [replica_set("new", TEMPLATE_NEW, 3, 0)];
    let pods = [gated("new"), waiting("new", "ImagePullBackOff")];
    let context = Context {
        replica_sets: &sets,
        pods: &pods,
        ..Context::default()
    };
    assert_eq!(
        judge_deployment(&object, &context),
        failed(
            "Deployment/checkout: 0 of 3 pods available; pod checkout-x: container app: ImagePullBackOff"
        )
    );
}

#[test]
fn pods_being_deleted_and_pods_of_others_do_not_count() {
    let object = deployment(1, &json!({"replicas": 1, "updatedReplicas": 1}));
    let sets = [
        replica_set("new", TEMPLATE_NEW, 1, 0),
        replica_set("old", TEMPLATE_OLD, 0, 0),
    ];
    let mut leaving = waiting("new", "CrashLoopBackOff");
    leaving["metadata"]["deletionTimestamp"] = json!("2026-04-08T02:00:00Z");
    let pods = [
        leaving,
        waiting("old", "CrashLoopBackOff"),
        waiting("another", "CrashLoopBackOff"),
    ];
    let context = Context {
        replica_sets: &sets,
        pods: &pods,
        ..Context::default()
    };
    assert_eq!(
        judge_deployment(&object, &context),
        progressing("Deployment/checkout: 0 of 1 pods available")
    );
}
