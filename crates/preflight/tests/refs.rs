//! What the check of references finds: the specifications in `refs/`.

#![allow(
    clippy::unwrap_used,
    reason = "all of this file is tests; clippy knows only the functions marked as such"
)]

mod nonsense;
mod specification;

use std::cell::Cell;

use nonsense::spoilt;
use specification::{Case, hold, line};
use tidegate_preflight::Manifest;
use tidegate_preflight::read::read;
use tidegate_preflight::refs::{Cluster, Input, judge};

fn manifests(text: &str) -> Vec<Manifest> {
    let reading = read("web.yaml", text.as_bytes(), true);
    assert!(reading.findings.is_empty(), "{:?}", reading.findings);
    reading.manifests
}

/// The blocks: what will be has no word, `cluster` is what else the cluster has, and
/// `cluster without KIND` is a cluster that does not let that kind be listed, `removed`
/// is what the change deletes of it.
fn found(case: &Case<'_>) -> String {
    let after = manifests(case.block("").unwrap());
    let seen = case.blocks().find_map(|(words, text)| {
        let unseen = words.strip_prefix("cluster")?.trim();
        let unseen = unseen.strip_prefix("without ").map(ToOwned::to_owned);
        Some((manifests(text), unseen.into_iter().collect::<Vec<String>>()))
    });
    let cluster = match &seen {
        None => Cluster::NotAsked,
        Some((objects, unseen)) => Cluster::Seen { objects, unseen },
    };
    let removed = case.block("removed").map(manifests).unwrap_or_default();
    let removed: Vec<_> = removed.iter().map(|one| one.key().unwrap()).collect();
    let report = judge(&Input {
        namespace: "production",
        after: &after,
        cluster,
        removed: &removed,
    });
    report.findings.iter().map(line).collect()
}

#[test]
fn every_specification_holds() {
    hold("refs", 30, found);
}

/// Whatever stands where, it is judged, and soon.
#[test]
fn nonsense_is_judged_as_well() {
    if std::env::var_os("UPDATE").is_some() {
        return;
    }
    let judged = Cell::new(0);
    hold("refs", 30, |case| {
        let after = manifests(case.block("").unwrap());
        let judge_all = |objects: &[Manifest], after: &[Manifest]| {
            judged.set(judged.get() + 1);
            judge(&Input {
                namespace: "production",
                after,
                cluster: Cluster::Seen {
                    objects,
                    unseen: &[],
                },
                removed: &[],
            });
        };
        for (spoilt, all) in spoilt(&after) {
            judge_all(&[], &all);
            judge_all(&spoilt, &after);
        }
        found(case)
    });
    assert!(judged.get() > 5_000, "{}", judged.get());
}
