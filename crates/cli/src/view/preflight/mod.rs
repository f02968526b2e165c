//! What preflight found, in each form that somebody reads it in.

pub(crate) mod digests;
pub(crate) mod github;
pub(crate) mod junit;
pub(crate) mod markdown;
pub(crate) mod sarif;
pub(crate) mod text;

#[cfg(test)]
mod examples;

use tidegate_preflight::finding::Severity;
use tidegate_preflight::{Check, CheckReport, Finding, Verdict};

/// `error` or `warning`.
const fn severity(finding: &Finding) -> &'static str {
    match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

/// `services/web.yaml:5:3`
fn place(finding: &Finding) -> Option<String> {
    let place = finding.place.as_ref()?;
    Some(format!("{}:{}:{}", place.file, place.line, place.column))
}

/// `Deployment/web spec.replica`. None: it is about a file.
fn subject(finding: &Finding) -> Option<String> {
    let object = finding.object.as_ref()?;
    let subject = match finding.path.as_str() {
        "" => object.to_string(),
        path => format!("{object} {path}"),
    };
    Some(subject)
}

/// `it has no field "replica" (did you mean replicas?)`
fn message(finding: &Finding) -> String {
    match &finding.hint {
        Some(hint) => format!("{} ({hint})", finding.message),
        None => finding.message.clone(),
    }
}

/// A sign, and what came of a check in a sentence.
fn verdict(report: &CheckReport) -> (&'static str, String) {
    let changes = report.check == Check::Diff && !report.details.is_empty();
    match &report.verdict {
        // What changes is neither right nor wrong.
        Verdict::Passed { what } if changes => ("~", what.clone()),
        Verdict::Passed { what } => ("✓", what.clone()),
        Verdict::Failed { what } => ("✗", what.clone()),
        Verdict::NotJudged { why, .. } => ("?", format!("not judged: {why}")),
        Verdict::Waived { why, reason } => ("·", format!("waived ({reason}); not judged: {why}")),
    }
}
