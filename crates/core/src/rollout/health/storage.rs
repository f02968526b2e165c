//! Claims and volumes.

use serde_json::Value;

use super::{Context, Health};
use crate::rollout::field;

/// A pending claim that no pod uses is healthy: a storage class with
/// `WaitForFirstConsumer` binds only when a pod needs the volume, so waiting for
/// it would be waiting for ever. As soon as a pod does, it must bind.
///
/// Source: <https://kubernetes.io/docs/concepts/storage/storage-classes/#volume-binding-mode>
pub(super) fn judge_claim(claim: &Value, context: &Context<'_>) -> Health {
    match field::text(claim, "/status/phase") {
        Some("Bound") => Health::Healthy,
        Some("Lost") => Health::Failed("its volume is lost".to_owned()),
        _ => match context.pods.iter().find(|pod| uses(pod, claim)) {
            None => Health::Healthy,
            Some(pod) => {
                let name = field::text(pod, "/metadata/name").unwrap_or_default();
                Health::Progressing(format!("it is not bound, and pod {name} waits for it"))
            }
        },
    }
}

pub(super) fn judge_volume(volume: &Value) -> Health {
    if field::text(volume, "/status/phase") == Some("Failed") {
        let status = volume.get("status").unwrap_or(&Value::Null);
        return Health::Failed(format!("it failed ({})", field::explanation(status)));
    }
    Health::Healthy
}

fn uses(pod: &Value, claim: &Value) -> bool {
    let name = field::text(claim, "/metadata/name");
    let is_near =
        field::text(pod, "/metadata/namespace") == field::text(claim, "/metadata/namespace");
    is_near
        && field::items(pod, "/spec/volumes").iter().any(|volume| {
            name.is_some() && field::text(volume, "/persistentVolumeClaim/claimName") == name
        })
}
