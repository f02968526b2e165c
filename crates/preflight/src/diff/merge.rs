//! What server-side apply would make of a live object, as far as that can be told
//! without asking: fields that the manifest names become what it says, fields that
//! the last approved manifest named and this one does not go, and all others stay.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::keys;
use super::same::{is_nothing, same};
use super::steps::{Step, fields, last_field};

/// The live object as the manifest would leave it. All three without what the
/// system writes. Where nothing was approved before, nothing is taken away.
pub(crate) fn merge(manifest: &Value, approved: Option<&Value>, live: &Value) -> Value {
    of(&mut Vec::new(), manifest, approved, Some(live))
}

fn of(
    steps: &mut Vec<Step>,
    wanted: &Value,
    approved: Option<&Value>,
    live: Option<&Value>,
) -> Value {
    match (wanted, live) {
        (Value::Object(wanted), Some(Value::Object(live))) if !is_one_value(steps) => {
            let approved = approved.and_then(Value::as_object);
            Value::Object(of_maps(steps, wanted, approved, live))
        }
        (Value::Array(wanted), Some(Value::Array(live))) => {
            let approved = approved.and_then(Value::as_array).map(Vec::as_slice);
            Value::Array(of_lists(steps, wanted, approved, live))
        }
        (wanted, Some(live)) if same(steps, wanted, live) => live.clone(),
        (wanted, _) => wanted.clone(),
    }
}

/// Maps that apply replaces as a whole: what selects pods and nodes
/// (`x-kubernetes-map-type: atomic`). Other such maps are references, where what is
/// not named is a default.
fn is_one_value(steps: &[Step]) -> bool {
    matches!(
        last_field(steps),
        "selector"
            | "nodeSelector"
            | "podSelector"
            | "namespaceSelector"
            | "labelSelector"
            | "objectSelector"
            | "matchLabels"
    )
}

fn of_maps(
    steps: &mut Vec<Step>,
    wanted: &Map<String, Value>,
    approved: Option<&Map<String, Value>>,
    live: &Map<String, Value>,
) -> Map<String, Value> {
    let mut merged = live.clone();
    let before = |name: &String| approved.and_then(|approved| approved.get(name));
    for (name, value) in wanted {
        let is = live.get(name);
        if is.is_none() && is_nothing(name, value) {
            continue;
        }
        steps.push(Step::field(name));
        merged.insert(name.clone(), of(steps, value, before(name), is));
        steps.pop();
    }
    for (name, value) in approved.into_iter().flatten() {
        if wanted.contains_key(name) {
            continue;
        }
        let Some(is) = live.get(name) else { continue };
        steps.push(Step::field(name));
        match taken_away(steps, value, is) {
            Some(rest) => merged.insert(name.clone(), rest),
            None => merged.remove(name),
        };
        steps.pop();
    }
    merged
}

/// What is left of a live value whose manifest does not name it any more. It goes
/// with the defaults in it; entries of maps that the manifest never named stay, as
/// somebody else wrote them.
fn taken_away(steps: &mut Vec<Step>, approved: &Value, live: &Value) -> Option<Value> {
    let name = last_field(steps);
    match (approved, live) {
        (Value::Object(approved), Value::Object(live)) if is_left_in_part(name) => {
            let mut rest = live.clone();
            for (name, value) in approved {
                let Some(is) = live.get(name) else { continue };
                steps.push(Step::field(name));
                match taken_away(steps, value, is) {
                    Some(left) => rest.insert(name.clone(), left),
                    None => rest.remove(name),
                };
                steps.pop();
            }
            (!rest.is_empty()).then_some(Value::Object(rest))
        }
        _ if is_kept(name) => Some(live.clone()),
        _ => default(steps),
    }
}

/// Maps that several people write, and what the API server gives anew in part.
fn is_left_in_part(name: &str) -> bool {
    matches!(
        name,
        "labels"
            | "annotations"
            | "data"
            | "binaryData"
            | "limits"
            | "requests"
            | "hard"
            | "strategy"
            | "updateStrategy"
            | "rollingUpdate"
    )
}

/// What the API server gave, and gives again where nobody names it.
fn is_kept(name: &str) -> bool {
    matches!(
        name,
        "clusterIP"
            | "clusterIPs"
            | "ipFamilies"
            | "healthCheckNodePort"
            | "nodePort"
            | "volumeName"
    )
}

