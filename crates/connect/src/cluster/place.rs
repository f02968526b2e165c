//! Rendered objects, put where their target is.

use serde_json::{Value, json};
use tidegate_core::rollout::object::ObjectKey;
use tidegate_core::rollout::order::compare_for_apply;
use tidegate_core::target::TargetKey;

use super::Cluster;
use super::error::ClusterError;
use super::kinds::Kind;

/// An object with its place in the cluster.
#[derive(Debug, Clone)]
pub(super) struct Placed {
    pub(super) key: ObjectKey,
    pub(super) kind: Kind,
    pub(super) manifest: Value,
}

impl Cluster {
    /// Gives every object the target's namespace, in the order of application.
    ///
    /// # Errors
    ///
    /// An object that would land elsewhere. The policy that governs a namespace
    /// says nothing about other namespaces or about the cluster's own objects,
    /// so a change to this target must not carry them.
    pub(super) async fn place(
        &self,
        target: &TargetKey,
        objects: &[Value],
    ) -> Result<Vec<Placed>, ClusterError> {
        let mut placed = Vec::with_capacity(objects.len());
        for object in objects {
            placed.push(self.place_one(target, object).await?);
        }
        placed.sort_by(|a, b| compare_for_apply(&a.key, &b.key));
        Ok(placed)
    }

    pub(super) async fn place_one(
        &self,
        target: &TargetKey,
        object: &Value,
    ) -> Result<Placed, ClusterError> {
        let mut key = ObjectKey::of(object).map_err(|error| ClusterError::Refused {
            object: "an object of the rendered manifests".to_owned(),
            message: error.to_string(),
        })?;
        let kind = self.kinds.find(&self.client, &key).await?;
        let refused = |message: String| ClusterError::Refused {
            object: key.to_string(),
            message,
        };
        if !kind.namespaced {
            return Err(refused(format!(
                "it belongs to the whole cluster, and this change may write only to namespace {}",
                target.namespace
            )));
        }
        if let Some(namespace) = key
            .namespace
            .as_ref()
            .filter(|name| **name != target.namespace)
        {
            return Err(refused(format!(
                "it lies in namespace {namespace}, and this change may write only to namespace {}",
                target.namespace
            )));
        }
        key.namespace = Some(target.namespace.clone());
        let mut manifest = object.clone();
        if let Some(metadata) = manifest.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.insert("namespace".to_owned(), json!(target.namespace));
        }
        Ok(Placed {
            key,
            kind,
            manifest,
        })
    }
}
