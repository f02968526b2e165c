//! What is said of room, and what a real control plane does: what is said to fit gets
//! to its end and is charged what was counted, what is said to stall stalls, and what
//! is said not to fit does not come up.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "all of this file is tests; clippy knows only the functions marked as such"
)]

use std::time::Duration;

use kube::api::{ApiResource, DynamicObject, ListParams, Patch, PatchParams};
use kube::core::GroupVersionKind;
use kube::runtime::wait::await_condition;
use kube::{Api, Client};
use serde_json::{Value, json};
use tidegate_preflight::Manifest;
use tidegate_preflight::quota::{Before, Fit, Input, Quantity, Space, judge};
use tidegate_preflight::read::read;
use tidegate_preflight::schema::Release;
use tidegate_testkit::control_plane::{ControlPlane, Options, User};

/// More than anything here takes; only a broken control plane meets it. A pod that is
/// refused is tried again after a time that doubles.
const PATIENCE: Duration = Duration::from_mins(3);

/// The kinds that are looked at in a namespace.
const KINDS: [(&str, &str, &str); 12] = [
    ("", "v1", "ConfigMap"),
    ("", "v1", "LimitRange"),
    ("", "v1", "PersistentVolumeClaim"),
    ("", "v1", "Pod"),
    ("", "v1", "ResourceQuota"),
    ("", "v1", "Secret"),
    ("", "v1", "Service"),
    ("apps", "v1", "DaemonSet"),
    ("apps", "v1", "Deployment"),
    ("apps", "v1", "ReplicaSet"),
    ("apps", "v1", "StatefulSet"),
    ("batch", "v1", "Job"),
];

fn api(
    client: &Client,
    namespace: &str,
    (group, version, kind): (&str, &str, &str),
) -> Api<DynamicObject> {
    let resource = ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, kind));
    Api::namespaced_with(client.clone(), namespace, &resource)
}

fn api_of(client: &Client, namespace: &str, object: &Value) -> Api<DynamicObject> {
    let api_version = object["apiVersion"].as_str().unwrap();
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    let kind = object["kind"].as_str().unwrap();
    api(client, namespace, (group, version, kind))
}

async fn apply(client: &Client, namespace: &str, objects: &[Value]) {
    for object in objects {
        let name = object["metadata"]["name"].as_str().unwrap();
        let parameters = PatchParams::apply("test").force();
        api_of(client, namespace, object)
            .patch(name, &parameters, &Patch::Apply(object))
            .await
            .unwrap();
    }
}

/// Waits until what a condition looks for is so.
async fn wait(api: Api<DynamicObject>, name: &str, what: &str, is_so: impl Fn(&Value) -> bool) {
    let condition = |object: Option<&DynamicObject>| {
        object.is_some_and(|object| is_so(&serde_json::to_value(object).unwrap()))
    };
    let waited = tokio::time::timeout(PATIENCE, await_condition(api.clone(), name, condition));
    if waited.await.is_err() {
        let object = api.get(name).await.unwrap();
        let status = object.data.get("status");
        panic!("{name}: {what} is not so, but {status:?}");
    }
}

fn manifests(text: &str) -> Vec<Manifest> {
    let reading = read("manifests", text.as_bytes(), false);
    assert!(reading.findings.is_empty(), "{:?}", reading.findings);
    reading.manifests
}

/// What is in a namespace now.
async fn live(client: &Client, namespace: &str) -> Vec<Manifest> {
    let mut items = Vec::new();
    for kind in KINDS {
        let list = api(client, namespace, kind)
            .list(&ListParams::default())
            .await
            .unwrap();
        for object in list {
            let mut value = serde_json::to_value(object).unwrap();
            let (group, version, kind) = kind;
            let is_core = group.is_empty();
            value["apiVersion"] = if is_core {
                json!(version)
            } else {
                json!(format!("{group}/{version}"))
            };
            value["kind"] = json!(kind);
            value["metadata"]["managedFields"] = Value::Null;
            items.push(value);
        }
    }
    manifests(&json!({"apiVersion": "v1", "kind": "List", "items": items}).to_string())
}

