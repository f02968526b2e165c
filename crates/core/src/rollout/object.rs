//! Which object a manifest is about.

use std::cmp::Ordering;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

use super::field;

/// Names one object of a cluster.
///
/// Two keys are equal when group, kind, namespace and name are: the version says
/// how an object is written, not which one it is. Keys are sorted by group, kind,
/// namespace (none first) and name, by their bytes.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ObjectKey {
    /// The API group, empty for the core group.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub group: String,
    /// The version of the API, such as `v1`. Not part of the identity.
    pub version: String,
    /// The kind, such as `Deployment`.
    pub kind: String,
    /// None for an object of the whole cluster, or where the manifest leaves the
    /// namespace to whoever applies it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// The object's name.
    pub name: String,
}

/// What a manifest lacks to be an object.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ObjectError {
    /// A field is missing, empty or not a text.
    #[error("it has no {0}")]
    Missing(&'static str),
}

impl ObjectKey {
    /// The key of the object this manifest describes.
    ///
    /// # Errors
    /// When `apiVersion`, `kind` or `metadata.name` is missing. A manifest with
    /// only `generateName` would make a new object at every apply, so it has none.
    pub fn of(manifest: &Value) -> Result<Self, ObjectError> {
        let required = |pointer: &str, name: &'static str| {
            field::text(manifest, pointer)
                .filter(|text| !text.is_empty())
                .ok_or(ObjectError::Missing(name))
        };
        let api_version = required("/apiVersion", "apiVersion")?;
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        Ok(Self {
            group: group.to_owned(),
            version: version.to_owned(),
            kind: required("/kind", "kind")?.to_owned(),
            namespace: field::text(manifest, "/metadata/namespace")
                .filter(|namespace| !namespace.is_empty())
                .map(ToOwned::to_owned),
            name: required("/metadata/name", "metadata.name")?.to_owned(),
        })
    }

    /// The `apiVersion` to write: `apps/v1`, or `v1` for the core group.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.clone()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    /// Whether it is of this group and kind.
    pub fn is(&self, group: &str, kind: &str) -> bool {
        self.group == group && self.kind == kind
    }

    /// Whether the group is served by the API server itself. Every other group
    /// belongs to a custom resource or an aggregated API. Names that end in
    /// `.k8s.io` prove nothing: `snapshot.storage.k8s.io` is a custom resource.
    pub fn is_built_in(&self) -> bool {
        matches!(
            self.group.as_str(),
            "" | "admissionregistration.k8s.io"
                | "apiextensions.k8s.io"
                | "apiregistration.k8s.io"
                | "apps"
                | "authentication.k8s.io"
                | "authorization.k8s.io"
                | "autoscaling"
                | "batch"
                | "certificates.k8s.io"
                | "coordination.k8s.io"
                | "discovery.k8s.io"
                | "events.k8s.io"
                | "flowcontrol.apiserver.k8s.io"
                | "internal.apiserver.k8s.io"
                | "networking.k8s.io"
                | "node.k8s.io"
                | "policy"
                | "rbac.authorization.k8s.io"
                | "resource.k8s.io"
                | "scheduling.k8s.io"
                | "storage.k8s.io"
                | "storagemigration.k8s.io"
        )
    }

    fn identity(&self) -> (&str, &str, Option<&str>, &str) {
        (
            &self.group,
            &self.kind,
            self.namespace.as_deref(),
            &self.name,
        )
    }
}

impl PartialEq for ObjectKey {
    fn eq(&self, other: &Self) -> bool {
        self.identity() == other.identity()
    }
}

impl Eq for ObjectKey {}

impl PartialOrd for ObjectKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ObjectKey {
    fn cmp(&self, other: &Self) -> Ordering {
        self.identity().cmp(&other.identity())
    }
}

impl std::hash::Hash for ObjectKey {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.identity().hash(state);
    }
}

/// As people name it: `Deployment/api-gateway`.
impl fmt::Display for ObjectKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.kind, self.name)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn reads_group_version_and_names() {
        let key = ObjectKey::of(&json!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": "api-gateway", "namespace": "production"},
        }))
        .unwrap();
        assert_eq!((key.group.as_str(), key.version.as_str()), ("apps", "v1"));
        assert_eq!(key.namespace.as_deref(), Some("production"));
        assert_eq!(key.to_string(), "Deployment/api-gateway");
        assert_eq!(key.api_version(), "apps/v1");

        let namespace = json!({"apiVersion": "v1", "kind": "Namespace",
            "metadata": {"name": "production", "namespace": ""}});
        let namespace = ObjectKey::of(&namespace).unwrap();
        assert_eq!(
            (namespace.group.as_str(), namespace.namespace.as_ref()),
            ("", None)
        );
        assert_eq!(namespace.api_version(), "v1");
    }

    #[test]
    fn says_what_is_missing() {
        let table = [
            (json!("text"), "it has no apiVersion"),
            (
                json!({"apiVersion": "v1", "metadata": {"name": "a"}}),
                "it has no kind",
            ),
            (
                json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"generateName": "a-"}}),
                "it has no metadata.name",
            ),
        ];
        for (manifest, message) in table {
            assert_eq!(ObjectKey::of(&manifest).unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn the_version_is_not_part_of_the_identity() {
        let scaler = |version: &str, name: &str| ObjectKey {
            group: "autoscaling".to_owned(),
            version: version.to_owned(),
            kind: "HorizontalPodAutoscaler".to_owned(),
            namespace: None,
            name: name.to_owned(),
        };
        assert_eq!(scaler("v1", "a"), scaler("v2", "a"));
        assert_ne!(scaler("v2", "a"), scaler("v2", "b"));
        assert!(scaler("v2", "a") < scaler("v1", "b"));
    }

    #[test]
    fn an_inventory_entry_reads_back_as_it_was() {
        let key = ObjectKey {
            group: String::new(),
            version: "v1".to_owned(),
            kind: "Service".to_owned(),
            namespace: Some("production".to_owned()),
            name: "api-gateway".to_owned(),
        };
        let text = serde_json::to_string(&key).unwrap();
        let read: ObjectKey = serde_json::from_str(&text).unwrap();
        assert_eq!((&read, &read.version), (&key, &key.version));
    }
}
