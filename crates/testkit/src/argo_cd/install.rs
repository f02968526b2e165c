//! What Argo CD needs in the cluster before it starts.

use std::{fs, path::Path};

use base64::{Engine, prelude::BASE64_STANDARD};
use k8s_openapi::api::{
    core::v1::{Namespace, Secret},
    rbac::v1::{ClusterRoleBinding, RoleRef, Subject},
};
use kube::{
    Api, Client,
    api::{ObjectMeta, Patch, PatchParams},
};
use serde_json::{Value, json};
use tokio::task::spawn_blocking;

use super::{ArgoCdError, NAMESPACE, arguments::Cluster, source};
use crate::{
    component::run,
    control_plane::{ControlPlane, User},
};

/// The folders of Argo CD's manifests that a controller needs: its definitions, its configuration as shipped, and what
/// the controller's service account may do.
const SHIPPED: [&str; 3] = [
    "manifests/crds",
    "manifests/base/config",
    "manifests/cluster-rbac/application-controller",
];

/// Who writes these objects (Kubernetes, "Server-Side Apply").
const MANAGER: &str = "tidegate-testkit";

pub(super) async fn install(plane: &ControlPlane, cluster: &Cluster) -> Result<(), ArgoCdError> {
    let admin = plane
        .client(User::Admin)
        .await
        .map_err(ArgoCdError::ControlPlane)?;
    apply_namespace(&admin).await?;
    let folder = spawn_blocking(source)
        .await
        .map_err(ArgoCdError::RuntimeEnded)?
        .map_err(ArgoCdError::Programs)?;
    for shipped in SHIPPED {
        let mut command = plane.kubectl(User::Admin);
        command
            .args([
                "apply",
                "--server-side",
                "--force-conflicts",
                "--namespace",
                NAMESPACE,
            ])
            .arg("--kustomize")
            .arg(folder.join(shipped));
        spawn_blocking(move || run(command, || "kubectl apply".to_owned()))
            .await
            .map_err(ArgoCdError::RuntimeEnded)?
            .map_err(|source| ArgoCdError::Apply {
                path: shipped.into(),
                source,
            })?;
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
    apply(
        &Api::all(there),
        "argocd-manager",
        &manager(),
        "let Argo CD act in the cluster",
    )
    .await?;
    apply_cluster(&admin, &format!("cluster-{}", cluster.name), cluster).await
}

/// What `argocd cluster add` makes in a cluster: Argo CD may do everything there.
fn manager() -> ClusterRoleBinding {
    ClusterRoleBinding {
        metadata: ObjectMeta {
            name: Some("argocd-manager".to_owned()),
            ..ObjectMeta::default()
        },
        role_ref: RoleRef {
            api_group: Some("rbac.authorization.k8s.io".to_owned()),
            kind: "ClusterRole".to_owned(),
            name: "cluster-admin".to_owned(),
        },
        subjects: Some(vec![Subject {
            api_group: Some("rbac.authorization.k8s.io".to_owned()),
            kind: "User".to_owned(),
            name: User::ArgoCd.name().to_owned(),
            namespace: None,
        }]),
    }
}

async fn apply_namespace(admin: &Client) -> Result<(), ArgoCdError> {
    let namespace = Namespace {
        metadata: ObjectMeta {
            name: Some(NAMESPACE.to_owned()),
            ..ObjectMeta::default()
        },
        ..Namespace::default()
    };
    apply(
        &Api::all(admin.clone()),
        NAMESPACE,
        &namespace,
        "make the namespace of Argo CD",
    )
    .await
}

/// Tells Argo CD of the cluster (Argo CD, "Declarative Setup", "Clusters").
async fn apply_cluster(
    admin: &Client,
    secret_name: &str,
    cluster: &Cluster,
) -> Result<(), ArgoCdError> {
    let secret: Secret = Secret {
        metadata: ObjectMeta {
            name: Some(secret_name.to_owned()),
            labels: Some(
                [(
                    "argocd.argoproj.io/secret-type".to_owned(),
                    "cluster".to_owned(),
                )]
                .into(),
            ),
            ..ObjectMeta::default()
        },
        string_data: Some(
            [
                ("name".to_owned(), cluster.name.clone()),
                ("server".to_owned(), cluster.server.clone()),
                (
                    "config".to_owned(),
                    access(&cluster.kubeconfig)?.to_string(),
                ),
            ]
            .into(),
        ),
        ..Secret::default()
    };
    let secrets = Api::namespaced(admin.clone(), NAMESPACE);
    apply(
        &secrets,
        secret_name,
        &secret,
        "tell Argo CD of the cluster",
    )
    .await
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

async fn apply<K>(
    api: &Api<K>,
    name: &str,
    object: &K,
    what: &'static str,
) -> Result<(), ArgoCdError>
where
    K: Clone + std::fmt::Debug + serde::Serialize + serde::de::DeserializeOwned,
{
    api.patch(
        name,
        &PatchParams::apply(MANAGER).force(),
        &Patch::Apply(object),
    )
    .await
    .map(drop)
    .map_err(|source| ArgoCdError::Request {
        what,
        source: Box::new(source),
    })
}
