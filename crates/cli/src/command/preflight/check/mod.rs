//! What is checked, each over everything that is to be judged.

mod diff;
mod images;
mod parity;
mod policy;
mod quota;
mod refs;
mod schema;

use std::collections::BTreeSet;

use tidegate_core::rollout::object::ObjectKey;
use tidegate_preflight::{Check, CheckReport, Manifest, Target, Verdict};

use super::Options;
use super::input::Input;
use super::surroundings::Surroundings;

/// Makes the checks that are asked for, in their order.
pub(super) fn all(
    options: &Options,
    input: &Input,
    surroundings: Option<&Surroundings>,
) -> Vec<CheckReport> {
    let asked = |check: &Check| options.checks.is_empty() || options.checks.contains(check);
    let checks = Check::ALL.into_iter().filter(asked);
    checks
        .map(|check| match check {
            Check::Schema => schema::check(input, options.kubernetes_version, surroundings),
            Check::Quota => quota::check(options, input, surroundings),
            Check::Policy => policy::check(options, input, surroundings),
            Check::Diff => diff::check(input, surroundings),
            Check::Parity => parity::check(input),
            Check::Images => images::check(options, input),
            Check::Refs => refs::check(options, input, surroundings),
        })
        .map(|report| as_far_as_rendered(report, input))
        .collect()
}

/// What is not rendered has not been looked at by any check.
fn as_far_as_rendered(mut report: CheckReport, input: &Input) -> CheckReport {
    let missing: usize = input.unjudged.values().map(Vec::len).sum();
    let broken = input
        .findings
        .iter()
        .filter(|one| one.id == "does-not-render");
    let count = missing + broken.count();
    if count > 0
        && let Verdict::Passed { what } = &report.verdict
    {
        let unrendered = match count {
            1 => "1 overlay is not rendered".to_owned(),
            count => format!("{count} overlays are not rendered"),
        };
        report.verdict = Verdict::NotJudged {
            why: format!("{what}; {unrendered}"),
            hint: None,
        };
    }
    report
}

/// Targets that go to the cluster side by side: those of which no two have the same
/// object, as the overlays of two environments have.
fn together(targets: &[Target]) -> Vec<Together<'_>> {
    let mut groups: Vec<(BTreeSet<ObjectKey>, Together<'_>)> = Vec::new();
    for target in targets {
        let keys: BTreeSet<ObjectKey> = target
            .manifests
            .iter()
            .filter_map(|manifest| manifest.key().ok())
            .collect();
        match groups
            .iter_mut()
            .find(|(others, _)| others.is_disjoint(&keys))
        {
            Some((others, group)) => {
                others.extend(keys);
                group.targets.push(target);
            }
            None => groups.push((
                keys,
                Together {
                    targets: vec![target],
                },
            )),
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

/// Targets of which no two have the same object.
struct Together<'a> {
    targets: Vec<&'a Target>,
}

impl Together<'_> {
    fn name(&self) -> String {
        let names = self.targets.iter().map(|target| target.name.as_str());
        names.collect::<Vec<_>>().join(", ")
    }

    fn after(&self) -> Vec<Manifest> {
        let targets = self.targets.iter();
        targets
            .flat_map(|target| target.manifests.clone())
            .collect()
    }

    fn sources(&self) -> Vec<Manifest> {
        let targets = self.targets.iter();
        targets.flat_map(|target| target.sources.clone()).collect()
    }

    /// What they were. None: that is not known of one of them.
    fn before(&self) -> Option<Vec<Manifest>> {
        let mut all = Vec::new();
        for target in &self.targets {
            all.extend(target.before.clone()?);
        }
        Some(all)
    }
}

/// What was there before and is no more.
fn removed(before: &[Manifest], after: &[Manifest]) -> Vec<ObjectKey> {
    let keys = |manifests: &[Manifest]| -> BTreeSet<ObjectKey> {
        let keys = manifests.iter().filter_map(|manifest| manifest.key().ok());
        keys.collect()
    };
    keys(before).difference(&keys(after)).cloned().collect()
}
