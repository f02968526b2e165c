//! How a backup does.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::PersistentVolumeClaim;
use kube::api::ListParams;
use kube::{Api, ResourceExt as _};
use tidegate_core::backup::{Backup, ClaimKey, judge};
use tidegate_core::lifecycle::facts::BackupFact;

use super::{Velero, VeleroError};
use crate::cluster::ClusterError;

impl Velero<'_> {
    /// How the backup does that was asked for under this name, of these
    /// namespaces. It must have the data of every claim made by `claimed_by`.
    ///
    /// # Errors
    ///
    /// Why it cannot be seen.
    pub async fn backup(
        &self,
        name: &str,
        namespaces: &BTreeSet<String>,
        claimed_by: Timestamp,
        now: Timestamp,
    ) -> Result<BackupFact, VeleroError> {
        let what = format!("Backup {}/{name}", self.namespace);
        let found = self.backups().get_opt(name).await;
        let Some(object) = found.map_err(|error| self.sorted(&what, &error))? else {
            return Ok(BackupFact::Unusable("it was deleted".to_owned()));
        };
        let value = serde_json::to_value(&object).and_then(serde_json::from_value);
        let backup: Backup = value.map_err(|error| VeleroError::Unreadable {
            object: what,
            message: error.to_string(),
        })?;
        let claims = self.claims(namespaces, claimed_by).await?;
        let uid = object.uid().unwrap_or_default();
        let volumes = match backup.status.phase.as_str() {
            _ if claims.is_empty() => Some(Arc::default()),
            "Completed" => Some(self.volumes(name, uid).await?),
            // What is missing is worth a look; that it failed is so without it.
            "PartiallyFailed" => self.volumes(name, uid).await.ok(),
            _ => None,
        };
        Ok(judge(&backup, volumes.as_deref(), &claims, now))
    }

    /// The claims of these namespaces, made by then, that have a volume.
    async fn claims(
        &self,
        namespaces: &BTreeSet<String>,
        claimed_by: Timestamp,
    ) -> Result<Vec<ClaimKey>, VeleroError> {
        let mut claims = Vec::new();
        for namespace in namespaces {
            let api: Api<PersistentVolumeClaim> = Api::namespaced(self.client.clone(), namespace);
            let found = api.list(&ListParams::default()).await;
            let found = found.map_err(|error| {
                ClusterError::from_kube(&format!("claims of namespace {namespace}"), &error)
            })?;
            let bound = found.items.into_iter().filter(|claim| {
                let made = claim.metadata.creation_timestamp.as_ref();
                let spec = claim.spec.as_ref();
                made.is_none_or(|made| made.0 <= claimed_by)
                    && spec.is_some_and(|spec| {
                        spec.volume_name.as_deref().is_some_and(|v| !v.is_empty())
                    })
            });
            claims.extend(bound.map(|claim| ClaimKey {
                namespace: namespace.clone(),
                name: claim.name_any(),
            }));
        }
        Ok(claims)
    }
}
