//! A place where something is named.

use tidegate_yaml::Node;

use crate::manifest::Step;

/// Something that is named by a manifest.
#[derive(Debug, Clone)]
pub(crate) struct Reference<'a> {
    /// Where.
    pub(crate) steps: Vec<Step<'a>>,
    /// The name as it stands there.
    pub(crate) node: &'a Node,
    pub(crate) target: Target,
    /// It does without where that is missing.
    pub(crate) is_optional: bool,
    /// Where that is missing it runs all the same, only worse.
    pub(crate) is_mild: bool,
    /// The keys that are wanted of it.
    pub(crate) keys: Vec<Key<'a>>,
    /// The port that is wanted of it.
    pub(crate) port: Option<Key<'a>>,
}

/// A part of what is named.
#[derive(Debug, Clone)]
pub(crate) struct Key<'a> {
    pub(crate) steps: Vec<Step<'a>>,
    pub(crate) node: &'a Node,
    pub(crate) name: String,
}

/// What is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) group: String,
    pub(crate) kind: String,
    /// None for an object of the whole cluster.
    pub(crate) namespace: Option<String>,
    pub(crate) name: String,
}

/// Kinds of which whoever names one commonly does not bring it along.
const FROM_ELSEWHERE: [&str; 8] = [
    "ClusterRole",
    "IngressClass",
    "PersistentVolumeClaim",
    "PriorityClass",
    "RuntimeClass",
    "Secret",
    "StorageClass",
    "VolumeAttributesClass",
];

impl Target {
    /// Whether it is commonly made by something else: another tool, or whoever runs
    /// the cluster.
    pub(crate) fn is_from_elsewhere(&self, namespace: &str) -> bool {
        let is_of_other = self
            .namespace
            .as_deref()
            .is_some_and(|own| own != namespace);
        is_of_other || FROM_ELSEWHERE.contains(&self.kind.as_str())
    }

    /// Whether Kubernetes itself brings it.
    pub(crate) fn comes_with_kubernetes(&self) -> bool {
        match self.kind.as_str() {
            "ServiceAccount" => self.name == "default",
            "ConfigMap" => self.name == "kube-root-ca.crt",
            "PriorityClass" => self.name.starts_with("system-"),
            "ClusterRole" => {
                self.name.starts_with("system:")
                    || matches!(
                        self.name.as_str(),
                        "cluster-admin" | "admin" | "edit" | "view"
                    )
            }
            "Service" => self.namespace.as_deref() == Some("default") && self.name == "kubernetes",
            _ => false,
        }
    }
}
