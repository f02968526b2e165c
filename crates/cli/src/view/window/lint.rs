//! What is odd about a calendar or a project.

use serde::Serialize;
use tidegate_core::calendar::lint as calendar;
use tidegate_core::calendar::lint::Severity;
use tidegate_core::sync_window::lint as sync_window;

use crate::output::paint::{BAD, GOOD, QUIET, WAITING, paint};

/// The report for programs. Its fields are a contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Report {
    errors: usize,
    warnings: usize,
    findings: Vec<Finding>,
}

/// One oddity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Finding {
    id: &'static str,
    severity: &'static str,
    /// The entry's name, or the place of a sync window.
    entry: String,
    sentence: String,
    fix: String,
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Information => "information",
    }
}

pub(crate) fn of_calendar(finding: &calendar::Finding) -> Finding {
    Finding {
        id: finding.id,
        severity: severity(finding.severity),
        entry: finding.entry.to_string(),
        sentence: finding.sentence.clone(),
        fix: finding.fix.clone(),
    }
}

pub(crate) fn of_project(finding: &sync_window::Finding) -> Finding {
    Finding {
        id: finding.id,
        severity: severity(finding.severity),
        entry: format!("spec.syncWindows[{}]", finding.window),
        sentence: finding.sentence.clone(),
        fix: finding.fix.to_owned(),
    }
}

pub(crate) fn report(findings: Vec<Finding>) -> Report {
    let count = |severity| {
        findings
            .iter()
            .filter(|finding| finding.severity == severity)
            .count()
    };
    Report {
        errors: count("error"),
        warnings: count("warning"),
        findings,
    }
}

impl Report {
    pub(crate) fn has_errors(&self) -> bool {
        self.errors > 0
    }
}

/// The report for people.
pub(crate) fn told(report: &Report) -> String {
    if report.findings.is_empty() {
        return format!("{} nothing is odd\n", paint(GOOD, "✓"));
    }
    let one = |finding: &Finding| {
        let style = match finding.severity {
            "error" => BAD,
            "warning" => WAITING,
            _ => QUIET,
        };
        format!(
            "{}  {}  {}\n    {}\n    {} {}\n",
            paint(style, finding.severity),
            finding.entry,
            paint(QUIET, finding.id),
            finding.sentence,
            paint(QUIET, "fix:"),
            finding.fix
        )
    };
    let findings: String = report.findings.iter().map(one).collect();
    let counted = |count: usize, noun: &str| match count {
        1 => format!("1 {noun}"),
        _ => format!("{count} {noun}s"),
    };
    format!(
        "{findings}{}, {}\n",
        counted(report.errors, "error"),
        counted(report.warnings, "warning")
    )
}
