//! Services that choose no pods, and which pods a selector chooses.

use serde_json::{Map, Value};

use super::defined::Defined;
use super::finding;
use crate::finding::{Finding, Path};
use crate::quota::object::Object;
use crate::schema::suggest::nearest;

/// What makes pods, with the labels that those have.
pub(crate) struct Template<'a> {
    pub(crate) object: &'a Object<'a>,
    labels: Option<&'a Map<String, Value>>,
}

/// What makes pods, or is one.
pub(crate) fn template<'a>(object: &'a Object<'a>) -> Option<Template<'a>> {
    let pointer = match (object.key.group.as_str(), object.key.kind.as_str()) {
        ("", "Pod") => "/metadata/labels",
        ("batch", "CronJob") => "/spec/jobTemplate/spec/template/metadata/labels",
        ("", "ReplicationController")
        | ("apps", "Deployment" | "ReplicaSet" | "DaemonSet" | "StatefulSet")
        | ("batch", "Job")
        | ("argoproj.io", "Rollout") => "/spec/template/metadata/labels",
        _ => return None,
    };
    Some(Template {
        object,
        labels: object.pointer(pointer).and_then(Value::as_object),
    })
}

impl Template<'_> {
    /// Whether its pods have a label.
    fn has(&self, name: &str, value: &str) -> bool {
        let label = self.labels.and_then(|labels| labels.get(name));
        if label.and_then(Value::as_str) == Some(value) {
            return true;
        }
        let own = &self.object.key;
        match name {
            // What controllers add.
            "statefulset.kubernetes.io/pod-name" => {
                let ordinal = value.strip_prefix(&own.name);
                let ordinal = ordinal.and_then(|rest| rest.strip_prefix('-'));
                own.is("apps", "StatefulSet")
                    && ordinal.is_some_and(|ordinal| ordinal.parse::<u32>().is_ok())
            }
            "apps.kubernetes.io/pod-index" => own.is("apps", "StatefulSet"),
            "job-name" | "batch.kubernetes.io/job-name" => {
                own.is("batch", "Job") && own.name == value
            }
            _ => false,
        }
    }

    /// Whether its pods have all of these labels.
    pub(crate) fn has_all(&self, labels: &Map<String, Value>) -> bool {
        labels
            .iter()
            .all(|(name, value)| value.as_str().is_some_and(|value| self.has(name, value)))
    }

    /// Whether a selector with labels and expressions chooses its pods.
    pub(crate) fn is_chosen(&self, selector: &Value) -> bool {
        let labels = selector.get("matchLabels").and_then(Value::as_object);
        let expressions = selector.get("matchExpressions").and_then(Value::as_array);
        let holds = |expression: &Value| {
            let text = |name| expression.get(name).and_then(Value::as_str).unwrap_or("");
            let key = text("key");
            let is_there = self.labels.is_some_and(|labels| labels.contains_key(key));
            let values = expression.get("values").and_then(Value::as_array);
            let mut values = values.into_iter().flatten().filter_map(Value::as_str);
            match text("operator") {
                "In" => values.any(|value| self.has(key, value)),
                "NotIn" => !values.any(|value| self.has(key, value)),
                "Exists" => is_there,
                "DoesNotExist" => !is_there,
                _ => false,
            }
        };
        labels.is_none_or(|labels| self.has_all(labels))
            && expressions.is_none_or(|all| all.iter().all(holds))
    }
}

/// A Service that chooses no pods.
pub(crate) fn judge(defined: &Defined<'_>, object: &Object<'_>) -> Option<Finding> {
    let selector = object
        .pointer("/spec/selector")
        .and_then(Value::as_object)?;
    let is_for_pods = object.key.is("", "Service")
        && object.text("/spec/type") != Some("ExternalName")
        && !selector.is_empty();
    if !is_for_pods {
        return None;
    }
    let all = defined.templates(object.namespace());
    if all.iter().any(|template| template.has_all(selector)) {
        return None;
    }
    let told: Vec<String> = selector
        .iter()
        .map(|(name, value)| format!("{name}={}", value.as_str().unwrap_or("?")))
        .collect();
    let message = format!("no pods have the labels {} that it chooses", told.join(","));
    let place = object.place(&["spec", "selector"]);
    Some(Finding {
        severity: defined.severity("Pod", true),
        path: Path::root().field("spec").field("selector"),
        place,
        hint: near(all, selector),
        ..finding(object, "selects-nothing", message)
    })
}

/// Whose pods were meant, if all but one label are theirs.
fn near(all: &[Template<'_>], selector: &Map<String, Value>) -> Option<String> {
    let mut best = None;
    for template in all {
        let mut others = selector.iter().filter(|(name, value)| {
            !value
                .as_str()
                .is_some_and(|value| template.has(name, value))
        });
        let (Some((name, value)), None) = (others.next(), others.next()) else {
            continue;
        };
        let own = template.labels.and_then(|labels| labels.get(name));
        let own = own.and_then(Value::as_str);
        let is_near = own
            .and_then(|own| nearest(value.as_str()?, [own]))
            .is_some();
        let of = &template.object.key;
        match own {
            Some(own) if is_near || selector.len() > 1 => {
                return Some(format!("did you mean {name}={own}, as {of} has it?"));
            }
            None if selector.len() > 1 => {
                best.get_or_insert_with(|| format!("the pods of {of} have no label {name}"));
            }
            _ => {}
        }
    }
    best
}
