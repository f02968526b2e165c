//! Where a field may change all the same.

use serde_json::Value;

use super::Change;
use crate::diff::steps::Step;
use crate::schema::quantity::Quantity;

pub(super) fn may_change_in_stateful_set(change: &Change<'_>) -> bool {
    const MAY: [&str; 7] = [
        "replicas",
        "ordinals",
        "template",
        "updateStrategy",
        "revisionHistoryLimit",
        "persistentVolumeClaimRetentionPolicy",
        "minReadySeconds",
    ];
    change
        .fields
        .get(1)
        .is_some_and(|field| MAY.contains(field))
}

pub(super) fn is_indexed_in_tandem(change: &Change<'_>) -> bool {
    change.after("/spec/completionMode") == Some("Indexed")
        && change.after.pointer("/spec/completions") == change.after.pointer("/spec/parallelism")
}

/// Where the pods go and what they get, as long as none runs.
pub(super) fn may_change_while_suspended(change: &Change<'_>) -> bool {
    const MAY: [&[&str]; 8] = [
        &["metadata", "labels"],
        &["metadata", "annotations"],
        &["spec", "nodeSelector"],
        &["spec", "tolerations"],
        &["spec", "schedulingGates"],
        &["spec", "affinity", "nodeAffinity"],
        &["spec", "containers", "resources"],
        &["spec", "initContainers", "resources"],
    ];
    let is_suspended = change.live.pointer("/spec/suspend") == Some(&Value::Bool(true));
    let is_idle = change
        .live
        .pointer("/status/active")
        .and_then(Value::as_u64)
        .unwrap_or(0)
        == 0;
    let has_not_started = change.live.pointer("/status/startTime").is_none();
    let was_suspended = has_condition(change.live, "Suspended");
    let below = change.fields.get(2..).unwrap_or_default();
    is_suspended
        && is_idle
        && (has_not_started || was_suspended)
        && MAY.iter().any(|field| below.starts_with(field))
}

fn has_condition(live: &Value, kind: &str) -> bool {
    let conditions = live.pointer("/status/conditions").and_then(Value::as_array);
    conditions.into_iter().flatten().any(|condition| {
        condition.get("type").and_then(Value::as_str) == Some(kind)
            && condition.get("status").and_then(Value::as_str) == Some("True")
    })
}

pub(super) fn is_not_established(change: &Change<'_>) -> bool {
    !has_condition(change.live, "Established")
}

pub(super) fn may_change_address(change: &Change<'_>) -> bool {
    const EXTERNAL: Option<&str> = Some("ExternalName");
    const HEADLESS: Option<&str> = Some("None");
    let was_headless = change.live("/spec/clusterIP") == HEADLESS;
    let is_headless = change.after("/spec/clusterIP") == HEADLESS;
    let is_external =
        change.live("/spec/type") == EXTERNAL || change.after("/spec/type") == EXTERNAL;
    let is_of_families = change.is(&["spec", "ipFamilies"]);
    let is_second = matches!(
        change.difference.steps.get(2),
        Some(Step::Item(position)) if *position > 0
    );
    is_external
        || change.difference.before.is_none()
        || change.difference.after.is_none()
        || is_second
        || (was_headless && is_headless)
        || (is_of_families && was_headless != is_headless)
}

pub(super) fn has_no_health_check(change: &Change<'_>) -> bool {
    let needs = |kind: Option<&str>, policy: Option<&str>| {
        kind == Some("LoadBalancer") && policy == Some("Local")
    };
    let policy = "/spec/externalTrafficPolicy";
    !(needs(change.live("/spec/type"), change.live(policy))
        && needs(change.after("/spec/type"), change.after(policy)))
}

pub(super) fn is_not_both_balanced(change: &Change<'_>) -> bool {
    let balanced = Some("LoadBalancer");
    change.live("/spec/type") != balanced || change.after("/spec/type") != balanced
}

fn is_bound(change: &Change<'_>) -> bool {
    change.live("/status/phase") == Some("Bound")
}

/// A claim grows once it is bound, and shrinks only to more than it has.
pub(super) fn may_resize(change: &Change<'_>) -> bool {
    let read = |value: Option<&Value>| match value {
        Some(Value::String(text)) => Quantity::read(text),
        Some(Value::Number(number)) => Quantity::read(&number.to_string()),
        _ => None,
    };
    let (before, after) = (&change.difference.before, &change.difference.after);
    let (Some(before), Some(after)) = (read(before.as_ref()), read(after.as_ref())) else {
        return false;
    };
    let has = read(change.live.pointer("/status/capacity/storage"));
    let grows = after.exceeds(before);
    is_bound(change) && (grows || has.is_some_and(|has| after.exceeds(has)))
}

pub(super) fn may_change_in_claim(change: &Change<'_>) -> bool {
    match change.fields.get(1).copied() {
        Some("volumeName" | "storageClassName") => change.difference.before.is_none(),
        Some("volumeAttributesClassName") => is_bound(change),
        Some("resources") => change.is(&["spec", "resources", "requests", "storage"]),
        _ => false,
    }
}

pub(super) fn was_not_there(change: &Change<'_>) -> bool {
    change.difference.before.is_none()
}

/// All of a volume's spec that is not where its data is.
pub(super) fn is_not_its_source(change: &Change<'_>) -> bool {
    const OTHERS: [&str; 10] = [
        "capacity",
        "accessModes",
        "claimRef",
        "persistentVolumeReclaimPolicy",
        "storageClassName",
        "mountOptions",
        "volumeMode",
        "nodeAffinity",
        "volumeAttributesClassName",
        "controllerExpandSecretRef",
    ];
    change
        .fields
        .get(1)
        .is_some_and(|field| OTHERS.contains(field))
        || (change.is(&["spec", "csi", "controllerExpandSecretRef"])
            && change.difference.before.is_none())
}

pub(super) fn is_not_frozen(change: &Change<'_>) -> bool {
    change.live.get("immutable") != Some(&Value::Bool(true))
}

/// The images, tolerations that are added, gates that are taken away, and a
/// deadline that comes nearer.
pub(super) fn may_change_in_pod(change: &Change<'_>) -> bool {
    let difference = change.difference;
    let number = |value: &Option<Value>| value.as_ref().and_then(Value::as_i64);
    match change.fields {
        ["spec", "containers" | "initContainers", "image"] => true,
        ["spec", "tolerations", ..] => difference.before.is_none(),
        ["spec", "schedulingGates", ..] => difference.after.is_none(),
        ["spec", "activeDeadlineSeconds"] => {
            let after = number(&difference.after);
            after.is_some() && number(&difference.before).is_none_or(|is| Some(is) > after)
        }
        _ => false,
    }
}
