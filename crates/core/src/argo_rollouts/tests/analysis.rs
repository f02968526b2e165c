use serde_json::{Value, json};

use super::{NEW, live};
use crate::argo_rollouts::analysis::failed;

fn run(phase: &str, metric: &Value) -> Value {
    json!({
        "metadata": {
            "name": "web-8b6d4c-2-1",
            "creationTimestamp": "2026-11-26T02:00:00Z",
            "labels": {"rollouts-pod-template-hash": NEW},
            "ownerReferences": [{"uid": "r"}],
        },
        "status": {"phase": phase, "message": "it was stopped", "metricResults": [metric]},
    })
}

#[test]
fn the_metric_that_failed_is_named_with_what_was_measured() {
    let table = [
        (
            json!({"name": "errors", "phase": "Failed", "measurements": [{"value": "0.1"}, {"value": "0.7"}]}),
            "AnalysisRun/web-8b6d4c-2-1: metric errors is Failed (measured 0.7)",
        ),
        (
            json!({"name": "errors", "phase": "Error", "message": "no such host", "measurements": [{"value": "0.7"}]}),
            "AnalysisRun/web-8b6d4c-2-1: metric errors is Error (no such host)",
        ),
        (
            json!({"name": "errors", "phase": "Failed"}),
            "AnalysisRun/web-8b6d4c-2-1: metric errors is Failed",
        ),
        (
            json!({"name": "errors", "phase": "Successful"}),
            "AnalysisRun/web-8b6d4c-2-1: it was stopped",
        ),
    ];
    for (metric, words) in table {
        let runs = [run("Failed", &metric)];
        assert_eq!(failed(&live(), Some(NEW), &runs).as_deref(), Some(words));
    }
}

#[test]
fn runs_of_others_of_before_and_those_that_passed_say_nothing() {
    let metric = json!({"name": "errors", "phase": "Failed"});
    let mut other = run("Failed", &metric);
    other["metadata"]["ownerReferences"] = json!([{"uid": "another"}]);
    let mut before = run("Failed", &metric);
    before["metadata"]["labels"] = json!({"rollouts-pod-template-hash": "old"});
    let runs = [other, before, run("Successful", &metric)];
    assert_eq!(failed(&live(), Some(NEW), &runs), None);
}
