//! Which objects may go out in stages, decided when a change is submitted.

use std::fmt;

use serde_json::Value;

use super::field;
use super::object::ObjectKey;

/// An object that would go out whole although the policy wants stages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unstageable {
    /// As people name it: `StatefulSet/sessions`.
    pub object: String,
    /// Why no share of it can be held.
    pub why: Whole,
}

/// Why an object can only go out whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whole {
    /// A Deployment that stops all old pods before it starts new ones.
    Recreate,
    /// A Deployment that is paused: it would not roll out at all.
    Paused,
    /// Another kind that runs pods.
    Workload,
    /// A kind whose controller is not part of Kubernetes.
    CustomResource,
    /// Not a Kubernetes object. Holds what it lacks.
    Unreadable(String),
}

impl fmt::Display for Whole {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Recreate => {
                formatter.write_str("its strategy Recreate replaces all pods at once")
            }
            Self::Paused => formatter.write_str("it is paused and would not roll out"),
            Self::Workload => formatter.write_str("only a Deployment can be held at a share"),
            Self::CustomResource => {
                formatter.write_str("what its controller does at an update is not known")
            }
            Self::Unreadable(lack) => formatter.write_str(lack),
        }
    }
}

/// `StatefulSet/sessions cannot be staged: only a Deployment can be …`
impl fmt::Display for Unstageable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} cannot be staged: {}", self.object, self.why)
    }
}

/// Judges whether every object can follow a plan of several stages.
///
/// A Deployment that rolls can be held at a share. Built-in kinds that run no
/// pods (Service, ConfigMap, Secret, RBAC, Ingress, claims, budgets, autoscalers
/// and so on) go whole with the first stage: new pods need them, and they have no
/// replicas to share out. Everything else is refused unless the policy lets its
/// kind go whole, written `Kind` or `Kind.group`, in the kind's own case.
///
/// A plan whose only stage is the whole needs no such judgement; whether it is
/// allowed is the policy's matter.
///
/// # Errors
/// Every object that cannot be staged, in the order given.
pub fn plan_kinds(objects: &[Value], whole_kinds: &[String]) -> Result<(), Vec<Unstageable>> {
    let mut refused = Vec::new();
    for (index, object) in objects.iter().enumerate() {
        match ObjectKey::of(object) {
            Ok(key) => {
                if let Some(why) = goes_whole(&key, object)
                    && !is_allowed(&key, whole_kinds)
                {
                    refused.push(Unstageable {
                        object: key.to_string(),
                        why,
                    });
                }
            }
            Err(error) => refused.push(Unstageable {
                object: format!("object {} of the rendered manifests", index + 1),
                why: Whole::Unreadable(error.to_string()),
            }),
        }
    }
    if refused.is_empty() {
        Ok(())
    } else {
        Err(refused)
    }
}

/// Whether this is a Deployment that can be held at a share.
pub(crate) fn can_be_held(manifest: &Value) -> bool {
    ObjectKey::of(manifest)
        .is_ok_and(|key| key.is("apps", "Deployment") && goes_whole(&key, manifest).is_none())
}

fn goes_whole(key: &ObjectKey, object: &Value) -> Option<Whole> {
    if !key.is_built_in() {
        return Some(Whole::CustomResource);
    }
    match (key.group.as_str(), key.kind.as_str()) {
        ("apps", "Deployment") => {
            let strategy = field::text(object, "/spec/strategy/type").unwrap_or("RollingUpdate");
            if strategy != "RollingUpdate" {
                Some(Whole::Recreate)
            } else if field::is_true(object, "/spec/paused") {
                Some(Whole::Paused)
            } else {
                None
            }
        }
        ("apps", "StatefulSet" | "DaemonSet" | "ReplicaSet")
        | ("batch", "Job" | "CronJob")
        | ("", "Pod" | "ReplicationController" | "PodTemplate") => Some(Whole::Workload),
        _ => None,
    }
}

