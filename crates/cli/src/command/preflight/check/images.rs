//! Is the image the one that was announced?

use tidegate_preflight::images::{Inputs, check as compare};
use tidegate_preflight::trace::trace;
use tidegate_preflight::{Check, CheckReport};

use super::{Input, Options};

pub(super) fn check(options: &Options, input: &Input) -> CheckReport {
    let announced = if options.announced.is_empty() {
        input.announced.as_deref()
    } else {
        Some(options.announced.as_slice())
    };
    let of_target = input.targets.iter().map(|target| {
        let mut report = compare(&Inputs {
            before: target.before.as_deref(),
            after: &target.manifests,
            announced,
            wants: options.images,
        });
        trace(&mut report.findings, &target.manifests, &target.sources);
        (target.name.clone(), report)
    });
    CheckReport::of_several(Check::Images, of_target.collect())
}
