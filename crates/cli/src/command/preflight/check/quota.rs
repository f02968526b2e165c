//! Is there room for it?

use tidegate_preflight::quota::{Before, Input as Asked, judge};
use tidegate_preflight::trace::trace;
use tidegate_preflight::{Check, CheckReport, Finding, Verdict};

use super::{Input, Options, removed, together};
use crate::command::preflight::surroundings::Surroundings;

/// What has to be seen to count.
const COUNTED: [&str; 12] = [
    "ResourceQuota",
    "LimitRange",
    "Pod",
    "PersistentVolumeClaim",
    "Service",
    "ConfigMap",
    "Deployment",
    "StatefulSet",
    "DaemonSet",
    "Job",
    "CronJob",
    "HorizontalPodAutoscaler",
];

pub(super) fn check(
    options: &Options,
    input: &Input,
    surroundings: Option<&Surroundings>,
) -> CheckReport {
    let is_unseen = |kind: &&str| surroundings.is_some_and(|one| one.unseen.contains(*kind));
    let unseen: Vec<&str> = COUNTED.into_iter().filter(is_unseen).collect();
    if !unseen.is_empty() {
        return CheckReport::not_judged(
            Check::Quota,
            format!("the cluster does not let you list {}", unseen.join(", ")),
            "ask for the role view; --waive quota=REASON does without",
        );
    }
    let of_group = together(&input.targets).into_iter().map(|group| {
        let after = group.after();
        let base = group.before();
        let removed = base.as_deref().map(|base| removed(base, &after));
        let removed = removed.unwrap_or_default();
        let before = match (surroundings, &base) {
            (Some(surroundings), _) => Before::Live {
                objects: &surroundings.objects,
                removed: &removed,
            },
            (None, Some(base)) => Before::Revision(base),
            (None, None) => Before::Unknown,
        };
        let judgement = judge(&Asked {
            release: options.kubernetes_version,
            namespace: &options.into,
            after: &after,
            before,
            repository: &input.repository,
            cluster: surroundings.map(|surroundings| surroundings.objects.as_slice()),
            nodes: surroundings.and_then(|surroundings| surroundings.nodes),
            reservations: &[],
        });
        let mut report = judgement.report();
        told_once(&mut report);
        if surroundings.is_none() {
            as_far_as_known(&mut report);
        }
        trace(&mut report.findings, &after, &group.sources());
        (group.name(), report)
    });
    CheckReport::of_several(Check::Quota, of_group.collect())
}

/// What stands as a finding need not stand beneath the numbers as well.
fn told_once(report: &mut CheckReport) {
    let findings = &report.findings;
    report.details.retain(|line| {
        let line = line.trim();
        let is_told = |finding: &Finding| {
            let hint = finding.hint.as_deref();
            finding.message == line || (hint.is_some() && line.strip_prefix("hint: ") == hint)
        };
        !findings.iter().any(is_told)
    });
}

/// A repository does not tell what else is in a namespace: too little room stays too
/// little, but room may be taken by others.
fn as_far_as_known(report: &mut CheckReport) {
    if let Verdict::Passed { what } = &report.verdict {
        report.verdict = Verdict::NotJudged {
            why: format!("{what}, if nothing else is there: no cluster was asked"),
            hint: Some(
                "--context or --kubeconfig asks one; --waive quota=REASON does without".to_owned(),
            ),
        };
    }
}
