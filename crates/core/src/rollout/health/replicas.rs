//! A ReplicaSet or ReplicationController without a Deployment.

use serde_json::Value;

use super::{Context, Health, is_observed, owned_by, short, unobserved};
use crate::rollout::field;
use crate::rollout::health::pod::worst;

pub(super) fn judge(object: &Value, context: &Context<'_>) -> Health {
    if !is_observed(object) {
        return unobserved();
    }
    let wanted = field::count(object, "/spec/replicas").unwrap_or(1);
    let ready = field::count(object, "/status/readyReplicas").unwrap_or(0);
    if ready >= wanted {
        return Health::Healthy;
    }
    let shortfall = format!("{ready} of {wanted} pods ready");
    if field::has_condition(object, "ReplicaFailure", "True") {
        let message = field::condition(object, "ReplicaFailure").map(field::explanation);
        let message = message.unwrap_or_default();
        return Health::Failed(format!("{shortfall}; pods cannot be created ({message})"));
    }
    short(shortfall, worst(owned_by(context.pods, object)))
}
