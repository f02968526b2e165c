//! Asking for a restore, and how it does.

use std::collections::BTreeSet;

use jiff::Timestamp;
use kube::ResourceExt as _;
use kube::api::{DynamicObject, PostParams};
use serde_json::{Value, json};
use tidegate_core::backup::data::RESOURCES;
use tidegate_core::backup::{Restore, Volume, judge_restore};
use tidegate_core::lifecycle::facts::{BackupFact, RestoreFact};

use super::{Asked, CHANGE_ID, CHANGE_UID, Velero, VeleroError};

/// A restore that is to be made.
#[derive(Debug, Clone, Copy)]
pub struct RestoreRequest<'a> {
    /// Its name, at most 63 characters.
    pub name: &'a str,
    /// The backup.
    pub backup: &'a str,
    /// The ticket, in its own case.
    pub ticket: &'a str,
    /// The `metadata.uid` of the change.
    pub change_uid: &'a str,
    /// The namespaces whose claims it brings back.
    pub namespaces: &'a BTreeSet<String>,
}

impl RestoreRequest<'_> {
    /// The object. A claim that is there is left as it is.
    pub fn object(&self, namespace: &str) -> Value {
        json!({
            "apiVersion": "velero.io/v1",
            "kind": "Restore",
            "metadata": {
                "name": self.name,
                "namespace": namespace,
                "labels": { CHANGE_ID: self.ticket, CHANGE_UID: self.change_uid },
            },
            "spec": {
                "backupName": self.backup,
                "includedNamespaces": self.namespaces,
                "includedResources": RESOURCES,
                "existingResourcePolicy": "none",
                "restorePVs": true,
            },
        })
    }

    /// What a person would type for the same.
    pub fn command(&self, namespace: &str) -> String {
        let namespaces: Vec<&str> = self.namespaces.iter().map(String::as_str).collect();
        format!(
            "velero -n {namespace} restore create {} --from-backup {} --include-namespaces {} --include-resources {} --existing-resource-policy none --restore-volumes --labels {CHANGE_ID}={},{CHANGE_UID}={}",
            self.name,
            self.backup,
            namespaces.join(","),
            RESOURCES.join(","),
            self.ticket,
            self.change_uid,
        )
    }
}

impl Velero<'_> {
    /// Asks for a restore, once the storage location of its backup is available.
    /// Doing it again changes nothing.
    ///
    /// # Errors
    ///
    /// [`VeleroError`]; nothing was asked for then.
    pub async fn restore(&self, request: &RestoreRequest<'_>) -> Result<Asked, VeleroError> {
        let what = format!("Restore {}/{}", self.namespace, request.name);
        let restores = self.restores();
        let there = restores.get_opt(request.name).await;
        if let Some(there) = there.map_err(|error| self.sorted(&what, &error))? {
            return is_of(&there, request);
        }
        self.is_reachable(request.backup).await?;
        let object: DynamicObject = serde_json::from_value(request.object(&self.namespace))
            .map_err(|error| VeleroError::Unreadable {
                object: what.clone(),
                message: error.to_string(),
            })?;
        match restores.create(&PostParams::default(), &object).await {
            Ok(_) => Ok(Asked::Now),
            Err(kube::Error::Api(status)) if status.code == 409 => {
                let there = restores.get(request.name).await;
                is_of(&there.map_err(|error| self.sorted(&what, &error))?, request)
            }
            Err(error) => Err(self.sorted(&what, &error)),
        }
    }

    /// How the restore of this name does.
    ///
    /// # Errors
    ///
    /// Why it cannot be seen.
    pub async fn look_at_restore(&self, name: &str) -> Result<RestoreFact, VeleroError> {
        let what = format!("Restore {}/{name}", self.namespace);
        let found = self.restores().get_opt(name).await;
        let Some(object) = found.map_err(|error| self.sorted(&what, &error))? else {
            return Ok(RestoreFact::Broken("it was deleted".to_owned()));
        };
        let value = serde_json::to_value(&object).and_then(serde_json::from_value);
        let restore: Restore = value.map_err(|error| VeleroError::Unreadable {
            object: what,
            message: error.to_string(),
        })?;
        Ok(judge_restore(&restore))
    }

    /// Whether a backup can be restored, whatever it has.
    ///
    /// # Errors
    ///
    /// Why it cannot be seen, or its storage location not be reached.
    pub async fn restorable(
        &self,
        backup: &str,
        now: Timestamp,
    ) -> Result<BackupFact, VeleroError> {
        let fact = self.backup(backup, &BTreeSet::new(), now, now).await?;
        if matches!(fact, BackupFact::Usable { .. }) {
            self.is_reachable(backup).await?;
        }
        Ok(fact)
    }

    /// What a backup that has ended says of its volumes.
    ///
    /// # Errors
    ///
    /// There is no such backup; Velero or its store does not say.
    pub async fn volumes_of(&self, backup: &str) -> Result<Vec<Volume>, VeleroError> {
        let object = self.backup_object(backup).await?;
        let volumes = self.volumes(backup, object.uid().unwrap_or_default());
        Ok(volumes.await?.to_vec())
    }

    /// Whether the storage location of a backup can be used.
    async fn is_reachable(&self, backup: &str) -> Result<(), VeleroError> {
        let object = self.backup_object(backup).await?;
        let location = object.data.pointer("/spec/storageLocation");
        self.is_available(location.and_then(Value::as_str)).await
    }

    async fn backup_object(&self, backup: &str) -> Result<DynamicObject, VeleroError> {
        let what = format!("Backup {}/{backup}", self.namespace);
        let found = self.backups().get_opt(backup).await;
        let found = found.map_err(|error| self.sorted(&what, &error))?;
        found.ok_or_else(|| VeleroError::NoBackup {
            name: backup.to_owned(),
        })
    }
}

fn is_of(there: &DynamicObject, request: &RestoreRequest<'_>) -> Result<Asked, VeleroError> {
    if there.labels().get(CHANGE_UID).map(String::as_str) == Some(request.change_uid) {
        Ok(Asked::Before)
    } else {
        Err(VeleroError::NameTaken {
            what: "restore",
            name: request.name.to_owned(),
        })
    }
}
