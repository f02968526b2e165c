//! Whether what runs is what was approved.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::{Map, Value};

use super::field;

/// The fields of a Deployment that a stage sets itself, as JSON pointers. Only
/// these may differ between the approved manifest and what runs during a stage.
pub const STAGING_FIELDS: [&str; 5] = [
    REPLICAS,
    "/spec/minReadySeconds",
    "/spec/progressDeadlineSeconds",
    "/spec/strategy/rollingUpdate/maxSurge",
    "/spec/strategy/rollingUpdate/maxUnavailable",
];

const REPLICAS: &str = "/spec/replicas";

/// Written by the controllers of Deployments and of Rollouts at every rollout.
const REVISIONS: [&str; 2] = [
    "/metadata/annotations/deployment.kubernetes.io~1revision",
    "/metadata/annotations/rollout.argoproj.io~1revision",
];

/// A field in which the live object is not what was approved.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldDifference {
    /// Where in the object (RFC 6901).
    pub pointer: String,
    /// As applying the approved manifest would leave it; none when it would not
    /// be there. Always none for a Secret.
    pub approved: Option<Value>,
    /// As it is; none when it is not there. Always none for a Secret.
    pub live: Option<Value>,
}

/// `/spec/replicas is 9, approved 10`; of a Secret only `/data/password differs`.
impl fmt::Display for FieldDifference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |value: &Value| field::shortened(&value.to_string());
        match (&self.approved, &self.live) {
            (None, None) => write!(formatter, "{} differs", self.pointer),
            (Some(approved), None) => {
                write!(
                    formatter,
                    "{} is missing, approved {}",
                    self.pointer,
                    shown(approved)
                )
            }
            (None, Some(live)) => {
                write!(
                    formatter,
                    "{} is {}, not approved",
                    self.pointer,
                    shown(live)
                )
            }
            (Some(approved), Some(live)) => write!(
                formatter,
                "{} is {}, approved {}",
                self.pointer,
                shown(live),
                shown(approved)
            ),
        }
    }
}

/// Where the live object is not what applying the approved manifest would make of
/// it. `dry_run` is the answer to a server-side-apply dry run of `approved` with
/// the field manager that applied the stage.
///
/// Compared are labels, annotations and everything outside `metadata` and
/// `status`. Not compared are replicas that the approved manifest leaves to an
/// autoscaler, and during a stage of a Deployment its [`STAGING_FIELDS`]. To see
/// that those hold too, compare the staged object with its own dry run, with
/// `during_stage` false.
///
/// Fields of other managers that the manifest does not mention survive an apply
/// and are not seen here.
pub fn unexpected_differences(
    approved: &Value,
    dry_run: &Value,
    live: &Value,
    during_stage: bool,
) -> Vec<FieldDifference> {
    let mut found = Vec::new();
    compare(
        "",
        Some(&compared_part(dry_run)),
        Some(&compared_part(live)),
        &mut found,
    );
    let is_deployment = field::text(live, "/kind") == Some("Deployment");
    let leaves_replicas = approved.pointer(REPLICAS).is_none();
    found.retain(|difference| {
        let pointer = difference.pointer.as_str();
        let is_staging = during_stage && is_deployment && STAGING_FIELDS.contains(&pointer);
        let is_revision = REVISIONS.contains(&pointer);
        !(is_staging || is_revision || (leaves_replicas && pointer == REPLICAS))
    });
    if [dry_run, live]
        .iter()
        .any(|object| field::text(object, "/kind") == Some("Secret"))
    {
        for difference in &mut found {
            difference.approved = None;
            difference.live = None;
        }
    }
    found
}

fn compared_part(object: &Value) -> Value {
    let mut part = object.as_object().cloned().unwrap_or_default();
    part.remove("status");
    if let Some(Value::Object(metadata)) = part.get_mut("metadata") {
        metadata.retain(|name, _| matches!(name.as_str(), "labels" | "annotations"));
    }
    Value::Object(part)
}

fn compare(
    pointer: &str,
    approved: Option<&Value>,
    live: Option<&Value>,
    found: &mut Vec<FieldDifference>,
) {
    if approved == live {
        return;
    }
    match (approved, live) {
        (Some(Value::Object(approved)), Some(Value::Object(live))) => {
            compare_fields(pointer, approved, live, found);
        }
        // Down to the leaves, so that a staging field is found below a parent that
        // only one side has.
        (Some(Value::Object(approved)), None) if !approved.is_empty() => {
            compare_fields(pointer, approved, &Map::new(), found);
        }
        (None, Some(Value::Object(live))) if !live.is_empty() => {
            compare_fields(pointer, &Map::new(), live, found);
        }
        (Some(Value::Array(approved)), Some(Value::Array(live))) => {
            for index in 0..approved.len().max(live.len()) {
                let pointer = format!("{pointer}/{index}");
                compare(&pointer, approved.get(index), live.get(index), found);
            }
        }
        _ => found.push(FieldDifference {
            pointer: pointer.to_owned(),
            approved: approved.cloned(),
            live: live.cloned(),
        }),
    }
}

