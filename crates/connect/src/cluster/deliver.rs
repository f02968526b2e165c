//! Applying a stage, pruning, and going back.

use serde_json::{Value, json};
use tidegate_core::rollout::object::ObjectKey;
use tidegate_core::rollout::prune::{PruneAllowance, to_delete};
use tidegate_core::rollout::stage::{Before, Staging, stage_object};
use tidegate_core::target::TargetKey;

use super::Cluster;
use super::error::ClusterError;
use super::objects::Mode;
use super::place::Placed;
use super::record::Previous;

impl Cluster {
    /// Applies the approved manifests at this stage's share.
    ///
    /// # Errors
    ///
    /// The first object that is not accepted; those before it are applied.
    pub async fn apply_stage(
        &self,
        target: &TargetKey,
        approved: &[Value],
        previous: &Previous,
        staging: &Staging,
    ) -> Result<Value, ClusterError> {
        let placed = self.place(target, approved).await?;
        let mut applied = Vec::with_capacity(placed.len());
        for object in &placed {
            let (before, _) = previous.workload(&object.key);
            let rolls = object.key.is("apps", "Deployment")
                && !staging.is_last
                && before == Before::OtherTemplate;
            let live = if rolls {
                self.get(&object.key).await?
            } else {
                None
            };
            let manifest = stage_object(&object.manifest, live.as_ref(), before, staging);
            self.apply(&object.key, &object.kind, &manifest, Mode::Real)
                .await?;
            applied.push(object.key.to_string());
        }
        Ok(json!({ "share": staging.share.percent(), "applied": applied }))
    }

    /// Deletes what the previous revision had and the approved one lacks.
    ///
    /// # Errors
    ///
    /// The first object that cannot be deleted.
    pub async fn prune(
        &self,
        target: &TargetKey,
        approved: &[Value],
        previous: &Previous,
        allow: PruneAllowance,
    ) -> Result<Value, ClusterError> {
        let keys = |placed: Vec<Placed>| {
            placed
                .into_iter()
                .map(|object| object.key)
                .collect::<Vec<_>>()
        };
        let approved = keys(self.place(target, approved).await?);
        let before = keys(self.place(target, &previous.objects).await?);
        let pruning = to_delete(&before, &approved, allow);
        let mut deleted = Vec::new();
        for key in &pruning.delete {
            if self.delete(key).await? {
                deleted.push(key.to_string());
            }
        }
        let kept: Vec<String> = pruning
            .kept
            .iter()
            .map(|(key, _)| key.to_string())
            .collect();
        Ok(json!({ "deleted": deleted, "kept": kept }))
    }

    /// Applies what ran before, and deletes what the change brought. Claims and
    /// namespaces are left: they may hold data.
    ///
    /// # Errors
    ///
    /// The first object that is not accepted.
    pub async fn roll_back(
        &self,
        target: &TargetKey,
        previous: &Previous,
    ) -> Result<Value, ClusterError> {
        let placed = self.place(target, &previous.objects).await?;
        let mut applied = Vec::with_capacity(placed.len());
        for object in &placed {
            self.apply(&object.key, &object.kind, &object.manifest, Mode::Real)
                .await?;
            applied.push(object.key.to_string());
        }
        let mut deleted = Vec::new();
        for key in deletable(&previous.absent) {
            if self.delete(&key).await? {
                deleted.push(key.to_string());
            }
        }
        Ok(json!({ "applied": applied, "deleted": deleted }))
    }
}

/// What a way back may delete, in order.
pub(super) fn deletable(absent: &[ObjectKey]) -> Vec<ObjectKey> {
    to_delete(absent, &[], PruneAllowance::default()).delete
}
