//! Which claims a target uses whose data a backup has, and what has to stop for
//! that.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Ran, Stopped};
use crate::backup::{ClaimKey, Volume};
use crate::rollout::object::ObjectKey;

/// What is in a target's namespace.
#[derive(Debug, Clone, Copy)]
pub struct Live<'a> {
    /// Everything there that can run pods, pods themselves included.
    pub workloads: &'a [Value],
    /// What the change brings and what ran before it, in this namespace.
    pub of_change: &'a BTreeSet<ObjectKey>,
    /// Of these, what is of the target itself.
    pub of_target: &'a BTreeSet<ObjectKey>,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Found {
    /// What of the target has to stop.
    pub stopped: Vec<Stopped>,
    /// The claims that it uses and that the backup has.
    pub claims: Vec<ClaimKey>,
}

/// Looks which claims the target uses whose data the backup has, by what it says
/// of its `volumes`.
///
/// # Errors
///
/// A sentence: something else uses such a claim and would lose newer data, or
/// cannot be stopped, or its data was not backed up by a snapshot of CSI.
pub fn survey(namespace: &str, live: Live<'_>, volumes: &[Volume]) -> Result<Found, String> {
    let backed_up: BTreeMap<&str, &Volume> = volumes
        .iter()
        .filter(|volume| volume.pvc_namespace == namespace && !volume.skipped)
        .map(|volume| (volume.pvc_name.as_str(), volume))
        .collect();
    let wanted = |workload: &Value| -> BTreeSet<String> {
        let names = backed_up.keys();
        names
            .filter(|claim| uses(workload, claim))
            .map(|claim| (*claim).to_owned())
            .collect()
    };
    let keyed = live
        .workloads
        .iter()
        .filter_map(|workload| Some((ObjectKey::of(workload).ok()?, workload)));
    let keyed: Vec<(ObjectKey, &Value)> = keyed.collect();
    let mut claims = BTreeSet::new();
    for (key, workload) in &keyed {
        if live.of_target.contains(key) {
            claims.extend(wanted(workload));
        }
    }
    for claim in &claims {
        let volume = backed_up.get(claim.as_str());
        if let Some(volume) = volume.filter(|volume| volume.backup_method != "CSISnapshot") {
            return Err(format!(
                "the data of claim {namespace}/{claim} was backed up as {} and not by a snapshot of CSI, so a person has to bring it back",
                volume.backup_method
            ));
        }
    }
    let mut stopped = Vec::new();
    for (key, workload) in &keyed {
        let used = wanted(workload);
        let Some(claim) = used.intersection(&claims).next() else {
            continue;
        };
        if is_run_by_another(workload) || is_over(workload) {
            continue;
        }
        let shared = |why: &str| {
            Err(format!(
                "{key} uses claim {namespace}/{claim} as well, and {why}"
            ))
        };
        if !live.of_change.contains(key) {
            return shared("is not part of the change: it would lose what it wrote since");
        }
        if !live.of_target.contains(key) {
            continue;
        }
        match ran(key, workload) {
            Some(ran) => stopped.push(Stopped {
                key: key.clone(),
                ran,
            }),
            None => return shared("cannot be scaled to zero"),
        }
    }
    let claims = claims.into_iter().map(|name| ClaimKey {
        namespace: namespace.to_owned(),
        name,
    });
    Ok(Found {
        stopped,
        claims: claims.collect(),
    })
}

/// Whether pods of it use this claim.
fn uses(workload: &Value, claim: &str) -> bool {
    let spec = pod_spec(workload);
    let volumes = spec.and_then(|spec| spec.get("volumes")?.as_array());
    let mounted = volumes.into_iter().flatten().any(|volume| {
        let name = volume.pointer("/persistentVolumeClaim/claimName");
        name.and_then(Value::as_str) == Some(claim)
    });
    mounted || is_of_template(workload, claim)
}

/// A claim that a `StatefulSet` makes for one of its pods is named after the
/// template, the set and the pod's number (Kubernetes, "StatefulSet").
fn is_of_template(workload: &Value, claim: &str) -> bool {
    let templates = workload
        .pointer("/spec/volumeClaimTemplates")
        .and_then(Value::as_array);
    let set = workload.pointer("/metadata/name").and_then(Value::as_str);
    let Some(set) = set else {
        return false;
    };
    templates.into_iter().flatten().any(|template| {
        let name = template.pointer("/metadata/name").and_then(Value::as_str);
        let number = name.and_then(|name| {
            let of_set = claim.strip_prefix(name)?.strip_prefix('-')?;
            of_set.strip_prefix(set)?.strip_prefix('-')
        });
        number.is_some_and(|number| number.parse::<u32>().is_ok())
    })
}

fn pod_spec(workload: &Value) -> Option<&Value> {
    let kind = workload.get("kind").and_then(Value::as_str)?;
    workload.pointer(match kind {
        "Pod" => "/spec",
        "CronJob" => "/spec/jobTemplate/spec/template/spec",
        _ => "/spec/template/spec",
    })
}

/// It stops with what it belongs to, which is looked at by itself.
fn is_run_by_another(workload: &Value) -> bool {
    let owners = workload
        .pointer("/metadata/ownerReferences")
        .and_then(Value::as_array);
    owners.into_iter().flatten().any(|owner| {
        let kind = owner.get("kind").and_then(Value::as_str);
        let runs = [
            "Deployment",
            "ReplicaSet",
            "StatefulSet",
            "DaemonSet",
            "Job",
            "CronJob",
            "Rollout",
        ];
        kind.is_some_and(|kind| runs.contains(&kind))
    })
}

/// It ran, and uses nothing any more.
fn is_over(workload: &Value) -> bool {
    let text = |pointer: &str| workload.pointer(pointer).and_then(Value::as_str);
    match text("/kind") {
        Some("Pod") => matches!(text("/status/phase"), Some("Succeeded" | "Failed")),
        Some("Job") => workload.pointer("/status/completionTime").is_some(),
        _ => false,
    }
}

/// How it runs. None: it cannot be stopped and started again.
fn ran(key: &ObjectKey, workload: &Value) -> Option<Ran> {
    let is_scaled = key.is("apps", "Deployment")
        || key.is("apps", "StatefulSet")
        || key.is("apps", "ReplicaSet")
        || key.is("argoproj.io", "Rollout");
    if is_scaled {
        let replicas = workload.pointer("/spec/replicas").and_then(Value::as_u64);
        let replicas = replicas.map_or(Some(1), |replicas| u32::try_from(replicas).ok());
        return replicas.map(Ran::Replicas);
    }
    key.is("batch", "CronJob").then_some(Ran::Scheduled)
}
