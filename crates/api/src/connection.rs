//! An outside system.

use kube::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
    /// this connection. For `prometheus`, the address below which its API is.
    #[schemars(length(min = 1, max = 1024))]
    pub url: String,
    /// The Secret in Tidegate's namespace that holds `username` and `password`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_ref: Option<SecretReference>,
}

/// The systems that can be connected so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ConnectionKind {
    /// A Git server.
    Git,
    /// A Prometheus server, which checks of a policy ask.
    Prometheus,
}

/// A Secret in Tidegate's own namespace.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct SecretReference {
    /// Its name.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
}
