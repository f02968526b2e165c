//! A Job.

use serde_json::Value;

use super::pod::worst;
use super::{Context, Health, owned_by};
use crate::rollout::field;

/// Pods of a Job may fail: how often is the Job's own decision, which it tells by
/// its condition `Failed`.
///
/// Source: <https://kubernetes.io/docs/concepts/workloads/controllers/job/>
pub(super) fn judge(job: &Value, context: &Context<'_>) -> Health {
    if field::has_condition(job, "Complete", "True") {
        return Health::Healthy;
    }
    if field::has_condition(job, "Failed", "True") {
        let explanation = field::condition(job, "Failed").map(field::explanation);
        let mut text = format!("it failed ({})", explanation.unwrap_or_default());
        let failed = owned_by(context.pods, job)
            .filter(|pod| field::text(pod, "/status/phase") == Some("Failed"));
        if let Some(trouble) = worst(failed) {
            text = format!("{text}; {}", trouble.text);
        }
        return Health::Failed(text);
    }
    if field::is_true(job, "/spec/suspend") {
        return Health::Healthy;
    }
    let succeeded = field::count(job, "/status/succeeded").unwrap_or(0);
    let wanted = field::count(job, "/spec/completions").unwrap_or(1);
    let mut text = format!("{succeeded} of {wanted} completions");
    let open = owned_by(context.pods, job).filter(|pod| {
        !matches!(
            field::text(pod, "/status/phase"),
            Some("Succeeded" | "Running")
        )
    });
    if let Some(trouble) = worst(open) {
        text = format!("{text}; {}", trouble.text);
    }
    Health::Progressing(text)
}
