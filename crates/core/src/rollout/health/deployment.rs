//! A Deployment, in a stage or in full.

use serde_json::Value;

use super::pod::{Trouble, worst};
use super::{Context, Health, is_observed, owned_by, short, unobserved};
use crate::rollout::field;
use crate::rollout::template::pod_template;

pub(super) fn judge(deployment: &Value, context: &Context<'_>) -> Health {
    if !is_observed(deployment) {
        return unobserved();
    }
    let Some(new) = new_replica_set(deployment, context) else {
        return without_replica_set(deployment);
    };
    let shortfall = match context.expected_new {
        Some(expected) => short_of_stage(deployment, new, expected, context),
        None => short_of_whole(deployment),
    };
    let Some(shortfall) = shortfall else {
        return Health::Healthy;
    };
    let trouble = worst(owned_by(context.pods, new));
    match stopped(deployment) {
        Some(reason) => {
            let pod = trouble
                .map(|Trouble { text, .. }| format!("; {text}"))
                .unwrap_or_default();
            Health::Failed(format!("{shortfall}; {reason}{pod}"))
        }
        None => short(shortfall, trouble),
    }
}

/// The ReplicaSet that runs the Deployment's present template: the oldest, as for
/// the Deployment controller. The highest revision would not do: while the
/// controller only changes the number of replicas it reports the generation as
/// seen before the new ReplicaSet exists.
fn new_replica_set<'a>(deployment: &Value, context: &Context<'a>) -> Option<&'a Value> {
    let template = pod_template(deployment);
    owned_by(context.replica_sets, deployment)
        .filter(|set| pod_template(set) == template)
        .min_by_key(|set| field::text(set, "/metadata/creationTimestamp"))
}

fn without_replica_set(deployment: &Value) -> Health {
    if field::has_condition(deployment, "Progressing", "False")
        && let Some(condition) = field::condition(deployment, "Progressing")
        && field::text(condition, "/reason") == Some("ReplicaSetCreateError")
    {
        let message = field::explanation(condition);
        return Health::Failed(format!("its new ReplicaSet cannot be created ({message})"));
    }
    Health::Progressing(if field::is_true(deployment, "/spec/paused") {
        "it is paused, so its new ReplicaSet is not created".to_owned()
    } else {
        "its new ReplicaSet is not there yet".to_owned()
    })
}

/// More new pods than expected are no shortfall: an autoscaler makes both
/// revisions grow in proportion.
fn short_of_stage(
    deployment: &Value,
    new: &Value,
    expected: u32,
    context: &Context<'_>,
) -> Option<String> {
    let ready = field::count(new, "/status/readyReplicas").unwrap_or(0);
    if ready < expected {
        return Some(format!("{ready} of {expected} new pods ready"));
    }
    let updated = field::count(deployment, "/status/updatedReplicas").unwrap_or(0);
    if updated < expected {
        return Some(format!("{updated} of {expected} pods updated"));
    }
    let old_pods = |pointer: &str| -> u32 {
        owned_by(context.replica_sets, deployment)
            .filter(|set| !std::ptr::eq(*set, new))
            .filter_map(|set| field::count(set, pointer))
            .sum()
    };
    // An autoscaler may have taken some of the old pods away meanwhile.
    let expected_old = context.expected_old.min(old_pods("/spec/replicas"));
    let ready_old = old_pods("/status/readyReplicas");
    (ready_old < expected_old).then(|| format!("{ready_old} of {expected_old} old pods ready"))
}

fn short_of_whole(deployment: &Value) -> Option<String> {
    let wanted = field::count(deployment, "/spec/replicas").unwrap_or(1);
    let status = |name: &str| field::count(deployment, name).unwrap_or(0);
    let updated = status("/status/updatedReplicas");
    let old = status("/status/replicas").saturating_sub(updated);
    let available = status("/status/availableReplicas");
    if updated < wanted {
        Some(format!("{updated} of {wanted} pods updated"))
    } else if old > 0 {
        Some(format!("{} still there", pods(old, "old ")))
    } else if updated > wanted {
        Some(format!(
            "{} more than the {wanted} wanted",
            pods(updated - wanted, "")
        ))
    } else if available < wanted {
        Some(format!("{available} of {wanted} pods available"))
    } else {
        None
    }
}

fn pods(count: u32, which: &str) -> String {
    format!("{count} {which}pod{}", if count == 1 { "" } else { "s" })
}

/// Why the Deployment controller itself says that it gets no further.
fn stopped(deployment: &Value) -> Option<String> {
    if field::has_condition(deployment, "ReplicaFailure", "True") {
        let message = field::condition(deployment, "ReplicaFailure").map(field::explanation);
        return Some(format!(
            "pods cannot be created ({})",
            message.unwrap_or_default()
        ));
    }
    let progress = field::condition(deployment, "Progressing")?;
    let is_over = field::text(progress, "/status") == Some("False")
        && field::text(progress, "/reason") == Some("ProgressDeadlineExceeded");
    is_over.then(|| "no progress within its progressDeadlineSeconds".to_owned())
}
