//! A canary of a plain Deployment that holds without us.
//!
//! The object applied in a stage stops by itself at the share: `maxSurge` is the
//! share in pods and `maxUnavailable` is 0, so the Deployment controller starts
//! that many new pods and may not stop an old one before a new one is available;
//! `minReadySeconds` is longer than the stage can last, so none ever is. Whether
//! Tidegate lives or not, the old pods serve and no further pod is replaced. The
//! next stage applies the next share, and the last the manifest's own values.
//!
//! Source: <https://kubernetes.io/docs/concepts/workloads/controllers/deployment/>,
//! sections on max surge, max unavailable, min ready and progress deadline seconds.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::field;
use super::object::ObjectKey;
use super::share::Share;
use super::stageable::can_be_held;
use super::template::pod_template;

/// One day: no stage is held for less.
const LEAST_MIN_READY_SECONDS: u64 = 86_400;

/// The API server wants the progress deadline above `minReadySeconds`.
const DEADLINE_AFTER_READY_SECONDS: u64 = 600;

/// Both fields are 32-bit integers.
const MOST_SECONDS: u64 = i32::MAX.unsigned_abs() as u64;

/// Where a stage stands in its plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Staging {
    /// How much of each workload runs the new revision.
    pub share: Share,
    /// The last stage applies the manifests as they are.
    pub is_last: bool,
    /// The longest that this stage can last, in seconds: until it must be healthy,
    /// its soak, and every hold that may be put on it.
    pub longest_seconds: u64,
}

/// What of a Deployment ran before the change first wrote to its target.
///
/// Decide it once, before that write, and keep it: after the first stage the live
/// object no longer tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum Before {
    /// It did not exist or was scaled to zero. With no old pod to keep, the
    /// Deployment controller would start all new ones whatever `maxSurge` says, so
    /// the stage sets the number of replicas.
    NothingServed,
    /// The same pods: there is nothing to roll out.
    SameTemplate,
    /// Pods of another template, which serve until new ones replace them.
    OtherTemplate,
}

impl Before {
    /// Compares the live object, before anything was written, with the answer to a
    /// server-side-apply dry run of the approved manifest, which has the same
    /// defaults filled in.
    pub fn of(live: Option<&Value>, dry_run: &Value) -> Self {
        match live {
            Some(live) if field::count(live, "/spec/replicas") != Some(0) => {
                if pod_template(live) == pod_template(dry_run) {
                    Self::SameTemplate
                } else {
                    Self::OtherTemplate
                }
            }
            _ => Self::NothingServed,
        }
    }
}

/// What to apply of an approved manifest in a stage.
///
/// In every stage but the last, a Deployment that rolls is held at the share. Its
/// replicas never fall below those of the live object: what served still serves
/// until the last stage. A manifest without replicas leaves them to whoever set
/// them. Every other object goes as it is, and so does everything in the last
/// stage.
pub fn stage_object(
    manifest: &Value,
    live: Option<&Value>,
    before: Before,
    staging: &Staging,
) -> Value {
    let mut staged = manifest.clone();
    if staging.is_last || before == Before::SameTemplate || !can_be_held(manifest) {
        return staged;
    }
    let Some(spec) = staged.get_mut("spec").and_then(Value::as_object_mut) else {
        return staged;
    };
    let wanted = field::count(manifest, "/spec/replicas");
    let running = live.map_or(0, |live| field::count(live, "/spec/replicas").unwrap_or(1));
    if before == Before::NothingServed || running == 0 {
        if let Some(wanted) = wanted {
            spec.insert("replicas".to_owned(), staging.share.of(wanted).into());
        }
        return staged;
    }
    let replicas = wanted.map_or(running, |wanted| wanted.max(running));
    if wanted.is_some() {
        spec.insert("replicas".to_owned(), replicas.into());
    }
    let new_pods = staging.share.of(replicas);
    let surge = new_pods
        .saturating_sub(live.map_or(0, replicas_of_the_new))
        .max(1);
    hold(spec, surge, staging.longest_seconds);
    staged
}

/// How many of the replicas the Deployment controller has given to new pods. When
/// an autoscaler adds replicas during a stage, both revisions grow in proportion,
/// and the old one is then short of the full number. `maxSurge` counts from the
/// full number, so these new pods are already within it.
fn replicas_of_the_new(live: &Value) -> u32 {
    let number = |pointer: &str| field::count(live, pointer);
    let (Some(_), Some(running), Some(total)) = (
        held_at(live),
        number("/spec/replicas"),
        number("/status/replicas"),
    ) else {
        return 0;
    };
    let old = total.saturating_sub(number("/status/updatedReplicas").unwrap_or(0));
    running.saturating_sub(old)
}

fn hold(spec: &mut Map<String, Value>, new_pods: u32, longest_seconds: u64) {
    let min_ready = longest_seconds.saturating_mul(2).clamp(
        LEAST_MIN_READY_SECONDS,
        MOST_SECONDS - DEADLINE_AFTER_READY_SECONDS,
    );
    spec.insert("minReadySeconds".to_owned(), min_ready.into());
    spec.insert(
        "progressDeadlineSeconds".to_owned(),
        (min_ready + DEADLINE_AFTER_READY_SECONDS).into(),
    );
    spec.insert(
        "strategy".to_owned(),
        serde_json::json!({
            "type": "RollingUpdate",
            "rollingUpdate": {"maxSurge": new_pods, "maxUnavailable": 0},
        }),
    );
}

/// How many new pods a Deployment is held at, read from the live object; none when
/// it is not held by a stage. With an autoscaler there may be a few more.
pub fn held_at(live: &Value) -> Option<u32> {
    if !ObjectKey::of(live).ok()?.is("apps", "Deployment") {
        return None;
    }
    let min_ready = live.pointer("/spec/minReadySeconds")?.as_u64()?;
    let deadline = live.pointer("/spec/progressDeadlineSeconds")?.as_u64()?;
    let max_unavailable = field::count(live, "/spec/strategy/rollingUpdate/maxUnavailable")?;
    let is_held = min_ready >= LEAST_MIN_READY_SECONDS
        && deadline == min_ready + DEADLINE_AFTER_READY_SECONDS
        && max_unavailable == 0;
    if is_held {
        field::count(live, "/spec/strategy/rollingUpdate/maxSurge")
    } else {
        None
    }
}

#[cfg(test)]
mod tests;
