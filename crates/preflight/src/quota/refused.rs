//! What is refused whatever room there is: by a LimitRange, or because it does not
//! say what it needs.

use serde_json::Value;

use super::movement::Way;
use super::namespace::Namespace;
use super::object::Object;
use super::pod::Pod;
use super::workload::Workload;
use crate::finding::{Check, Finding, Path, Severity};

/// Notes why the pods and claims of an object are refused. Whether that keeps
/// something from being made.
pub(crate) fn look(namespace: &mut Namespace<'_>, object: &Object<'_>) -> bool {
    let mut found = Vec::new();
    if object.key.is("", "PersistentVolumeClaim") {
        for range in namespace.then.limit_ranges() {
            for message in range.refuses_claim(&object.value) {
                found.push(outside(object, &range.name, message));
            }
        }
        let is_new = namespace.layers.earlier(&object.key).is_none();
        return note(namespace, found, is_new);
    }
    let Some(workload) = Workload::read(object) else {
        return false;
    };
    let pod = Pod::read(workload.spec(), &namespace.then);
    for range in namespace.then.limit_ranges() {
        for message in range.refuses_pod(&pod) {
            found.push(outside(object, &range.name, message));
        }
        for claim in &workload.claims {
            for message in range.refuses_claim(claim) {
                found.push(outside(object, &range.name, message));
            }
        }
    }
    for limit in &namespace.book.limits {
        for (resource, containers) in limit.unsaid(&pod) {
            let containers: Vec<String> =
                containers.iter().map(|name| format!("{name:?}")).collect();
            let containers = match containers.as_slice() {
                [one] => format!("the container {one} has"),
                many => format!("the containers {} have", many.join(", ")),
            };
            let (part, name) = resource.split_once('.').unwrap_or(("requests", &resource));
            found.push(Finding {
                check: Check::Quota,
                id: "must-specify",
                severity: Severity::Error,
                object: Some(object.key.clone()),
                path: Path::root().field("spec"),
                place: place(object),
                message: format!(
                    "the ResourceQuota {} is about {resource}, so {containers} to say how much",
                    limit.name
                ),
                hint: Some(format!(
                    "set resources.{part}.{name}, or let a LimitRange fill it in"
                )),
            });
        }
    }
    let movement = namespace.movement(&object.key);
    let makes =
        movement.is_some_and(|one| one.new > one.old || (one.way != Way::Kept && one.new > 0));
    note(namespace, found, makes)
}

/// What runs already goes on, until one of its pods has to be made again.
fn note(namespace: &mut Namespace<'_>, found: Vec<Finding>, makes: bool) -> bool {
    let is_any = !found.is_empty();
    for mut finding in found {
        if !makes {
            finding.severity = Severity::Warning;
        }
        namespace.findings.push(finding);
    }
    is_any && makes
}

fn outside(object: &Object<'_>, range: &str, message: String) -> Finding {
    Finding {
        check: Check::Quota,
        id: "outside-limit-range",
        severity: Severity::Error,
        object: Some(object.key.clone()),
        path: Path::root().field("spec"),
        place: place(object),
        message,
        hint: Some(format!("that is what the LimitRange {range} says")),
    }
}

fn place(object: &Object<'_>) -> Option<crate::finding::Place> {
    let is_template = object
        .pointer("/spec/template")
        .is_some_and(Value::is_object);
    if is_template {
        object.place(&["spec", "template", "spec", "containers"])
    } else {
        object.place(&["spec"])
    }
}
