//! What the check of quotas says: the specifications in `quota/`.

#![allow(
    clippy::unwrap_used,
    reason = "all of this file is tests; clippy knows only the functions marked as such"
)]

mod nonsense;
mod specification;

use std::cell::Cell;
use std::fmt::Write as _;

use nonsense::spoilt;
use specification::{Case, hold, line};
use tidegate_preflight::quota::{Amounts, Before, Input, Reservation, judge};
use tidegate_preflight::read::read;
use tidegate_preflight::schema::Release;
use tidegate_preflight::{Manifest, Verdict};

/// The manifests of a block; what is asked of a cluster has no places.
fn manifests(case: &Case<'_>, words: &str, file: &str) -> Option<Vec<Manifest>> {
    let is_source = matches!(words, "" | "repository");
    let reading = read(file, case.block(words)?.as_bytes(), is_source);
    assert!(reading.findings.is_empty(), "{:?}", reading.findings);
    Some(reading.manifests)
}

/// `{change, namespace, amounts}`, one a document.
fn reservation(manifest: &Manifest) -> Reservation {
    let value = manifest.value();
    Reservation {
        change: value["change"].as_str().unwrap().to_owned(),
        namespace: value["namespace"].as_str().unwrap().to_owned(),
        amounts: Amounts::read(value.get("amounts")),
    }
}

/// The blocks: what will be has no word; `base` or `live` is what is there, `cluster`
/// what rules there, `repository` what the repository has besides, `reservations`
/// what others take. `nodes 3`, empty, says how many nodes there are, `on 1.33` which
/// release.
fn found(case: &Case<'_>) -> String {
    let after = manifests(case, "", "web.yaml").unwrap();
    let base = manifests(case, "base", "base.yaml");
    let live = manifests(case, "live", "live");
    let cluster = manifests(case, "cluster", "cluster");
    let repository = manifests(case, "repository", "quota.yaml").unwrap_or_default();
    let reservations = manifests(case, "reservations", "reservations").unwrap_or_default();
    let reservations: Vec<Reservation> = reservations.iter().map(reservation).collect();
    let word = |word: &str| {
        let mut words = case
            .blocks()
            .filter_map(|(words, _)| words.strip_prefix(word));
        words.next()
    };
    let release = word("on ").map_or(Release::LATEST, |word| word.parse().unwrap());
    let judgement = judge(&Input {
        release,
        namespace: "production",
        after: &after,
        before: match (&base, &live) {
            (Some(base), _) => Before::Revision(base),
            (None, Some(objects)) => Before::Live {
                objects,
                removed: &[],
            },
            (None, None) => Before::Unknown,
        },
        repository: &repository,
        cluster: cluster.as_deref(),
        nodes: word("nodes ").map(|word| word.parse().unwrap()),
        reservations: &reservations,
    });
    let report = judgement.report();
    let mut text = String::new();
    let _ = match &report.verdict {
        Verdict::Passed { what } => writeln!(text, "passed: {what}"),
        Verdict::Failed { what } => writeln!(text, "failed: {what}"),
        Verdict::NotJudged { why, .. } => writeln!(text, "not judged: {why}"),
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
    hold("quota", 60, found);
}

/// Whatever stands where, it is judged, and soon.
#[test]
fn nonsense_is_judged_as_well() {
    if std::env::var_os("UPDATE").is_some() {
        return;
    }
    let judged = Cell::new(0);
    let judge_all = |before: &[Manifest], rules: &[Manifest], after: &[Manifest]| {
        judged.set(judged.get() + 1);
        judge(&Input {
            release: Release::LATEST,
            namespace: "production",
            after,
            before: Before::Live {
                objects: before,
                removed: &[],
            },
            repository: &[],
            cluster: Some(rules),
            nodes: Some(3),
            reservations: &[],
        });
    };
    hold("quota", 60, |case| {
        let of = |words| manifests(case, words, "web.yaml").unwrap_or_default();
        let (live, rules, after) = (of("live"), of("cluster"), of(""));
        for (spoilt, all) in spoilt(&after) {
            judge_all(&live, &rules, &all);
            // It is there already, and what will be is in order.
            judge_all(&spoilt, &rules, &after);
        }
        for (_, rules) in spoilt(&rules) {
            judge_all(&live, &rules, &after);
        }
        found(case)
    });
    assert!(judged.get() > 10_000, "{}", judged.get());
}
