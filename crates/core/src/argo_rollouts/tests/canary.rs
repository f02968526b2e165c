use serde_json::{Value, json};

use super::{manifest, shares, steps};
use crate::argo_rollouts::canary::{mismatch, step_in_words};
use crate::argo_rollouts::holds;

#[test]
fn a_rollout_that_stops_at_every_share_can_be_held() {
    for steps in [
        steps(),
        // Analysis, and pauses that end by themselves, may stand between.
        json!([
            {"pause": {"duration": "1m"}}, {"setWeight": 5}, {"analysis": {}},
            {"setWeight": 10}, {"pause": {"duration": null}},
            {"setWeight": 30}, {"pause": {"duration": 60}}, {"setWeight": 50}, {"pause": {}},
            {"analysis": {}}, {"setWeight": 80}, {"pause": {"duration": "5m"}},
        ]),
    ] {
        assert_eq!(mismatch(&manifest(&steps), &shares(&[10, 50])), None);
    }
    assert_eq!(holds(&manifest(&steps())), [1, 3]);
}

#[test]
fn what_does_not_stop_there_is_told_with_the_steps_that_it_needs() {
    let table = [
        (json!([]), "does not stop at 10%"),
        (
            json!([{"setWeight": 10}, {"pause": {}}]),
            "does not stop at 50%",
        ),
        (
            json!([{"setWeight": 10}, {"pause": {"duration": "1h"}}, {"setWeight": 50}, {"pause": {}}]),
            "step 3 is `setWeight: 50`, before it has stopped at 10%",
        ),
        (
            json!([{"setWeight": 5}, {"pause": {}}, {"setWeight": 50}, {"pause": {}}]),
            "step 2 stops at 5% and not at 10%",
        ),
        (
            json!([{"pause": {}}, {"setWeight": 10}, {"pause": {}}, {"setWeight": 50}, {"pause": {}}]),
            "step 1 stops at 0% and not at 10%",
        ),
        (
            json!([{"setWeight": 10}, {"pause": {}}, {"setWeight": 50}, {"pause": {}}, {"pause": {}}]),
            "step 5 is `pause: {}`, and the policy has no stage that stops there",
        ),
        (
            json!([{"setWeight": 10}, {"setCanaryScale": {"replicas": 5}}, {"pause": {}}]),
            "step 2 is `setCanaryScale`, which says nothing of a share",
        ),
        (
            json!([{"setWeight": 10, "pause": {}}]),
            "step 1 is `a step that is not exactly one thing`, which says nothing of a share",
        ),
    ];
    for (steps, why) in table {
        assert_eq!(
            mismatch(&manifest(&steps), &shares(&[10, 50])).unwrap(),
            format!(
                "{why}; its steps have to be `setWeight: 10`, `pause: {{}}`, `setWeight: 50`, `pause: {{}}`"
            )
        );
    }
}

#[test]
fn what_may_pass_its_steps_by_or_counts_otherwise_is_refused() {
    let set = |pointer: &str, value: Value| {
        let mut rollout = manifest(&steps());
        let (parent, field) = pointer.rsplit_once('/').unwrap();
        rollout.pointer_mut(parent).unwrap()[field] = value;
        mismatch(&rollout, &shares(&[10, 50]))
    };
    let table = [
        (
            "/spec/strategy/canary/trafficRouting",
            json!({"nginx": {}}),
            "has `trafficRouting`, so it shares out requests and not pods",
        ),
        (
            "/spec/strategy/canary/replicaProgressThreshold",
            json!({"type": "Percent", "value": 50}),
            "has `replicaProgressThreshold`, so it may go on before all new pods are there",
        ),
        (
            "/spec/workloadRef",
            json!({"name": "web"}),
            "has `workloadRef`, so it takes its pods from another workload",
        ),
        (
            "/spec/rollbackWindow",
            json!({"revisions": 3}),
            "has `rollbackWindow`, so it may skip its steps",
        ),
        (
            "/spec/paused",
            json!(true),
            "is paused and would not roll out",
        ),
        (
            "/spec/strategy",
            json!({"blueGreen": {"activeService": "web"}}),
            "has no canary strategy",
        ),
    ];
    for (pointer, value, why) in table {
        assert_eq!(set(pointer, value).as_deref(), Some(why));
    }
    assert_eq!(set("/spec/rollbackWindow", Value::Null), None);
}

#[test]
fn a_step_is_named_as_people_write_it() {
    let rollout = manifest(&steps());
    assert_eq!(step_in_words(&rollout, 0), "step 1 of 4 (setWeight: 10)");
    assert_eq!(step_in_words(&rollout, 3), "step 4 of 4 (pause: {})");
    assert_eq!(step_in_words(&rollout, 4), "the end of its steps");
}
