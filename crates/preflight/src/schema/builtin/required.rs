//! What is required in truth.
//!
//! The published schemas call required whatever has no `omitempty`. The API server
//! does not ask for it while it decodes: Go leaves a zero. It is refused only where
//! the validation of the kind says so. The exceptions are not complete: a few
//! manifests are found wrong that the API server takes.

/// Whether a field is required.
pub(super) fn is_required(definition: &str, field: &str, published: bool) -> bool {
    if published {
        !is_state(definition) && !ACCEPTED.contains(&(definition, field))
    } else {
        ASKED_FOR.contains(&(definition, field))
    }
}

/// A status is filled in by controllers, and set to nothing when an object is made.
fn is_state(definition: &str) -> bool {
    definition.contains("Status") || definition.ends_with("Condition")
}

/// Published as required, and left out without a complaint.
const ACCEPTED: &[(&str, &str)] = &[
    ("core.v1.LimitRangeSpec", "limits"),
    (
        "apiextensions.v1.CustomResourceDefinitionVersion",
        "served",
    ),
];

/// Not published as required, and asked for.
const ASKED_FOR: &[(&str, &str)] = &[
    ("apps.v1.Deployment", "spec"),
    ("apps.v1.StatefulSet", "spec"),
    ("apps.v1.DaemonSet", "spec"),
    ("apps.v1.ReplicaSet", "spec"),
    ("batch.v1.Job", "spec"),
    ("batch.v1.CronJob", "spec"),
    ("batch.v1.JobTemplateSpec", "spec"),
    ("core.v1.Pod", "spec"),
    ("core.v1.PodTemplateSpec", "spec"),
    ("core.v1.Service", "spec"),
    ("core.v1.PersistentVolumeClaim", "spec"),
    ("core.v1.PersistentVolume", "spec"),
    ("core.v1.PersistentVolumeClaimSpec", "accessModes"),
    ("core.v1.PersistentVolumeClaimSpec", "resources"),
    ("core.v1.PersistentVolumeSpec", "accessModes"),
    ("core.v1.PersistentVolumeSpec", "capacity"),
    ("autoscaling.v2.HorizontalPodAutoscaler", "spec"),
    ("autoscaling.v1.HorizontalPodAutoscaler", "spec"),
    ("networking.v1.Ingress", "spec"),
    ("networking.v1.IngressClass", "spec"),
    ("networking.v1.IngressClassSpec", "controller"),
    ("core.v1.ConfigMapKeySelector", "name"),
    ("core.v1.SecretKeySelector", "name"),
    ("rbac.v1.Subject", "name"),
];
