//! What a manifest says of the pods it makes.

use serde_json::Value;

use super::amounts::quantity;
use super::movement::Way;
use super::object::Object;
use super::rollout::fenceposts;

/// How many pods there are to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Count {
    /// So many.
    Given(i64),
    /// Nothing is said: as many as there are, or one.
    Open,
    /// One on each node.
    Nodes,
}

/// A manifest that makes pods.
#[derive(Debug, Clone)]
pub(crate) struct Workload<'a> {
    pub(crate) count: Count,
    /// The pod's metadata and spec.
    pub(crate) template: &'a Value,
    /// Templates of claims that each pod has for itself, and keeps.
    pub(crate) claims: Vec<&'a Value>,
    /// Claims go when there are fewer pods.
    pub(crate) drops_claims: bool,
}

impl<'a> Workload<'a> {
    /// Reads one. None: it makes no pods, or leaves them to others.
    pub(crate) fn read(object: &'a Object<'_>) -> Option<Self> {
        let number = |pointer: &str| object.pointer(pointer).and_then(Value::as_i64);
        let replicas = || {
            let given = number("/spec/replicas");
            given.map_or(Count::Open, |count| Count::Given(pods_of(count)))
        };
        let mut template = object.pointer("/spec/template");
        let mut claims = Vec::new();
        let count = match (object.key.group.as_str(), object.key.kind.as_str()) {
            ("apps", "Deployment" | "ReplicaSet")
            | ("", "ReplicationController")
            | ("argoproj.io", "Rollout") => replicas(),
            ("apps", "StatefulSet") => {
                let list = object.pointer("/spec/volumeClaimTemplates");
                claims = list
                    .and_then(Value::as_array)
                    .into_iter()
                    .flatten()
                    .collect();
                replicas()
            }
            ("apps", "DaemonSet") => Count::Nodes,
            ("", "Pod") => {
                template = Some(&object.value);
                Count::Given(1)
            }
            ("batch", "Job") => Count::Given(runs(object.pointer("/spec"))),
            ("batch", "CronJob") => {
                template = object.pointer("/spec/jobTemplate/spec/template");
                let is_suspended = object.pointer("/spec/suspend") == Some(&Value::Bool(true));
                Count::Given(match object.pointer("/spec/jobTemplate/spec") {
                    Some(_) if is_suspended => 0,
                    job => runs(job),
                })
            }
            _ => return None,
        };
        let is_owned = || object.pointer("/metadata/ownerReferences").is_some();
        if matches!(object.key.kind.as_str(), "Pod" | "ReplicaSet" | "Job") && is_owned() {
            return None;
        }
        let dropped = object.text("/spec/persistentVolumeClaimRetentionPolicy/whenScaled");
        Some(Self {
            count,
            template: template?,
            claims,
            drops_claims: dropped == Some("Delete"),
        })
    }

    pub(crate) fn spec(&self) -> &'a Value {
        self.template.get("spec").unwrap_or(&Value::Null)
    }
}

/// A number of pods that somebody wrote, as far as Kubernetes takes it.
pub(crate) fn pods_of(count: i64) -> i64 {
    count.clamp(0, i64::from(i32::MAX))
}

/// How many pods of a Job run at once.
fn runs(job: Option<&Value>) -> i64 {
    let field = |name| job.and_then(|job| job.get(name));
    let number = |name| field(name).and_then(Value::as_i64);
    if field("suspend") == Some(&Value::Bool(true)) {
        return 0;
    }
    let parallel = pods_of(number("parallelism").unwrap_or(1));
    number("completions").map_or(parallel, |all| parallel.min(pods_of(all)))
}

/// How a workload replaces its pods, with what is written of surge and
/// unavailability. None: that cannot be read.
pub(crate) fn way(object: &Object<'_>, replicas: i64) -> Option<(Way, String, String)> {
    let plain = |way| Some((way, String::new(), String::new()));
    let rolling = |at: &str, surge: &str, unavailable: &str| {
        let written = |name: &str, default: &str| match object.pointer(&format!("{at}/{name}")) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            _ => default.to_owned(),
        };
        let surge = written("maxSurge", surge);
        let unavailable = written("maxUnavailable", unavailable);
        let way = fenceposts(&surge, &unavailable, replicas)?;
        Some((way, surge, unavailable))
    };
    match (object.key.group.as_str(), object.key.kind.as_str()) {
        ("apps", "Deployment") => match object.text("/spec/strategy/type") {
            Some("Recreate") => plain(Way::Recreate),
            _ => rolling("/spec/strategy/rollingUpdate", "25%", "25%"),
        },
        ("argoproj.io", "Rollout") if object.pointer("/spec/strategy/blueGreen").is_some() => {
            plain(Way::Beside)
        }
        ("argoproj.io", "Rollout") => rolling("/spec/strategy/canary", "25%", "25%"),
        ("apps", "DaemonSet") => {
            let surges = rolling("/spec/updateStrategy/rollingUpdate", "0", "1")?;
            match surges.0 {
                Way::Rolling { surge: 0, .. } => plain(Way::InPlace),
                _ => Some(surges),
            }
        }
        ("batch", _) => plain(Way::Passing),
        _ => plain(Way::InPlace),
    }
}

/// Whether pods of the one template would not do for the other. Of a live object
/// the cluster has filled in more than anybody wrote, so only what is written
/// counts.
pub(crate) fn differs(written: &Value, there: &Value, is_live: bool) -> bool {
    match (written, there) {
        (Value::Object(written), Value::Object(there)) => {
            let is_gone = |name: &String| written.get(name).is_none_or(is_nothing);
            written.iter().any(|(name, value)| {
                let other = there.get(name).unwrap_or(&Value::Null);
                !(is_nothing(value) && is_nothing(other)) && differs(value, other, is_live)
            }) || (!is_live
                && there
                    .iter()
                    .any(|(name, value)| is_gone(name) && !is_nothing(value)))
        }
        (Value::Array(written), Value::Array(there)) => {
            written.len() != there.len()
                || written
                    .iter()
                    .zip(there)
                    .any(|(written, there)| differs(written, there, is_live))
        }
        (Value::String(_) | Value::Number(_), Value::String(_) | Value::Number(_)) => {
            // The API server writes 0.5 as 500m.
            let same = || Some(quantity(written)? == quantity(there)?);
            written != there && same() != Some(true)
        }
        (written, there) => written != there,
    }
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Object(fields) => fields.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}
