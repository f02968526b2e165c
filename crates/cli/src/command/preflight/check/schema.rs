//! The check of schemas, over everything that is to be judged.

use tidegate_preflight::schema::{Definitions, Release, Tally, judge};
use tidegate_preflight::trace::trace;
use tidegate_preflight::{CheckReport, Verdict};

use super::Input;
use crate::command::preflight::surroundings::Surroundings;

/// Holds every manifest against the schemas of a release, and custom kinds against
/// their definitions. Of several of a kind the nearest counts: what is to be delivered,
/// what the repository has, what the command line names, what the cluster has.
pub(super) fn check(
    input: &Input,
    release: Release,
    surroundings: Option<&Surroundings>,
) -> CheckReport {
    let mut tally = Tally::default();
    let of_cluster = surroundings.iter().flat_map(|one| &one.objects);
    let mut definitions = Definitions::read(release, of_cluster).0;
    let (named, findings) = Definitions::read(release, &input.definitions);
    tally.add_findings(findings);
    definitions = definitions.and(named);
    let delivered = input.targets.iter().flat_map(|target| &target.manifests);
    for manifests in [
        input.repository.iter().collect(),
        delivered.collect::<Vec<_>>(),
    ] {
        definitions = definitions.and(Definitions::read(release, manifests).0);
    }
    for target in &input.targets {
        for manifest in &target.manifests {
            let mut judgement = judge(release, &definitions, manifest);
            if !manifest.is_source {
                let rendered = std::slice::from_ref(manifest);
                trace(&mut judgement.findings, rendered, &target.sources);
            }
            tally.add(judgement);
        }
    }
    tally.add_findings(input.findings.iter().cloned());
    let mut report = tally.report(release);
    // What several overlays are made of is wrong once.
    report.findings.dedup_by(|one, other| {
        one.place.is_some()
            && (&one.place, one.id, &one.message) == (&other.place, other.id, &other.message)
    });
    let mut whys: Vec<String> = input
        .unjudged
        .iter()
        .map(|(why, of)| unrendered(why, of))
        .collect();
    if whys.is_empty() {
        return report;
    }
    if matches!(report.verdict, Verdict::Failed { .. }) {
        let told = whys.iter().map(|why| format!("not judged: {why}"));
        report.details.extend(told);
        return report;
    }
    if let Verdict::NotJudged { why, .. } = &report.verdict {
        whys.push(why.clone());
    }
    report.verdict = Verdict::NotJudged {
        why: whys.join("; "),
        hint: Some("install what is missing, or say where it is".to_owned()),
    };
    report
}

fn unrendered(why: &str, targets: &[String]) -> String {
    match targets {
        [only] => format!("{only} is not rendered: {why}"),
        all => format!("{} overlays are not rendered: {why}", all.len()),
    }
}
