//! What would change in the cluster.

use tidegate_preflight::diff::{Inputs, check as compare};
use tidegate_preflight::trace::trace;
use tidegate_preflight::{Check, CheckReport};

use super::Input;
use crate::command::preflight::surroundings::Surroundings;

pub(super) fn check(input: &Input, surroundings: Option<&Surroundings>) -> CheckReport {
    let Some(surroundings) = surroundings else {
        return CheckReport::not_judged(
            Check::Diff,
            "no cluster was asked",
            "--context or --kubeconfig asks one; --waive diff=REASON does without",
        );
    };
    let of_target = input.targets.iter().map(|target| {
        let mut report = compare(&Inputs {
            manifests: &target.manifests,
            approved: target.before.as_deref(),
            live: &surroundings.live,
            answers: &surroundings.answers,
        });
        trace(&mut report.findings, &target.manifests, &target.sources);
        (target.name.clone(), report)
    });
    CheckReport::of_several(Check::Diff, of_target.collect())
}
