//! Limits of a namespace.

use std::collections::HashSet;

use tidegate_yaml::Node;

use super::resources::quantity;
use super::{Check, has, text};
use crate::manifest::Step;
use crate::schema::format;
use crate::schema::suggest::nearest;
use crate::schema::walk::{Walk, quoted};

pub(super) const CHECKS: &[(&str, Check)] = &[
    ("core.v1.LimitRangeSpec", types),
    ("core.v1.LimitRangeItem", order),
    ("core.v1.LimitRangeItem", fits_its_type),
];

/// What limits are of. Others have a prefix.
const TYPES: [&str; 3] = ["Container", "Pod", "PersistentVolumeClaim"];

fn types<'a>(walk: &mut Walk<'a>, spec: &'a Node) {
    let mut seen = HashSet::new();
    walk.each(spec, &["limits"], |walk, limit| {
        walk.at(limit, &["type"], |walk, kind| {
            let given = kind.as_str().unwrap_or_default();
            let is_known =
                TYPES.contains(&given) || (given.contains('/') && format::is_qualified_name(given));
            if !is_known {
                let message = format!("{} is none of {}", quoted(given), TYPES.join(", "));
                let hint = nearest(given, TYPES).map(|word| format!("write {word}"));
                walk.error_with_hint("not-a-choice", kind, message, hint);
            } else if !seen.insert(given) {
                let message = format!("there are limits of {given} already");
                walk.error("duplicate-name", kind, message);
            }
        });
    });
}

/// The lesser is not more than the greater.
const ORDER: &[(&str, &str)] = &[
    ("min", "max"),
    ("min", "defaultRequest"),
    ("min", "default"),
    ("defaultRequest", "default"),
    ("defaultRequest", "max"),
    ("default", "max"),
];

fn order<'a>(walk: &mut Walk<'a>, item: &'a Node) {
    for (lesser, greater) in ORDER {
        let Some(most) = item.field(greater) else {
            continue;
        };
        walk.at(item, &[lesser], |walk, amounts| {
            for (name, amount) in amounts.as_mapping().unwrap_or_default() {
                let (Some(amount_here), Some(most)) =
                    (quantity(amount), most.field(name).and_then(quantity))
                else {
                    continue;
                };
                if amount_here.exceeds(most) {
                    let message = format!("it is more than {greater} allows");
                    walk.within(Step::Field(name), |walk| {
                        walk.error("above-limit", amount, message);
                    });
                }
            }
        });
    }
}

fn fits_its_type<'a>(walk: &mut Walk<'a>, item: &'a Node) {
    match text(item, "type") {
        "Pod" => {
            for field in ["default", "defaultRequest"] {
                let given = item.field(field).and_then(Node::as_mapping);
                if given.is_some_and(|amounts| !amounts.is_empty()) {
                    let message = format!("limits of a Pod have no {field}");
                    walk.error("not-allowed", item, message);
                }
            }
        }
        "PersistentVolumeClaim" => {
            let limits = ["min", "max"].map(|field| item.field(field));
            if !limits
                .into_iter()
                .flatten()
                .any(|amounts| has(amounts, "storage"))
            {
                let message = "limits of claims must have a min or max of storage";
                walk.error("missing-field", item, message);
            }
        }
        _ => {}
    }
}
