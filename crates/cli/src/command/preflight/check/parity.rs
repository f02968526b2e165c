//! Do environments differ only where they may?

use std::collections::BTreeMap;

use tidegate_preflight::parity::{Allowed, Environment, check as compare};
use tidegate_preflight::trace::trace;
use tidegate_preflight::{Check, CheckReport, Target};

use super::Input;
use crate::command::preflight::environment::{Role, environment};

pub(super) fn check(input: &Input) -> CheckReport {
    let mut services: BTreeMap<String, BTreeMap<Role, &Target>> = BTreeMap::new();
    for target in input.targets.iter().chain(&input.beside) {
        if let Some((service, role)) = environment(&target.name) {
            services.entry(service).or_default().insert(role, target);
        }
    }
    let allowed = Allowed::default();
    let of_service = services.iter().filter_map(|(service, targets)| {
        let staging = targets.get(&Role::Staging)?;
        let production = targets.get(&Role::Production)?;
        let mut report = compare(
            side("staging", staging),
            side("production", production),
            &allowed,
        );
        trace(
            &mut report.findings,
            &production.manifests,
            &production.sources,
        );
        trace(&mut report.findings, &staging.manifests, &staging.sources);
        Some((service.clone(), report))
    });
    let reports: Vec<(String, CheckReport)> = of_service.collect();
    if reports.is_empty() {
        let what = "nothing here has both a staging and a production";
        return CheckReport::of(Check::Parity, what, Vec::new());
    }
    CheckReport::of_several(Check::Parity, reports)
}

fn side<'a>(name: &'a str, target: &'a Target) -> Environment<'a> {
    Environment {
        name,
        manifests: &target.manifests,
    }
}
