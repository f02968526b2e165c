//! Autoscalers.

use tidegate_yaml::Node;

use super::{Check, has, number, text};
use crate::schema::walk::Walk;

pub(super) const CHECKS: &[(&str, Check)] = &[
    ("autoscaling.v1.HorizontalPodAutoscalerSpec", bounds),
    ("autoscaling.v2.HorizontalPodAutoscalerSpec", bounds),
    ("autoscaling.v2.MetricSpec", metric),
    ("autoscaling.v2.MetricTarget", target),
];

fn bounds<'a>(walk: &mut Walk<'a>, spec: &'a Node) {
    let least = spec.field("minReplicas").and_then(number).unwrap_or(1);
    walk.at(spec, &["maxReplicas"], |walk, most| {
        if number(most).is_some_and(|most| most < least) {
            let message = format!("it is less than minReplicas, which is {least}");
            walk.error("out-of-range", most, message);
        }
    });
}

/// Each type has a field of its own.
fn metric<'a>(walk: &mut Walk<'a>, metric: &'a Node) {
    let kind = text(metric, "type");
    let mut letters = kind.chars();
    let Some(first) = letters.next() else { return };
    let field: String = first.to_lowercase().chain(letters).collect();
    if !has(metric, &field) {
        let message = format!("a metric of the type {kind} must have {field}");
        walk.error("missing-field", metric, message);
    }
}

fn target<'a>(walk: &mut Walk<'a>, target: &'a Node) {
    let field = match text(target, "type") {
        "Utilization" => "averageUtilization",
        "AverageValue" => "averageValue",
        "Value" => "value",
        _ => return,
    };
    let fields = ["averageUtilization", "averageValue", "value"];
    if !fields.iter().any(|field| has(target, field)) {
        walk.error("missing-field", target, format!("it must have {field}"));
    }
}
