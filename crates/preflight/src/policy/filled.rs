//! What the API server writes where a manifest says nothing, before it asks policies
//! (`pkg/apis/*/v1/defaults.go` and its admission plugins): a policy that asks
//! whether a field is there has to see it.

use serde_json::{Map, Value, json};
use tidegate_core::rollout::object::ObjectKey;

type Fields = Map<String, Value>;

/// Whether all that the API server fills in is filled in here for this kind.
pub(super) fn is_filled(key: &ObjectKey) -> bool {
    matches!(
        (key.group.as_str(), key.kind.as_str()),
        ("", "ConfigMap" | "Secret" | "Namespace" | "ServiceAccount")
            | ("apps", "Deployment" | "StatefulSet" | "DaemonSet")
            | ("batch", "Job" | "CronJob")
            | ("rbac.authorization.k8s.io", _)
            | ("networking.k8s.io", "Ingress")
            | ("policy", "PodDisruptionBudget")
    )
}

/// Fills an object.
pub(super) fn fill(key: &ObjectKey, object: &mut Value) {
    let Some(fields) = object.as_object_mut() else {
        return;
    };
    match (key.group.as_str(), key.kind.as_str()) {
        ("", "Namespace") => namespace(key, fields),
        ("", "Secret") => give(fields, "type", "Opaque"),
        ("", "Pod") => {
            give(fields, "status", json!({"phase": "Pending"}));
            within(fields, "spec", |spec| {
                pod(spec);
                admitted(spec);
            });
        }
        ("", "Service") => within(fields, "spec", service),
        ("apps", kind) => {
            if let Some(spec) = inner(fields, "spec") {
                workload(kind, spec);
            }
            give(fields, "status", json!({}));
        }
        ("batch", "Job") => {
            within(fields, "spec", job);
            give(fields, "status", json!({}));
        }
        ("batch", "CronJob") => {
            within(fields, "spec", cron_job);
            give(fields, "status", json!({}));
        }
        _ => {}
    }
}

fn give(fields: &mut Fields, name: &str, value: impl Into<Value>) {
    let is = fields.entry(name).or_insert(Value::Null);
    if is.is_null() {
        *is = value.into();
    }
}

fn inner<'a>(fields: &'a mut Fields, name: &str) -> Option<&'a mut Fields> {
    fields.get_mut(name).and_then(Value::as_object_mut)
}

fn within(fields: &mut Fields, name: &str, act: impl FnOnce(&mut Fields)) {
    if let Some(fields) = inner(fields, name) {
        act(fields);
    }
}

fn each(fields: &mut Fields, name: &str, mut act: impl FnMut(&mut Fields)) {
    let items = fields.get_mut(name).and_then(Value::as_array_mut);
    for item in items.into_iter().flatten().filter_map(Value::as_object_mut) {
        act(item);
    }
}

fn namespace(key: &ObjectKey, fields: &mut Fields) {
    within(fields, "metadata", |metadata| {
        give(metadata, "labels", json!({}));
        within(metadata, "labels", |labels| {
            give(labels, super::selector::NAME, key.name.as_str());
        });
    });
    give(fields, "spec", json!({"finalizers": ["kubernetes"]}));
    give(fields, "status", json!({"phase": "Active"}));
}

fn service(spec: &mut Fields) {
    give(spec, "type", "ClusterIP");
    give(spec, "sessionAffinity", "None");
    each(spec, "ports", |port| {
        give(port, "protocol", "TCP");
        if let Some(number) = port.get("port").cloned() {
            give(port, "targetPort", number);
        }
    });
    if spec.get("type").and_then(Value::as_str) != Some("ExternalName") {
        give(spec, "internalTrafficPolicy", "Cluster");
    }
}

fn workload(kind: &str, spec: &mut Fields) {
    give(spec, "revisionHistoryLimit", 10);
    match kind {
        "Deployment" => {
            give(spec, "replicas", 1);
            give(spec, "progressDeadlineSeconds", 600);
            give(spec, "strategy", json!({}));
            within(spec, "strategy", |strategy| {
                give(strategy, "type", "RollingUpdate");
                rolling(
                    strategy,
                    &json!({"maxSurge": "25%", "maxUnavailable": "25%"}),
                );
            });
        }
        "StatefulSet" => {
            give(spec, "replicas", 1);
            give(spec, "serviceName", "");
            give(spec, "podManagementPolicy", "OrderedReady");
            let kept = json!({"whenDeleted": "Retain", "whenScaled": "Retain"});
            give(spec, "persistentVolumeClaimRetentionPolicy", kept);
            give(spec, "updateStrategy", json!({}));
            within(spec, "updateStrategy", |strategy| {
                give(strategy, "type", "RollingUpdate");
                rolling(strategy, &json!({"partition": 0}));
            });
        }
        "DaemonSet" => {
            give(spec, "updateStrategy", json!({}));
            within(spec, "updateStrategy", |strategy| {
                give(strategy, "type", "RollingUpdate");
                rolling(strategy, &json!({"maxSurge": 0, "maxUnavailable": 1}));
            });
        }
        _ => {}
    }
    template(spec);
}

