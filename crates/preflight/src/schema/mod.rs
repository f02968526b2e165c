//! Would the API server take it? Held against the schemas of Kubernetes that are
//! built in, and what the API server checks by hand where that is well known.
//!
//! Nothing is asked of a cluster, and nothing is fetched.

mod builtin;
mod format;
mod judge;
mod kind;
mod native;
mod pattern;
pub(crate) mod quantity;
pub mod release;
mod removed;
pub(crate) mod suggest;
mod walk;

use std::collections::BTreeMap;

use crate::finding::{Check, Finding, Severity};
use crate::manifest::Manifest;
use crate::report::{CheckReport, Verdict};
pub use release::{Release, ReleaseError};
use walk::Walk;

/// What came of one manifest.
#[derive(Debug, Default)]
pub struct Judgement {
    /// What is wrong.
    pub findings: Vec<Finding>,
    /// Its kind, if nobody gave the schema: `Certificate of cert-manager.io/v1`.
    pub unjudged: Option<String>,
}

/// Whether a manifest is of a kind of Kubernetes' own, and so needs no definitions.
pub fn is_built_in(manifest: &Manifest) -> bool {
    kind::claim(&mut Walk::new(Release::LATEST, manifest)).is_none_or(kind::Claim::is_built_in)
}

/// Holds a manifest against the schemas of a release.
pub fn judge(release: Release, manifest: &Manifest) -> Judgement {
    let mut walk = Walk::new(release, manifest);
    let mut judgement = Judgement::default();
    if let Some(claim) = kind::claim(&mut walk) {
        if claim.is_built_in() {
            if let Some(position) = kind::definition(&mut walk, claim, release) {
                judge::object(&mut walk, builtin::Catalogue::of(release), position);
            }
        } else {
            let kind::Claim {
                kind,
                group,
                version,
            } = claim;
            judgement.unjudged = Some(format!("{kind} of {group}/{version}"));
        }
    }
    judgement.findings = walk.findings;
    judgement
}

/// What came of many manifests.
#[derive(Debug, Default)]
pub struct Tally {
    /// How many there were.
    pub objects: usize,
    findings: Vec<Finding>,
    /// How many of each kind that nobody gave the schema of.
    unjudged: BTreeMap<String, usize>,
}

impl Tally {
    /// Adds one.
    pub fn add(&mut self, judgement: Judgement) {
        self.objects += 1;
        self.findings.extend(judgement.findings);
        if let Some(kind) = judgement.unjudged {
            *self.unjudged.entry(kind).or_default() += 1;
        }
    }

    /// Adds what was found in a text before there were manifests.
    pub fn add_findings(&mut self, findings: impl IntoIterator<Item = Finding>) {
        self.findings.extend(findings);
    }

    /// Adds all of another.
    pub fn add_all(&mut self, other: Self) {
        self.objects += other.objects;
        self.findings.extend(other.findings);
        for (kind, count) in other.unjudged {
            *self.unjudged.entry(kind).or_default() += count;
        }
    }

    /// What the check says, findings in the order of files and lines.
    pub fn report(mut self, release: Release) -> CheckReport {
        self.findings.sort_by(|one, other| {
            let place = |finding: &Finding| finding.place.clone();
            (place(one), &one.object, &one.path).cmp(&(place(other), &other.object, &other.path))
        });
        let what = format!(
            "{} against Kubernetes {release}",
            counted(self.objects, "object")
        );
        let fails = |finding: &Finding| finding.severity == Severity::Error;
        let failing = self.findings.iter().any(fails);
        let mut report = CheckReport::of(Check::Schema, what, self.findings);
        let why: Vec<String> = self
            .unjudged
            .iter()
            .map(|(kind, count)| {
                format!(
                    "there is no schema of {kind} ({})",
                    counted(*count, "object")
                )
            })
            .collect();
        if failing {
            report.details = why.iter().map(|why| format!("not judged: {why}")).collect();
        } else if !why.is_empty() {
            let hint = "a server-side dry run judges them; --waive schema=REASON does without";
            report.verdict = Verdict::NotJudged {
                why: why.join("; "),
                hint: Some(hint.to_owned()),
            };
        }
        report
    }
}

fn counted(count: usize, word: &str) -> String {
    match count {
        1 => format!("1 {word}"),
        _ => format!("{count} {word}s"),
    }
}
