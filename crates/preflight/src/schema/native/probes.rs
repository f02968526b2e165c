//! Probes and what runs at the start and end of a container.

use tidegate_yaml::Node;

use super::{Check, exactly_one, has, number};
use crate::schema::walk::Walk;

pub(super) const CHECKS: &[(&str, Check)] = &[
    ("core.v1.Probe", handler),
    ("core.v1.LifecycleHandler", action),
    ("core.v1.ExecAction", command),
    ("core.v1.Container", successes),
];

const TIMES: &[&str] = &[
    "initialDelaySeconds",
    "timeoutSeconds",
    "periodSeconds",
    "successThreshold",
    "failureThreshold",
    "terminationGracePeriodSeconds",
];

fn handler<'a>(walk: &mut Walk<'a>, probe: &'a Node) {
    exactly_one(walk, probe, "handler", TIMES);
}

fn action<'a>(walk: &mut Walk<'a>, handler: &'a Node) {
    exactly_one(walk, handler, "handler", &[]);
}

fn command<'a>(walk: &mut Walk<'a>, action: &'a Node) {
    if super::items(action, "command").is_empty() {
        walk.error("missing-field", action, "there is no command to run");
    }
}

/// What lives has to say so only once.
fn successes<'a>(walk: &mut Walk<'a>, container: &'a Node) {
    for probe in ["livenessProbe", "startupProbe"] {
        walk.at(container, &[probe, "successThreshold"], |walk, times| {
            if number(times).is_some_and(|times| times > 1) {
                walk.error("out-of-range", times, "it must be 1 here");
            }
        });
    }
    walk.at(container, &["readinessProbe"], |walk, probe| {
        if has(probe, "terminationGracePeriodSeconds") {
            let message = "a readiness probe ends nothing, so it has no grace period";
            walk.error("not-allowed", probe, message);
        }
    });
}
