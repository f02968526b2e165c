//! Would the API server take it? Held against the schemas of Kubernetes that are
//! built in, the definitions of custom kinds, and what the API server checks by hand
//! where that is well known.
//!
//! Nothing is asked of a cluster, and nothing is fetched.

mod builtin;
pub mod custom;
mod format;
mod judge;
mod keyed;
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
pub(crate) use builtin::{Kind, kinds};
pub use custom::Definitions;
pub use release::{Release, ReleaseError};
use walk::Walk;

/// What came of one manifest.
#[derive(Debug, Default)]
pub struct Judgement {
    /// What is wrong.
    pub findings: Vec<Finding>,
    /// What cannot be judged of it: `there is no schema of Certificate of cert-manager.io/v1`.
    pub unjudged: Vec<String>,
}

/// Whether a manifest is of a kind of Kubernetes' own, and so needs no definitions.
pub fn is_built_in(manifest: &Manifest) -> bool {
    kind::claim(&mut Walk::new(Release::LATEST, manifest)).is_none_or(kind::Claim::is_built_in)
}

/// Holds a manifest against the schemas of a release, or the definition of its kind.
pub fn judge(release: Release, definitions: &Definitions, manifest: &Manifest) -> Judgement {
    let mut walk = Walk::new(release, manifest);
    let mut unjudged = Vec::new();
    if let Some(claim) = kind::claim(&mut walk) {
        if !claim.is_built_in() {
            unjudged = custom::object(&mut walk, definitions, claim);
        } else if let Some(position) = kind::definition(&mut walk, claim, release) {
            judge::object(&mut walk, builtin::Catalogue::of(release), position);
        }
    }
    Judgement {
        findings: walk.findings,
        unjudged,
    }
}

/// What came of many manifests.
#[derive(Debug, Default)]
pub struct Tally {
    /// How many there were.
    pub objects: usize,
    findings: Vec<Finding>,
    /// How many objects there are of each thing that cannot be judged.
    unjudged: BTreeMap<String, usize>,
}

impl Tally {
    /// Adds one.
    pub fn add(&mut self, judgement: Judgement) {
        self.objects += 1;
        self.findings.extend(judgement.findings);
        for why in judgement.unjudged {
            *self.unjudged.entry(why).or_default() += 1;
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
        for (why, count) in other.unjudged {
            *self.unjudged.entry(why).or_default() += count;
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
            .map(|(why, count)| format!("{why} ({})", counted(*count, "object")))
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
