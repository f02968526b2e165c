//! What would change in the cluster, and what has changed there by itself.
//!
//! Exact where the API server answered a dry run of server-side apply. Without one,
//! as with rights that only let somebody read, it is computed from the live object
//! and the manifest, and the report says so.
//!
//! Of a Secret the names of its keys are told and no value, in whatever form.

mod compare;
mod drift;
mod immutable;
mod keys;
mod merge;
mod plan;
mod report;
mod same;
mod state;
mod steps;
mod tell;

use std::collections::BTreeMap;

use serde_json::Value;
use tidegate_core::rollout::object::ObjectKey;

use crate::manifest::Manifest;
pub use compare::{Difference, compare};
pub use plan::{Fate, ObjectPlan, Plan, plan};
pub use report::check;
pub(crate) use state::{is_secret, of as state_of};
pub use steps::{Step, path};
pub(crate) use steps::{fields, node_at};

/// What is known of an object in the cluster.
#[derive(Debug, Clone, PartialEq)]
pub enum Live {
    /// It is there, as JSON, read in the version of its manifest.
    Is(Value),
    /// It is not there.
    Absent,
    /// It could not be read, and why.
    Unknown(String),
}

/// What the API server said to a dry run of server-side apply.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// The object would be this.
    Would(Value),
    /// It would refuse it, in these words.
    Refused(String),
}

/// What is compared. Objects are known by the key of their manifest, so by a
/// namespace only if the manifest names one.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    /// What would be applied.
    pub manifests: &'a [Manifest],
    /// The last approved revision, rendered. None: there is none yet.
    pub approved: Option<&'a [Manifest]>,
    /// What is in the cluster of both. What is not in here nobody looked for.
    pub live: &'a BTreeMap<ObjectKey, Live>,
    /// What the API server said of the manifests, as far as it was asked.
    pub answers: &'a BTreeMap<ObjectKey, Answer>,
}
