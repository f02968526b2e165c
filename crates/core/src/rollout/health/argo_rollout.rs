//! A Rollout of Argo Rollouts, at a share or in full.

use serde_json::Value;

use super::pod::worst;
use super::{Context, Health, condition, owned_by, short, unobserved};
use crate::argo_rollouts::analysis;
use crate::argo_rollouts::canary::{Hold, holds, step_in_words};
use crate::argo_rollouts::state::{Pausing, State};
use crate::rollout::field;

/// The label by which the pods and ReplicaSets of one template are known.
const HASH: &str = "/metadata/labels/rollouts-pod-template-hash";

pub(super) fn judge(rollout: &Value, context: &Context<'_>) -> Health {
    let Some(state) = State::of(rollout) else {
        return unobserved();
    };
    let expected = &context.canary;
    if let Some(failure) = state.failure() {
        let analysis = analysis::failed(rollout, state.current(), expected.analysis_runs);
        let pod = worst(pods(state, context)).map(|trouble| trouble.text);
        let all = std::iter::once(failure).chain(analysis).chain(pod);
        return Health::Failed(all.collect::<Vec<_>>().join("; "));
    }
    match expected.hold {
        // With no old pods to keep, its controller starts all new ones at once.
        Some(hold) if expected.ran.is_some() && state.current() != expected.ran => {
            at_share(rollout, state, hold, context)
        }
        Some(_) | None => in_full(rollout, state, context),
    }
}

fn at_share(rollout: &Value, state: State<'_>, hold: Hold, context: &Context<'_>) -> Health {
    let Hold { number, share } = hold;
    let beyond = || {
        Health::Failed(format!(
            "somebody promoted it beyond the {share} of this stage"
        ))
    };
    let Some(stop) = holds(rollout).get(number).copied() else {
        return Health::Failed(format!("its steps do not stop at {share} any more"));
    };
    if state.is_full() || state.skips_all() {
        return beyond();
    }
    match state.step() {
        None => Health::Progressing("its controller has not begun its steps".to_owned()),
        Some(step) if step > stop => beyond(),
        Some(step) if step < stop => under_way(rollout, state, context),
        Some(_) => match (state.pausing(), state.other_pause()) {
            (Pausing::Resumed, _) => beyond(),
            (Pausing::NotYet, None) => {
                Health::Progressing(format!("it has not stopped at {share} yet"))
            }
            (Pausing::NotYet | Pausing::Stopped, Some(_)) => under_way(rollout, state, context),
            (Pausing::Stopped, None) => pods_at_share(rollout, state, context),
        },
    }
}

/// The new pods that are wanted, and the old ones that are left.
fn pods_at_share(rollout: &Value, state: State<'_>, context: &Context<'_>) -> Health {
    let is_new = |set: &Value| field::text(set, HASH) == state.current();
    let count = |new: bool, pointer: &str| -> u32 {
        owned_by(context.replica_sets, rollout)
            .filter(|set| is_new(set) == new)
            .filter_map(|set| field::count(set, pointer))
            .sum()
    };
    if !owned_by(context.replica_sets, rollout).any(is_new) {
        return Health::Progressing("its new ReplicaSet is not there yet".to_owned());
    }
    for (new, which) in [(true, "new"), (false, "old")] {
        let wanted = count(new, "/spec/replicas");
        let ready = count(new, "/status/readyReplicas");
        if ready < wanted {
            let trouble = new.then(|| worst(pods(state, context))).flatten();
            return short(format!("{ready} of {wanted} {which} pods ready"), trouble);
        }
    }
    Health::Healthy
}

fn in_full(rollout: &Value, state: State<'_>, context: &Context<'_>) -> Health {
    match state.phase() {
        // A controller before 1.0 says nothing of the whole.
        None => condition::judge(rollout),
        Some("Healthy") if state.is_full() => Health::Healthy,
        Some(_) => under_way(rollout, state, context),
    }
}

/// What it does now, and the pod or the analysis in its way.
fn under_way(rollout: &Value, state: State<'_>, context: &Context<'_>) -> Health {
    let place = match state.step() {
        Some(step) if !state.is_full() => format!("it is at {}", step_in_words(rollout, step)),
        _ => "it is not out in full".to_owned(),
    };
    let paused = field::is_true(rollout, "/spec/paused");
    let why = if paused {
        "somebody paused it by `spec.paused`"
    } else {
        match (state.other_pause(), state.phase()) {
            (Some(reason), _) => reason,
            (None, Some("Paused")) => "it has stopped there",
            (None, _) => state.message().unwrap_or("its controller goes on"),
        }
    };
    short(format!("{place}: {why}"), worst(pods(state, context)))
}

/// The new pods. Old ones are the business of who runs them.
fn pods<'a>(state: State<'a>, context: &Context<'a>) -> impl Iterator<Item = &'a Value> {
    let hash = state.current();
    context.pods.iter().filter(move |pod| {
        pod.pointer("/metadata/deletionTimestamp").is_none() && field::text(pod, HASH) == hash
    })
}