/// How often to look.
const LOOK: Duration = Duration::from_millis(100);

/// Waits until quotas count what they are said to.
///
/// The quota controller may have counted from a list that was behind, and then counts
/// again after five minutes only, or when somebody changes the quota: which is done
/// here every now and then.
async fn wait_for_used(client: &Client, namespace: &str, rows: &[(String, String, Quantity)]) {
    let quotas = api(client, namespace, ("", "v1", "ResourceQuota"));
    for (name, resource, amount) in rows {
        let mut used = None;
        let waited = tokio::time::timeout(PATIENCE, async {
            for look in 1_u32.. {
                let quota = quotas.get(name).await.unwrap();
                let own = quota.data["status"]["used"][resource].as_str();
                used = own.and_then(|own| Quantity::read(own).ok());
                if used == Some(*amount) {
                    break;
                }
                if look.is_multiple_of(30) {
                    let hard = json!({"count/leases.coordination.k8s.io": look.to_string()});
                    let change = json!({"spec": {"hard": hard}});
                    let parameters = PatchParams::default();
                    let is_scoped = quota.data["spec"].get("scopes").is_some();
                    if !is_scoped {
                        let change = Patch::Merge(&change);
                        quotas.patch(name, &parameters, &change).await.unwrap();
                    }
                }
                tokio::time::sleep(LOOK).await;
            }
        });
        let is_so = waited.await.is_ok();
        assert!(
            is_so,
            "{namespace}: {resource} used is {used:?}, and not {amount}"
        );
    }
}

/// Waits until all that is there has come up, and quotas have counted it.
async fn settle(client: &Client, namespace: &str, objects: &[Value]) {
    for object in objects {
        let name = object["metadata"]["name"].as_str().unwrap();
        match object["kind"].as_str().unwrap() {
            "Deployment" => wait_for_rollout(client, namespace, name).await,
            "ResourceQuota" => {
                let quotas = api_of(client, namespace, object);
                let hard = object["spec"]["hard"].as_object().unwrap();
                wait(quotas, name, "all is counted", |object| {
                    let used = &object["status"]["used"];
                    hard.keys().all(|name| used.get(name).is_some())
                })
                .await;
            }
            _ => {}
        }
    }
}

async fn wait_for_rollout(client: &Client, namespace: &str, name: &str) {
    let deployments = api(client, namespace, ("apps", "v1", "Deployment"));
    wait(deployments, name, "the rollout is done", |object| {
        let replicas = object["spec"]["replicas"].as_i64();
        let status = &object["status"];
        let all = ["replicas", "updatedReplicas", "availableReplicas"];
        status["observedGeneration"] == object["metadata"]["generation"]
            && all.iter().all(|name| status[name].as_i64() == replicas)
    })
    .await;
}

/// How often a pod has to be refused until it is said to be for good. Between the last
/// two tries a second has passed, and nothing that made room.
const REFUSALS: i64 = 9;

/// Waits until pods have been refused again and again, and the rollout is not done.
async fn wait_for_stall(client: &Client, namespace: &str, name: &str) {
    let events = api(client, namespace, ("", "v1", "Event"));
    let refused = ListParams::default().fields("reason=FailedCreate");
    let waited = tokio::time::timeout(PATIENCE, async {
        loop {
            let all = events.list(&refused).await.unwrap();
            let counts = all
                .iter()
                .map(|one| one.data["count"].as_i64().unwrap_or(1));
            if counts.sum::<i64>() >= REFUSALS {
                break;
            }
            tokio::time::sleep(LOOK).await;
        }
    });
    let is_refused = waited.await.is_ok();
    let deployments = api(client, namespace, ("apps", "v1", "Deployment"));
    let deployment = deployments.get(name).await.unwrap();
    let status = &deployment.data["status"];
    assert!(is_refused, "{namespace}: no pod was refused: {status}");
    let conditions = status["conditions"].as_array().into_iter().flatten();
    let mut conditions = conditions.map(|one| (one["type"].as_str(), one["reason"].as_str()));
    let failure = (Some("ReplicaFailure"), Some("FailedCreate"));
    assert!(
        conditions.any(|one| one == failure),
        "{namespace}: {status}"
    );
    let wanted = deployment.data["spec"]["replicas"].as_i64();
    let is_done =
        status["updatedReplicas"].as_i64() == wanted && status["replicas"].as_i64() == wanted;
    assert!(!is_done, "{namespace}: {status}");
}

