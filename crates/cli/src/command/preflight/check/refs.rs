//! Is everything there that it names?

use tidegate_preflight::refs::{Cluster, Input as Asked, judge};
use tidegate_preflight::trace::trace;
use tidegate_preflight::{Check, CheckReport};

use super::{Input, Options, removed, together};
use crate::command::preflight::surroundings::Surroundings;

pub(super) fn check(
    options: &Options,
    input: &Input,
    surroundings: Option<&Surroundings>,
) -> CheckReport {
    let of_group = together(&input.targets).into_iter().map(|group| {
        let after = group.after();
        let base = group.before();
        let removed = base.as_deref().map(|base| removed(base, &after));
        let seen = surroundings.map(|surroundings| {
            let unseen: Vec<String> = surroundings.unseen.iter().cloned().collect();
            (surroundings.objects.as_slice(), unseen)
        });
        let mut report = judge(&Asked {
            namespace: &options.into,
            after: &after,
            cluster: match &seen {
                Some((objects, unseen)) => Cluster::Seen { objects, unseen },
                None => Cluster::NotAsked,
            },
            removed: &removed.unwrap_or_default(),
        });
        trace(&mut report.findings, &after, &group.sources());
        (group.name(), report)
    });
    CheckReport::of_several(Check::Refs, of_group.collect())
}
