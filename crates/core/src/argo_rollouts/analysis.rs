//! What the analysis says that brought a Rollout down.

use serde_json::Value;

use crate::rollout::field;

/// The AnalysisRun of this Rollout and these pods that failed, in words: its
/// name, its metric and what was measured. None: no run of it failed.
pub fn failed(rollout: &Value, hash: Option<&str>, runs: &[Value]) -> Option<String> {
    let uid = field::text(rollout, "/metadata/uid")?;
    let is_of_this = |run: &&Value| {
        let owners = field::items(run, "/metadata/ownerReferences");
        owners
            .iter()
            .any(|owner| field::text(owner, "/uid") == Some(uid))
            && field::text(run, "/metadata/labels/rollouts-pod-template-hash") == hash
    };
    let has_failed =
        |phase: Option<&str>| matches!(phase, Some("Failed" | "Error" | "Inconclusive"));
    let run = runs
        .iter()
        .filter(is_of_this)
        .filter(|run| has_failed(field::text(run, "/status/phase")))
        .max_by_key(|run| field::text(run, "/metadata/creationTimestamp"))?;
    let name = field::text(run, "/metadata/name").unwrap_or_default();
    let results = field::items(run, "/status/metricResults");
    let metric = results
        .iter()
        .find(|result| has_failed(field::text(result, "/phase")));
    let Some(metric) = metric else {
        let message = field::text(run, "/status/message").unwrap_or("it does not say why");
        return Some(format!("AnalysisRun/{name}: {}", field::shortened(message)));
    };
    let named = field::text(metric, "/name").unwrap_or_default();
    let phase = field::text(metric, "/phase").unwrap_or_default();
    Some(format!(
        "AnalysisRun/{name}: metric {named} is {phase}{}",
        measured(metric)
    ))
}

/// What the metric says of itself, else what was measured last.
fn measured(metric: &Value) -> String {
    let last = field::items(metric, "/measurements").last();
    let value = last.and_then(|last| field::text(last, "/value"));
    let said = [
        field::text(metric, "/message"),
        last.and_then(|last| field::text(last, "/message")),
    ];
    let said = said.into_iter().flatten().find(|text| !text.is_empty());
    match (said, value.filter(|value| !value.is_empty())) {
        (Some(said), _) => format!(" ({})", field::shortened(said)),
        (None, Some(value)) => format!(" (measured {})", field::shortened(value)),
        (None, None) => String::new(),
    }
}
