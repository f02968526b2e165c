//! PodDisruptionBudgets that let nothing be disrupted, or are about nothing.

use serde_json::Value;

use super::defined::Defined;
use super::finding;
use super::scaling::replicas;
use crate::finding::{Finding, Path};
use crate::quota::object::Object;

/// What is wrong with a PodDisruptionBudget.
pub(crate) fn judge(defined: &Defined<'_>, object: &Object<'_>) -> Option<Finding> {
    if !object.key.is("policy", "PodDisruptionBudget") {
        return None;
    }
    let spec = Path::root().field("spec");
    let selector = object.pointer("/spec/selector")?;
    let all = defined.templates(object.namespace());
    let chosen: Vec<_> = all.iter().filter(|one| one.is_chosen(selector)).collect();
    if chosen.is_empty() {
        return Some(Finding {
            severity: defined.severity("Pod", true),
            path: spec.field("selector"),
            place: object.place(&["spec", "selector"]),
            ..finding(
                object,
                "selects-nothing",
                "no pods have the labels that it chooses".to_owned(),
            )
        });
    }
    // Pods of a controller that is here as well are counted with it.
    let own = chosen
        .iter()
        .filter(|one| one.object.pointer("/metadata/ownerReferences").is_none());
    let pods: Option<i64> = own.map(|one| replicas(defined, one.object)).sum();
    if pods == Some(0) {
        return None;
    }
    let (field, written) = ["minAvailable", "maxUnavailable"]
        .into_iter()
        .find_map(|field| Some((field, object.pointer(&format!("/spec/{field}"))?)))?;
    let written = match written {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let (never, hint) = match (field, written.as_str()) {
        ("maxUnavailable", "0" | "0%") | ("minAvailable", "100%") => (true, "maxUnavailable: 1"),
        ("minAvailable", text) => {
            let least = pods.and_then(|pods| needed(text, pods));
            let never = least.zip(pods).is_some_and(|(least, pods)| least >= pods);
            (never, "maxUnavailable: 1, or more replicas")
        }
        _ => (false, ""),
    };
    let of = match pods {
        Some(1) => " of 1 pod".to_owned(),
        Some(pods) => format!(" of {pods} pods"),
        None => String::new(),
    };
    never.then(|| Finding {
        path: spec.field(field),
        place: object.place(&["spec", field]),
        hint: Some(hint.to_owned()),
        ..finding(
            object,
            "budget-never-met",
            format!(
                "{field} {written}{of} lets none be evicted: a node that is drained waits for ever"
            ),
        )
    })
}

/// How many a number or a percentage of pods is, rounded up as the controller does.
fn needed(text: &str, pods: i64) -> Option<i64> {
    let Some(percent) = text.strip_suffix('%') else {
        return text.parse().ok();
    };
    let percent: i64 = percent.parse().ok()?;
    Some(percent.checked_mul(pods)?.checked_add(99)?.div_euclid(100))
}
