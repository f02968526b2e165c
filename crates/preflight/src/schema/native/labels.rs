//! Labels, annotations and what selects by them.

use tidegate_yaml::Node;

use super::{Check, items, text};
use crate::manifest::Step;
use crate::schema::format;
use crate::schema::walk::{Walk, quoted};

pub(super) const CHECKS: &[(&str, Check)] = &[
    ("meta.v1.ObjectMeta", of_metadata),
    ("meta.v1.LabelSelectorRequirement", requirement),
    ("core.v1.NodeSelectorRequirement", requirement),
    ("core.v1.ScopedResourceSelectorRequirement", values),
];

/// All annotations of an object together, in bytes.
const LARGEST_ANNOTATIONS: usize = 256 * 1024;

/// Of an object and of a pod's template; others are not asked.
fn of_metadata<'a>(walk: &mut Walk<'a>, node: &'a Node) {
    // The metadata of a job's template and of a claim's is taken as it is.
    if matches!(walk.depth(), 1) || is_of_pod_template(walk) {
        of_any(walk, node);
    }
}

/// Labels and annotations of any metadata.
pub(crate) fn of_any<'a>(walk: &mut Walk<'a>, metadata: &'a Node) {
    walk.at(metadata, &["labels"], labels);
    walk.at(metadata, &["annotations"], annotations);
}

/// `spec.template.metadata`, `spec.jobTemplate.spec.template.metadata` and the like.
fn is_of_pod_template(walk: &Walk<'_>) -> bool {
    matches!(walk.step_before_last(), Some(Step::Field("template")))
}

/// Names and values of labels.
pub(super) fn labels<'a>(walk: &mut Walk<'a>, node: &'a Node) {
    // By what a metric is selected is left to whoever measures it.
    if walk.is_within("metrics") {
        return;
    }
    for (name, value) in node.as_mapping().unwrap_or_default() {
        walk.within(Step::Field(name), |walk| {
            if !format::is_qualified_name(name) {
                let message = format!("{} is no name of a label", quoted(name));
                walk.error("bad-label", value, message);
            }
            if let Some(text) = value.as_str()
                && !format::is_label_value(text)
            {
                let message = format!(
                    "{} is no value of a label: at most 63 letters, digits, - _ and ., not at its ends",
                    quoted(text)
                );
                walk.error("bad-label", value, message);
            }
        });
    }
}

fn annotations<'a>(walk: &mut Walk<'a>, node: &'a Node) {
    let mut size = 0;
    for (name, value) in node.as_mapping().unwrap_or_default() {
        size += name.len() + value.as_str().unwrap_or_default().len();
        // Capitals are let through here.
        if !format::is_qualified_name(&name.to_lowercase()) {
            let message = format!("{} is no name of an annotation", quoted(name));
            walk.within(Step::Field(name), |walk| {
                walk.error("bad-annotation", value, message);
            });
        }
    }
    if size > LARGEST_ANNOTATIONS {
        let message = format!("the annotations have {size} bytes: 262144 are the most");
        walk.error("bad-annotation", node, message);
    }
}

/// Values are needed for `In`, and are wrong for `Exists`.
fn values<'a>(walk: &mut Walk<'a>, node: &'a Node) {
    let values = items(node, "values");
    match text(node, "operator") {
        operator @ ("In" | "NotIn") if values.is_empty() => {
            let message = format!("{operator} needs values");
            walk.error("bad-selector", node, message);
        }
        operator @ ("Exists" | "DoesNotExist") if !values.is_empty() => {
            let message = format!("{operator} takes no values");
            walk.error("bad-selector", node, message);
        }
        operator @ ("Gt" | "Lt") if values.len() != 1 => {
            let message = format!("{operator} takes one value");
            walk.error("bad-selector", node, message);
        }
        _ => {}
    }
}

fn requirement<'a>(walk: &mut Walk<'a>, node: &'a Node) {
    values(walk, node);
    // What is only preferred is taken as it is.
    if walk.is_within("preferredDuringSchedulingIgnoredDuringExecution")
        && !walk.is_within("podAffinityTerm")
    {
        return;
    }
    walk.each(node, &["values"], |walk, value| {
        if let Some(text) = value.as_str()
            && !format::is_label_value(text)
        {
            let message = format!("{} is no value of a label", quoted(text));
            walk.error("bad-label", value, message);
        }
    });
}
