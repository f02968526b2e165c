//! Whether an object is well, by its kind's own status.
//!
//! | kind | healthy when |
//! |---|---|
//! | Deployment | all replicas are updated and available and no old pod is left; in a stage: enough new pods are ready and the old ones still are |
//! | StatefulSet | updated down to its partition, and ready; with `OnDelete` ready |
//! | DaemonSet | updated and available on every node; with `OnDelete` ready |
//! | ReplicaSet, ReplicationController | all replicas are ready |
//! | Job | complete, or suspended by its own spec |
//! | Pod | ready or succeeded |
//! | PersistentVolumeClaim | bound, or pending while no pod uses it |
//! | PersistentVolume | not failed |
//! | CustomResourceDefinition | established |
//! | APIService | available |
//! | other built-in kinds | it exists |
//! | Rollout of Argo Rollouts | all of it is out; in a stage: it has stopped at the share and its pods are ready |
//! | other custom resources | `Ready`, else `Available`, is true where there is such a condition |
//!
//! A status that its controller has not brought up to the object's generation is
//! not believed. What can still come right by itself is *progressing*, and the
//! stage's deadline decides; *failed* is what will not.

mod argo_rollout;
mod condition;
mod daemon_set;
mod deployment;
mod job;
mod pod;
mod replicas;
mod stateful_set;
mod storage;

use serde_json::Value;

use super::field;
use super::object::ObjectKey;
use crate::argo_rollouts::{Expected, is_rollout_key};

/// How an object is. The texts are sentences for people and name the object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// As it should be.
    Healthy,
    /// Not yet, for this reason.
    Progressing(String),
    /// Not, and waiting would not help, for this reason.
    Failed(String),
}

impl Health {
    /// Whether it is as it should be.
    pub fn is_healthy(&self) -> bool {
        matches!(self, Self::Healthy)
    }

    /// Why it is not healthy.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Healthy => None,
            Self::Progressing(reason) | Self::Failed(reason) => Some(reason),
        }
    }

    fn named(self, key: &ObjectKey) -> Self {
        match self {
            Self::Healthy => Self::Healthy,
            Self::Progressing(reason) => Self::Progressing(format!("{key}: {reason}")),
            Self::Failed(reason) => Self::Failed(format!("{key}: {reason}")),
        }
    }
}

/// What else must be known to judge an object.
#[derive(Debug, Clone, Copy, Default)]
pub struct Context<'a> {
    /// The ReplicaSets of the object's namespace; others are passed over.
    pub replica_sets: &'a [Value],
    /// The pods of the object's namespace; others are passed over.
    pub pods: &'a [Value],
    /// In a stage: how many new pods the Deployment is held at
    /// ([`held_at`](super::stage::held_at)). None: it must be updated in full.
    pub expected_new: Option<u32>,
    /// In a stage: how many old pods must still be ready. As many as were before
    /// the change, so that a change may mend a revision that was broken.
    pub expected_old: u32,
    /// The `metadata.generation` that the last apply was answered with: an object
    /// with an older one was read from a cache that is behind.
    pub applied_generation: Option<u64>,
    /// What is expected of a Rollout of Argo Rollouts.
    pub canary: Expected<'a>,
}

/// Judges one object. `live` is none when it does not exist.
pub fn judge(key: &ObjectKey, live: Option<&Value>, context: &Context<'_>) -> Health {
    let health = match live {
        None => Health::Progressing("it is not there yet".to_owned()),
        Some(object) => judge_existing(key, object, context),
    };
    health.named(key)
}

fn judge_existing(key: &ObjectKey, object: &Value, context: &Context<'_>) -> Health {
    if object.pointer("/metadata/deletionTimestamp").is_some() {
        return Health::Progressing("it is being deleted".to_owned());
    }
    let generation = object
        .pointer("/metadata/generation")
        .and_then(Value::as_u64);
    if generation < context.applied_generation {
        return Health::Progressing("what was applied is not seen yet".to_owned());
    }
    match (key.group.as_str(), key.kind.as_str()) {
        ("apps", "Deployment") => deployment::judge(object, context),
        ("apps", "StatefulSet") => stateful_set::judge(object, context),
        ("apps", "DaemonSet") => daemon_set::judge(object, context),
        ("apps", "ReplicaSet") | ("", "ReplicationController") => replicas::judge(object, context),
        ("batch", "Job") => job::judge(object, context),
        ("", "Pod") => pod::judge(object),
        ("", "PersistentVolumeClaim") => storage::judge_claim(object, context),
        ("", "PersistentVolume") => storage::judge_volume(object),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => condition::judge_definition(object),
        ("apiregistration.k8s.io", "APIService") => condition::judge(object),
        _ if is_rollout_key(key) => argo_rollout::judge(object, context),
        _ if key.is_built_in() => Health::Healthy,
        _ => condition::judge(object),
    }
}

/// Whether the controller has seen the object's present generation.
fn is_observed(object: &Value) -> bool {
    let generation = object
        .pointer("/metadata/generation")
        .and_then(Value::as_u64);
    let observed = object
        .pointer("/status/observedGeneration")
        .and_then(Value::as_u64);
    observed >= generation
}

fn unobserved() -> Health {
    Health::Progressing("its controller has not seen it yet".to_owned())
}

/// What is short, with the reason of the pod in the way.
fn short(shortfall: String, trouble: Option<pod::Trouble>) -> Health {
    match trouble {
        Some(trouble) if trouble.is_final => {
            Health::Failed(format!("{shortfall}; {}", trouble.text))
        }
        Some(trouble) => Health::Progressing(format!("{shortfall}; {}", trouble.text)),
        None => Health::Progressing(shortfall),
    }
}

/// The objects among these that belong to this owner and are not being deleted.
fn owned_by<'a>(objects: &'a [Value], owner: &Value) -> impl Iterator<Item = &'a Value> {
    let uid = field::text(owner, "/metadata/uid").map(ToOwned::to_owned);
    objects.iter().filter(move |object| {
        object.pointer("/metadata/deletionTimestamp").is_none()
            && field::items(object, "/metadata/ownerReferences")
                .iter()
                .any(|reference| uid.is_some() && field::text(reference, "/uid") == uid.as_deref())
    })
}

#[cfg(test)]
mod tests;
