//! An outside system.

use kube::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::convert::change::ARGO_CD_NAMESPACE;

/// An outside system: where it is, and which Secret opens it.
#[derive(CustomResource, Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[kube(
    group = "tidegate.dev",
    version = "v1alpha1",
    kind = "Connection",
    plural = "connections",
    singular = "connection",
    category = "tidegate",
    derive = "PartialEq",
    printcolumn = r#"{"name":"Kind","type":"string","jsonPath":".spec.kind"}"#,
    printcolumn = r#"{"name":"URL","type":"string","jsonPath":".spec.url"}"#,
    printcolumn = r#"{"name":"Age","type":"date","jsonPath":".metadata.creationTimestamp"}"#
)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionSpec {
    /// What it is.
    pub kind: ConnectionKind,
    /// Where it is. For `git`, every repository whose URL begins with it uses
    /// this connection; for `helm`, every repository of charts. For `prometheus`, the address below which its API is.
    /// For `argocd`, the API server of the cluster that it runs in, which is
    /// Tidegate's own so far: `https://kubernetes.default.svc`.
    #[schemars(length(min = 1, max = 1024))]
    pub url: String,
    /// The Secret in Tidegate's namespace that holds `username` and `password`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_ref: Option<SecretReference>,
    /// For `argocd`, the namespace that it is installed in, where its projects
    /// and its cluster Secrets are: `argocd` unless given. For `velero`, the
    /// namespace that it is installed in: `velero` unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63))]
    pub namespace: Option<String>,
    /// For `velero`, the cluster that it is in, as Tidegate names it: Tidegate's own
    /// unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63))]
    pub cluster: Option<String>,
    /// For `argocd`, other namespaces whose Applications belong to it (Argo CD,
    /// "Applications in any namespace").
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 256))]
    pub application_namespaces: Vec<String>,
}

impl ConnectionSpec {
    /// The namespace that this Argo CD is installed in.
    pub fn instance(&self) -> &str {
        self.namespace.as_deref().unwrap_or(ARGO_CD_NAMESPACE)
    }
}

/// The systems that can be connected so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ConnectionKind {
    /// A Git server.
    Git,
    /// A repository of Helm charts.
    Helm,
    /// A Prometheus server, which checks of a policy ask.
    Prometheus,
    /// An Argo CD, which delivers changes.
    Argocd,
    /// A Velero, which makes backups.
    Velero,
}

/// A Secret in Tidegate's own namespace.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct SecretReference {
    /// Its name.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
}
