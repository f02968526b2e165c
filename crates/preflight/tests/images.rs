//! What the check of images finds: the specifications in `images/`.

#![allow(
    clippy::unwrap_used,
    reason = "all of this file is tests; clippy knows only the functions marked as such"
)]

mod specification;

use std::fmt::Write as _;

use specification::{Case, hold, line};
use tidegate_preflight::images::{Announcement, Inputs, Wants, check};
use tidegate_preflight::read::read;
use tidegate_preflight::{Manifest, Verdict};

fn manifests(text: &str) -> Vec<Manifest> {
    read("manifests.yaml", text.as_bytes(), true).manifests
}

/// The blocks: what would be there, `before`, and `message`, a commit message. A
/// first line `# wants digests` or `# wants fixed tags` is the policy.
fn found(case: &Case<'_>) -> String {
    let text = case.block("").unwrap();
    let wants = match text.lines().next() {
        Some("# wants digests") => Wants::Digests,
        Some("# wants fixed tags") => Wants::FixedTags,
        _ => Wants::Anything,
    };
    let after = manifests(text);
    let before = case.block("before").map(manifests);
    let announced = case.block("message").map(Announcement::of_message);
    let announced = announced.transpose().unwrap();
    let report = check(&Inputs {
        before: before.as_deref(),
        after: &after,
        announced: announced.as_deref(),
        wants,
    });
    let mut text = match &report.verdict {
        Verdict::Passed { what } => format!("passed: {what}\n"),
        Verdict::Failed { what } => format!("failed: {what}\n"),
        Verdict::NotJudged { why, .. } => format!("not judged: {why}\n"),
        Verdict::Waived { reason, .. } => format!("waived: {reason}\n"),
    };
    text.extend(report.findings.iter().map(line));
    for detail in &report.details {
        let _ = writeln!(text, "  {detail}");
    }
    text
}

#[test]
fn every_specification_holds() {
    hold("images", 10, found);
}
