//! Objects as the API server answers them, cut down to what is read.

use serde_json::json;

use super::*;

mod deployments;
mod others;
mod pods;

const TEMPLATE_NEW: &str = "api:2.5.0";
const TEMPLATE_OLD: &str = "api:2.4.3";

fn key(group: &str, kind: &str, name: &str) -> ObjectKey {
    ObjectKey {
        group: group.to_owned(),
        version: "v1".to_owned(),
        kind: kind.to_owned(),
        namespace: Some("production".to_owned()),
        name: name.to_owned(),
    }
}

fn healthy() -> Health {
    Health::Healthy
}

fn progressing(reason: &str) -> Health {
    Health::Progressing(reason.to_owned())
}

fn failed(reason: &str) -> Health {
    Health::Failed(reason.to_owned())
}

/// A Deployment `checkout` of the new template.
fn deployment(replicas: u32, status: &Value) -> Value {
    let mut object = json!({
        "metadata": {"name": "checkout", "namespace": "production", "uid": "d1", "generation": 7},
        "spec": {"replicas": replicas, "template": template(TEMPLATE_NEW, None)},
        "status": {"observedGeneration": 7},
    });
    for (name, value) in status.as_object().unwrap() {
        object["status"][name] = value.clone();
    }
    object
}

fn template(image: &str, hash: Option<&str>) -> Value {
    let mut template = json!({
        "metadata": {"labels": {"app": "checkout"}},
        "spec": {"containers": [{"name": "app", "image": image}]},
    });
    if let Some(hash) = hash {
        template["metadata"]["labels"]["pod-template-hash"] = json!(hash);
        template["metadata"]["creationTimestamp"] = Value::Null;
    }
    template
}

fn replica_set(uid: &str, image: &str, replicas: u32, ready: u32) -> Value {
    json!({
        "metadata": {
            "name": format!("checkout-{uid}"), "uid": uid, "generation": 1,
            "creationTimestamp": "2026-04-08T02:00:00Z",
            "ownerReferences": [{"uid": "d1", "controller": true}],
        },
        "spec": {"replicas": replicas, "template": template(image, Some(uid))},
        "status": {"observedGeneration": 1, "replicas": replicas, "readyReplicas": ready},
    })
}

fn pod(name: &str, owner: &str, status: &Value) -> Value {
    json!({
        "metadata": {"name": name, "namespace": "production", "ownerReferences": [{"uid": owner}]},
        "spec": {"readinessGates": [{"conditionType": "tidegate.dev/never"}]},
        "status": status,
    })
}

/// A pod whose only container waits for this reason.
fn waiting(owner: &str, reason: &str) -> Value {
    pod(
        "checkout-x",
        owner,
        &json!({
            "phase": "Pending",
            "containerStatuses": [{"name": "app", "ready": false, "restartCount": 0,
                "state": {"waiting": {"reason": reason}}}],
        }),
    )
}

/// A pod that is ready but for its readiness gate.
fn gated(owner: &str) -> Value {
    pod(
        "checkout-7d9-x",
        owner,
        &json!({
            "phase": "Running",
            "conditions": [{"type": "ContainersReady", "status": "True"}, {"type": "Ready", "status": "False"}],
            "containerStatuses": [{"name": "app", "ready": true, "restartCount": 0, "state": {"running": {}}}],
        }),
    )
}

fn judge_deployment(object: &Value, context: &Context<'_>) -> Health {
    judge(
        &key("apps", "Deployment", "checkout"),
        Some(object),
        context,
    )
}