/// What the API server writes where nobody does (`pkg/apis/*/v1/defaults.go`).
fn default(steps: &[Step]) -> Option<Value> {
    let is_item = matches!(steps.last(), Some(Step::Key(_) | Step::Item(_)));
    if is_item {
        return None;
    }
    let value = match last_field(steps) {
        "replicas"
        | "timeoutSeconds"
        | "successThreshold"
        | "completions"
        | "parallelism"
        | "failedJobsHistoryLimit" => 1.into(),
        "periodSeconds" | "revisionHistoryLimit" => 10.into(),
        "failureThreshold" | "successfulJobsHistoryLimit" => 3.into(),
        "backoffLimit" => 6.into(),
        "progressDeadlineSeconds" => 600.into(),
        "terminationGracePeriodSeconds" => 30.into(),
        "defaultMode" => 420.into(),
        "suspend" => false.into(),
        "protocol" => "TCP".into(),
        "scheme" => "HTTP".into(),
        "restartPolicy" => "Always".into(),
        "dnsPolicy" => "ClusterFirst".into(),
        "terminationMessagePath" => "/dev/termination-log".into(),
        "terminationMessagePolicy" => "File".into(),
        "schedulerName" => "default-scheduler".into(),
        "sessionAffinity" => "None".into(),
        "internalTrafficPolicy" => "Cluster".into(),
        "concurrencyPolicy" => "Allow".into(),
        "podManagementPolicy" => "OrderedReady".into(),
        "volumeMode" => "Filesystem".into(),
        "maxSurge" | "maxUnavailable" if is_of_rollout(steps) => "25%".into(),
        "namespaceSelector" | "objectSelector" if fields(steps).first() == Some(&"webhooks") => {
            Value::Object(Map::new())
        }
        "type" if is_of_rollout(steps) => "RollingUpdate".into(),
        _ => return None,
    };
    Some(value)
}

fn is_of_rollout(steps: &[Step]) -> bool {
    let above = steps.get(1);
    above.is_some_and(|step| matches!(step, Step::Field(name) if name.ends_with("trategy")))
}

fn of_lists(
    steps: &mut Vec<Step>,
    wanted: &[Value],
    approved: Option<&[Value]>,
    live: &[Value],
) -> Vec<Value> {
    let keys = |list| keys::of_list(steps, list);
    let (Some(left), Some(right)) = (keys(wanted), keys(live)) else {
        return of_items(steps, wanted, approved.unwrap_or_default(), live);
    };
    let approved = approved.unwrap_or_default();
    let keyed = |keys: &'_ [String], list: &'_ [Value]| -> BTreeMap<String, Value> {
        keys.iter().cloned().zip(list.iter().cloned()).collect()
    };
    let before = keyed(&keys(approved).unwrap_or_default(), approved);
    let mut added = keyed(&left, wanted);
    let mut merged = Vec::new();
    for (key, is) in right.iter().zip(live) {
        let before = before.get(key);
        match added.remove(key) {
            Some(value) => {
                steps.push(Step::Key(key.clone()));
                merged.push(of(steps, &value, before, Some(is)));
                steps.pop();
            }
            None if before.is_some() => {}
            None => merged.push(is.clone()),
        }
    }
    // In the order of the manifest.
    merged.extend(left.iter().filter_map(|key| added.remove(key)));
    merged
}

/// Longer lists than this, multiplied, are merged place by place.
const ALIGNED: usize = 1_000_000;

/// A list that apply replaces. An item that changes nothing in one of the live items
/// is that one, with the defaults in it; the others are merged with the live item in
/// the same place where there are as many.
fn of_items(
    steps: &mut Vec<Step>,
    wanted: &[Value],
    approved: &[Value],
    live: &[Value],
) -> Vec<Value> {
    let mut left: Vec<Option<&Value>> = live.iter().map(Some).collect();
    let mut merged: Vec<Option<Value>> = vec![None; wanted.len()];
    let is_short = wanted.len().saturating_mul(live.len()) <= ALIGNED;
    for (value, place) in wanted.iter().zip(&mut merged).filter(|_| is_short) {
        let found = left.iter().enumerate().find(|(position, is)| {
            is.is_some_and(|is| {
                let after = of(steps, value, approved.get(*position), Some(is));
                same(steps, &after, is)
            })
        });
        if let Some((position, _)) = found
            && let Some(is) = left.get_mut(position)
        {
            *place = is.take().cloned();
        }
    }
    let is_of_pod = fields(steps) == ["spec", "tolerations"];
    let given = left.iter().flatten().filter(|is| is_of_pod && is_given(is));
    let given: Vec<Value> = given.map(|is| (*is).clone()).collect();
    let mut items = Vec::with_capacity(wanted.len());
    for (position, (place, value)) in merged.into_iter().zip(wanted).enumerate() {
        let is = left.get(position).copied().flatten();
        let is = is.filter(|_| wanted.len() == live.len());
        items.push(place.unwrap_or_else(|| {
            steps.push(Step::Item(position));
            let item = of(steps, value, approved.get(position), is);
            steps.pop();
            item
        }));
    }
    items.extend(given);
    items
}

/// A toleration that every pod is given (admission plugin `DefaultTolerationSeconds`).
fn is_given(toleration: &Value) -> bool {
    let key = toleration.get("key").and_then(Value::as_str);
    matches!(
        key,
        Some("node.kubernetes.io/not-ready" | "node.kubernetes.io/unreachable")
    )
}
