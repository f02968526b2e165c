//! Asking for a backup.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use kube::ResourceExt as _;
use kube::api::{DynamicObject, ListParams, PostParams};
use serde_json::{Value, json};

use super::{CHANGE_ID, CHANGE_UID, Velero, VeleroError};
use crate::cluster::ClusterError;

/// A backup that is to be made.
#[derive(Debug, Clone, Copy)]
pub struct BackupRequest<'a> {
    /// Its name, at most 63 characters.
    pub name: &'a str,
    /// The ticket, in its own case.
    pub ticket: &'a str,
    /// The `metadata.uid` of the change.
    pub change_uid: &'a str,
    /// The namespaces of the change's targets.
    pub namespaces: &'a BTreeSet<String>,
    /// How long Velero keeps it.
    pub keep_for: SignedDuration,
    /// The storage location. None: the default one.
    pub storage_location: Option<&'a str>,
    /// The locations of native volume snapshots. Empty: Velero's defaults.
    pub snapshot_locations: &'a [String],
}

/// What became of asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// It was asked for now.
    Now,
    /// It was asked for before, for the same change.
    Before,
}

impl BackupRequest<'_> {
    /// The object. Hooks and data movers stay as Velero's own settings and the
    /// objects' annotations have them.
    pub fn object(&self, namespace: &str) -> Value {
        let mut spec = json!({
            "includedNamespaces": self.namespaces,
            "snapshotVolumes": true,
            "ttl": format!("{}s", self.keep_for.as_secs()),
        });
        if let Some(location) = self.storage_location {
            spec["storageLocation"] = json!(location);
        }
        if !self.snapshot_locations.is_empty() {
            spec["volumeSnapshotLocations"] = json!(self.snapshot_locations);
        }
        json!({
            "apiVersion": "velero.io/v1",
            "kind": "Backup",
            "metadata": {
                "name": self.name,
                "namespace": namespace,
                "labels": { CHANGE_ID: self.ticket, CHANGE_UID: self.change_uid },
            },
            "spec": spec,
        })
    }

    /// What a person would type for the same.
    pub fn command(&self, namespace: &str) -> String {
        let namespaces: Vec<&str> = self.namespaces.iter().map(String::as_str).collect();
        let mut words = vec![format!(
            "velero -n {namespace} backup create {} --include-namespaces {} --snapshot-volumes --ttl {}s --labels {CHANGE_ID}={},{CHANGE_UID}={}",
            self.name,
            namespaces.join(","),
            self.keep_for.as_secs(),
            self.ticket,
            self.change_uid,
        )];
        if let Some(location) = self.storage_location {
            words.push(format!("--storage-location {location}"));
        }
        if !self.snapshot_locations.is_empty() {
            let locations = self.snapshot_locations.join(",");
            words.push(format!("--volume-snapshot-locations {locations}"));
        }
        words.join(" ")
    }
}

impl Velero<'_> {
    /// Asks for a backup, once its storage location is available. Doing it again
    /// changes nothing.
    ///
    /// # Errors
    ///
    /// [`VeleroError`]; nothing was asked for then.
    pub async fn back_up(&self, request: &BackupRequest<'_>) -> Result<Asked, VeleroError> {
        let what = format!("Backup {}/{}", self.namespace, request.name);
        let unreadable = |message: String| VeleroError::Unreadable {
            object: what.clone(),
            message,
        };
        let backups = self.backups();
        let there = backups.get_opt(request.name).await;
        if let Some(there) = there.map_err(|error| self.sorted(&what, &error))? {
            return is_of(&there, request);
        }
        self.is_available(request.storage_location).await?;
        let object: DynamicObject = serde_json::from_value(request.object(&self.namespace))
            .map_err(|error| unreadable(error.to_string()))?;
        match backups.create(&PostParams::default(), &object).await {
            Ok(_) => Ok(Asked::Now),
            Err(kube::Error::Api(status)) if status.code == 409 => {
                let there = backups.get(request.name).await;
                is_of(&there.map_err(|error| self.sorted(&what, &error))?, request)
            }
            Err(error) => Err(self.sorted(&what, &error)),
        }
    }

    /// Whether the storage location can be written to.
    pub(super) async fn is_available(&self, wanted: Option<&str>) -> Result<(), VeleroError> {
        let locations = self.objects("BackupStorageLocation", "backupstoragelocations");
        let found = locations.list(&ListParams::default()).await;
        let found = found.map_err(|error| self.sorted("BackupStorageLocations", &error))?;
        let is_default = |location: &&DynamicObject| {
            location.data.pointer("/spec/default") == Some(&Value::Bool(true))
        };
        let location = match wanted {
            Some(name) => found.items.iter().find(|one| one.name_any() == name),
            None => found.items.iter().find(is_default),
        };
        let location = location.ok_or_else(|| VeleroError::NoLocation {
            namespace: self.namespace.clone(),
            what: wanted.map_or_else(
                || "default storage location".to_owned(),
                |name| format!("storage location {name}"),
            ),
        })?;
        let text = |pointer: &str| {
            let text = location.data.pointer(pointer).and_then(Value::as_str);
            text.unwrap_or_default().to_owned()
        };
        let phase = text("/status/phase");
        if phase == "Available" {
            return Ok(());
        }
        let message = text("/status/message");
        Err(VeleroError::LocationUnavailable {
            location: location.name_any(),
            phase: if phase.is_empty() {
                "not known to be available yet".to_owned()
            } else {
                phase
            },
            message: if message.is_empty() {
                message
            } else {
                format!(": {message}")
            },
        })
    }

    /// A kind that is not there, or may not be used, is Velero that is missing.
    pub(super) fn sorted(&self, object: &str, error: &kube::Error) -> VeleroError {
        match error {
            kube::Error::Api(status) if matches!(status.code, 403 | 404) => VeleroError::Missing {
                namespace: self.namespace.clone(),
                message: status.message.clone(),
            },
            error => ClusterError::from_kube(object, error).into(),
        }
    }
}

fn is_of(there: &DynamicObject, request: &BackupRequest<'_>) -> Result<Asked, VeleroError> {
    if there.labels().get(CHANGE_UID).map(String::as_str) == Some(request.change_uid) {
        Ok(Asked::Before)
    } else {
        Err(VeleroError::NameTaken {
            what: "backup",
            name: request.name.to_owned(),
        })
    }
}
