//! The objects through which people and programs talk to Velero.

use kube::{
    Api, Client,
    api::{ApiResource, DynamicObject, GroupVersionKind},
};
use serde_json::{Value, json};

use super::{NAMESPACE, VeleroError};

/// The backups of Velero.
pub fn backups(client: &Client) -> Api<DynamicObject> {
    objects(client, "Backup")
}

/// The restores of Velero.
pub fn restores(client: &Client) -> Api<DynamicObject> {
    objects(client, "Restore")
}

/// What Velero is asked for an address with, at which a file of a backup can be fetched.
pub fn download_requests(client: &Client) -> Api<DynamicObject> {
    objects(client, "DownloadRequest")
}

/// Where Velero keeps backups.
pub fn storage_locations(client: &Client) -> Api<DynamicObject> {
    objects(client, "BackupStorageLocation")
}

fn objects(client: &Client, kind: &str) -> Api<DynamicObject> {
    let kind = GroupVersionKind::gvk("velero.io", "v1", kind);
    Api::namespaced_with(client.clone(), NAMESPACE, &ApiResource::from_gvk(&kind))
}

/// A location in the bucket of its name.
pub(super) fn storage_location(name: &str, url: &str, default: bool) -> Value {
    json!({
        "apiVersion": "velero.io/v1",
        "kind": "BackupStorageLocation",
        "metadata": { "name": name, "namespace": NAMESPACE },
        "spec": {
            "provider": "aws",
            "default": default,
            "objectStorage": { "bucket": name },
            "config": {
                "region": "us-east-1",
                "s3ForcePathStyle": "true",
                "s3Url": url,
                // The object store knows no trailing checksums.
                "checksumAlgorithm": "",
            },
        },
    })
}

/// What Velero says of a location, if it has looked at it.
pub(super) async fn phase_of_location(
    client: &Client,
    name: &str,
) -> Result<Option<String>, VeleroError> {
    let location = storage_locations(client)
        .get(name)
        .await
        .map_err(|source| VeleroError::Request {
            what: "read the storage location",
            source: Box::new(source),
        })?;
    let phase = location.data.pointer("/status/phase");
    Ok(phase.and_then(Value::as_str).map(str::to_owned))
}
