//! What server-side apply would make of a live object, as far as that can be told
//! without asking: fields that the manifest names become what it says, fields that
//! the last approved manifest named and this one does not go, and all others stay.

use serde_json::{Map, Value};

use super::keys;
use super::same::{is_nothing, same};
use super::steps::{Step, last_field};

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
    let before = keys(approved).unwrap_or_default();
    let find = |keys: &[String], key: &String| keys.iter().position(|other| other == key);
    let mut merged = Vec::new();
    for (key, is) in right.iter().zip(live) {
        let before = find(&before, key).and_then(|position| approved.get(position));
        match find(&left, key).and_then(|position| wanted.get(position)) {
            Some(value) => {
                steps.push(Step::Key(key.clone()));
                merged.push(of(steps, value, before, Some(is)));
                steps.pop();
            }
            None if before.is_some() => {}
            None => merged.push(is.clone()),
        }
    }
    let added = left
        .iter()
        .zip(wanted)
        .filter(|(key, _)| !right.contains(key));
    merged.extend(added.map(|(_, value)| value.clone()));
    merged
}

/// A list that apply replaces. An item that says no more than one of the live items
/// is that one, with the defaults in it; the others are merged with the live item
/// in the same place if there is one left.
fn of_items(
    steps: &mut Vec<Step>,
    wanted: &[Value],
    approved: &[Value],
    live: &[Value],
) -> Vec<Value> {
    let mut left: Vec<Option<&Value>> = live.iter().map(Some).collect();
    let mut merged: Vec<Option<Value>> = vec![None; wanted.len()];
    for (value, place) in wanted.iter().zip(&mut merged) {
        let says_all = |is: &&mut Option<&Value>| {
            is.is_some_and(|is| same(steps, &of(&mut steps.clone(), value, None, Some(is)), is))
        };
        if let Some(is) = left.iter_mut().find(says_all) {
            *place = is.take().cloned();
        }
    }
    let is_of_pod = matches!(steps.as_slice(), [Step::Field(spec), Step::Field(list)] if spec == "spec" && list == "tolerations");
    let given: Vec<Value> = left
        .iter()
        .flatten()
        .filter(|is| is_of_pod && is_given(is))
        .map(|is| (*is).clone())
        .collect();
    let places = merged.into_iter().zip(wanted).enumerate();
    places
        .map(|(position, (place, value))| {
            place.unwrap_or_else(|| {
                let is = left.get(position).copied().flatten();
                let is = is.filter(|_| wanted.len() == live.len());
                steps.push(Step::Item(position));
                let merged = of(steps, value, approved.get(position), is);
                steps.pop();
                merged
            })
        })
        .chain(given)
        .collect()
}

/// A toleration that every pod is given (admission plugin `DefaultTolerationSeconds`).
fn is_given(toleration: &Value) -> bool {
    let key = toleration.get("key").and_then(Value::as_str);
    matches!(
        key,
        Some("node.kubernetes.io/not-ready" | "node.kubernetes.io/unreachable")
    )
}
