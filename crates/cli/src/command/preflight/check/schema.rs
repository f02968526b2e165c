//! The check of schemas, over everything that is to be judged.

use tidegate_preflight::schema::{Release, Tally, judge};
use tidegate_preflight::trace::trace;
use tidegate_preflight::{CheckReport, Verdict};

use super::Input;

/// Holds every manifest against the schemas of a release.
pub(super) fn check(input: &Input, release: Release) -> CheckReport {
    let mut tally = Tally::default();
    for target in &input.targets {
        for manifest in &target.manifests {
            let mut judgement = judge(release, manifest);
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
