//! Where pods may run.

use std::collections::HashSet;

use tidegate_yaml::Node;

use super::{Check, has, items, text};
use crate::schema::format;
use crate::schema::walk::{Walk, quoted};

pub(super) const CHECKS: &[(&str, Check)] = &[
    ("core.v1.NodeSelector", terms),
    ("core.v1.PodSpec", spread),
    ("core.v1.Toleration", toleration),
];

fn terms<'a>(walk: &mut Walk<'a>, selector: &'a Node) {
    if items(selector, "nodeSelectorTerms").is_empty() {
        let message = "it must have a term, and an empty list would fit no node";
        walk.error("missing-field", selector, message);
    }
}

/// One constraint for each key and what to do where it cannot be met.
fn spread<'a>(walk: &mut Walk<'a>, pod: &'a Node) {
    let mut seen = HashSet::new();
    walk.each(pod, &["topologySpreadConstraints"], |walk, constraint| {
        let key = text(constraint, "topologyKey");
        if !seen.insert((key, text(constraint, "whenUnsatisfiable"))) {
            let message = format!("there is such a constraint for {} already", quoted(key));
            walk.error("duplicate-name", constraint, message);
        }
    });
}

fn toleration<'a>(walk: &mut Walk<'a>, toleration: &'a Node) {
    let operator = text(toleration, "operator");
    let value = text(toleration, "value");
    if operator == "Exists" && !value.is_empty() {
        walk.error("not-allowed", toleration, "Exists takes no value");
    }
    if matches!(operator, "" | "Equal") && !format::is_label_value(value) {
        let message = format!("{} is no value of a taint", quoted(value));
        walk.error("bad-label", toleration, message);
    }
    if text(toleration, "key").is_empty() && operator != "Exists" {
        walk.error(
            "missing-field",
            toleration,
            "without a key only Exists works",
        );
    }
    if has(toleration, "tolerationSeconds") && text(toleration, "effect") != "NoExecute" {
        let message = "tolerationSeconds needs the effect NoExecute";
        walk.error("not-allowed", toleration, message);
    }
}