pub(crate) fn is_allowed(key: &ObjectKey, whole_kinds: &[String]) -> bool {
    whole_kinds
        .iter()
        .any(|allowed| match allowed.split_once('.') {
            Some((kind, group)) => key.is(group, kind),
            None => *allowed == key.kind,
        })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(api_version: &str, kind: &str, spec: &Value) -> Value {
        json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": "a"}, "spec": spec})
    }

    #[test]
    fn what_rolls_or_runs_no_pods_can_be_staged() {
        let objects = [
            object("apps/v1", "Deployment", &json!({"replicas": 10})),
            object(
                "apps/v1",
                "Deployment",
                &json!({"strategy": {"type": "RollingUpdate"}}),
            ),
            object("v1", "Service", &json!({})),
            object("v1", "ConfigMap", &json!({})),
            object("v1", "Secret", &json!({})),
            object("v1", "ServiceAccount", &json!({})),
            object("v1", "PersistentVolumeClaim", &json!({})),
            object("v1", "LimitRange", &json!({})),
            object("v1", "ResourceQuota", &json!({})),
            object("policy/v1", "PodDisruptionBudget", &json!({})),
            object("rbac.authorization.k8s.io/v1", "RoleBinding", &json!({})),
            object("networking.k8s.io/v1", "Ingress", &json!({})),
            object("networking.k8s.io/v1", "NetworkPolicy", &json!({})),
            object("autoscaling/v2", "HorizontalPodAutoscaler", &json!({})),
        ];
        assert_eq!(plan_kinds(&objects, &[]), Ok(()));
    }

    #[test]
    fn what_cannot_be_held_is_refused_unless_its_kind_may_go_whole() {
        let table = [
            (
                object(
                    "apps/v1",
                    "Deployment",
                    &json!({"strategy": {"type": "Recreate"}}),
                ),
                Whole::Recreate,
            ),
            (
                object("apps/v1", "Deployment", &json!({"paused": true})),
                Whole::Paused,
            ),
            (
                object("apps/v1", "StatefulSet", &json!({})),
                Whole::Workload,
            ),
            (object("apps/v1", "DaemonSet", &json!({})), Whole::Workload),
            (object("apps/v1", "ReplicaSet", &json!({})), Whole::Workload),
            (object("batch/v1", "Job", &json!({})), Whole::Workload),
            (object("batch/v1", "CronJob", &json!({})), Whole::Workload),
            (object("v1", "Pod", &json!({})), Whole::Workload),
            (
                object("v1", "ReplicationController", &json!({})),
                Whole::Workload,
            ),
            (
                object("cert-manager.io/v1", "Certificate", &json!({})),
                Whole::CustomResource,
            ),
            (
                object("snapshot.storage.k8s.io/v1", "VolumeSnapshot", &json!({})),
                Whole::CustomResource,
            ),
            (
                object("serving.knative.dev/v1", "Service", &json!({})),
                Whole::CustomResource,
            ),
        ];
        for (object, why) in table {
            let key = ObjectKey::of(&object).unwrap();
            let objects = [object];
            let refused = plan_kinds(&objects, &["Other".to_owned()]).unwrap_err();
            assert_eq!(
                refused,
                [Unstageable {
                    object: key.to_string(),
                    why
                }]
            );
            assert_eq!(
                plan_kinds(&objects, std::slice::from_ref(&key.kind)),
                Ok(())
            );
            let lower = key.kind.to_lowercase();
            assert!(
                plan_kinds(&objects, &[lower]).is_err(),
                "the case of a kind counts"
            );
        }
    }

    #[test]
    fn a_kind_with_its_group_allows_no_kind_of_another_group() {
        let objects = [object("cert-manager.io/v1", "Certificate", &json!({}))];
        assert_eq!(
            plan_kinds(&objects, &["Certificate.cert-manager.io".to_owned()]),
            Ok(())
        );
        assert!(plan_kinds(&objects, &["Certificate.example.com".to_owned()]).is_err());
    }

    #[test]
    fn every_refusal_is_said_in_a_sentence() {
        let objects = [
            object("apps/v1", "StatefulSet", &json!({})),
            json!({"kind": "Pod"}),
        ];
        let refused = plan_kinds(&objects, &[]).unwrap_err();
        let sentences: Vec<String> = refused.iter().map(ToString::to_string).collect();
        assert_eq!(
            sentences,
            [
                "StatefulSet/a cannot be staged: only a Deployment can be held at a share",
                "object 2 of the rendered manifests cannot be staged: it has no apiVersion",
            ]
        );
    }
}