/// Makes a namespace with what is there before, says what comes of the change, makes
/// it, and waits until what was said is so.
async fn hold(client: &Client, namespace: &str, before: &[Value], after: &[Value]) -> Space {
    let object = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}});
    let resource = ApiResource::from_gvk(&GroupVersionKind::gvk("", "v1", "Namespace"));
    let namespaces: Api<DynamicObject> = Api::all_with(client.clone(), &resource);
    let parameters = PatchParams::apply("test");
    namespaces
        .patch(namespace, &parameters, &Patch::Apply(&object))
        .await
        .unwrap();
    let accounts = api(client, namespace, ("", "v1", "ServiceAccount"));
    wait(accounts, "default", "it is there", |_| true).await;
    let configmaps = api(client, namespace, ("", "v1", "ConfigMap"));
    wait(configmaps, "kube-root-ca.crt", "it is there", |_| true).await;
    // Rules first, so that they are in force.
    let (rules, rest): (Vec<Value>, Vec<Value>) = before
        .iter()
        .cloned()
        .partition(|one| matches!(one["kind"].as_str(), Some("ResourceQuota" | "LimitRange")));
    apply(client, namespace, &rules).await;
    settle(client, namespace, &rules).await;
    apply(client, namespace, &rest).await;
    settle(client, namespace, &rest).await;
    // Quotas are counted with a delay: what they say by now has to be what is there.
    let objects = live(client, namespace).await;
    let after_text = json!({"apiVersion": "v1", "kind": "List", "items": after}).to_string();
    let after_manifests = manifests(&after_text);
    let uncounted: Vec<Manifest> = objects.iter().map(without_status).collect();
    let say = |objects: &[Manifest]| {
        let judgement = judge(&Input {
            release: Release::LATEST,
            namespace,
            after: &after_manifests,
            before: Before::Live {
                objects,
                removed: &[],
            },
            repository: &[],
            cluster: Some(&[]),
            nodes: Some(2),
            reservations: &[],
        });
        judgement.spaces.first().cloned().unwrap()
    };
    let own = say(&uncounted);
    let used = own
        .rows
        .iter()
        .filter_map(|row| Some((row.quota.clone(), row.resource.clone(), row.used?)));
    let used: Vec<_> = used.collect();
    wait_for_used(client, namespace, &used).await;
    let space = say(&live(client, namespace).await);
    assert_eq!(
        space, own,
        "{namespace}: counted here and by the quota controller"
    );
    apply(client, namespace, after).await;
    let deployments = after.iter().filter(|one| one["kind"] == "Deployment");
    for deployment in deployments {
        let name = deployment["metadata"]["name"].as_str().unwrap();
        match space.fit {
            Fit::Fits => wait_for_rollout(client, namespace, name).await,
            Fit::Stalls | Fit::DoesNotFit => wait_for_stall(client, namespace, name).await,
            Fit::Unknown => panic!("{namespace}: {:?}", space.unknown),
        }
    }
    if space.fit == Fit::Fits {
        let rows = space
            .rows
            .iter()
            .filter_map(|row| Some((row.quota.clone(), row.resource.clone(), row.end()?)));
        wait_for_used(client, namespace, &rows.collect::<Vec<_>>()).await;
    }
    space
}

/// A quota as if nobody had counted yet.
fn without_status(manifest: &Manifest) -> Manifest {
    let mut value = manifest.value();
    if value["kind"] == "ResourceQuota" {
        value["status"] = Value::Null;
    }
    manifests(&value.to_string()).pop().unwrap()
}

