//! What the checks say together.

use serde::Serialize;

use crate::finding::{Check, Finding, Severity};

/// What one check says.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", tag = "verdict")]
pub enum Verdict {
    /// Everything is as it should be; what was looked at, in a few words.
    Passed {
        /// `9 objects against Kubernetes 1.36`.
        what: String,
    },
    /// Something is not.
    Failed {
        /// What was looked at, and what came of it, in a few words.
        what: String,
    },
    /// It could not look at everything.
    NotJudged {
        /// What it could not look at, and why.
        why: String,
        /// What would let it.
        hint: Option<String>,
    },
    /// It could not look at everything, and somebody said that this is all right.
    Waived {
        /// What it could not look at, and why.
        why: String,
        /// The reason that they gave.
        reason: String,
    },
}

/// Somebody does without a check that cannot look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Waiver {
    /// Which.
    pub check: Check,
    /// Why.
    pub reason: String,
}

/// A check with what it found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CheckReport {
    /// Which.
    pub check: Check,
    /// What it says.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// What it found, in the order of the files.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    /// What it has to say besides, line by line, such as a table of quotas.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<String>,
}

/// What was judged as one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Judged {
    /// The overlay or chart, from the root of the repository, or the file.
    pub name: String,
    /// How many objects it renders to.
    pub objects: usize,
    /// The digest that approvals are for. None: it has none, since it is not rendered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
}

/// All checks.
#[derive(Debug, Clone, PartialEq, Serialize, Default)]
pub struct Report {
    /// What was judged.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<Judged>,
    /// In the order of [`Check::ALL`].
    pub checks: Vec<CheckReport>,
}

/// What came of all checks together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// All passed.
    Passed,
    /// At least one failed.
    Failed,
    /// None failed, and at least one could not be judged.
    NotJudged,
}

impl CheckReport {
    /// A report that has failed if there is an error among the findings.
    pub fn of(check: Check, what: impl Into<String>, findings: Vec<Finding>) -> Self {
        let what = what.into();
        let fails = findings
            .iter()
            .any(|finding| finding.severity == Severity::Error);
        Self {
            check,
            verdict: if fails {
                Verdict::Failed { what }
            } else {
                Verdict::Passed { what }
            },
            findings,
            details: Vec::new(),
        }
    }
}

impl Report {
    /// Applies waivers: only what could not be judged can be waived, and nothing
    /// that was found wrong.
    #[must_use]
    pub fn waived(mut self, waivers: &[Waiver]) -> Self {
        for report in &mut self.checks {
            let waiver = waivers.iter().find(|waiver| waiver.check == report.check);
            if let (Some(waiver), Verdict::NotJudged { why, .. }) = (waiver, &report.verdict) {
                report.verdict = Verdict::Waived {
                    why: why.clone(),
                    reason: waiver.reason.clone(),
                };
            }
        }
        self
    }

    /// What came of them together.
    pub fn outcome(&self) -> Outcome {
        let any = |is: fn(&Verdict) -> bool| self.checks.iter().any(|one| is(&one.verdict));
        if any(|verdict| matches!(verdict, Verdict::Failed { .. })) {
            Outcome::Failed
        } else if any(|verdict| matches!(verdict, Verdict::NotJudged { .. })) {
            Outcome::NotJudged
        } else {
            Outcome::Passed
        }
    }
}
