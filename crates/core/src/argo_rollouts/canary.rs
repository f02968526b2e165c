//! The steps of a canary, and where it stops by itself.
//!
//! Source: <https://argo-rollouts.readthedocs.io/en/stable/features/canary/>, and
//! `CanaryStep` in `pkg/apis/rollouts/v1alpha1/types.go` of Argo Rollouts 1.10.

use std::fmt;

use serde_json::Value;

use crate::rollout::field;
use crate::rollout::share::Share;

/// Where a Rollout is to stop by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hold {
    /// Which of its pauses without a duration, from 0.
    pub number: usize,
    /// The share that is out then.
    pub share: Share,
}

/// One step of a canary, as far as it matters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// So much of it runs the new pods, in percent.
    Weight(u64),
    /// It stops until somebody promotes it.
    Hold,
    /// It stops for a while.
    Pause,
    /// It asks a metric.
    Analysis,
    /// Anything else, by its name.
    Other(String),
}

/// As people write it: `setWeight: 10`.
impl fmt::Display for Step {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Weight(weight) => write!(formatter, "setWeight: {weight}"),
            Self::Hold => formatter.write_str("pause: {}"),
            Self::Pause => formatter.write_str("pause with a duration"),
            Self::Analysis => formatter.write_str("analysis"),
            Self::Other(name) => formatter.write_str(name),
        }
    }
}

/// The steps of a Rollout's canary, in order.
pub(super) fn steps(rollout: &Value) -> Vec<Step> {
    field::items(rollout, "/spec/strategy/canary/steps")
        .iter()
        .map(step)
        .collect()
}

fn step(step: &Value) -> Step {
    let mut fields = step.as_object().into_iter().flatten();
    let (Some((name, value)), None) = (fields.next(), fields.next()) else {
        return Step::Other("a step that is not exactly one thing".to_owned());
    };
    match name.as_str() {
        "setWeight" => match value.as_u64() {
            Some(weight) => Step::Weight(weight),
            None => Step::Other("a setWeight without a number".to_owned()),
        },
        "pause" => match value.get("duration") {
            None | Some(Value::Null) => Step::Hold,
            Some(_) => Step::Pause,
        },
        "analysis" => Step::Analysis,
        other => Step::Other(other.to_owned()),
    }
}

/// The positions of the steps at which a Rollout stops until it is promoted.
pub fn holds(rollout: &Value) -> Vec<usize> {
    let steps = steps(rollout);
    let positions = steps.iter().enumerate();
    positions
        .filter(|(_, step)| **step == Step::Hold)
        .map(|(position, _)| position)
        .collect()
}

/// What a person wants to see of the step at this position: `step 2 of 4 (pause: {})`.
pub(crate) fn step_in_words(rollout: &Value, position: usize) -> String {
    let steps = steps(rollout);
    match steps.get(position) {
        Some(step) => format!("step {} of {} ({step})", position + 1, steps.len()),
        None => "the end of its steps".to_owned(),
    }
}

/// Why a Rollout cannot be held at these shares, in this order and no others.
/// None: it can. The sentence goes after its name.
pub(super) fn mismatch(rollout: &Value, shares: &[Share]) -> Option<String> {
    let strategy = rollout.pointer("/spec/strategy/canary");
    let Some(canary) = strategy.filter(|canary| canary.is_object()) else {
        return Some("has no canary strategy".to_owned());
    };
    let is_there =
        |value: &Value, name: &str| value.get(name).is_some_and(|field| !field.is_null());
    for (field, why) in [
        ("trafficRouting", "shares out requests and not pods"),
        (
            "replicaProgressThreshold",
            "may go on before all new pods are there",
        ),
    ] {
        if is_there(canary, field) {
            return Some(format!("has `{field}`, so it {why}"));
        }
    }
    let spec = rollout.get("spec").unwrap_or(&Value::Null);
    for (field, why) in [
        ("workloadRef", "takes its pods from another workload"),
        ("rollbackWindow", "may skip its steps"),
    ] {
        if is_there(spec, field) {
            return Some(format!("has `{field}`, so it {why}"));
        }
    }
    if field::is_true(rollout, "/spec/paused") {
        return Some("is paused and would not roll out".to_owned());
    }
    let steps = steps(rollout);
    wrong_step(&steps, shares)
        .map(|wrong| format!("{wrong}; its steps have to be {}", wanted(shares)))
}

fn wrong_step(steps: &[Step], shares: &[Share]) -> Option<String> {
    let mut weight = 0;
    let mut left = shares.iter().map(|share| u64::from(share.percent()));
    let mut next = left.next();
    for (position, step) in steps.iter().enumerate() {
        let here = format!("step {}", position + 1);
        match step {
            Step::Weight(set) => {
                if let Some(share) = next.filter(|share| set > share) {
                    return Some(format!(
                        "{here} is `{step}`, before it has stopped at {share}%"
                    ));
                }
                weight = *set;
            }
            Step::Hold => match next {
                None => {
                    return Some(format!(
                        "{here} is `{step}`, and the policy has no stage that stops there"
                    ));
                }
                Some(share) if share != weight => {
                    return Some(format!("{here} stops at {weight}% and not at {share}%"));
                }
                Some(_) => next = left.next(),
            },
            Step::Pause | Step::Analysis => {}
            Step::Other(name) => {
                return Some(format!("{here} is `{name}`, which says nothing of a share"));
            }
        }
    }
    next.map(|share| format!("does not stop at {share}%"))
}

/// `setWeight: 10, pause: {}, setWeight: 50, pause: {}`, which analysis and
/// pauses with a duration may stand between.
fn wanted(shares: &[Share]) -> String {
    let steps: Vec<String> = shares
        .iter()
        .map(|share| format!("`setWeight: {}`, `pause: {{}}`", share.percent()))
        .collect();
    steps.join(", ")
}
