mod analysis;
mod canary;
mod health;
mod promotion;
mod workloads;

use serde_json::{Value, json};

use crate::rollout::share::Share;

/// The pods that ran before, and the new ones.
const OLD: &str = "5d9c7f";
const NEW: &str = "8b6d4c";

/// A Rollout of ten with these steps, as people write it.
fn manifest(steps: &Value) -> Value {
    json!({
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Rollout",
        "metadata": {"name": "web"},
        "spec": {
            "replicas": 10,
            "strategy": {"canary": {"steps": steps}},
            "template": {"spec": {"containers": []}},
        },
    })
}

fn steps() -> Value {
    json!([
        {"setWeight": 10}, {"pause": {}},
        {"setWeight": 50}, {"pause": {}},
    ])
}

/// The same in the cluster, paused at its first step that pauses.
fn live() -> Value {
    let mut live = manifest(&steps());
    live["metadata"] = json!({
        "name": "web", "namespace": "production", "uid": "r",
        "generation": 7, "resourceVersion": "4711",
    });
    live["status"] = json!({
        "observedGeneration": "7",
        "stableRS": OLD,
        "currentPodHash": NEW,
        "currentStepIndex": 1,
        "controllerPause": true,
        "pauseConditions": [{"reason": "CanaryPauseStep", "startTime": "2026-11-26T02:00:00Z"}],
        "phase": "Paused",
        "message": "CanaryPauseStep",
    });
    live
}

/// It with these fields of its status set; `null` takes one away.
fn with(status: &Value) -> Value {
    let mut live = live();
    let fields = live["status"].as_object_mut().unwrap();
    for (name, value) in status.as_object().unwrap() {
        if value.is_null() {
            fields.remove(name);
        } else {
            fields.insert(name.clone(), value.clone());
        }
    }
    live
}

fn shares(percents: &[u8]) -> Vec<Share> {
    let shares = percents.iter().map(|percent| Share::new(*percent).unwrap());
    shares.collect()
}
