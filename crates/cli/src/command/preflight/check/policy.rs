//! Do the policies allow it?

use std::collections::BTreeMap;

use tidegate_preflight::policy::{Cluster, Input as Asked, judge};
use tidegate_preflight::trace::trace;
use tidegate_preflight::{Check, CheckReport, Manifest};

use super::{Input, Options, together};
use crate::command::preflight::surroundings::Surroundings;

/// Holds everything against the policies of the repository, of the command line and of
/// the cluster.
pub(super) fn check(
    options: &Options,
    input: &Input,
    surroundings: Option<&Surroundings>,
) -> CheckReport {
    let unseen: Vec<String> = surroundings
        .iter()
        .flat_map(|one| one.unseen.iter().cloned())
        .collect();
    let nothing = BTreeMap::new();
    let named = input.policies.iter().chain(&input.definitions);
    let named: Vec<Manifest> = named.cloned().collect();
    let of_group = together(&input.targets).into_iter().map(|group| {
        let after = group.after();
        let mut report = judge(&Asked {
            release: options.kubernetes_version,
            namespace: &options.into,
            after: &after,
            named: &named,
            repository: &input.repository,
            cluster: surroundings.map(|one| Cluster {
                objects: &one.objects,
                unseen: &unseen,
            }),
            live: surroundings.map(|one| &one.live),
            answers: surroundings.map_or(&nothing, |one| &one.answers),
        });
        trace(&mut report.findings, &after, &group.sources());
        (group.name(), report)
    });
    let unrendered = input.unjudged.iter().map(|(why, of)| {
        let hint = "install what is missing, or say where it is";
        let why = format!("it is not rendered: {why}");
        let report = CheckReport::not_judged(Check::Policy, why, hint);
        (of.join(", "), report)
    });
    let all = of_group.chain(unrendered).collect();
    CheckReport::of_several(Check::Policy, all)
}