fn rolling(strategy: &mut Fields, usual: &Value) {
    if strategy.get("type").and_then(Value::as_str) != Some("RollingUpdate") {
        return;
    }
    give(strategy, "rollingUpdate", json!({}));
    within(strategy, "rollingUpdate", |rolling| {
        for (name, value) in usual.as_object().into_iter().flatten() {
            give(rolling, name, value.clone());
        }
    });
}

fn job(spec: &mut Fields) {
    if !spec.contains_key("completions") && !spec.contains_key("parallelism") {
        give(spec, "completions", 1);
    }
    give(spec, "parallelism", 1);
    give(spec, "backoffLimit", 6);
    give(spec, "completionMode", "NonIndexed");
    give(spec, "suspend", false);
    give(spec, "podReplacementPolicy", "TerminatingOrFailed");
    template(spec);
}

fn cron_job(spec: &mut Fields) {
    give(spec, "concurrencyPolicy", "Allow");
    give(spec, "suspend", false);
    give(spec, "successfulJobsHistoryLimit", 3);
    give(spec, "failedJobsHistoryLimit", 1);
    within(spec, "jobTemplate", |job| within(job, "spec", template));
}

fn template(spec: &mut Fields) {
    within(spec, "template", |template| within(template, "spec", pod));
}

fn pod(spec: &mut Fields) {
    give(spec, "restartPolicy", "Always");
    give(spec, "dnsPolicy", "ClusterFirst");
    give(spec, "schedulerName", "default-scheduler");
    give(spec, "terminationGracePeriodSeconds", 30);
    give(spec, "securityContext", json!({}));
    if let Some(account) = spec.get("serviceAccountName").cloned() {
        give(spec, "serviceAccount", account);
    }
    let is_of_host = spec.get("hostNetwork") == Some(&Value::Bool(true));
    for list in ["containers", "initContainers"] {
        each(spec, list, |one| container(one, is_of_host));
    }
    each(spec, "volumes", volume);
}

/// What is given to a pod itself and not to a template of one.
fn admitted(spec: &mut Fields) {
    for list in ["containers", "initContainers"] {
        each(spec, list, |one| within(one, "resources", requests));
    }
    give(spec, "serviceAccountName", "default");
    give(spec, "serviceAccount", "default");
    give(spec, "enableServiceLinks", true);
    give(spec, "priority", 0);
    give(spec, "preemptionPolicy", "PreemptLowerPriority");
}

/// What is limited and not asked for is asked for in full.
fn requests(resources: &mut Fields) {
    let Some(limits) = inner(resources, "limits").cloned() else {
        return;
    };
    give(resources, "requests", json!({}));
    within(resources, "requests", |requests| {
        for (name, amount) in limits {
            requests.entry(name).or_insert(amount);
        }
    });
}

fn container(container: &mut Fields, is_of_host: bool) {
    give(container, "terminationMessagePath", "/dev/termination-log");
    give(container, "terminationMessagePolicy", "File");
    give(container, "resources", json!({}));
    let image = container.get("image").and_then(Value::as_str).unwrap_or("");
    let name = image.split('@').next().unwrap_or(image);
    let last = name.rsplit('/').next().unwrap_or(name);
    let is_latest = match last.split_once(':') {
        Some((_, tag)) => tag == "latest",
        None => !image.contains('@'),
    };
    let pull = if is_latest { "Always" } else { "IfNotPresent" };
    give(container, "imagePullPolicy", pull);
    each(container, "ports", |port| {
        give(port, "protocol", "TCP");
        if is_of_host && let Some(number) = port.get("containerPort").cloned() {
            give(port, "hostPort", number);
        }
    });
    for probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
        within(container, probe, |probe| {
            give(probe, "timeoutSeconds", 1);
            give(probe, "periodSeconds", 10);
            give(probe, "successThreshold", 1);
            give(probe, "failureThreshold", 3);
            within(probe, "httpGet", |get| {
                give(get, "path", "/");
                give(get, "scheme", "HTTP");
            });
        });
    }
    each(container, "env", |variable| {
        within(variable, "valueFrom", |from| {
            within(from, "fieldRef", |field| give(field, "apiVersion", "v1"));
        });
    });
}

fn volume(volume: &mut Fields) {
    for source in ["configMap", "secret", "downwardAPI", "projected"] {
        within(volume, source, |source| give(source, "defaultMode", 420));
    }
    within(volume, "hostPath", |path| give(path, "type", ""));
    let is_bare = volume.keys().all(|name| name == "name");
    if is_bare {
        give(volume, "emptyDir", json!({}));
    }
}
