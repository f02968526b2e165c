use serde_json::{Value, json};

use super::{NEW, OLD, live, manifest, steps, with};
use crate::argo_rollouts::{Expected, Hold};
use crate::rollout::health::{Context, Health, judge};
use crate::rollout::object::ObjectKey;
use crate::rollout::share::Share;

fn replica_set(hash: &str, wanted: u32, ready: u32) -> Value {
    json!({
        "metadata": {
            "ownerReferences": [{"uid": "r"}],
            "labels": {"rollouts-pod-template-hash": hash},
        },
        "spec": {"replicas": wanted},
        "status": {"readyReplicas": ready},
    })
}

fn crashing() -> Value {
    json!({
        "metadata": {"name": "web-x", "labels": {"rollouts-pod-template-hash": NEW}},
        "status": {
            "phase": "Running",
            "conditions": [{"type": "Ready", "status": "False"}],
            "containerStatuses": [{"name": "web", "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off"}}}],
        },
    })
}

fn stop(number: usize, percent: u8) -> Hold {
    let share = Share::new(percent).unwrap();
    Hold { number, share }
}

/// How it is with one new pod of these wanted and ready, and nine old ones.
fn judged(rollout: &Value, hold: Option<Hold>, ready: u32, pods: &[Value]) -> Health {
    let sets = [replica_set(NEW, 1, ready), replica_set(OLD, 9, 9)];
    let context = Context {
        replica_sets: &sets,
        pods,
        canary: Expected {
            hold,
            ran: Some(OLD),
            analysis_runs: &[],
        },
        ..Context::default()
    };
    let key = ObjectKey::of(&manifest(&steps())).unwrap();
    judge(&key, Some(rollout), &context)
}

fn at_ten(status: &Value) -> Health {
    judged(&with(status), Some(stop(0, 10)), 1, &[])
}

fn progressing(text: &str) -> Health {
    Health::Progressing(format!("Rollout/web: {text}"))
}

fn failed(text: &str) -> Health {
    Health::Failed(format!("Rollout/web: {text}"))
}

#[test]
fn a_share_is_healthy_when_it_has_stopped_there_and_its_pods_are_ready() {
    assert_eq!(judged(&live(), Some(stop(0, 10)), 1, &[]), Health::Healthy);
    assert_eq!(
        judged(&live(), Some(stop(0, 10)), 0, &[]),
        progressing("0 of 1 new pods ready")
    );
    let Health::Failed(why) = judged(&live(), Some(stop(0, 10)), 0, &[crashing()]) else {
        panic!("a pod that crashes is no progress");
    };
    assert!(why.contains("0 of 1 new pods ready; pod web-x"), "{why}");
    let at_half = with(&json!({"currentStepIndex": 3}));
    assert_eq!(judged(&at_half, Some(stop(1, 50)), 1, &[]), Health::Healthy);
}

#[test]
fn what_is_on_its_way_to_a_share_says_where_it_is() {
    let table = [
        (
            json!({"observedGeneration": "6"}),
            "its controller has not seen it yet",
        ),
        (
            json!({"currentStepIndex": 0, "pauseConditions": null, "controllerPause": false, "phase": "Progressing", "message": "more replicas need to be updated"}),
            "it is at step 1 of 4 (setWeight: 10): more replicas need to be updated",
        ),
        (
            json!({"pauseConditions": null, "controllerPause": false, "phase": "Progressing"}),
            "it has not stopped at 10% yet",
        ),
        (
            json!({"pauseConditions": [{"reason": "CanaryPauseStep"}, {"reason": "InconclusiveAnalysisRun"}]}),
            "it is at step 2 of 4 (pause: {}): InconclusiveAnalysisRun",
        ),
    ];
    for (status, text) in table {
        assert_eq!(at_ten(&status), progressing(text), "{status}");
    }
    assert_eq!(
        judged(&live(), Some(stop(1, 50)), 1, &[]),
        progressing("it is at step 2 of 4 (pause: {}): it has stopped there")
    );
}

#[test]
fn a_share_that_somebody_lets_on_is_noticed() {
    for status in [
        json!({"pauseConditions": null}),
        json!({"currentStepIndex": 2, "pauseConditions": null, "controllerPause": false}),
        json!({"currentStepIndex": 3}),
        json!({"promoteFull": true}),
        json!({"currentStepIndex": 4, "stableRS": NEW, "pauseConditions": null, "phase": "Healthy"}),
    ] {
        assert_eq!(
            at_ten(&status),
            failed("somebody promoted it beyond the 10% of this stage"),
            "{status}"
        );
    }
}

#[test]
fn what_its_controller_gives_up_is_failed_in_its_own_words() {
    let message = "RolloutAborted: Rollout aborted update to revision 2";
    let degraded =
        json!({"abort": true, "phase": "Degraded", "message": message, "currentStepIndex": 0});
    assert_eq!(at_ten(&degraded), failed(message));
    // Just aborted: what it says of itself is of before.
    assert_eq!(at_ten(&json!({"abort": true})), failed("it was aborted"));
    let Health::Failed(why) = judged(&with(&degraded), None, 0, &[crashing()]) else {
        panic!("a Degraded one is failed in the last stage as well");
    };
    assert!(why.contains("pod web-x"), "{why}");
}

#[test]
fn what_has_nothing_to_roll_out_is_judged_as_a_whole() {
    let same = json!({"currentPodHash": OLD, "currentStepIndex": 4, "pauseConditions": null, "phase": "Healthy"});
    assert_eq!(at_ten(&same), Health::Healthy);
    let new = with(
        &json!({"stableRS": NEW, "currentStepIndex": 4, "pauseConditions": null, "phase": "Healthy"}),
    );
    let context = Context {
        canary: Expected {
            hold: Some(stop(0, 10)),
            ..Expected::default()
        },
        ..Context::default()
    };
    let key = ObjectKey::of(&manifest(&steps())).unwrap();
    assert_eq!(judge(&key, Some(&new), &context), Health::Healthy);
}

#[test]
fn the_whole_is_out_when_all_steps_are_done() {
    let whole = json!({"stableRS": NEW, "currentStepIndex": 4, "pauseConditions": null, "phase": "Healthy"});
    assert_eq!(judged(&with(&whole), None, 1, &[]), Health::Healthy);
    assert_eq!(
        judged(&live(), None, 1, &[]),
        progressing("it is at step 2 of 4 (pause: {}): it has stopped there")
    );
    let mut paused = live();
    paused["spec"]["paused"] = json!(true);
    assert_eq!(
        judged(&paused, None, 1, &[]),
        progressing("it is at step 2 of 4 (pause: {}): somebody paused it by `spec.paused`")
    );
    let busy = json!({"stableRS": NEW, "currentStepIndex": 4, "pauseConditions": null, "phase": "Progressing", "message": "old replicas are pending termination"});
    assert_eq!(
        judged(&with(&busy), None, 1, &[]),
        progressing("it is not out in full: old replicas are pending termination")
    );
}
