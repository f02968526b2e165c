//! A StatefulSet.

use serde_json::Value;

use super::pod::worst;
use super::{Context, Health, is_observed, owned_by, short, unobserved};
use crate::rollout::field;

/// Source: <https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#update-strategies>
pub(super) fn judge(object: &Value, context: &Context<'_>) -> Health {
    if !is_observed(object) {
        return unobserved();
    }
    // With OnDelete pods change only when somebody deletes them, so an update that
    // reached none is as complete as it will get.
    let is_on_delete = field::text(object, "/spec/updateStrategy/type") == Some("OnDelete");
    let shortfall = short_of_update(object, is_on_delete).or_else(|| short_of_pods(object));
    let Some(shortfall) = shortfall else {
        return Health::Healthy;
    };
    let revision = field::text(object, "/status/updateRevision");
    let new_pods = owned_by(context.pods, object).filter(|pod| {
        is_on_delete || field::text(pod, "/metadata/labels/controller-revision-hash") == revision
    });
    short(shortfall, worst(new_pods))
}

fn short_of_update(object: &Value, is_on_delete: bool) -> Option<String> {
    if is_on_delete {
        return None;
    }
    let partition =
        field::count(object, "/spec/updateStrategy/rollingUpdate/partition").unwrap_or(0);
    let to_update = wanted(object).saturating_sub(partition);
    let updated = field::count(object, "/status/updatedReplicas").unwrap_or(0);
    if updated < to_update {
        return Some(format!("{updated} of {to_update} pods updated"));
    }
    let current = field::text(object, "/status/currentRevision");
    let update = field::text(object, "/status/updateRevision");
    (partition == 0 && current != update).then(|| "the update is not complete yet".to_owned())
}

fn short_of_pods(object: &Value) -> Option<String> {
    let wanted = wanted(object);
    let ready = field::count(object, "/status/readyReplicas").unwrap_or(0);
    let available = field::count(object, "/status/availableReplicas").unwrap_or(ready);
    if ready < wanted {
        Some(format!("{ready} of {wanted} pods ready"))
    } else if available < wanted {
        Some(format!("{available} of {wanted} pods available"))
    } else {
        None
    }
}

fn wanted(object: &Value) -> u32 {
    field::count(object, "/spec/replicas").unwrap_or(1)
}
