//! Autoscalers, and replicas that are written down as well.

use serde_json::Value;

use super::defined::Defined;
use super::finding;
use crate::finding::{Finding, Path, Severity};
use crate::quota::object::Object;

/// The autoscaler of a workload.
fn autoscaler<'a>(defined: &Defined<'a>, of: &Object<'_>) -> Option<&'a Object<'a>> {
    let is_it = |one: &&&Object<'_>| {
        let version = one.text("/spec/scaleTargetRef/apiVersion").unwrap_or("");
        let group = version.split_once('/').map_or("", |(group, _)| group);
        one.key.namespace == of.key.namespace
            && one.text("/spec/scaleTargetRef/kind") == Some(&of.key.kind)
            && one.text("/spec/scaleTargetRef/name") == Some(&of.key.name)
            && group == of.key.group
    };
    defined.autoscalers.iter().find(is_it).copied()
}

/// How many pods a workload has at least. None: that depends on the nodes.
pub(crate) fn replicas(defined: &Defined<'_>, object: &Object<'_>) -> Option<i64> {
    match object.key.kind.as_str() {
        "DaemonSet" => return None,
        "Pod" => return Some(1),
        "Job" | "CronJob" => return Some(0),
        _ => {}
    }
    let least = autoscaler(defined, object).map(|scaler| {
        let least = scaler.pointer("/spec/minReplicas").and_then(Value::as_i64);
        least.unwrap_or(1)
    });
    let written = object.pointer("/spec/replicas").and_then(Value::as_i64);
    let count = least.or(written).unwrap_or(1);
    Some(count.clamp(0, i64::from(i32::MAX)))
}

/// A number of replicas that an autoscaler decides about.
pub(crate) fn judge(defined: &Defined<'_>, object: &Object<'_>) -> Option<Finding> {
    let replicas = object.pointer("/spec/replicas").and_then(Value::as_i64)?;
    let scaler = autoscaler(defined, object)?;
    let message = format!(
        "it is set back to {replicas} replicas at each delivery, and {} decides how many there are",
        scaler.key
    );
    Some(Finding {
        severity: Severity::Warning,
        path: Path::root().field("spec").field("replicas"),
        place: object.place(&["spec", "replicas"]),
        hint: Some("leave spec.replicas out".to_owned()),
        ..finding(object, "replicas-and-autoscaler", message)
    })
}
