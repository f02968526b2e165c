//! Autoscalers.

use tidegate_yaml::Node;

use super::{Check, has, items, number, text};
use crate::schema::walk::Walk;

pub(super) const CHECKS: &[(&str, Check)] = &[
    ("autoscaling.v1.HorizontalPodAutoscalerSpec", bounds),
    ("autoscaling.v2.HorizontalPodAutoscalerSpec", bounds),
    ("autoscaling.v1.HorizontalPodAutoscalerSpec", group),
    ("autoscaling.v2.HorizontalPodAutoscalerSpec", group),
    (
        "autoscaling.v2.HorizontalPodAutoscalerSpec",
        down_to_nothing,
    ),
    ("autoscaling.v2.HPAScalingRules", policies),
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

/// Of what is scaled the API server asks for the group since 1.34.
fn group<'a>(walk: &mut Walk<'a>, spec: &'a Node) {
    if walk.release().minor() < 34 {
        return;
    }
    walk.at(spec, &["scaleTargetRef"], |walk, target| {
        let given = text(target, "apiVersion");
        let is_grouped = given
            .split_once('/')
            .is_some_and(|(group, version)| !group.is_empty() && !version.contains('/'));
        if !is_grouped {
            let near = target.field("apiVersion").unwrap_or(target);
            let message = "what is scaled must be named with its group, such as apps/v1";
            walk.error("missing-field", near, message);
        }
    });
}

/// What has no pods has no load of theirs.
fn down_to_nothing<'a>(walk: &mut Walk<'a>, spec: &'a Node) {
    let of_others = |metric: &Node| matches!(text(metric, "type"), "Object" | "External");
    walk.at(spec, &["minReplicas"], |walk, least| {
        if number(least) == Some(0) && !items(spec, "metrics").iter().any(of_others) {
            let message = "it scales to nothing only by a metric of the type Object or External";
            walk.error("out-of-range", least, message);
        }
    });
}

fn policies<'a>(walk: &mut Walk<'a>, rules: &'a Node) {
    walk.at(rules, &["policies"], |walk, policies| {
        if policies.as_sequence().is_some_and(<[_]>::is_empty) {
            let hint = "leave it out for the default".to_owned();
            walk.error_with_hint("missing-field", policies, "it must have a policy", hint);
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
