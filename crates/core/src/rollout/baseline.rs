//! The state to go back to, taken from what runs before the first change.

use serde_json::{Map, Value};

use super::field;
use crate::argo_rollouts::is_rollout;

/// Metadata that the API server writes and refuses or ignores from others.
/// Owner references are left out too: the owner may be gone when the object is
/// applied again, and the garbage collector would then delete it.
const SERVER_SET: [&str; 10] = [
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "generateName",
    "managedFields",
    "ownerReferences",
    "selfLink",
];

const SERVER_SET_ANNOTATIONS: [&str; 4] = [
    "deployment.kubernetes.io/revision",
    "rollout.argoproj.io/revision",
    "deprecated.daemonset.template.generation",
    "kubectl.kubernetes.io/last-applied-configuration",
];

/// Labels that the Job controller gives to the pods of one Job.
const JOB_LABELS: [&str; 4] = [
    "controller-uid",
    "job-name",
    "batch.kubernetes.io/controller-uid",
    "batch.kubernetes.io/job-name",
];

/// A live object as a manifest that can be applied again, whether the object is
/// still there or must be created anew. What its spec says stays as it is,
/// defaults included, so that going back restores exactly what ran.
pub fn capture(live: &Value) -> Value {
    let mut manifest = live.clone();
    if let Some(object) = manifest.as_object_mut() {
        object.remove("status");
    }
    if let Some(metadata) = fields(&mut manifest, "/metadata") {
        for name in SERVER_SET {
            metadata.remove(name);
        }
    }
    remove_all(
        &mut manifest,
        "/metadata",
        "annotations",
        &SERVER_SET_ANNOTATIONS,
    );
    if is_rollout(live) {
        forget_what_is_empty(&mut manifest);
    }
    if field::text(live, "/kind") == Some("Job") && !field::is_true(live, "/spec/manualSelector") {
        forget_job_identity(&mut manifest);
    }
    manifest
}

/// The controller of Argo Rollouts may write a Rollout as a whole, and then its
/// empty fields too, which the next sync takes away again.
fn forget_what_is_empty(manifest: &mut Value) {
    if let Some(metadata) = fields(manifest, "/spec/template/metadata")
        && metadata
            .get("creationTimestamp")
            .is_some_and(Value::is_null)
    {
        metadata.remove("creationTimestamp");
    }
    for list in ["containers", "initContainers"] {
        let containers = manifest.pointer_mut(&format!("/spec/template/spec/{list}"));
        let containers = containers.and_then(Value::as_array_mut);
        for container in containers.into_iter().flatten() {
            let Some(container) = container.as_object_mut() else {
                continue;
            };
            let resources = container.get("resources").and_then(Value::as_object);
            if resources.is_some_and(Map::is_empty) {
                container.remove("resources");
            }
        }
    }
}

/// A Job's selector is made from its own uid, and the API server refuses one of
/// another Job. Left out, it stays on a Job that is there and is made again for
/// one that is not.
fn forget_job_identity(manifest: &mut Value) {
    if let Some(spec) = fields(manifest, "/spec") {
        spec.remove("selector");
    }
    for parent in ["/metadata", "/spec/template/metadata"] {
        remove_all(manifest, parent, "labels", &JOB_LABELS);
    }
}

/// Removes names from a map, and the map itself when nothing is left.
fn remove_all(manifest: &mut Value, parent: &str, map: &str, names: &[&str]) {
    let Some(parent) = fields(manifest, parent) else {
        return;
    };
    if let Some(Value::Object(entries)) = parent.get_mut(map) {
        for name in names {
            entries.remove(*name);
        }
        if entries.is_empty() {
            parent.remove(map);
        }
    }
}

fn fields<'a>(value: &'a mut Value, pointer: &str) -> Option<&'a mut Map<String, Value>> {
    value.pointer_mut(pointer)?.as_object_mut()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn keeps_what_people_said_and_drops_what_the_server_wrote() {
        let live = json!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {
                "name": "api-gateway", "namespace": "production",
                "uid": "7a1e", "resourceVersion": "911", "generation": 4,
                "creationTimestamp": "2026-04-01T00:00:00Z",
                "labels": {"app": "api-gateway"},
                "annotations": {
                    "deployment.kubernetes.io/revision": "4",
                    "kubectl.kubernetes.io/last-applied-configuration": "{}",
                    "owner": "team-edge",
                },
                "ownerReferences": [{"uid": "1"}],
                "managedFields": [{"manager": "kubectl"}],
            },
            "spec": {"replicas": 10, "template": {"spec": {"containers": [{"name": "app"}]}}},
            "status": {"readyReplicas": 10},
        });
        assert_eq!(
            capture(&live),
            json!({
                "apiVersion": "apps/v1", "kind": "Deployment",
                "metadata": {
                    "name": "api-gateway", "namespace": "production",
                    "labels": {"app": "api-gateway"},
                    "annotations": {"owner": "team-edge"},
                },
                "spec": {"replicas": 10, "template": {"spec": {"containers": [{"name": "app"}]}}},
            })
        );
    }

    #[test]
    fn an_annotation_map_with_nothing_left_goes() {
        let live = json!({"metadata": {"name": "a",
            "annotations": {"deployment.kubernetes.io/revision": "1"}}});
        assert_eq!(capture(&live), json!({"metadata": {"name": "a"}}));
    }

    #[test]
    fn a_job_can_be_created_again() {
        let live = json!({
            "apiVersion": "batch/v1", "kind": "Job",
            "metadata": {"name": "migrate", "uid": "5", "labels": {"app": "a", "job-name": "migrate"}},
            "spec": {
                "selector": {"matchLabels": {"batch.kubernetes.io/controller-uid": "5"}},
                "template": {"metadata": {"labels": {
                    "app": "a", "controller-uid": "5", "batch.kubernetes.io/controller-uid": "5",
                }}},
            },
        });
        assert_eq!(
            capture(&live),
            json!({
                "apiVersion": "batch/v1", "kind": "Job",
                "metadata": {"name": "migrate", "labels": {"app": "a"}},
                "spec": {"template": {"metadata": {"labels": {"app": "a"}}}},
            })
        );

        let mut manual = live;
        manual["spec"]["manualSelector"] = json!(true);
        assert_eq!(capture(&manual)["spec"], manual["spec"]);
    }

    #[test]
    fn what_the_controller_of_a_rollout_leaves_empty_is_left_out() {
        let live = json!({
            "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout",
            "metadata": {"name": "a", "annotations": {"rollout.argoproj.io/revision": "2"}},
            "spec": {"template": {
                "metadata": {"creationTimestamp": null, "labels": {"app": "a"}},
                "spec": {"containers": [
                    {"name": "a", "resources": {}},
                    {"name": "b", "resources": {"limits": {"memory": "1Gi"}}},
                ]},
            }},
        });
        assert_eq!(
            capture(&live),
            json!({
                "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout",
                "metadata": {"name": "a"},
                "spec": {"template": {
                    "metadata": {"labels": {"app": "a"}},
                    "spec": {"containers": [
                        {"name": "a"},
                        {"name": "b", "resources": {"limits": {"memory": "1Gi"}}},
                    ]},
                }},
            })
        );
    }

    #[test]
    fn capturing_twice_changes_nothing() {
        let live = json!({"kind": "Service", "metadata": {"name": "a", "uid": "1"},
            "spec": {"clusterIP": "10.0.0.7"}, "status": {}});
        let once = capture(&live);
        assert_eq!(capture(&once), once);
    }
}
