//! Deployments and what else makes pods.

use tidegate_yaml::Node;

use super::{Check, has, is_true, items, number, text};
use crate::schema::walk::{Walk, quoted};

pub(super) const CHECKS: &[(&str, Check)] = &[
    ("apps.v1.DeploymentSpec", selector),
    ("apps.v1.DeploymentSpec", always_restarts),
    ("apps.v1.DeploymentSpec", deadline),
    ("apps.v1.DeploymentStrategy", strategy),
    ("apps.v1.RollingUpdateDeployment", moves),
    ("apps.v1.DaemonSetSpec", selector),
    ("apps.v1.DaemonSetSpec", always_restarts),
    ("apps.v1.RollingUpdateDaemonSet", one_of_both),
    ("apps.v1.StatefulSetSpec", selector),
    ("apps.v1.StatefulSetSpec", always_restarts),
    ("apps.v1.ReplicaSetSpec", selector),
    ("apps.v1.ReplicaSetSpec", always_restarts),
    ("core.v1.ReplicationControllerSpec", always_restarts),
    ("core.v1.ReplicationControllerSpec", plain_selector),
    ("batch.v1.JobSpec", job),
    ("batch.v1.JobSpec", indexed),
    ("batch.v1.PodFailurePolicyRule", failure),
    ("batch.v1.SuccessPolicyRule", success),
    ("batch.v1.CronJobSpec", zone),
];

/// The selector is there, and selects the template's labels.
fn selector<'a>(walk: &mut Walk<'a>, spec: &'a Node) {
    let Some(selector) = spec.field("selector") else {
        return;
    };
    let is_empty = |field: &str| {
        let value = selector.field(field);
        value.is_none_or(|value| {
            value.as_mapping().is_none_or(<[_]>::is_empty)
                && value.as_sequence().is_none_or(<[_]>::is_empty)
        })
    };
    if is_empty("matchLabels") && is_empty("matchExpressions") {
        walk.at(spec, &["selector"], |walk, selector| {
            let message = "an empty selector selects every pod";
            walk.error("bad-selector", selector, message);
        });
        return;
    }
    let template = spec.field("template");
    let labels = template
        .and_then(|template| template.field("metadata"))
        .and_then(|metadata| metadata.field("labels"));
    // Nothing is an empty text there.
    let label = |name: &str| {
        let label = labels.and_then(|labels| labels.field(name))?;
        label.as_str().or(label.is_null().then_some(""))
    };
    walk.at(spec, &["selector", "matchLabels"], |walk, wanted| {
        for (name, value) in wanted.as_mapping().unwrap_or_default() {
            let given = label(name);
            if given != Some(value.as_str().unwrap_or_default()) {
                let is = given.map_or("has none".to_owned(), |given| {
                    format!("has {}", quoted(given))
                });
                let message = format!("the template {is} for the label {name} that is selected by");
                let hint = "give the selector and spec.template.metadata.labels the same label";
                walk.error_with_hint("selector-mismatch", value, message, hint.to_owned());
            }
        }
    });
    walk.each(spec, &["selector", "matchExpressions"], |walk, wanted| {
        let given = label(text(wanted, "key"));
        let mut values = items(wanted, "values").iter().filter_map(Node::as_str);
        let holds = match text(wanted, "operator") {
            "In" => given.is_some_and(|given| values.any(|value| value == given)),
            "NotIn" => given.is_none_or(|given| values.all(|value| value != given)),
            "Exists" => given.is_some(),
            "DoesNotExist" => given.is_none(),
            _ => true,
        };
        if !holds {
            let message = "the template's labels are not selected";
            walk.error("selector-mismatch", wanted, message);
        }
    });
}

fn always_restarts<'a>(walk: &mut Walk<'a>, spec: &'a Node) {
    walk.at(
        spec,
        &["template", "spec", "restartPolicy"],
        |walk, policy| {
            if matches!(policy.as_str(), Some("Never" | "OnFailure")) {
                let message = "pods of this kind are always restarted: write Always, or nothing";
                walk.error("not-a-choice", policy, message);
            }
        },
    );
    walk.at(
        spec,
        &["template", "spec", "activeDeadlineSeconds"],
        |walk, seconds| {
            let message = "pods of this kind must not end by a deadline";
            walk.error("not-allowed", seconds, message);
        },
    );
}

