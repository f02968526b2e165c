//! What policies say: the specifications in `policy/`.

#![allow(
    clippy::unwrap_used,
    reason = "all of this file is tests; clippy knows only the functions marked as such"
)]

mod nonsense;
mod specification;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use nonsense::spoilt;
use specification::{Case, hold, line};
use tidegate_preflight::diff::Live;
use tidegate_preflight::policy::{Cluster, Input, judge};
use tidegate_preflight::read::read;
use tidegate_preflight::schema::Release;
use tidegate_preflight::{CheckReport, Manifest, Verdict};

fn manifests(case: &Case<'_>, words: &str) -> Vec<Manifest> {
    let text = case.block(words).unwrap_or_default();
    let reading = read("web.yaml", text.as_bytes(), words.is_empty());
    assert!(reading.findings.is_empty(), "{:?}", reading.findings);
    reading.manifests
}

/// The blocks: what will be has no word, `policies` is what the repository has,
/// `cluster` what the cluster has, `live` what of the objects is there;
/// `cluster without KIND` does not let that kind be listed.
fn told(case: &Case<'_>, after: &[Manifest], repository: &[Manifest]) -> CheckReport {
    let seen = case.blocks().find_map(|(words, text)| {
        let unseen = words.strip_prefix("cluster")?.trim();
        let unseen = unseen.strip_prefix("without ").map(ToOwned::to_owned);
        let reading = read("the cluster", text.as_bytes(), false);
        Some((
            reading.manifests,
            unseen.into_iter().collect::<Vec<String>>(),
        ))
    });
    let there = manifests(case, "live");
    let keyed = |one: &Manifest| Some((one.key().ok()?, Live::Is(one.value())));
    let mut live: BTreeMap<_, _> = there.iter().filter_map(keyed).collect();
    for key in after.iter().filter_map(|one| one.key().ok()) {
        live.entry(key).or_insert(Live::Absent);
    }
    judge(&Input {
        release: Release::LATEST,
        namespace: "default",
        after,
        named: &[],
        repository,
        cluster: seen
            .as_ref()
            .map(|(objects, unseen)| Cluster { objects, unseen }),
        live: seen.is_some().then_some(&live),
        answers: &BTreeMap::new(),
    })
}

fn found(case: &Case<'_>) -> String {
    let report = told(case, &manifests(case, ""), &manifests(case, "policies"));
    let mut text = String::new();
    let _ = match &report.verdict {
        Verdict::Passed { what } => writeln!(text, "passed: {what}"),
        Verdict::Failed { what } => writeln!(text, "failed: {what}"),
        Verdict::NotJudged { why, hint } => {
            let hint = hint.as_deref().unwrap_or_default();
            writeln!(text, "not judged: {why} ({hint})")
        }
        Verdict::Waived { .. } => Ok(()),
    };
    text.extend(report.findings.iter().map(line));
    for detail in report.details {
        let _ = writeln!(text, "  {detail}");
    }
    text
}

#[test]
fn every_specification_holds() {
    hold("policy", 50, found);
}

/// Whatever stands where, it is judged, and soon.
#[test]
fn nonsense_is_judged_as_well() {
    if std::env::var_os("UPDATE").is_some() {
        return;
    }
    let judged = Cell::new(0);
    hold("policy", 50, |case| {
        let (after, policies) = (manifests(case, ""), manifests(case, "policies"));
        for (_, all) in spoilt(&after) {
            judged.set(judged.get() + 1);
            told(case, &all, &policies);
        }
        for (_, all) in spoilt(&policies) {
            judged.set(judged.get() + 1);
            told(case, &after, &all);
        }
        found(case)
    });
    assert!(judged.get() > 500, "{}", judged.get());
}
