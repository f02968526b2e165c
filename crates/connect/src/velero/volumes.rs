//! What a backup says of every volume. Velero keeps it in its object store and
//! hands out an address for a while (`DownloadRequest`).

use std::io::Read as _;
use std::sync::Arc;
use std::time::Duration;

use flate2::read::GzDecoder;
use kube::api::{DeleteParams, DynamicObject, PostParams};
use kube::runtime::wait::await_condition;
use serde_json::{Value, json};
use tidegate_core::backup::Volume;

use super::{Velero, VeleroError};

/// How long Velero may take to say where it is.
const SAID_WITHIN: Duration = Duration::from_secs(10);

/// The longest volume information that is read, unpacked, in bytes.
const LONGEST: u64 = 64 * 1024 * 1024;

impl Velero<'_> {
    /// What the backup of this name and `metadata.uid`, which has ended, says of its
    /// volumes. Read once.
    pub(super) async fn volumes(
        &self,
        name: &str,
        uid: String,
    ) -> Result<Arc<[Volume]>, VeleroError> {
        if let Some(known) = self.stores.volumes(&uid) {
            return Ok(known);
        }
        let said: Arc<[Volume]> = self.read_volumes(name).await?.into();
        self.stores.keep_volumes(uid, said.clone());
        Ok(said)
    }

    async fn read_volumes(&self, name: &str) -> Result<Vec<Volume>, VeleroError> {
        let unreadable = |message: String| VeleroError::Unreadable {
            object: format!("the volume information of backup {name}"),
            message,
        };
        let requests = self.objects("DownloadRequest", "downloadrequests");
        let object: DynamicObject = serde_json::from_value(json!({
            "apiVersion": "velero.io/v1",
            "kind": "DownloadRequest",
            "metadata": { "generateName": "tidegate-", "namespace": self.namespace },
            "spec": { "target": { "kind": "BackupVolumeInfos", "name": name } },
        }))
        .map_err(|error| unreadable(error.to_string()))?;
        let what = format!("DownloadRequest of backup {name}");
        let made = requests.create(&PostParams::default(), &object).await;
        let made = made.map_err(|error| self.sorted(&what, &error))?;
        let request = made.metadata.name.unwrap_or_default();
        let is_said = |object: Option<&DynamicObject>| object.and_then(address).is_some();
        let awaited = await_condition(requests.clone(), &request, is_said);
        let said = tokio::time::timeout(SAID_WITHIN, awaited).await;
        // Velero deletes it later by itself.
        if let Err(error) = requests.delete(&request, &DeleteParams::default()).await {
            tracing::debug!(%error, request, "a DownloadRequest stays");
        }
        let address = said
            .ok()
            .and_then(Result::ok)
            .flatten()
            .as_ref()
            .and_then(address)
            .ok_or_else(|| VeleroError::NoDownload {
                name: name.to_owned(),
            })?;
        let packed = self.stores.fetcher.download(&address).await;
        let packed = packed.map_err(|source| VeleroError::Download {
            name: name.to_owned(),
            source,
        })?;
        let mut text = Vec::new();
        GzDecoder::new(packed.as_slice())
            .take(LONGEST)
            .read_to_end(&mut text)
            .map_err(|error| unreadable(error.to_string()))?;
        serde_json::from_slice(&text).map_err(|error| unreadable(error.to_string()))
    }
}

fn address(request: &DynamicObject) -> Option<String> {
    let address = request.data.pointer("/status/downloadURL");
    let address = address.and_then(Value::as_str)?;
    (!address.is_empty()).then(|| address.to_owned())
}
