//! Objects that tell their health by conditions.

use serde_json::Value;

use super::{Health, unobserved};
use crate::rollout::field;

/// A custom resource that has no `Ready` or `Available` condition is healthy by
/// being there: not every kind has such a condition, and the soak of the stage
/// shows what comes later. False may become true, so it is progressing; only
/// `Stalled` says that it will not.
pub(super) fn judge(object: &Value) -> Health {
    let generation = object
        .pointer("/metadata/generation")
        .and_then(Value::as_u64);
    let is_old = |pointer: &str, part: &Value| {
        let observed = part.pointer(pointer).and_then(Value::as_u64);
        observed.is_some() && observed < generation
    };
    if is_old("/status/observedGeneration", object) {
        return unobserved();
    }
    if field::has_condition(object, "Stalled", "True") {
        let stalled = field::condition(object, "Stalled").map(field::explanation);
        return Health::Failed(format!("it is stalled ({})", stalled.unwrap_or_default()));
    }
    let found = ["Ready", "Available"]
        .into_iter()
        .find_map(|kind| Some((kind, field::condition(object, kind)?)));
    let Some((kind, condition)) = found else {
        return Health::Healthy;
    };
    if is_old("/observedGeneration", condition) {
        return unobserved();
    }
    let status = field::text(condition, "/status").unwrap_or("Unknown");
    if status == "True" {
        return Health::Healthy;
    }
    let explanation = field::shortened(&field::explanation(condition));
    Health::Progressing(if explanation.is_empty() {
        format!("{kind} is {status}")
    } else {
        format!("{kind} is {status} ({explanation})")
    })
}

/// A definition serves its kind once it is established.
pub(super) fn judge_definition(definition: &Value) -> Health {
    if field::has_condition(definition, "NamesAccepted", "False") {
        let refused = field::condition(definition, "NamesAccepted").map(field::explanation);
        return Health::Failed(format!(
            "its names are taken ({})",
            refused.unwrap_or_default()
        ));
    }
    if field::has_condition(definition, "Established", "True") {
        Health::Healthy
    } else {
        Health::Progressing("its kind is not served yet".to_owned())
    }
}