fn deadline<'a>(walk: &mut Walk<'a>, spec: &'a Node) {
    let ready = spec.field("minReadySeconds").and_then(number).unwrap_or(0);
    walk.at(spec, &["progressDeadlineSeconds"], |walk, deadline| {
        if number(deadline).is_some_and(|deadline| deadline <= ready) {
            let message = format!("it must be more than minReadySeconds, which is {ready}");
            walk.error("out-of-range", deadline, message);
        }
    });
}

fn strategy<'a>(walk: &mut Walk<'a>, strategy: &'a Node) {
    if text(strategy, "type") == "Recreate" {
        walk.at(strategy, &["rollingUpdate"], |walk, given| {
            let message = "with Recreate there is no rolling update to describe";
            walk.error("not-allowed", given, message);
        });
    }
}

fn is_none(node: Option<&Node>) -> bool {
    node.is_some_and(|node| {
        number(node) == Some(0)
            || node
                .as_str()
                .is_some_and(|text| text.trim_end_matches('%') == "0")
    })
}

/// Some pod must be allowed to go, or to come.
fn moves<'a>(walk: &mut Walk<'a>, update: &'a Node) {
    if is_none(update.field("maxUnavailable")) && is_none(update.field("maxSurge")) {
        let message = "maxUnavailable and maxSurge are both 0, so nothing could ever move";
        walk.error("out-of-range", update, message);
    }
    at_most_all(walk, update);
}

fn at_most_all<'a>(walk: &mut Walk<'a>, update: &'a Node) {
    walk.at(update, &["maxUnavailable"], |walk, share| {
        let percent = share.as_str().and_then(|text| text.strip_suffix('%'));
        if percent
            .and_then(|number| number.parse::<u32>().ok())
            .is_some_and(|number| number > 100)
        {
            walk.error("out-of-range", share, "more than 100% cannot be away");
        }
    });
}

/// A DaemonSet takes away first or adds first, not both.
fn one_of_both<'a>(walk: &mut Walk<'a>, update: &'a Node) {
    let surges = has(update, "maxSurge") && !is_none(update.field("maxSurge"));
    // One may be away unless it says otherwise.
    let stays = is_none(update.field("maxUnavailable"));
    if surges && !stays {
        let message = "of maxSurge and maxUnavailable one must be 0";
        let hint = "write maxUnavailable: 0".to_owned();
        walk.error_with_hint("out-of-range", update, message, hint);
    }
    if !surges && stays {
        let message = "maxUnavailable and maxSurge are both 0, so nothing could ever move";
        walk.error("out-of-range", update, message);
    }
    at_most_all(walk, update);
}

fn job<'a>(walk: &mut Walk<'a>, spec: &'a Node) {
    let Some(pod) = spec
        .field("template")
        .and_then(|template| template.field("spec"))
    else {
        return;
    };
    if !matches!(text(pod, "restartPolicy"), "OnFailure" | "Never") {
        let near = pod.field("restartPolicy").unwrap_or(pod);
        let message = "pods of a Job end: restartPolicy must be OnFailure or Never";
        let hint = "write restartPolicy: Never".to_owned();
        walk.error_with_hint("not-a-choice", near, message, hint);
    }
    if text(spec, "completionMode") == "Indexed" && !has(spec, "completions") {
        let message = "an indexed Job must have completions";
        walk.error("missing-field", spec, message);
    }
    let has_own_selector = is_true(spec, "manualSelector");
    if !has_own_selector {
        walk.at(spec, &["selector"], |walk, selector| {
            if selector
                .as_mapping()
                .is_some_and(|fields| !fields.is_empty())
            {
                let hint = "leave it out; the API server makes one".to_owned();
                let message = "a Job's selector is not written by hand";
                walk.error_with_hint("not-allowed", selector, message, hint);
            }
        });
    }
}

