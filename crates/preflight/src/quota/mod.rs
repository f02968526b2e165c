//! Is there room for it, also while it rolls out?
//!
//! What a namespace is charged for is its pods, and not what makes them, so nothing
//! but counting tells: neither does a dry run. Counted is what the quota evaluators
//! of Kubernetes count, after what LimitRanges fill in, in exact decimals.
//!
//! Rollouts are followed pod by pod as the controllers do it. One whose surge has no
//! room goes on all the same where it may take old pods down first.

mod amounts;
mod charge;
mod claim;
mod container;
mod count;
mod explain;
mod layers;
mod limit;
mod limit_range;
mod movement;
mod namespace;
pub(crate) mod object;
mod pod;
mod pods;
mod quantity;
mod refused;
mod report;
mod rollout;
mod service;
mod surroundings;
mod table;
mod workload;

use std::collections::BTreeSet;

use tidegate_core::rollout::object::ObjectKey;

use crate::finding::Finding;
use crate::manifest::Manifest;
use crate::schema::Release;
pub use amounts::Amounts;
pub use quantity::{Quantity, QuantityError};
pub use table::Row;

/// What is there before the change.
#[derive(Debug, Clone, Copy)]
pub enum Before<'a> {
    /// Nobody knows.
    Unknown,
    /// What the base revision makes. What it has and the change has not, goes.
    Revision(&'a [Manifest]),
    /// What is in the cluster, all of each namespace that the change touches.
    Live {
        /// The objects.
        objects: &'a [Manifest],
        /// Those of them that the change deletes.
        removed: &'a [ObjectKey],
    },
}

/// What another approved change takes in a namespace.
#[derive(Debug, Clone, PartialEq)]
pub struct Reservation {
    /// The change.
    pub change: String,
    /// The namespace.
    pub namespace: String,
    /// How much, by the names that quotas have for it: `requests.cpu`.
    pub amounts: Amounts,
}

/// What is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// The release of Kubernetes that it goes to.
    pub release: Release,
    /// The namespace of manifests that name none.
    pub namespace: &'a str,
    /// What the change will have made: all of it, changed or not.
    pub after: &'a [Manifest],
    /// What is there before.
    pub before: Before<'a>,
    /// What else the repository has: quotas, LimitRanges. What the cluster says of
    /// the same object goes before.
    pub repository: &'a [Manifest],
    /// The cluster's ResourceQuotas, LimitRanges, StorageClasses, RuntimeClasses,
    /// PriorityClasses and HorizontalPodAutoscalers. None: no cluster was asked.
    pub cluster: Option<&'a [Manifest]>,
    /// On how many nodes a DaemonSet runs.
    pub nodes: Option<u32>,
    /// What other approved changes take.
    pub reservations: &'a [Reservation],
}

/// Whether there is room, the worst last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fit {
    /// There is.
    Fits,
    /// That cannot be told.
    Unknown,
    /// There is in the end, and too little on the way there.
    Stalls,
    /// There is not.
    DoesNotFit,
}

/// What came of one namespace.
#[derive(Debug, Clone, PartialEq)]
pub struct Space {
    /// Which.
    pub namespace: String,
    /// Whether there is room.
    pub fit: Fit,
    /// Why that cannot be told, as far as it cannot.
    pub unknown: Vec<String>,
    /// The resources of which the change makes a difference.
    pub rows: Vec<Row>,
    /// What to say of them: sentences, and hints.
    pub remarks: Vec<String>,
}

/// What came of it all.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Judgement {
    /// Each namespace that the change touches, by name.
    pub spaces: Vec<Space>,
    /// What is wrong.
    pub findings: Vec<Finding>,
}

/// Counts what a change charges, and whether there is room for it.
pub fn judge(input: &Input<'_>) -> Judgement {
    let layers = layers::Layers::of(input);
    let of = |one: &object::Object<'_>| one.key.namespace.clone();
    let namespaces: BTreeSet<String> = layers.after.iter().filter_map(of).collect();
    let mut judgement = Judgement::default();
    for namespace in namespaces {
        let (space, findings) = namespace::judge(input, &layers, &namespace);
        judgement.spaces.push(space);
        judgement.findings.extend(findings);
    }
    judgement
}
