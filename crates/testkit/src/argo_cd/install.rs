//! What Argo CD needs in the cluster before it starts.

use std::{fs, path::Path};

use base64::{Engine, prelude::BASE64_STANDARD};
use kube::Client;
use serde_json::{Value, json};
use tokio::task::spawn_blocking;

use super::{ArgoCdError, NAMESPACE, arguments::Cluster, source};
use crate::{
    apply::{Found, apply, apply_shipped},
    control_plane::{ControlPlane, User},
};

/// The folders of Argo CD's manifests that a controller needs: its definitions, its configuration as shipped, and what
/// the controller's service account may do.
const SHIPPED: [&str; 3] = [
    "manifests/crds",
    "manifests/base/config",
    "manifests/cluster-rbac/application-controller",
];

pub(super) async fn install(plane: &ControlPlane, cluster: &Cluster) -> Result<(), ArgoCdError> {
    let admin = plane
        .client(User::Admin)
        .await
        .map_err(ArgoCdError::ControlPlane)?;
    apply(&admin, namespace())
        .await
        .map_err(ArgoCdError::Apply)?;
    let folder = spawn_blocking(source)
        .await
        .map_err(ArgoCdError::RuntimeEnded)?
        .map_err(ArgoCdError::Programs)?;
    for shipped in SHIPPED {
        apply_shipped(
            plane,
            NAMESPACE,
            Found::ByKustomization,
            &folder.join(shipped),
        )
        .await
        .map_err(ArgoCdError::Apply)?;
    }
    apply_cluster(&admin, "cluster", cluster).await
}

pub(super) async fn add_cluster(
    plane: &ControlPlane,
    cluster: &Cluster,
    other: &ControlPlane,
) -> Result<(), ArgoCdError> {
    let admin = plane
        .client(User::Admin)
        .await
        .map_err(ArgoCdError::ControlPlane)?;
    let there = other
        .client(User::Admin)
        .await
        .map_err(ArgoCdError::ControlPlane)?;
    apply(&there, manager()).await.map_err(ArgoCdError::Apply)?;
    apply_cluster(&admin, &format!("cluster-{}", cluster.name), cluster).await
}

fn namespace() -> Value {
    json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": NAMESPACE } })
}

/// What `argocd cluster add` makes in a cluster: Argo CD may do everything there.
fn manager() -> Value {
    json!({
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": { "name": "argocd-manager" },
        "roleRef": {
            "apiGroup": "rbac.authorization.k8s.io",
            "kind": "ClusterRole",
            "name": "cluster-admin",
        },
        "subjects": [{
            "apiGroup": "rbac.authorization.k8s.io",
            "kind": "User",
            "name": User::ArgoCd.name(),
        }],
    })
}

/// Tells Argo CD of the cluster (Argo CD, "Declarative Setup", "Clusters").
async fn apply_cluster(
    admin: &Client,
    secret_name: &str,
    cluster: &Cluster,
) -> Result<(), ArgoCdError> {
    let secret = json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": secret_name,
            "namespace": NAMESPACE,
            "labels": { "argocd.argoproj.io/secret-type": "cluster" },
        },
        "stringData": {
            "name": cluster.name,
            "server": cluster.server,
            "config": access(&cluster.kubeconfig)?.to_string(),
        },
    });
    apply(admin, secret).await.map_err(ArgoCdError::Apply)
}

/// How Argo CD proves who it is, from its user's kubeconfig.
fn access(kubeconfig: &Path) -> Result<Value, ArgoCdError> {
    let read = |path: &Path| {
        fs::read(path).map_err(|source| ArgoCdError::File {
            path: path.to_owned(),
            source,
        })
    };
    let missing = |wanted| ArgoCdError::Kubeconfig {
        path: kubeconfig.to_owned(),
        wanted,
    };
    // The control plane writes its kubeconfigs as JSON.
    let value: Value =
        serde_json::from_slice(&read(kubeconfig)?).map_err(|_| missing("JSON in it"))?;
    let text = |pointer: &str| value.pointer(pointer).and_then(Value::as_str);
    let token = text("/users/0/user/token").ok_or_else(|| missing("token"))?;
    let certificate = text("/clusters/0/cluster/certificate-authority")
        .ok_or_else(|| missing("certificate authority"))?;
    Ok(json!({
        "bearerToken": token,
        "tlsClientConfig": { "caData": BASE64_STANDARD.encode(read(Path::new(certificate))?) },
    }))
}
