//! Whether two values mean the same to the API server.

use serde_json::Value;

use super::steps::{Step, last_field};
use crate::schema::quantity::Quantity;

/// Whether both say the same at this place: a quantity written otherwise, a number
/// as text, and nothing in other words are no difference.
pub(crate) fn same(steps: &[Step], one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Object(left), Value::Object(right)) => {
            let both = left.keys().chain(right.keys());
            both.into_iter().all(|name| {
                let mut steps = steps.to_vec();
                steps.push(Step::field(name));
                match (left.get(name), right.get(name)) {
                    (Some(left), Some(right)) => same(&steps, left, right),
                    (Some(only), None) | (None, Some(only)) => is_nothing(name, only),
                    (None, None) => true,
                }
            })
        }
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .zip(right)
                    .all(|(left, right)| same(steps, left, right))
        }
        (Value::Array(_) | Value::Object(_), _) | (_, Value::Array(_) | Value::Object(_)) => false,
        _ => one == other || same_scalar(steps, one, other),
    }
}

fn same_scalar(steps: &[Step], one: &Value, other: &Value) -> bool {
    let (Some(left), Some(right)) = (written(one), written(other)) else {
        return false;
    };
    if left == right {
        return true;
    }
    if !is_quantity(steps) {
        return false;
    }
    match (Quantity::read(&left), Quantity::read(&right)) {
        (Some(left), Some(right)) => !left.exceeds(right) && !right.exceeds(left),
        _ => false,
    }
}

fn written(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Where Kubernetes has quantities: in lists of resources, and in a few fields.
fn is_quantity(steps: &[Step]) -> bool {
    const FIELDS: [&str; 4] = ["sizeLimit", "divisor", "averageValue", "value"];
    const LISTS: [&str; 10] = [
        "limits",
        "requests",
        "hard",
        "capacity",
        "default",
        "defaultRequest",
        "max",
        "min",
        "maxLimitRequestRatio",
        "podFixed",
    ];
    let is = |step: Option<&Step>, names: &[&str]| {
        step.is_some_and(|step| matches!(step, Step::Field(name) if names.contains(&name.as_str())))
    };
    let above = steps.len().checked_sub(2);
    let above = above.and_then(|position| steps.get(position));
    is(above, &LISTS)
        || match last_field(steps) {
            // Of an autoscaler's metric, and not of a variable.
            "value" => is(above, &["target"]),
            name => FIELDS.contains(&name),
        }
}

/// Whether a field with this value says what leaving it out says.
pub(crate) fn is_nothing(name: &str, value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        // Selecting everything is not selecting nothing, and a volume has to be of some kind.
        Value::Object(fields) => {
            fields.is_empty() && name != "emptyDir" && !name.ends_with("elector")
        }
        Value::Bool(_) | Value::Number(_) | Value::String(_) => is_left_out(name) && is_zero(value),
    }
}

fn is_zero(value: &Value) -> bool {
    match value {
        Value::Bool(is) => !is,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Null | Value::Array(_) | Value::Object(_) => false,
    }
}

/// Fields that the API server leaves out where they are false, 0 or empty, as their
/// Go types are no pointers and have `omitempty`.
fn is_left_out(name: &str) -> bool {
    matches!(
        name,
        "hostNetwork"
            | "hostPID"
            | "hostIPC"
            | "readOnly"
            | "stdin"
            | "stdinOnce"
            | "tty"
            | "subPath"
            | "subPathExpr"
            | "minReadySeconds"
            | "paused"
            | "publishNotReadyAddresses"
            | "loadBalancerIP"
            | "workingDir"
            | "nodeName"
            | "hostname"
            | "subdomain"
            | "serviceName"
            | "value"
            | "medium"
            | "initialDelaySeconds"
            | "unschedulable"
            | "globalDefault"
            | "host"
            | "hostPort"
            | "nodePort"
            | "priorityClassName"
    )
}
