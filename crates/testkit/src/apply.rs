//! Puts into a cluster what a program needs there before it starts.

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use kube::{
    Api, Client,
    api::{ApiResource, DynamicObject, GroupVersionKind, Patch, PatchParams},
};
use serde_json::Value;
use thiserror::Error;
use tokio::{task::spawn_blocking, time::sleep};

use crate::{
    component::{ComponentError, run},
    control_plane::{ControlPlane, User},
};

/// Who writes these objects (Kubernetes, "Server-Side Apply").
const MANAGER: &str = "tidegate-testkit";

/// How long the API server may take to serve a kind whose definition it has taken. It takes a tenth of a second.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often to try.
const TRY: Duration = Duration::from_millis(50);

/// Why something is not in the cluster.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ApplyError {
    /// Files could not be applied.
    #[error("cannot apply {}", path.display())]
    Files {
        /// The file, or the folder with the files.
        path: PathBuf,
        /// What kubectl said.
        source: ComponentError,
    },
    /// An object is not one.
    #[error("cannot read an object to apply")]
    Unreadable(#[source] serde_json::Error),
    /// An object could not be applied.
    #[error("cannot apply the {kind} {name}")]
    Object {
        /// Its kind.
        kind: String,
        /// Its name.
        name: String,
        /// What the client said.
        source: Box<kube::Error>,
    },
    /// The Tokio runtime ended while something was under way.
    #[error("the runtime ended")]
    RuntimeEnded(#[source] tokio::task::JoinError),
}

/// How kubectl finds the objects in a path.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Found {
    /// It is a file of manifests, or a folder of such files.
    InFiles,
    /// It is a folder with a kustomization.
    ByKustomization,
}

/// Applies what a program ships, as the administrator; what belongs into a namespace and names none goes into
/// `namespace`.
pub(crate) async fn apply_shipped(
    plane: &ControlPlane,
    namespace: &str,
    found: Found,
    path: &Path,
) -> Result<(), ApplyError> {
    let mut command = plane.kubectl(User::Admin);
    command
        .args(["apply", "--server-side", "--force-conflicts"])
        .args(["--namespace", namespace])
        .arg(match found {
            Found::InFiles => "--filename",
            Found::ByKustomization => "--kustomize",
        })
        .arg(path);
    spawn_blocking(move || run(command, || "kubectl apply".to_owned()))
        .await
        .map_err(ApplyError::RuntimeEnded)?
        .map(drop)
        .map_err(|source| ApplyError::Files {
            path: path.to_owned(),
            source,
        })
}

/// Applies an object of ours. Waits for a moment where its kind has just been defined.
pub(crate) async fn apply(client: &Client, object: Value) -> Result<(), ApplyError> {
    let object: DynamicObject = serde_json::from_value(object).map_err(ApplyError::Unreadable)?;
    let types = object.types.clone().unwrap_or_default();
    let name = object.metadata.name.clone().unwrap_or_default();
    let api = api_of(client, &object, &types.api_version, &types.kind);
    let begun = Instant::now();
    loop {
        let applied = api
            .patch(
                &name,
                &PatchParams::apply(MANAGER).force(),
                &Patch::Apply(&object),
            )
            .await;
        match applied {
            Ok(_) => return Ok(()),
            Err(kube::Error::Api(status)) if status.code == 404 && begun.elapsed() < PATIENCE => {
                sleep(TRY).await;
            }
            Err(source) => {
                return Err(ApplyError::Object {
                    kind: types.kind,
                    name,
                    source: Box::new(source),
                });
            }
        }
    }
}

fn api_of(
    client: &Client,
    object: &DynamicObject,
    api_version: &str,
    kind: &str,
) -> Api<DynamicObject> {
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    let resource = ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, kind));
    match object.metadata.namespace.as_deref() {
        Some(namespace) => Api::namespaced_with(client.clone(), namespace, &resource),
        None => Api::all_with(client.clone(), &resource),
    }
}
