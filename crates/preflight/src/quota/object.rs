//! Manifests with what is asked of them again and again.

use serde_json::Value;
use tidegate_core::rollout::object::ObjectKey;

use crate::finding::Place;
use crate::manifest::{Manifest, Step};

/// A manifest of an object.
#[derive(Debug, Clone)]
pub(crate) struct Object<'a> {
    pub(crate) manifest: &'a Manifest,
    /// With the namespace that it goes to, if its kind has one.
    pub(crate) key: ObjectKey,
    pub(crate) value: Value,
}

impl<'a> Object<'a> {
    /// Reads manifests; those that are no object are left to the check of schemas.
    pub(crate) fn all(manifests: &'a [Manifest], namespace: &str) -> Vec<Self> {
        let read = |manifest: &'a Manifest| {
            let mut key = manifest.key().ok()?;
            if key.namespace.is_none() && !is_of_cluster(&key) {
                key.namespace = Some(namespace.to_owned());
            }
            Some(Self {
                value: manifest.value(),
                manifest,
                key,
            })
        };
        manifests.iter().filter_map(read).collect()
    }

    pub(crate) fn namespace(&self) -> &str {
        self.key.namespace.as_deref().unwrap_or("")
    }

    pub(crate) fn pointer(&self, pointer: &str) -> Option<&Value> {
        self.value.pointer(pointer).filter(|value| !value.is_null())
    }

    pub(crate) fn text(&self, pointer: &str) -> Option<&str> {
        self.pointer(pointer).and_then(Value::as_str)
    }

    /// Where these fields stand, or else the last that is there.
    pub(crate) fn place(&self, fields: &[&str]) -> Option<Place> {
        let steps: Vec<Step<'_>> = fields.iter().map(|name| Step::Field(name)).collect();
        let mut ends = (0..=steps.len()).rev();
        let node = ends.find_map(|end| self.manifest.find(steps.get(..end)?));
        node.and_then(|node| self.manifest.place(node))
    }
}

/// Whether a kind has no namespaces: one of Kubernetes' own, or one of others that says
/// so by its name, such as `ClusterIssuer`.
pub(crate) fn is_of_cluster(key: &ObjectKey) -> bool {
    let says_so = key
        .kind
        .strip_prefix("Cluster")
        .is_some_and(|rest| !rest.is_empty());
    if says_so && !key.is_built_in() {
        return true;
    }
    matches!(
        (key.group.as_str(), key.kind.as_str()),
        ("", "Namespace" | "Node" | "PersistentVolume")
            | (
                "rbac.authorization.k8s.io",
                "ClusterRole" | "ClusterRoleBinding"
            )
            | ("apiextensions.k8s.io", "CustomResourceDefinition")
            | ("apiregistration.k8s.io", "APIService")
            | ("scheduling.k8s.io", "PriorityClass")
            | ("node.k8s.io", "RuntimeClass")
            | (
                "networking.k8s.io",
                "IngressClass" | "IPAddress" | "ServiceCIDR"
            )
            | (
                "storage.k8s.io",
                "StorageClass"
                    | "CSIDriver"
                    | "CSINode"
                    | "VolumeAttachment"
                    | "VolumeAttributesClass"
            )
            | (
                "admissionregistration.k8s.io" | "flowcontrol.apiserver.k8s.io",
                _
            )
            | (
                "certificates.k8s.io",
                "CertificateSigningRequest" | "ClusterTrustBundle"
            )
            | (
                "resource.k8s.io",
                "DeviceClass" | "ResourceSlice" | "DeviceTaintRule"
            )
    )
}
