//! Claims and volumes.

use tidegate_yaml::Node;

use super::{Check, exactly_one, has, items};
use crate::schema::walk::Walk;

pub(super) const CHECKS: &[(&str, Check)] = &[
    ("core.v1.PersistentVolumeClaimSpec", claim),
    ("core.v1.PersistentVolumeSpec", volume),
];

fn claim<'a>(walk: &mut Walk<'a>, spec: &'a Node) {
    modes(walk, spec);
    let requests = spec
        .field("resources")
        .and_then(|resources| resources.field("requests"));
    if !requests.is_some_and(|requests| has(requests, "storage")) {
        let message = "a claim must ask for storage";
        walk.error("missing-field", spec, message);
    }
}

fn volume<'a>(walk: &mut Walk<'a>, spec: &'a Node) {
    modes(walk, spec);
    if !spec
        .field("capacity")
        .is_some_and(|capacity| has(capacity, "storage"))
    {
        walk.error(
            "missing-field",
            spec,
            "a volume must have a capacity of storage",
        );
    }
    exactly_one(
        walk,
        spec,
        "source",
        &[
            "accessModes",
            "capacity",
            "claimRef",
            "mountOptions",
            "nodeAffinity",
            "persistentVolumeReclaimPolicy",
            "storageClassName",
            "volumeAttributesClassName",
            "volumeMode",
        ],
    );
}

fn modes(walk: &mut Walk<'_>, spec: &Node) {
    let modes = items(spec, "accessModes");
    if modes.is_empty() {
        walk.error("missing-field", spec, "it must have an access mode");
    }
    let is_single = |mode: &Node| mode.as_str() == Some("ReadWriteOncePod");
    if modes.len() > 1 && modes.iter().any(is_single) {
        let message = "ReadWriteOncePod goes with no other access mode";
        walk.error("too-many", spec, message);
    }
}
