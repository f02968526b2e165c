use super::*;

#[test]
fn a_canary_is_healthy_when_its_share_is_ready_and_the_old_pods_still_are() {
    let object = deployment(
        10,
        &json!({"replicas": 11, "updatedReplicas": 1, "availableReplicas": 0}),
    );
    // (new ready, old wanted, old ready, old ready before) → health
    let table = [
        ((1, 10, 10, 10), healthy()),
        (
            (0, 10, 10, 10),
            progressing("Deployment/checkout: 0 of 1 new pods ready"),
        ),
        (
            (1, 10, 9, 10),
            progressing("Deployment/checkout: 9 of 10 old pods ready"),
        ),
        // The old revision was broken before: this change may mend it.
        ((1, 10, 0, 0), healthy()),
        // An autoscaler took two away.
        ((1, 8, 8, 10), healthy()),
    ];
    for ((new_ready, old_wanted, old_ready, expected_old), health) in table {
        let sets = [
            replica_set("old", TEMPLATE_OLD, old_wanted, old_ready),
            replica_set("new", TEMPLATE_NEW, 1, new_ready),
        ];
        let context = Context {
            replica_sets: &sets,
            expected_new: Some(1),
            expected_old,
            ..Context::default()
        };
        assert_eq!(judge_deployment(&object, &context), health);
    }
}

#[test]
fn a_canary_that_is_never_ready_says_why() {
    let object = deployment(10, &json!({"replicas": 11, "updatedReplicas": 1}));
    let sets = [
        replica_set("old", TEMPLATE_OLD, 10, 10),
        replica_set("new", TEMPLATE_NEW, 1, 0),
    ];
    let judge_with = |pods: &[Value]| {
        let context = Context {
            replica_sets: &sets,
            pods,
            expected_new: Some(1),
            expected_old: 10,
            ..Context::default()
        };
        judge_deployment(&object, &context)
    };
    assert_eq!(
        judge_with(&[gated("new")]),
        progressing(
            "Deployment/checkout: 0 of 1 new pods ready; pod checkout-7d9-x: \
             readiness gate tidegate.dev/never is not true"
        )
    );
    assert_eq!(
        judge_with(&[waiting("new", "CrashLoopBackOff")]),
        failed(
            "Deployment/checkout: 0 of 1 new pods ready; pod checkout-x: container app: CrashLoopBackOff"
        )
    );
}

/// While it only changes the number of replicas, the controller reports the
/// generation as seen before the ReplicaSet of the new template exists.
#[test]
fn the_old_pods_are_never_taken_for_the_canary() {
    let object = deployment(
        20,
        &json!({"replicas": 20, "updatedReplicas": 0, "readyReplicas": 20}),
    );
    let sets = [replica_set("old", TEMPLATE_OLD, 20, 20)];
    let context = Context {
        replica_sets: &sets,
        expected_new: Some(2),
        ..Context::default()
    };
    assert_eq!(
        judge_deployment(&object, &context),
        progressing("Deployment/checkout: its new ReplicaSet is not there yet")
    );
}

#[test]
fn a_status_that_is_behind_is_not_believed() {
    let mut object = deployment(
        1,
        &json!({"replicas": 1, "updatedReplicas": 1, "availableReplicas": 1}),
    );
    let sets = [replica_set("new", TEMPLATE_NEW, 1, 1)];
    let mut context = Context {
        replica_sets: &sets,
        ..Context::default()
    };
    assert_eq!(judge_deployment(&object, &context), healthy());

    context.applied_generation = Some(8);
    assert_eq!(
        judge_deployment(&object, &context),
        progressing("Deployment/checkout: what was applied is not seen yet")
    );
    object["metadata"]["generation"] = json!(8);
    assert_eq!(
        judge_deployment(&object, &context),
        progressing("Deployment/checkout: its controller has not seen it yet")
    );
    object["status"]["observedGeneration"] = json!(8);
    assert_eq!(judge_deployment(&object, &context), healthy());
}

#[test]
fn a_whole_deployment_is_healthy_when_nothing_is_left_to_do() {
    let sets = [replica_set("new", TEMPLATE_NEW, 3, 3)];
    let context = Context {
        replica_sets: &sets,
        ..Context::default()
    };
    // (replicas, updated, available)
    let table = [
        ((3, 3, 3), healthy()),
        (
            (4, 1, 3),
            progressing("Deployment/checkout: 1 of 3 pods updated"),
        ),
        (
            (4, 3, 3),
            progressing("Deployment/checkout: 1 old pod still there"),
        ),
        (
            (5, 3, 3),
            progressing("Deployment/checkout: 2 old pods still there"),
        ),
        (
            (4, 4, 4),
            progressing("Deployment/checkout: 1 pod more than the 3 wanted"),
        ),
        (
            (3, 3, 2),
            progressing("Deployment/checkout: 2 of 3 pods available"),
        ),
    ];
    for ((replicas, updated, available), health) in table {
        let status = json!({"replicas": replicas, "updatedReplicas": updated, "availableReplicas": available});
        assert_eq!(judge_deployment(&deployment(3, &status), &context), health);
    }
    assert_eq!(
        judge_deployment(&deployment(0, &json!({})), &context),
        healthy()
    );
}

#[test]
fn what_the_deployment_controller_gives_up_is_failed() {
    let sets = [replica_set("new", TEMPLATE_NEW, 3, 1)];
    let pods = [gated("new")];
    let context = Context {
        replica_sets: &sets,
        pods: &pods,
        ..Context::default()
    };
    let with = |condition: Value| {
        deployment(
            3,
            &json!({"replicas": 3, "updatedReplicas": 3, "availableReplicas": 1, "conditions": [condition]}),
        )
    };
    let late = with(
        json!({"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}),
    );
    assert_eq!(
        judge_deployment(&late, &context),
        failed(
            "Deployment/checkout: 1 of 3 pods available; no progress within its \
             progressDeadlineSeconds; pod checkout-7d9-x: readiness gate tidegate.dev/never is not true"
        )
    );
    let quota = with(
        json!({"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate",
        "message": "exceeded quota: production"}),
    );
    let without_pods = Context {
        pods: &[],
        ..context
    };
    assert_eq!(
        judge_deployment(&quota, &without_pods),
        failed(
            "Deployment/checkout: 1 of 3 pods available; \
             pods cannot be created (FailedCreate: exceeded quota: production)"
        )
    );
    let refused = with(
        json!({"type": "Progressing", "status": "False", "reason": "ReplicaSetCreateError",
        "message": "exceeded quota"}),
    );
    assert_eq!(
        judge_deployment(&refused, &Context::default()),
        failed(
            "Deployment/checkout: its new ReplicaSet cannot be created (ReplicaSetCreateError: exceeded quota)"
        )
    );
}

#[test]
fn a_paused_deployment_says_so() {
    let mut object = deployment(3, &json!({"replicas": 3}));
    object["spec"]["paused"] = json!(true);
    assert_eq!(
        judge_deployment(&object, &Context::default()),
        progressing("Deployment/checkout: it is paused, so its new ReplicaSet is not created")
    );
}