fn quota(name: &str, hard: &Value) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": name},
        "spec": {"hard": hard},
    })
}

fn deployment(version: &str, replicas: i64, cpu: &str, rolling: &Value) -> Value {
    json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web"},
        "spec": {
            "replicas": replicas,
            "strategy": {"rollingUpdate": rolling},
            "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {
                    "terminationGracePeriodSeconds": 1,
                    "containers": [{
                        "name": "web",
                        "image": format!("registry.example.com/web:{version}"),
                        "resources": {"requests": {"cpu": cpu}},
                    }],
                },
            },
        },
    })
}

fn all_of_it(rows: &[(&str, &str)]) -> Value {
    rows.iter()
        .map(|(name, most)| ((*name).to_owned(), json!(most)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_of_room_is_what_happens() {
    let plane = ControlPlane::start(Options::default()).await.unwrap();
    let client = plane.client(User::Admin).await.unwrap();
    let tight = json!({"requests.cpu": "1.2", "pods": "20"});
    let beside = json!({"maxSurge": "25%", "maxUnavailable": 0});
    let one_more = json!({"maxSurge": 1, "maxUnavailable": 0});
    let one_fewer = json!({"maxSurge": 0, "maxUnavailable": 1});
    let cores = |cores: &str| json!({"requests.cpu": cores});
    let four = (4, "250m");
    let cases = [
        ("stalls", Fit::Stalls, &tight, &beside, four, four),
        ("fits-as-hinted", Fit::Fits, &tight, &one_fewer, four, four),
        ("smaller", Fit::Fits, &tight, &beside, four, (4, "200m")),
        (
            "scaled-too-far",
            Fit::DoesNotFit,
            &tight,
            &beside,
            four,
            (6, "250m"),
        ),
        (
            "defaults-of-three",
            Fit::Stalls,
            &cores("900m"),
            &json!({}),
            (3, "250m"),
            (3, "250m"),
        ),
        // The old ones are brought to six first, of which five have room, and one new one.
        (
            "grows",
            Fit::Stalls,
            &cores("2.76"),
            &one_more,
            (4, "500m"),
            (6, "250m"),
        ),
        (
            "grows-with-room",
            Fit::Fits,
            &cores("3.25"),
            &one_more,
            (4, "500m"),
            (6, "250m"),
        ),
        (
            "shrinks",
            Fit::Fits,
            &cores("1.2"),
            &one_more,
            four,
            (2, "250m"),
        ),
    ];
    let mut running = tokio::task::JoinSet::new();
    for (name, fit, hard, rolling, (old, old_cpu), (new, new_cpu)) in cases {
        let first = deployment("v1", old, old_cpu, rolling);
        let second = deployment("v2", new, new_cpu, rolling);
        let before = [quota("compute", hard), first];
        let client = client.clone();
        running.spawn(async move {
            let space = hold(&client, name, &before, &[second]).await;
            assert_eq!(space.fit, fit, "{name}: {:?}", space.rows);
        });
    }
    running.spawn(counted(client.clone()));
    while let Some(done) = running.join_next().await {
        done.unwrap();
    }
    plane.stop().await;
}

/// Everything that is counted, at once: what the quota controller says afterwards is
/// what was counted before.
async fn counted(client: Client) {
    let hard = [
        ("pods", "50"),
        ("count/pods", "50"),
        ("cpu", "20"),
        ("requests.cpu", "20"),
        ("limits.cpu", "20"),
        ("requests.memory", "20Gi"),
        ("limits.memory", "20Gi"),
        ("requests.ephemeral-storage", "20Gi"),
        ("requests.example.com/gpu", "9"),
        ("requests.hugepages-2Mi", "1Gi"),
        ("persistentvolumeclaims", "9"),
        ("requests.storage", "90Gi"),
        ("fast.storageclass.storage.k8s.io/requests.storage", "90Gi"),
        ("services", "9"),
        ("services.loadbalancers", "9"),
        ("services.nodeports", "9"),
        ("configmaps", "9"),
        ("secrets", "9"),
        ("count/deployments.apps", "9"),
        ("count/replicasets.apps", "9"),
        ("count/statefulsets.apps", "9"),
        ("count/controllerrevisions.apps", "9"),
        ("count/networkpolicies.networking.k8s.io", "9"),
    ];
    let scoped = json!({
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "best-effort"},
        "spec": {"hard": {"pods": "9"}, "scopes": ["BestEffort"]},
    });
    let range = json!({
        "apiVersion": "v1",
        "kind": "LimitRange",
        "metadata": {"name": "defaults"},
        "spec": {"limits": [{
            "type": "Container",
            "default": {"memory": "300Mi", "cpu": "1"},
            "defaultRequest": {"cpu": "70m"},
        }]},
    });
    let mut whole = deployment("v1", 2, "20m", &json!({}));
    whole["metadata"]["name"] = json!("whole");
    whole["spec"]["selector"]["matchLabels"]["app"] = json!("whole");
    whole["spec"]["template"]["metadata"]["labels"]["app"] = json!("whole");
    whole["spec"]["template"]["spec"]["resources"] =
        json!({"limits": {"cpu": "2", "memory": "1Gi"}, "requests": {"memory": "512Mi"}});
    let unscheduled = json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "special"},
        "spec": {"schedulingGates": [{"name": "example.com/wait"}], "containers": [{
            "name": "web", "image": "registry.example.com/web:v1",
            "resources": {"limits": {"example.com/gpu": 3, "hugepages-2Mi": "128Mi", "cpu": "1"}},
        }]},
    });
    let service = json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "web"},
        "spec": {"type": "LoadBalancer", "selector": {"app": "web"},
            "ports": [{"name": "http", "port": 80}, {"name": "https", "port": 443}]},
    });
    let settings =
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}});
    let policy = json!({
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "web"},
        "spec": {"podSelector": {}},
    });
    let before = [quota("all", &all_of_it(&hard)), scoped, range];
    let after = [stateful(), whole, unscheduled, service, settings, policy];
    let space = hold(&client, "counted", &before, &after).await;
    assert_eq!(space.fit, Fit::Fits, "{:?}", space.remarks);
    let rows = space.rows.iter().filter(|row| row.quota == "all");
    assert!(rows.count() >= 20, "{:?}", space.rows);
}

