//! What the storage needs in the cluster before it starts.

use kube::Client;
use serde_json::{Value, json};
use tokio::task::spawn_blocking;

use super::{CLASS, CLASS_WITHOUT_SNAPSHOTS, SNAPSHOT_CLASS, StorageError};
use crate::{
    apply::{Found, apply, apply_shipped},
    component::{Module, Program, source_folder},
    control_plane::ControlPlane,
};

/// The driver of [`CLASS`].
pub(super) const DRIVER: &str = "directories.csi.tidegate.dev";

/// The driver of [`CLASS_WITHOUT_SNAPSHOTS`].
pub(super) const DRIVER_WITHOUT_SNAPSHOTS: &str = "without-snapshots.csi.tidegate.dev";

/// The module with the definitions of snapshots: not that of the programs, which require it.
const DEFINITIONS: &str = "github.com/kubernetes-csi/external-snapshotter/client/v8";

pub(super) async fn install(plane: &ControlPlane, admin: &Client) -> Result<(), StorageError> {
    let definitions = spawn_blocking(|| {
        let program = Module::of(Program::SnapshotController)?;
        source_folder(&Module::read(program.name(), DEFINITIONS)?)
    })
    .await
    .map_err(StorageError::RuntimeEnded)?
    .map_err(StorageError::Programs)?
    .join("config/crd");
    apply_shipped(plane, "kube-system", Found::ByKustomization, &definitions)
        .await
        .map_err(StorageError::Apply)?;
    for object in [
        driver(DRIVER),
        driver(DRIVER_WITHOUT_SNAPSHOTS),
        class(CLASS, DRIVER, true),
        class(CLASS_WITHOUT_SNAPSHOTS, DRIVER_WITHOUT_SNAPSHOTS, false),
        snapshot_class(),
    ] {
        apply(admin, object).await.map_err(StorageError::Apply)?;
    }
    Ok(())
}

/// Nothing has to be done to a node before a pod can use a volume.
fn driver(name: &str) -> Value {
    json!({
        "apiVersion": "storage.k8s.io/v1",
        "kind": "CSIDriver",
        "metadata": { "name": name },
        "spec": { "attachRequired": false },
    })
}

fn class(name: &str, driver: &str, default: bool) -> Value {
    json!({
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {
            "name": name,
            "annotations": {
                "storageclass.kubernetes.io/is-default-class": default.to_string(),
            },
        },
        "provisioner": driver,
        "volumeBindingMode": "Immediate",
        "reclaimPolicy": "Delete",
    })
}

/// Velero takes the class with this label (Velero, "Container Storage Interface Snapshot Support in Velero"). What it
/// has taken stays when the objects that stand for it go.
fn snapshot_class() -> Value {
    json!({
        "apiVersion": "snapshot.storage.k8s.io/v1",
        "kind": "VolumeSnapshotClass",
        "metadata": {
            "name": SNAPSHOT_CLASS,
            "labels": { "velero.io/csi-volumesnapshot-class": "true" },
        },
        "driver": DRIVER,
        "deletionPolicy": "Retain",
    })
}
