//! Applications and AppProjects for tests, as people write them.

use std::path::Path;

use kube::{
    Api, Client,
    api::{ApiResource, DynamicObject, GroupVersionKind, PostParams},
};
use serde_json::{Value, json};

use super::NAMESPACE;

/// What an Application of a test says. It is synced by Argo CD itself, with pruning and self-healing, three retries
/// 30 seconds and more apart, as in the recipe of `demo/repository`.
#[derive(Debug, Clone, Copy)]
pub struct NewApplication<'a> {
    /// Its name in the namespace `argocd`.
    pub name: &'a str,
    /// Its AppProject.
    pub project: &'a str,
    /// The folder of the Git repository.
    pub repository: &'a Path,
    /// The folder of the manifests in the repository.
    pub path: &'a str,
    /// A branch, tag or full commit id (`spec.source.targetRevision`).
    pub revision: &'a str,
    /// The address of the cluster: [`super::ArgoCd::server`].
    pub server: &'a str,
    /// The namespace that it deploys to; Argo CD does not create it.
    pub namespace: &'a str,
}

impl NewApplication<'_> {
    /// The object, to be changed as a test needs and created.
    pub fn object(&self) -> Value {
        json!({
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Application",
            "metadata": { "name": self.name, "namespace": NAMESPACE },
            "spec": {
                "project": self.project,
                "source": {
                    "repoURL": format!("file://{}", self.repository.display()),
                    "targetRevision": self.revision,
                    "path": self.path,
                },
                "destination": { "server": self.server, "namespace": self.namespace },
                "syncPolicy": {
                    "automated": { "prune": true, "selfHeal": true },
                    "retry": {
                        "limit": 3,
                        "backoff": { "duration": "30s", "factor": 2, "maxDuration": "5m" },
                    },
                },
            },
        })
    }
}

/// An AppProject that allows every repository, cluster and kind of object, with `windows` as its sync windows, a list.
pub fn project(name: &str, windows: &Value) -> Value {
    json!({
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "AppProject",
        "metadata": { "name": name, "namespace": NAMESPACE },
        "spec": {
            "sourceRepos": ["*"],
            "destinations": [{ "server": "*", "namespace": "*" }],
            "clusterResourceWhitelist": [{ "group": "*", "kind": "*" }],
            "syncWindows": windows,
        },
    })
}

/// Creates an Application or an AppProject.
pub async fn create(objects: &Api<DynamicObject>, object: Value) -> kube::Result<DynamicObject> {
    let object = serde_json::from_value(object).map_err(kube::Error::SerdeError)?;
    objects.create(&PostParams::default(), &object).await
}

/// The Applications of Argo CD.
pub fn applications(client: &Client) -> Api<DynamicObject> {
    objects(client, "Application")
}

/// The AppProjects of Argo CD.
pub fn projects(client: &Client) -> Api<DynamicObject> {
    objects(client, "AppProject")
}

fn objects(client: &Client, kind: &str) -> Api<DynamicObject> {
    let kind = GroupVersionKind::gvk("argoproj.io", "v1alpha1", kind);
    Api::namespaced_with(client.clone(), NAMESPACE, &ApiResource::from_gvk(&kind))
}
