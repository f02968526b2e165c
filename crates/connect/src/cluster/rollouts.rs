//! Rollouts of Argo Rollouts: let on, by their status.

use kube::Api;
use kube::api::{DynamicObject, Patch, PatchParams};
use serde_json::{Value, json};
use tidegate_core::argo_rollouts::{Promotion, is_rollout, promote, promote_back};
use tidegate_core::target::TargetKey;

use super::Cluster;
use super::error::ClusterError;
use super::place::Placed;
use super::record::Previous;

impl Cluster {
    /// Lets every Rollout among these manifests go on from the pause of this
    /// number. Doing it again changes nothing.
    ///
    /// # Errors
    ///
    /// The API server; a Rollout that cannot go on, such as one that was aborted;
    /// [`ClusterError::Conflict`] where somebody else wrote it at the same moment.
    pub async fn promote(
        &self,
        target: &TargetKey,
        manifests: &[Value],
        previous: &Previous,
        number: usize,
    ) -> Result<Value, ClusterError> {
        self.each_rollout(target, manifests, previous, |live, ran| {
            promote(live, number, ran)
        })
        .await
    }

    /// Lets every Rollout skip the steps of its way back to what ran before.
    ///
    /// # Errors
    ///
    /// As [`Cluster::promote`].
    pub async fn promote_back(
        &self,
        target: &TargetKey,
        previous: &Previous,
    ) -> Result<Value, ClusterError> {
        self.each_rollout(target, &previous.objects, previous, promote_back)
            .await
    }

    async fn each_rollout(
        &self,
        target: &TargetKey,
        manifests: &[Value],
        previous: &Previous,
        decide: impl Fn(&Value, Option<&str>) -> Promotion,
    ) -> Result<Value, ClusterError> {
        let mut promoted = Vec::new();
        let mut already = Vec::new();
        for manifest in manifests.iter().filter(|object| is_rollout(object)) {
            let rollout = self.place_one(target, manifest).await?;
            let key = &rollout.key;
            let live = self
                .get(key)
                .await?
                .ok_or_else(|| ClusterError::Unavailable {
                    object: key.to_string(),
                    message: "it is not there".to_owned(),
                })?;
            match decide(&live, previous.pods_of(key)) {
                Promotion::Patch(patch) => {
                    self.patch_status(&rollout, &patch).await?;
                    promoted.push(key.to_string());
                }
                Promotion::Done => already.push(key.to_string()),
                Promotion::Wait(message) => {
                    return Err(ClusterError::Unavailable {
                        object: key.to_string(),
                        message,
                    });
                }
                Promotion::Refused(why) => {
                    return Err(ClusterError::Stuck {
                        object: key.to_string(),
                        why,
                    });
                }
            }
        }
        Ok(json!({ "promoted": promoted, "already": already }))
    }

    async fn patch_status(&self, object: &Placed, patch: &Value) -> Result<(), ClusterError> {
        let namespace = object.key.namespace.as_deref().unwrap_or_default();
        let api: Api<DynamicObject> =
            Api::namespaced_with(self.client.clone(), namespace, &object.kind.resource);
        api.patch_status(
            &object.key.name,
            &PatchParams::default(),
            &Patch::Merge(patch),
        )
        .await
        .map(|_| ())
        .map_err(|error| ClusterError::from_kube(&object.key.to_string(), &error))
    }
}
