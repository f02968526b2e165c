//! Whether an Application of Argo CD can go out by shares.

use serde_json::Value;

use super::canary::mismatch;
use super::is_rollout_key;
use crate::argo_cd::hook::is_hook;
use crate::rollout::field;
use crate::rollout::object::ObjectKey;
use crate::rollout::share::Share;
use crate::rollout::stageable::is_allowed;

/// What of an Application's manifests decides whether it can go out by shares.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Workloads {
    /// Its Rollouts, as they were rendered.
    rollouts: Vec<(ObjectKey, Value)>,
    /// What Argo CD brings out whole, and what runs pods or may do so.
    whole: Vec<ObjectKey>,
    /// What Argo CD starts only when a Rollout is out in full.
    after: Vec<ObjectKey>,
}

/// A wave of a sync (Argo CD, "Sync Phases and Waves").
const WAVE: &str = "/metadata/annotations/argocd.argoproj.io~1sync-wave";

/// When a hook runs, by Argo CD's own annotation and by Helm's.
const HOOKS: [&str; 2] = [
    "/metadata/annotations/argocd.argoproj.io~1hook",
    "/metadata/annotations/helm.sh~1hook",
];

impl Workloads {
    /// Those of these manifests, hooks included.
    pub fn of(objects: &[Value]) -> Self {
        let mut workloads = Self::default();
        let keyed = objects
            .iter()
            .filter_map(|object| Some((ObjectKey::of(object).ok()?, object)));
        let keyed: Vec<(ObjectKey, &Value)> = keyed.collect();
        let first = keyed
            .iter()
            .filter(|(key, _)| is_rollout_key(key))
            .map(|(_, object)| wave(object))
            .min();
        for (key, object) in keyed {
            if first.is_some_and(|first| waits(object, first)) {
                workloads.after.push(key.clone());
            }
            if is_hook(object) {
                continue;
            }
            if is_rollout_key(&key) {
                workloads.rollouts.push((key, object.clone()));
            } else if goes_whole(&key) {
                workloads.whole.push(key);
            }
        }
        workloads
    }

    /// Whether nothing of it could be shared out: a plain Application.
    pub fn has_rollouts(&self) -> bool {
        !self.rollouts.is_empty()
    }

    /// Whether it can be held at these shares, in this order. `whole_kinds` are
    /// those that the policy lets go whole.
    ///
    /// # Errors
    ///
    /// A sentence that names the object and what is missing.
    pub fn follow(&self, shares: &[Share], whole_kinds: &[String]) -> Result<(), String> {
        for (key, rollout) in &self.rollouts {
            if let Some(why) = mismatch(rollout, shares) {
                return Err(format!("{key} {why}"));
            }
        }
        if let Some(key) = self.whole.iter().find(|key| !is_allowed(key, whole_kinds)) {
            return Err(format!(
                "{key} goes out whole with the first stage; make it a Rollout, or name its kind in the policy's `wholeKinds`"
            ));
        }
        match self.after.first() {
            Some(key) => Err(format!(
                "{key} is synced only when the Rollout before it is out in full, so the sync would not end at a share; it has to be in no later wave and no PostSync hook"
            )),
            None => Ok(()),
        }
    }
}

/// Every kind that runs pods, and every other one whose controller is not known.
fn goes_whole(key: &ObjectKey) -> bool {
    if key.is_built_in() {
        return matches!(
            (key.group.as_str(), key.kind.as_str()),
            (
                "apps",
                "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet"
            ) | ("batch", "Job" | "CronJob")
                | ("", "Pod" | "ReplicationController" | "PodTemplate")
        );
    }
    // A template runs nothing before a Rollout asks for it.
    !key.is(super::GROUP, "AnalysisTemplate")
}

fn wave(object: &Value) -> i64 {
    let wave = field::text(object, WAVE);
    wave.and_then(|wave| wave.trim().parse().ok()).unwrap_or(0)
}

/// Whether Argo CD waits for a Rollout of this wave before it brings this one.
fn waits(object: &Value, rollout: i64) -> bool {
    let hooks: Vec<&str> = HOOKS
        .iter()
        .filter_map(|hook| field::text(object, hook))
        .flat_map(|hooks| hooks.split(','))
        .map(str::trim)
        .collect();
    let is_after = |hook: &&str| matches!(*hook, "PostSync" | "post-install" | "post-upgrade");
    if hooks.iter().any(is_after) {
        return true;
    }
    (hooks.is_empty() || hooks.contains(&"Sync")) && wave(object) > rollout
}
