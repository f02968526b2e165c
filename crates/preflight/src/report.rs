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

impl CheckReport {
    /// One of which nothing can be said.
    pub fn not_judged(check: Check, why: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            check,
            verdict: Verdict::NotJudged {
                why: why.into(),
                hint: Some(hint.into()),
            },
            findings: Vec::new(),
            details: Vec::new(),
        }
    }

    /// The reports of several targets as one, which fails if one of them does. What is
    /// made of the same files is wrong once.
    pub fn of_several(check: Check, mut reports: Vec<(String, Self)>) -> Self {
        if reports.len() == 1
            && let Some((_, only)) = reports.pop()
        {
            return only;
        }
        let mut all = Self::of(check, "", Vec::new());
        let (mut passed, mut failed, mut whys) = (Vec::new(), Vec::new(), Vec::new());
        let mut hints = Vec::new();
        for (name, report) in reports {
            match report.verdict {
                Verdict::Passed { what } => passed.push((name.clone(), what)),
                Verdict::Failed { what } => failed.push((name.clone(), what)),
                Verdict::NotJudged { why, hint } => {
                    whys.push((name.clone(), why));
                    hints.extend(hint);
                }
                Verdict::Waived { why, .. } => whys.push((name.clone(), why)),
            }
            for finding in report.findings {
                let is_same = |one: &Finding| {
                    one.place.is_some()
                        && (&one.place, one.id, &one.message)
                            == (&finding.place, finding.id, &finding.message)
                };
                if !all.findings.iter().any(is_same) {
                    all.findings.push(finding);
                }
            }
            if !report.details.is_empty() {
                all.details.push(name);
                let indented = report.details.iter().map(|line| format!("  {line}"));
                all.details.extend(indented);
            }
        }
        let unjudged = told(&whys);
        all.verdict = match (failed.is_empty(), whys.is_empty()) {
            (false, none) => {
                if !none {
                    all.details.push(format!("not judged: {unjudged}"));
                }
                Verdict::Failed {
                    what: told(&failed),
                }
            }
            (true, false) => Verdict::NotJudged {
                why: unjudged,
                hint: hints.into_iter().next(),
            },
            (true, true) => Verdict::Passed {
                what: told(&passed),
            },
        };
        all
    }
}

/// What is said of several; once if it is the same of all.
fn told(said: &[(String, String)]) -> String {
    match said {
        [] => "there is nothing to judge".to_owned(),
        [(_, first), rest @ ..] if rest.iter().all(|(_, what)| what == first) => first.clone(),
        all => {
            let parts = all.iter().map(|(name, what)| format!("{name}: {what}"));
            parts.collect::<Vec<_>>().join("; ")
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
