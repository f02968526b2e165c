//! What to write into a Rollout's status so that it goes on, and when not to.
//!
//! The patches are those of `kubectl argo rollouts promote` (`promote.go` of Argo
//! Rollouts 1.10) with the version that was looked at: what was decided on is
//! what is written to, so a pause is never taken away that nobody looked at.

use serde_json::{Value, json};

use super::canary::{holds, step_in_words};
use super::state::{Pausing, State};

/// What becomes of a Rollout that is to go on.
#[derive(Debug, Clone, PartialEq)]
pub enum Promotion {
    /// Write this into its status, as a merge patch.
    Patch(Value),
    /// There is nothing to write: it has gone on, or runs what it ran before.
    Done,
    /// Not yet, for this reason.
    Wait(String),
    /// It cannot, for this reason.
    Refused(String),
}

/// Lets a Rollout go on from the pause of this number, counted from 0 among those
/// without a duration. `ran` is the hash of the pods that all of it ran before the
/// change.
///
/// Asked again after a crash it writes nothing twice: the step that it stopped at
/// is behind it by then, or the reason to stop is gone.
pub fn promote(rollout: &Value, number: usize, ran: Option<&str>) -> Promotion {
    let Some(state) = State::of(rollout) else {
        return unseen();
    };
    if let Some(why) = state.failure() {
        return Promotion::Refused(why);
    }
    let is_same = state.current() == ran;
    if ran.is_none() || is_same || state.is_full() || state.skips_all() {
        return Promotion::Done;
    }
    let Some(hold) = holds(rollout).get(number).copied() else {
        return Promotion::Refused(format!(
            "its steps have no pause number {} without a duration any more",
            number + 1
        ));
    };
    match state.step() {
        Some(step) if step > hold => Promotion::Done,
        Some(step) if step == hold => match state.pausing() {
            Pausing::Stopped => patch(rollout, &json!({ "pauseConditions": null })),
            Pausing::Resumed => Promotion::Done,
            Pausing::NotYet => Promotion::Wait("it has not stopped there yet".to_owned()),
        },
        other => Promotion::Refused(format!(
            "it was at {} and is at {} again, so somebody started it anew",
            step_in_words(rollout, hold),
            step_in_words(rollout, other.unwrap_or(0))
        )),
    }
}

/// Whether a Rollout is on its way back to the pods that all of it ran before,
/// step by step, since the others had all of it by then. Nobody waits at a pause
/// of a way back, and no analysis may stop it.
pub fn goes_on_back(rollout: &Value, ran: Option<&str>) -> bool {
    matches!(promote_back(rollout, ran), Promotion::Patch(_))
}

/// Lets it skip the steps of its way back, also where it was aborted on it. Pods
/// that did not run in full before are not helped to do so now.
pub fn promote_back(rollout: &Value, ran: Option<&str>) -> Promotion {
    let Some(state) = State::of(rollout) else {
        return unseen();
    };
    if ran.is_none() || state.current() != ran || state.is_full() || state.skips_all() {
        return Promotion::Done;
    }
    patch(rollout, &json!({ "promoteFull": true }))
}

fn unseen() -> Promotion {
    Promotion::Wait("its controller has not seen it yet".to_owned())
}

fn patch(rollout: &Value, status: &Value) -> Promotion {
    let version = rollout.pointer("/metadata/resourceVersion");
    Promotion::Patch(json!({
        "metadata": { "resourceVersion": version },
        "status": status,
    }))
}
