//! Is everything there that it names?
//!
//! What a change names is looked for among its own manifests, and among the objects
//! of the cluster where one was asked. Without a cluster nobody can know what other
//! tools make, so there a name of a kind that commonly comes from elsewhere is a
//! warning, and of a kind that is commonly delivered beside what names it an error:
//! a typing mistake in the name of a ConfigMap should not have to wait for a cluster.

mod budget;
mod collect;
mod defined;
mod reference;
mod scaling;
mod selector;

use tidegate_core::rollout::object::ObjectKey;

use crate::finding::{Check, Finding};
use crate::manifest::Manifest;
use crate::quota::object::Object;
use crate::report::CheckReport;
use defined::Defined;

/// What is known of the cluster.
#[derive(Debug, Clone, Copy)]
pub enum Cluster<'a> {
    /// Nobody asked.
    NotAsked,
    /// What it has.
    Seen {
        /// All objects of the kinds that may be named, of the namespaces that the
        /// change touches or names, and of the whole cluster. Secrets may come
        /// without their `data`: then no key of them is missed.
        objects: &'a [Manifest],
        /// The kinds that could not be listed, such as `Secret`: they are judged as
        /// if nobody had asked.
        unseen: &'a [String],
    },
}

/// What is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// The namespace of manifests that name none.
    pub namespace: &'a str,
    /// What the change will have made: all of it, changed or not.
    pub after: &'a [Manifest],
    /// What else is there.
    pub cluster: Cluster<'a>,
    /// What the cluster has and the change deletes.
    pub removed: &'a [ObjectKey],
}

/// Looks for everything that the manifests name.
pub fn judge(input: &Input<'_>) -> CheckReport {
    let after = Object::all(input.after, input.namespace);
    let mut there = match input.cluster {
        Cluster::NotAsked => Vec::new(),
        Cluster::Seen { objects, .. } => Object::all(objects, input.namespace),
    };
    there.retain(|one| !input.removed.contains(&one.key));
    let defined = Defined::of(&after, &there, input.cluster);
    let mut findings = Vec::new();
    let mut count = 0;
    for object in &after {
        for reference in collect::references(object) {
            count += 1;
            findings.extend(defined.judge(object, &reference));
        }
        findings.extend(selector::judge(&defined, object));
        findings.extend(budget::judge(&defined, object));
        findings.extend(scaling::judge(&defined, object));
    }
    let what = format!("{count} names in {} objects", after.len());
    CheckReport::of(Check::Refs, what, findings)
}

/// A finding of this check, without a hint.
fn finding(object: &Object<'_>, id: &'static str, message: String) -> Finding {
    Finding {
        check: Check::Refs,
        id,
        severity: crate::finding::Severity::Error,
        object: Some(object.key.clone()),
        path: crate::finding::Path::root(),
        place: object.place(&[]),
        message,
        hint: None,
    }
}
