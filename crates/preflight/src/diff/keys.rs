//! By which fields the items of a list are told apart.
//!
//! | list | keys | of |
//! |---|---|---|
//! | `containers`, `initContainers`, `ephemeralContainers` | `name` | pods |
//! | `volumes`, `imagePullSecrets`, `schedulingGates`, `resourceClaims` | `name` | pods |
//! | `hostAliases` | `ip` | pods |
//! | `topologySpreadConstraints` | `topologyKey`, `whenUnsatisfiable` | pods |
//! | `env`, `claims` | `name` | containers |
//! | `volumeMounts` | `mountPath` | containers |
//! | `volumeDevices` | `devicePath` | containers |
//! | `ports` | `containerPort`, `protocol` | containers |
//! | `ports` | `port`, `protocol` | Services |
//! | `secrets` | `name` | ServiceAccounts |
//! | `webhooks`, `matchConditions`, `variables` | `name` | admission |
//! | `ownerReferences` | `uid` | all |
//!
//! These are the `x-kubernetes-list-map-keys` of Kubernetes 1.36, those of `status`
//! left out. Other lists are one value to server-side apply. A kind of somebody
//! else's is taken to use the same names for the same things.

use std::collections::BTreeSet;

use serde_json::Value;

use super::steps::{Step, fields, last_field};

/// The keys of the items of the list that is there. None: its items have no keys,
/// or not all of them, or not each its own.
pub(crate) fn of_list(steps: &[Step], list: &[Value]) -> Option<Vec<String>> {
    let names = names(steps, list)?;
    let keys: Option<Vec<String>> = list.iter().map(|item| key(item, names)).collect();
    let keys = keys?;
    let different: BTreeSet<&String> = keys.iter().collect();
    (different.len() == list.len()).then_some(keys)
}

fn names(steps: &[Step], list: &[Value]) -> Option<&'static [&'static str]> {
    let names: &[&str] = match last_field(steps) {
        "containers"
        | "initContainers"
        | "ephemeralContainers"
        | "volumes"
        | "imagePullSecrets"
        | "schedulingGates"
        | "resourceClaims"
        | "env"
        | "claims"
        | "secrets"
        | "webhooks"
        | "matchConditions"
        | "variables" => &["name"],
        "hostAliases" => &["ip"],
        "topologySpreadConstraints" => &["topologyKey", "whenUnsatisfiable"],
        "volumeMounts" => &["mountPath"],
        "volumeDevices" => &["devicePath"],
        "ownerReferences" => &["uid"],
        // A NetworkPolicy's ports have no keys.
        "ports" if !fields(steps).iter().any(|name| is_traffic(name)) => {
            let is_container = |item: &Value| item.get("containerPort").is_some();
            if list.iter().any(is_container) {
                &["containerPort", "protocol"]
            } else {
                &["port", "protocol"]
            }
        }
        _ => return None,
    };
    Some(names)
}

fn is_traffic(name: &str) -> bool {
    matches!(name, "ingress" | "egress")
}

fn key(item: &Value, names: &[&str]) -> Option<String> {
    let parts: Option<Vec<String>> = names
        .iter()
        .map(|name| match item.get(name) {
            Some(Value::String(text)) => Some(text.clone()),
            Some(Value::Number(number)) => Some(number.to_string()),
            // Which the API server writes there.
            None if *name == "protocol" => Some("TCP".to_owned()),
            _ => None,
        })
        .collect();
    Some(parts?.join("/"))
}