fn compare_fields(
    pointer: &str,
    approved: &Map<String, Value>,
    live: &Map<String, Value>,
    found: &mut Vec<FieldDifference>,
) {
    let names: BTreeSet<&String> = approved.keys().chain(live.keys()).collect();
    for name in names {
        let pointer = field::pointer_to(pointer, name);
        compare(&pointer, approved.get(name), live.get(name), found);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn deployment() -> Value {
        json!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {
                "name": "api-gateway", "namespace": "production", "generation": 4,
                "resourceVersion": "100", "labels": {"app": "api-gateway"},
            },
            "spec": {
                "replicas": 10,
                "progressDeadlineSeconds": 600,
                "strategy": {"type": "RollingUpdate",
                    "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}},
                "template": {"spec": {"containers": [{"name": "app", "image": "api:2.5.0"}]}},
            },
            "status": {"readyReplicas": 10},
        })
    }

    fn sentences(differences: &[FieldDifference]) -> Vec<String> {
        differences.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_the_server_writes_is_no_difference() {
        let dry_run = deployment();
        let mut live = deployment();
        live["metadata"]["resourceVersion"] = json!("99");
        live["metadata"]["generation"] = json!(3);
        live["metadata"]["managedFields"] = json!([{"manager": "tidegate"}]);
        live["metadata"]["annotations"] = json!({"deployment.kubernetes.io/revision": "7"});
        live["status"] = json!({"readyReplicas": 1});
        assert_eq!(unexpected_differences(&dry_run, &dry_run, &live, false), []);
    }

    #[test]
    fn a_stage_may_differ_in_its_own_fields_only() {
        let dry_run = deployment();
        let mut live = deployment();
        live["spec"]["minReadySeconds"] = json!(86_400);
        live["spec"]["progressDeadlineSeconds"] = json!(87_000);
        live["spec"]["strategy"]["rollingUpdate"] = json!({"maxSurge": 1, "maxUnavailable": 0});
        live["spec"]["replicas"] = json!(20);
        assert_eq!(unexpected_differences(&dry_run, &dry_run, &live, true), []);
        assert_eq!(
            unexpected_differences(&dry_run, &dry_run, &live, false).len(),
            5
        );

        live["spec"]["template"]["spec"]["containers"][0]["image"] = json!("api:evil");
        live["metadata"]["labels"]["team"] = json!("edge");
        assert_eq!(
            sentences(&unexpected_differences(&dry_run, &dry_run, &live, true)),
            [
                "/metadata/labels/team is \"edge\", not approved",
                "/spec/template/spec/containers/0/image is \"api:evil\", approved \"api:2.5.0\"",
            ]
        );
    }

    #[test]
    fn a_staging_field_is_found_below_a_missing_parent() {
        let dry_run = deployment();
        let mut live = deployment();
        live["spec"]["strategy"] = json!({"type": "RollingUpdate"});
        assert_eq!(unexpected_differences(&dry_run, &dry_run, &live, true), []);
    }

    #[test]
    fn another_kind_has_no_staging_fields() {
        let mut dry_run = deployment();
        dry_run["kind"] = json!("StatefulSet");
        let mut live = dry_run.clone();
        live["spec"]["replicas"] = json!(9);
        assert_eq!(
            sentences(&unexpected_differences(&dry_run, &dry_run, &live, true)),
            ["/spec/replicas is 9, approved 10"]
        );
    }

    #[test]
    fn replicas_left_to_an_autoscaler_may_move() {
        let mut approved = deployment();
        approved["spec"].as_object_mut().unwrap().remove("replicas");
        let dry_run = deployment();
        let mut live = deployment();
        live["spec"]["replicas"] = json!(12);
        assert_eq!(
            unexpected_differences(&approved, &dry_run, &live, false),
            []
        );
        assert_eq!(
            unexpected_differences(&dry_run, &dry_run, &live, false).len(),
            1
        );
    }

    #[test]
    fn says_what_is_missing_and_what_is_too_much() {
        let dry_run = json!({"kind": "ConfigMap", "data": {"a": "1", "c": {}}, "list": [1, 2]});
        let live = json!({"kind": "ConfigMap", "data": {"b/x": "2"}, "list": [1]});
        assert_eq!(
            sentences(&unexpected_differences(&dry_run, &dry_run, &live, true)),
            [
                "/data/a is missing, approved \"1\"",
                "/data/b~1x is \"2\", not approved",
                "/data/c is missing, approved {}",
                "/list/1 is missing, approved 2",
            ]
        );
    }

    #[test]
    fn the_values_of_a_secret_are_never_in_the_answer() {
        let dry_run = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db"},
            "data": {"password": "aHVudGVyMg==", "user": "YQ=="}});
        let live = json!({"apiVersion": "v1", "kind": "Secret",
            "metadata": {"name": "db", "annotations": {"note": "aHVudGVyMw=="}},
            "data": {"password": "aHVudGVyMw==", "extra": "aHVudGVyNA=="}});
        let differences = unexpected_differences(&dry_run, &dry_run, &live, false);
        assert_eq!(
            sentences(&differences),
            [
                "/data/extra differs",
                "/data/password differs",
                "/data/user differs",
                "/metadata/annotations/note differs",
            ]
        );
        assert!(!format!("{differences:?}").contains("aHVudGVy"));
    }
}
