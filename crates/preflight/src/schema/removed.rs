//! Versions of Kubernetes' own kinds that are gone, or will go.
//!
//! From Kubernetes' "Deprecated API Migration Guide"
//! (kubernetes.io/docs/reference/using-api/deprecation-guide) and the lifecycle in the
//! source of the versions (`zz_generated.prerelease-lifecycle.go` of `k8s.io/api`).

use super::release::Release;

/// A version of some kinds that is no longer served.
#[derive(Debug, Clone, Copy)]
pub(super) struct Removed {
    group: &'static str,
    version: &'static str,
    /// Empty: all that there were.
    kinds: &'static [&'static str],
    /// The release that has them no more.
    pub(super) since: &'static str,
    /// What to write in place of it.
    pub(super) instead: &'static str,
}

const fn removed(
    group: &'static str,
    version: &'static str,
    kinds: &'static [&'static str],
    since: &'static str,
    instead: &'static str,
) -> Removed {
    Removed {
        group,
        version,
        kinds,
        since,
        instead,
    }
}

const PSP: &str = "Pod Security Admission, by labels of the namespace";

const REMOVED: &[Removed] = &[
    removed(
        "flowcontrol.apiserver.k8s.io",
        "v1beta3",
        &[],
        "1.32",
        "apiVersion: flowcontrol.apiserver.k8s.io/v1",
    ),
    removed(
        "flowcontrol.apiserver.k8s.io",
        "v1beta2",
        &[],
        "1.29",
        "apiVersion: flowcontrol.apiserver.k8s.io/v1",
    ),
    removed(
        "flowcontrol.apiserver.k8s.io",
        "v1beta1",
        &[],
        "1.26",
        "apiVersion: flowcontrol.apiserver.k8s.io/v1",
    ),
    removed(
        "storage.k8s.io",
        "v1beta1",
        &["CSIStorageCapacity"],
        "1.27",
        "apiVersion: storage.k8s.io/v1",
    ),
    removed(
        "storage.k8s.io",
        "v1beta1",
        &["CSIDriver", "CSINode", "StorageClass", "VolumeAttachment"],
        "1.22",
        "apiVersion: storage.k8s.io/v1",
    ),
    removed(
        "autoscaling",
        "v2beta2",
        &[],
        "1.26",
        "apiVersion: autoscaling/v2",
    ),
    removed(
        "autoscaling",
        "v2beta1",
        &[],
        "1.25",
        "apiVersion: autoscaling/v2",
    ),
    removed(
        "batch",
        "v1beta1",
        &["CronJob"],
        "1.25",
        "apiVersion: batch/v1",
    ),
    removed(
        "discovery.k8s.io",
        "v1beta1",
        &[],
        "1.25",
        "apiVersion: discovery.k8s.io/v1",
    ),
    removed(
        "events.k8s.io",
        "v1beta1",
        &[],
        "1.25",
        "apiVersion: events.k8s.io/v1",
    ),
    removed(
        "policy",
        "v1beta1",
        &["PodDisruptionBudget"],
        "1.25",
        "apiVersion: policy/v1",
    ),
    removed("policy", "v1beta1", &["PodSecurityPolicy"], "1.25", PSP),
    removed(
        "node.k8s.io",
        "v1beta1",
        &[],
        "1.25",
        "apiVersion: node.k8s.io/v1",
    ),
    removed(
        "admissionregistration.k8s.io",
        "v1beta1",
        &[
            "MutatingWebhookConfiguration",
            "ValidatingWebhookConfiguration",
        ],
        "1.22",
        "apiVersion: admissionregistration.k8s.io/v1",
    ),
    removed(
        "apiextensions.k8s.io",
        "v1beta1",
        &[],
        "1.22",
        "apiVersion: apiextensions.k8s.io/v1",
    ),
    removed(
        "apiregistration.k8s.io",
        "v1beta1",
        &[],
        "1.22",
        "apiVersion: apiregistration.k8s.io/v1",
    ),
    removed(
        "authentication.k8s.io",
        "v1beta1",
        &["TokenReview"],
        "1.22",
        "apiVersion: authentication.k8s.io/v1",
    ),
    removed(
        "authorization.k8s.io",
        "v1beta1",
        &[],
        "1.22",
        "apiVersion: authorization.k8s.io/v1",
    ),
    removed(
        "certificates.k8s.io",
        "v1beta1",
        &["CertificateSigningRequest"],
        "1.22",
        "apiVersion: certificates.k8s.io/v1",
    ),
    removed(
        "coordination.k8s.io",
        "v1beta1",
        &["Lease"],
        "1.22",
        "apiVersion: coordination.k8s.io/v1",
    ),
    removed(
        "extensions",
        "v1beta1",
        &["Ingress"],
        "1.22",
        "apiVersion: networking.k8s.io/v1",
    ),
    removed(
        "networking.k8s.io",
        "v1beta1",
        &["Ingress", "IngressClass"],
        "1.22",
        "apiVersion: networking.k8s.io/v1",
    ),
    removed(
        "rbac.authorization.k8s.io",
        "v1beta1",
        &[],
        "1.22",
        "apiVersion: rbac.authorization.k8s.io/v1",
    ),
    removed(
        "scheduling.k8s.io",
        "v1beta1",
        &["PriorityClass"],
        "1.22",
        "apiVersion: scheduling.k8s.io/v1",
    ),
    removed(
        "extensions",
        "v1beta1",
        &["NetworkPolicy"],
        "1.16",
        "apiVersion: networking.k8s.io/v1",
    ),
    removed("extensions", "v1beta1", &["PodSecurityPolicy"], "1.16", PSP),
    removed(
        "extensions",
        "v1beta1",
        &["DaemonSet", "Deployment", "ReplicaSet"],
        "1.16",
        "apiVersion: apps/v1",
    ),
    removed("apps", "v1beta1", &[], "1.16", "apiVersion: apps/v1"),
    removed("apps", "v1beta2", &[], "1.16", "apiVersion: apps/v1"),
];

/// Whether it was there once.
pub(super) fn find(group: &str, version: &str, kind: &str) -> Option<&'static Removed> {
    REMOVED.iter().find(|removed| {
        removed.group == group
            && removed.version == version
            && (removed.kinds.is_empty() || removed.kinds.contains(&kind))
    })
}

/// What to do in place of what is served and deprecated in a release.
pub(super) fn deprecated(
    release: Release,
    group: &str,
    version: &str,
    kind: &str,
) -> Option<&'static str> {
    match (group, version, kind) {
        // KEP-4974, and `APILifecycleDeprecated` of Endpoints: since 1.33.
        ("", "v1", "Endpoints") if release.minor() >= 33 => {
            Some("write EndpointSlices of discovery.k8s.io/v1")
        }
        _ => None,
    }
}

/// Whether a version is off unless a cluster turns it on: alpha ones, and beta ones. Of
/// these KEP-3136 left on what was on before 1.24, and the last of them, of
/// `flowcontrol.apiserver.k8s.io`, are gone since 1.32.
pub(super) fn is_off_by_default(version: &str) -> bool {
    version.contains("alpha") || version.contains("beta")
}
