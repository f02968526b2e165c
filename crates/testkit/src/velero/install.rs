//! What Velero needs in the cluster before it starts: what `velero install` puts there, without what would run in pods.

use kube::Client;
use serde_json::{Value, json};
use tokio::task::spawn_blocking;

use super::{NAMESPACE, VeleroError};
use crate::{
    apply::{Found, apply, apply_shipped},
    component::{Module, Program, source_folder},
    control_plane::{ControlPlane, User},
};

/// The folders of Velero's definitions in its source.
const DEFINITIONS: [&str; 2] = ["config/crd/v1/bases", "config/crd/v2alpha1/bases"];

pub(super) async fn install(plane: &ControlPlane, admin: &Client) -> Result<(), VeleroError> {
    let source = spawn_blocking(|| source_folder(&Module::of(Program::Velero)?))
        .await
        .map_err(VeleroError::RuntimeEnded)?
        .map_err(VeleroError::Programs)?;
    for folder in DEFINITIONS {
        apply_shipped(plane, NAMESPACE, Found::InFiles, &source.join(folder))
            .await
            .map_err(VeleroError::Apply)?;
    }
    for object in [namespace(), permissions(), placeholder()] {
        apply(admin, object).await.map_err(VeleroError::Apply)?;
    }
    Ok(())
}

fn namespace() -> Value {
    json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": NAMESPACE } })
}

/// Velero may do everything.
fn permissions() -> Value {
    json!({
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": { "name": "velero" },
        "roleRef": {
            "apiGroup": "rbac.authorization.k8s.io",
            "kind": "ClusterRole",
            "name": "cluster-admin",
        },
        "subjects": [{
            "apiGroup": "rbac.authorization.k8s.io",
            "kind": "User",
            "name": User::Velero.name(),
        }],
    })
}

/// A restore looks up the Deployment that Velero would run in, and ends as partially failed without it.
fn placeholder() -> Value {
    let labels = json!({ "component": "velero", "deploy": "velero" });
    json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": { "name": "velero", "namespace": NAMESPACE, "labels": labels },
        "spec": {
            "replicas": 0,
            "selector": { "matchLabels": labels },
            "template": {
                "metadata": { "labels": labels },
                "spec": { "containers": [{ "name": "velero", "image": "velero/velero" }] },
            },
        },
    })
}