/// Init containers, a sidecar, claims that it keeps and claims that come and go.
fn stateful() -> Value {
    let mut web = deployment("v1", 3, "150m", &json!({}));
    web["spec"]["template"]["spec"]["initContainers"] = json!([
        {"name": "migrate", "image": "registry.example.com/migrate:v1",
         "resources": {"requests": {"cpu": "900m", "ephemeral-storage": "1.5Gi"}}},
        {"name": "proxy", "image": "registry.example.com/proxy:v1", "restartPolicy": "Always",
         "resources": {"requests": {"cpu": "110m"}, "limits": {"memory": "100M"}}},
        {"name": "warm", "image": "registry.example.com/warm:v1",
         "resources": {"requests": {"cpu": "850m"}}},
    ]);
    web["spec"]["template"]["spec"]["volumes"] = json!([
        {"name": "scratch", "ephemeral": {"volumeClaimTemplate": {"spec": {
            "accessModes": ["ReadWriteOnce"], "storageClassName": "fast",
            "resources": {"requests": {"storage": "1Gi"}}}}}},
    ]);
    // Its claims are bound by nobody, so it is not waited for.
    web["kind"] = json!("StatefulSet");
    web["spec"]["podManagementPolicy"] = json!("Parallel");
    web["spec"]["serviceName"] = json!("web");
    web["spec"].as_object_mut().unwrap().remove("strategy");
    web["spec"]["volumeClaimTemplates"] = json!([
        {"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"], "storageClassName": "fast",
         "resources": {"requests": {"storage": "2500M"}}}},
    ]);
    web
}
