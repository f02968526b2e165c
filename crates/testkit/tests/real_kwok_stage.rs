//! What the fake nodes do with pods.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "all of this file is tests; clippy knows only the functions marked as such"
)]

mod plane;

use k8s_openapi::api::{batch::v1::Job, core::v1::Pod};
use kube::{
    Api,
    api::{ListParams, Patch, PatchParams},
    runtime::wait::conditions,
};
use serde_json::{Value, json};
use tidegate_testkit::{control_plane::User, kwok_stage::JOB_FAILS_LABEL};

use plane::{create, start, wait};

fn job(name: &str, labels: &Value) -> Value {
    json!({
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": { "name": name },
        "spec": {
            "backoffLimit": 0,
            "template": {
                "metadata": { "labels": labels },
                "spec": {
                    "restartPolicy": "Never",
                    "containers": [{ "name": "check", "image": "registry.example.com/check:v1" }],
                },
            },
        },
    })
}

fn pod_condition<'a>(pod: &'a Pod, name: &str) -> Option<&'a str> {
    pod.status
        .as_ref()?
        .conditions
        .iter()
        .flatten()
        .find(|condition| condition.type_ == name)
        .map(|condition| condition.status.as_str())
}

#[tokio::test]
async fn a_pod_with_a_readiness_gate_is_ready_only_when_the_gate_is() {
    let plane = start().await;
    let client = plane.client(User::Admin).await.unwrap();
    let pods: Api<Pod> = Api::default_namespaced(client);
    let pod = json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": { "name": "gated" },
        "spec": {
            "readinessGates": [{ "conditionType": "example.com/warm" }],
            "containers": [{ "name": "web", "image": "registry.example.com/web:v1" }],
        },
    });
    create(&pods, pod).await.unwrap();
    wait(&pods, "gated", conditions::is_pod_running()).await;
    let running = pods.get("gated").await.unwrap();
    assert_eq!(pod_condition(&running, "ContainersReady"), Some("True"));
    assert_eq!(pod_condition(&running, "Ready"), Some("False"));

    let warm = |status: &str| json!({ "status": { "conditions": [{ "type": "example.com/warm", "status": status }] } });
    pods.patch_status(
        "gated",
        &PatchParams::default(),
        &Patch::Strategic(warm("False")),
    )
    .await
    .unwrap();
    // Another pod that passes through kwok after the patch shows that kwok has seen the patch by then.
    let plain = json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": { "name": "plain" },
        "spec": { "containers": [{ "name": "web", "image": "registry.example.com/web:v1" }] },
    });
    create(&pods, plain).await.unwrap();
    wait(&pods, "plain", |pod: Option<&Pod>| {
        pod.is_some_and(|pod| pod_condition(pod, "Ready") == Some("True"))
    })
    .await;
    let still = pods.get("gated").await.unwrap();
    assert_eq!(pod_condition(&still, "Ready"), Some("False"));

    pods.patch_status(
        "gated",
        &PatchParams::default(),
        &Patch::Strategic(warm("True")),
    )
    .await
    .unwrap();
    wait(&pods, "gated", |pod: Option<&Pod>| {
        pod.is_some_and(|pod| pod_condition(pod, "Ready") == Some("True"))
    })
    .await;
    plane.stop().await;
}

#[tokio::test]
async fn a_job_completes_unless_its_label_or_its_command_makes_it_fail_or_run_on() {
    let plane = start().await;
    let client = plane.client(User::Admin).await.unwrap();
    let jobs: Api<Job> = Api::default_namespaced(client.clone());
    create(&jobs, job("passes", &json!({}))).await.unwrap();
    create(&jobs, job("fails", &json!({ JOB_FAILS_LABEL: "true" })))
        .await
        .unwrap();
    for (name, command) in [("false", ["false"]), ("sleep", ["sleep"])] {
        let mut object = job(name, &json!({}));
        object["spec"]["template"]["spec"]["containers"][0]["command"] = json!(command);
        object["spec"]["activeDeadlineSeconds"] = json!(5);
        create(&jobs, object).await.unwrap();
    }
    wait(&jobs, "passes", conditions::is_job_completed()).await;
    for (name, reason) in [
        ("fails", "BackoffLimitExceeded"),
        ("false", "BackoffLimitExceeded"),
        ("sleep", "DeadlineExceeded"),
    ] {
        wait(&jobs, name, |found: Option<&Job>| {
            found
                .and_then(|job| job.status.as_ref()?.conditions.as_ref())
                .is_some_and(|all| {
                    all.iter().any(|one| {
                        one.type_ == "Failed"
                            && one.status == "True"
                            && one.reason.as_deref() == Some(reason)
                    })
                })
        })
        .await;
    }
    let pods: Api<Pod> = Api::default_namespaced(client);
    let failed = pods
        .list(&ListParams::default().labels("job-name=fails"))
        .await
        .unwrap();
    let container = &failed.items[0]
        .status
        .as_ref()
        .unwrap()
        .container_statuses
        .as_ref()
        .unwrap()[0];
    let ended = container
        .state
        .as_ref()
        .unwrap()
        .terminated
        .as_ref()
        .unwrap();
    assert_eq!(ended.exit_code, 1);
    plane.stop().await;
}