/// What is said of single indexes is of an indexed Job.
fn indexed<'a>(walk: &mut Walk<'a>, spec: &'a Node) {
    let is_indexed = text(spec, "completionMode") == "Indexed";
    for field in ["backoffLimitPerIndex", "maxFailedIndexes", "successPolicy"] {
        if has(spec, field) && !is_indexed {
            let message = format!("{field} needs completionMode: Indexed");
            walk.error("not-allowed", spec, message);
        }
    }
    if has(spec, "maxFailedIndexes") && !has(spec, "backoffLimitPerIndex") {
        let message = "maxFailedIndexes needs backoffLimitPerIndex";
        walk.error("missing-field", spec, message);
    }
}

fn failure<'a>(walk: &mut Walk<'a>, rule: &'a Node) {
    let conditions = !items(rule, "onPodConditions").is_empty();
    if has(rule, "onExitCodes") == conditions {
        let message = "a rule is of onExitCodes or of onPodConditions";
        walk.error("missing-field", rule, message);
    }
    let is_in = rule
        .field("onExitCodes")
        .is_some_and(|codes| text(codes, "operator") == "In");
    let mut seen = std::collections::HashSet::new();
    walk.each(rule, &["onExitCodes", "values"], |walk, code| {
        let given = number(code).unwrap_or_default();
        if is_in && given == 0 {
            walk.error("out-of-range", code, "0 is no failure");
        }
        if !seen.insert(given) {
            let message = format!("{given} is there twice");
            walk.error("duplicate-name", code, message);
        }
    });
}

fn success<'a>(walk: &mut Walk<'a>, rule: &'a Node) {
    if !has(rule, "succeededIndexes") && !has(rule, "succeededCount") {
        let message = "a rule must have succeededIndexes or succeededCount";
        walk.error("missing-field", rule, message);
    }
    walk.at(rule, &["succeededIndexes"], |walk, indexes| {
        let given = indexes.as_str().unwrap_or_default();
        let is_number = |text: &str| text.parse::<u32>().is_ok();
        let holds = given.split(',').all(|part| {
            part.split_once('-')
                .map_or(is_number(part), |(first, last)| {
                    is_number(first) && is_number(last)
                })
        });
        if !holds {
            let message = format!("{} is no list of indexes such as 0,2-4", quoted(given));
            walk.error("bad-name", indexes, message);
        }
    });
}

/// The selector selects the template's labels; without one it is them.
fn plain_selector<'a>(walk: &mut Walk<'a>, spec: &'a Node) {
    let labels = spec
        .field("template")
        .and_then(|template| template.field("metadata")?.field("labels"));
    walk.at(spec, &["selector"], |walk, selector| {
        for (name, value) in selector.as_mapping().unwrap_or_default() {
            let given = labels.and_then(|labels| labels.field(name));
            let given = given.map(|given| given.as_str().unwrap_or_default());
            if given != Some(value.as_str().unwrap_or_default()) {
                let message = format!("the template has no such label {name}");
                let hint = "give the selector and spec.template.metadata.labels the same label";
                walk.error_with_hint("selector-mismatch", value, message, hint.to_owned());
            }
        }
    });
}

/// A zone belongs into its field, and not into the schedule.
fn zone<'a>(walk: &mut Walk<'a>, spec: &'a Node) {
    walk.at(spec, &["schedule"], |walk, schedule| {
        if schedule.as_str().is_some_and(|text| text.contains("TZ=")) {
            let hint = "write it into timeZone".to_owned();
            walk.error_with_hint("bad-schedule", schedule, "a schedule names no zone", hint);
        }
    });
    walk.at(spec, &["timeZone"], |walk, zone| {
        let text = zone.as_str().unwrap_or_default();
        if text.eq_ignore_ascii_case("local") || jiff::tz::TimeZone::get(text).is_err() {
            let message = format!("{} is no time zone such as Europe/Berlin", quoted(text));
            walk.error("bad-schedule", zone, message);
        }
    });
}
