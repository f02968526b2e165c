//! A DaemonSet.

use serde_json::Value;

use super::pod::worst;
use super::{Context, Health, is_observed, owned_by, short, unobserved};
use crate::rollout::field;

/// Source: <https://kubernetes.io/docs/tasks/manage-daemon/update-daemon-set/>
pub(super) fn judge(object: &Value, context: &Context<'_>) -> Health {
    if !is_observed(object) {
        return unobserved();
    }
    let status = |pointer: &str| field::count(object, pointer).unwrap_or(0);
    let wanted = status("/status/desiredNumberScheduled");
    let updated = status("/status/updatedNumberScheduled");
    let available = status("/status/numberAvailable");
    let is_on_delete = field::text(object, "/spec/updateStrategy/type") == Some("OnDelete");
    let shortfall = if updated < wanted && !is_on_delete {
        format!("{updated} of {wanted} pods updated")
    } else if available < wanted {
        format!("{available} of {wanted} pods available")
    } else {
        return Health::Healthy;
    };
    short(
        shortfall,
        worst(owned_by(context.pods, object).filter(|pod| is_new(pod, object))),
    )
}

/// Whether the pod is of the DaemonSet's present template, by the number both
/// carry; where the DaemonSet has none, every pod is asked.
fn is_new(pod: &Value, object: &Value) -> bool {
    let template = field::text(
        object,
        "/metadata/annotations/deprecated.daemonset.template.generation",
    );
    template.is_none() || field::text(pod, "/metadata/labels/pod-template-generation") == template
}
