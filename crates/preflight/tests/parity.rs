//! What the parity check finds: the specifications in `parity/`, and the overlays of
//! the demo.

#![allow(
    clippy::unwrap_used,
    reason = "all of this file is tests; clippy knows only the functions marked as such"
)]

mod specification;

use specification::{Case, hold, line};
use tidegate_preflight::parity::{Allowed, Environment, check};
use tidegate_preflight::read::read;
use tidegate_preflight::{CheckReport, Manifest, Verdict};

fn manifests(text: &str) -> Vec<Manifest> {
    let reading = read("manifests.yaml", text.as_bytes(), true);
    assert!(reading.findings.is_empty(), "{:?}", reading.findings);
    reading.manifests
}

fn compared(staging: &str, production: &str, allowed: &Allowed) -> CheckReport {
    let environment = |name, manifests| Environment { name, manifests };
    let (one, other) = (manifests(staging), manifests(production));
    check(
        environment("staging", &one),
        environment("production", &other),
        allowed,
    )
}

/// The blocks `staging` and `production`, and `allowed` for more that may differ.
fn found(case: &Case<'_>) -> String {
    let allowed = Allowed::default();
    let allowed = match case.block("allowed") {
        Some(text) => allowed.and(text.parse().unwrap()),
        None => allowed,
    };
    let block = |words| case.block(words).unwrap_or_default();
    let report = compared(block("staging"), block("production"), &allowed);
    let mut text = match &report.verdict {
        Verdict::Passed { what } => format!("passed: {what}\n"),
        Verdict::Failed { what } => format!("failed: {what}\n"),
        Verdict::NotJudged { why, .. } => format!("not judged: {why}\n"),
        Verdict::Waived { reason, .. } => format!("waived: {reason}\n"),
    };
    text.extend(report.findings.iter().map(line));
    text
}

#[test]
fn every_specification_holds() {
    hold("parity", 8, found);
}

/// The overlays as Kustomize renders them: staging has one replica, and production a
/// budget.
#[test]
fn the_overlays_of_the_demo_differ_only_where_they_may() {
    let root = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../demo/repository/services/api-gateway"
    );
    let read = |file: &str| std::fs::read_to_string(format!("{root}/{file}")).unwrap();
    let base =
        ["deployment", "service", "configmap"].map(|name| read(&format!("base/{name}.yaml")));
    let production = format!(
        "{}\n---\n{}",
        base.join("\n---\n"),
        read("overlays/production/pdb.yaml")
    );
    let staging = base.join("\n---\n").replace("replicas: 4", "replicas: 1");
    let report = compared(&staging, &production, &Allowed::default());
    assert_eq!(
        report.verdict,
        Verdict::Passed {
            what: "staging and production differ only in budgets and replicas".to_owned()
        }
    );
    let other = staging.replace("v2.4.3", "v2.5.0");
    let report = compared(&other, &production, &Allowed::default());
    assert_eq!(report.findings.len(), 1, "{report:?}");
    let report = compared(&staging, &production, &Allowed::nothing());
    assert_eq!(report.findings.len(), 2, "{report:?}");
}
