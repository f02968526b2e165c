//! What a `Rollout` of Argo Rollouts says, and what Tidegate makes of it.
//!
//! A Rollout holds a share of a workload by itself: its canary sets a weight and
//! pauses without a duration. So where Argo CD delivers, the pin brings the first
//! share, and each later stage takes the pause away that the one before stopped
//! at. What stands in the Rollout was approved with the other manifests; Tidegate
//! writes only its status, as `kubectl argo rollouts promote` does.
//!
//! | file | what it answers |
//! |---|---|
//! | `canary` | which steps a Rollout goes through, and where it stops by itself |
//! | `workloads` | can an Application go out by shares |
//! | `promotion` | what to write into its status, and when not to |
//! | `state` | what stands in its status |
//! | `analysis` | what the analysis says that brought it down |
//!
//! How well one is: `rollout::health`.

pub mod analysis;
pub mod canary;
pub mod promotion;
pub mod state;
pub mod workloads;

pub use canary::{Hold, holds};
pub use promotion::{Promotion, goes_on_back, promote, promote_back};
pub use workloads::Workloads;

use serde_json::Value;

use crate::rollout::object::ObjectKey;

/// The API group of Argo Rollouts.
pub const GROUP: &str = "argoproj.io";

/// Whether this object is a Rollout.
pub fn is_rollout(object: &Value) -> bool {
    ObjectKey::of(object).is_ok_and(|key| is_rollout_key(&key))
}

/// Whether this key names a Rollout.
pub fn is_rollout_key(key: &ObjectKey) -> bool {
    key.is(GROUP, "Rollout")
}

/// The hash of the pods of a Rollout that have gone through all its steps. None:
/// it is no Rollout, or has none.
pub fn stable_pods(object: &Value) -> Option<&str> {
    let hash = object.pointer("/status/stableRS")?.as_str()?;
    (is_rollout(object) && !hash.is_empty()).then_some(hash)
}

/// Whether a Rollout gets no further by itself.
pub fn has_failed(rollout: &Value) -> bool {
    state::State::of(rollout).is_some_and(|state| state.failure().is_some())
}

/// What else is known of a Rollout when it is judged.
#[derive(Debug, Clone, Copy, Default)]
pub struct Expected<'a> {
    /// Where it is to stop in this stage. None: nowhere, all of it is to be out.
    pub hold: Option<Hold>,
    /// The hash of the pods that all of it ran before the change. None: there
    /// were none.
    pub ran: Option<&'a str>,
    /// The AnalysisRuns of its namespace; others are passed over.
    pub analysis_runs: &'a [Value],
}

#[cfg(test)]
mod tests;
