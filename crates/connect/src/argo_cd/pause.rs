//! Keeping Argo CD from an Application for a while.

use kube::api::{Patch, PatchParams};
use serde_json::{Value, json};
use tidegate_core::argo_cd::PAUSED;

use super::ArgoCd;
use super::objects::{ApplicationPlace, applications};
use super::write::{FIELD_MANAGER, busy};
use crate::cluster::ClusterError;

impl ArgoCd {
    /// Lets Argo CD do nothing to the Application until it is resumed. What it does
    /// just now has to end first, and is the answer then: paused, it never would.
    ///
    /// # Errors
    ///
    /// The API server.
    pub async fn pause(&self, place: &ApplicationPlace) -> Result<Option<String>, ClusterError> {
        let (_, application) = self.read(place).await?;
        if let Some(busy) = busy(&application) {
            return Ok(Some(busy));
        }
        if !application.is_paused() {
            self.annotate(place, json!("true")).await?;
        }
        Ok(None)
    }

    /// Lets Argo CD go on.
    ///
    /// # Errors
    ///
    /// The API server.
    pub async fn resume(&self, place: &ApplicationPlace) -> Result<(), ClusterError> {
        self.annotate(place, Value::Null).await
    }

    async fn annotate(&self, place: &ApplicationPlace, value: Value) -> Result<(), ClusterError> {
        let api = applications(&self.client, &place.namespace);
        let patch = json!({ "metadata": { "annotations": { PAUSED: value } } });
        let parameters = PatchParams {
            field_manager: Some(FIELD_MANAGER.to_owned()),
            ..PatchParams::default()
        };
        let written = api
            .patch(&place.name, &parameters, &Patch::Merge(&patch))
            .await;
        written
            .map(drop)
            .map_err(|error| ClusterError::from_kube(&place.to_string(), &error))
    }
}
