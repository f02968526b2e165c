use serde_json::{Value, json};

use super::{NEW, OLD, live, with};
use crate::argo_rollouts::{Promotion, goes_on_back, promote, promote_back};

fn first(rollout: &Value) -> Promotion {
    promote(rollout, 0, Some(OLD))
}

#[test]
fn the_pause_that_was_looked_at_is_taken_away_and_no_other() {
    assert_eq!(
        first(&live()),
        Promotion::Patch(json!({
            "metadata": {"resourceVersion": "4711"},
            "status": {"pauseConditions": null},
        }))
    );
    let second = with(&json!({"currentStepIndex": 3}));
    assert!(matches!(
        promote(&second, 1, Some(OLD)),
        Promotion::Patch(_)
    ));
}

/// Whatever a crash left, the next pause is not taken away as well.
#[test]
fn what_went_on_is_not_promoted_again() {
    for status in [
        // Written, and its controller has not noticed.
        json!({"pauseConditions": null}),
        json!({"currentStepIndex": 2, "pauseConditions": null, "controllerPause": false}),
        // It has stopped at the next share already.
        json!({"currentStepIndex": 3}),
        json!({"currentStepIndex": 4, "stableRS": NEW, "pauseConditions": null}),
        json!({"promoteFull": true}),
    ] {
        assert_eq!(first(&with(&status)), Promotion::Done, "{status}");
    }
}

#[test]
fn what_runs_the_pods_that_it_ran_has_nothing_to_go_through() {
    let same = with(&json!({"currentPodHash": OLD, "currentStepIndex": 4}));
    assert_eq!(first(&same), Promotion::Done);
    assert_eq!(promote(&live(), 0, None), Promotion::Done);
}

#[test]
fn what_is_not_there_yet_is_waited_for_and_what_broke_is_refused() {
    let behind = with(&json!({"observedGeneration": "6"}));
    assert!(matches!(first(&behind), Promotion::Wait(_)));
    let about = with(&json!({"pauseConditions": null, "controllerPause": false}));
    assert!(matches!(first(&about), Promotion::Wait(_)));
    let aborted = with(&json!({"abort": true}));
    assert_eq!(
        first(&aborted),
        Promotion::Refused("it was aborted".to_owned())
    );
    let anew = with(&json!({"currentStepIndex": 0}));
    assert_eq!(
        first(&anew),
        Promotion::Refused(
            "it was at step 2 of 4 (pause: {}) and is at step 1 of 4 (setWeight: 10) again, so somebody started it anew"
                .to_owned()
        )
    );
    assert!(matches!(
        promote(&live(), 2, Some(OLD)),
        Promotion::Refused(_)
    ));
}

/// The new pods had all of it, and it is to go back to the old ones.
#[test]
fn the_way_back_skips_its_steps_only_to_what_ran_in_full() {
    let back = with(&json!({"currentPodHash": OLD, "stableRS": NEW}));
    let patch = json!({
        "metadata": {"resourceVersion": "4711"},
        "status": {"promoteFull": true},
    });
    assert_eq!(promote_back(&back, Some(OLD)), Promotion::Patch(patch));
    assert!(goes_on_back(&back, Some(OLD)));
    // Also where its analysis aborted it on the way.
    let aborted = with(&json!({"currentPodHash": OLD, "stableRS": NEW, "abort": true}));
    assert!(goes_on_back(&aborted, Some(OLD)));
    for (status, ran) in [
        (json!({"currentPodHash": OLD}), Some(OLD)),
        (
            json!({"currentPodHash": OLD, "stableRS": NEW, "promoteFull": true}),
            Some(OLD),
        ),
        (
            json!({"currentPodHash": OLD, "stableRS": NEW, "observedGeneration": "6"}),
            Some(OLD),
        ),
        // The old spec is not there yet, or never was in full.
        (json!({}), Some(OLD)),
        (json!({"currentPodHash": OLD, "stableRS": NEW}), None),
    ] {
        assert!(!goes_on_back(&with(&status), ran), "{status}");
    }
}
