//! How the fake nodes run their pods: nothing runs inside them, kwok moves their status on.
//!
//! The stages are kwok's own fast ones (a pod is ready as soon as it has a node, a Job's pod succeeds at once, a node
//! beats its heart), with two additions:
//!
//! * A pod with readiness gates (Kubernetes, "Pod readiness") becomes ready only when a condition of each gate is
//!   `True` in its status, as on a real node. Nobody sets it unless a test does, so a gate that nobody knows makes a pod
//!   that runs and is never ready.
//! * A Job's pod with the label [`JOB_FAILS_LABEL`] set to `true` fails with exit code 1, and so does one whose command is
//!   `false`. One whose command is `sleep` runs for ever.

mod fast;

use serde_json::{Value, json};
use thiserror::Error;

use crate::component::{ComponentError, Program};

/// A pod of a Job with this label set to `"true"` ends `Failed`. Set `backoffLimit: 0` too, or the Job tries again
/// after ten seconds.
pub const JOB_FAILS_LABEL: &str = "tidegate.dev/demo-job-fails";

/// How a Job's pod ends, as kwok's own language (gojq) finds it: `fails`, `runs` for ever, or `completes`. The stages of
/// `own.yaml` say the same words.
const JOB_POD: &str = r#"if .metadata.labels["tidegate.dev/demo-job-fails"] == "true" or .spec.containers[0].command[0] == "false" then "fails" elif .spec.containers[0].command[0] == "sleep" then "runs" else "completes" end"#;

/// Our own stages, one idea a document.
const OWN: &str = include_str!("own.yaml");

/// Why kwok's stages are not there.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StageError {
    /// kwok's own stages cannot be rendered from its module.
    #[error("cannot render the stages of {}", Program::Kwok)]
    Render(#[source] ComponentError),
    /// kwok's own stages cannot be read from the cache.
    #[error("cannot read the stages of {}", Program::Kwok)]
    Read(#[source] std::io::Error),
    /// The stages are not YAML.
    #[error("the stages of {} are not valid YAML", Program::Kwok)]
    Parse(#[source] Box<serde_saphyr::Error>),
    /// Our additions no longer fit kwok's own stages.
    #[error("kwok has no fast stage {0} to change")]
    Missing(&'static str),
}

/// The configuration file of kwok: one JSON document a stage, which kwok reads as YAML.
pub(crate) fn configuration(kustomize: &std::path::Path) -> Result<String, StageError> {
    let mut stages = parse(&fast::rendered(kustomize)?)?;
    narrow(
        &mut stages,
        "pod-ready",
        &json!({ "key": ".spec.readinessGates.[].conditionType", "operator": "DoesNotExist" }),
    )?;
    narrow(
        &mut stages,
        "pod-complete",
        &json!({ "key": JOB_POD, "operator": "In", "values": ["completes"] }),
    )?;
    stages.extend(parse(OWN)?);
    let documents: Vec<_> = stages.iter().map(Value::to_string).collect();
    Ok(documents.join("\n---\n"))
}

fn parse(text: &str) -> Result<Vec<Value>, StageError> {
    serde_saphyr::from_multiple(text).map_err(|error| StageError::Parse(Box::new(error)))
}

/// Adds a condition to the stage `name`, so that an object of ours does not match it too: of two stages that match, kwok
/// takes one by chance.
fn narrow(stages: &mut [Value], name: &'static str, condition: &Value) -> Result<(), StageError> {
    stages
        .iter_mut()
        .find(|stage| stage["metadata"]["name"] == name)
        .and_then(|stage| stage.pointer_mut("/spec/selector/matchExpressions"))
        .and_then(Value::as_array_mut)
        .ok_or(StageError::Missing(name))?
        .push(condition.clone());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stage(name: &str) -> Value {
        json!({ "metadata": { "name": name }, "spec": { "selector": { "matchExpressions": [] } } })
    }

    #[test]
    fn own_stages_use_the_documented_label_and_the_same_words() {
        let stages = parse(OWN).unwrap();
        let fails = stages
            .iter()
            .find(|stage| stage["metadata"]["name"] == "job-pod-fails")
            .unwrap();
        let selector = &fails["spec"]["selector"]["matchExpressions"];
        let keys = selector.as_array().unwrap().iter().map(|one| &one["key"]);
        assert!(keys.into_iter().any(|key| key == JOB_POD));
        assert!(JOB_POD.contains(JOB_FAILS_LABEL));
    }

    #[test]
    fn a_fast_stage_that_is_gone_is_an_error() {
        let mut stages = vec![stage("pod-ready")];
        narrow(&mut stages, "pod-ready", &json!({ "key": "x" })).unwrap();
        assert_eq!(
            stages[0]["spec"]["selector"]["matchExpressions"][0]["key"],
            "x"
        );
        let error = narrow(&mut stages, "pod-complete", &json!({})).unwrap_err();
        assert!(matches!(error, StageError::Missing("pod-complete")));
    }
}
