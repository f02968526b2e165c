//! Requests and limits.

use serde_json::Value;
use tidegate_yaml::{Content, Node};

use super::Check;
use crate::manifest::Step;
use crate::schema::format;
use crate::schema::quantity::Quantity;
use crate::schema::walk::{Walk, quoted};

pub(super) const CHECKS: &[(&str, Check)] = &[("core.v1.ResourceRequirements", requirements)];

/// The resources without a prefix that a container can ask for.
const OF_CONTAINERS: [&str; 3] = ["cpu", "memory", "ephemeral-storage"];

fn requirements<'a>(walk: &mut Walk<'a>, node: &'a Node) {
    within_limits(walk, node);
    for list in ["requests", "limits"] {
        walk.at(node, &[list], |walk, amounts| {
            for (name, amount) in amounts.as_mapping().unwrap_or_default() {
                let is_known = OF_CONTAINERS.contains(&name.as_str())
                    || name.starts_with("hugepages-")
                    || (name.contains('/') && format::is_qualified_name(name));
                if !is_known {
                    let hint = crate::schema::suggest::nearest(name, OF_CONTAINERS)
                        .map(|near| format!("did you mean {near}?"));
                    let message = format!("{} is nothing that a container asks for", quoted(name));
                    walk.within(Step::Field(name), |walk| {
                        walk.error_with_hint("unknown-resource", amount, message, hint);
                    });
                }
                let limit = || node.field("limits").and_then(|limits| limits.field(name));
                if list == "requests" && name.contains('/') && limit().is_none() {
                    let message = "what cannot be shared must have a limit as well";
                    walk.within(Step::Field(name), |walk| {
                        walk.error("missing-field", amount, message);
                    });
                }
                if name.contains('/') && quantity(amount).is_some_and(|amount| !amount.is_whole()) {
                    walk.within(Step::Field(name), |walk| {
                        walk.error("bad-quantity", amount, "only whole ones can be had");
                    });
                }
            }
        });
    }
}

/// What is asked for is at most what is allowed.
fn within_limits<'a>(walk: &mut Walk<'a>, node: &'a Node) {
    let Some(limits) = node.field("limits") else {
        return;
    };
    walk.at(node, &["requests"], |walk, requests| {
        for (name, request) in requests.as_mapping().unwrap_or_default() {
            let limit = limits.field(name).and_then(quantity);
            let (Some(asked), Some(limit)) = (quantity(request), limit) else {
                continue;
            };
            if asked.exceeds(limit) {
                let message = format!("it asks for more {name} than its limit allows");
                walk.within(Step::Field(name), |walk| {
                    walk.error("above-limit", request, message);
                });
            }
        }
    });
}

/// What an amount is. Nothing is none, as Go reads it.
pub(super) fn quantity(node: &Node) -> Option<Quantity> {
    match &node.content {
        Content::Scalar(Value::Null) => Quantity::read("0"),
        Content::Scalar(Value::String(text)) => Quantity::read(text.trim()),
        Content::Scalar(Value::Number(number)) => Quantity::read(&number.to_string()),
        _ => None,
    }
}
