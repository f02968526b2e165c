//! For people, and for programs that want no more than the findings.

use serde::Serialize;
use tidegate_core::doctor::{Finding, Severity, Source};

use crate::output::paint::{BAD, QUIET, STRONG, WAITING, paint};
use crate::view::harmless::harmless;

/// All findings. Its fields are a contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Report {
    findings: Vec<Entry>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Entry {
    /// `TG103`
    id: &'static str,
    /// `error` or `warning`
    severity: &'static str,
    /// From the path that was given.
    file: String,
    /// From 1.
    line: usize,
    message: String,
    fix: String,
}

/// For programs.
pub(crate) fn report(findings: &[Finding]) -> Report {
    let entry = |finding: &Finding| Entry {
        id: finding.rule.id(),
        severity: finding.rule.severity().word(),
        file: finding.file.clone(),
        line: finding.line,
        message: finding.message(),
        fix: finding.fix.clone(),
    };
    Report {
        findings: findings.iter().map(entry).collect(),
    }
}

/// What was looked at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Looked {
    /// How many files.
    pub(crate) files: usize,
    /// How many AppProjects of a cluster. None: of none.
    pub(crate) projects: Option<usize>,
}

/// For people: three lines for each finding, and how many there are.
pub(crate) fn told(findings: &[Finding], looked: Looked) -> String {
    let severities = findings.iter().map(|finding| finding.rule.severity());
    let width = severities
        .map(|severity| severity.word().len())
        .max()
        .unwrap_or_default();
    let indent = " ".repeat(width + 2 + "TG100".len() + 2);
    let mut text = String::new();
    for finding in findings {
        let severity = finding.rule.severity();
        let style = match severity {
            Severity::Error => BAD,
            Severity::Warning => WAITING,
        };
        let word = format!("{:<width$}", severity.word());
        let place = match finding.source {
            Source::File => format!("{}:{}", finding.file, finding.line),
            Source::Cluster => format!("{} window {}", finding.file, finding.line),
            Source::Object => finding.file.clone(),
        };
        let place = harmless(&place);
        let lines = [
            format!(
                "{}  {}  {}  {}",
                paint(style, &word),
                finding.rule.id(),
                paint(STRONG, &place),
                harmless(&finding.what)
            ),
            format!("{indent}{}", harmless(&finding.why)),
            format!(
                "{indent}{} {} ({})",
                paint(QUIET, "fix:"),
                harmless(&finding.fix),
                finding.rule.page()
            ),
        ];
        text.extend(lines.map(|line| line + "\n"));
    }
    text + &summary(findings, looked)
}

/// `11 errors, 3 warnings in 214 files and 2 AppProjects of the cluster`
fn summary(findings: &[Finding], looked: Looked) -> String {
    let count = |wanted: Severity| {
        let severities = findings.iter().map(|finding| finding.rule.severity());
        severities.filter(|severity| *severity == wanted).count()
    };
    let several = |count: usize, word: &str| match count {
        1 => format!("1 {word}"),
        _ => format!("{count} {word}s"),
    };
    let counts =
        [Severity::Error, Severity::Warning].map(|severity| (count(severity), severity.word()));
    let found: Vec<String> = counts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| several(count, word))
        .collect();
    let found = if found.is_empty() {
        "no findings".to_owned()
    } else {
        found.join(", ")
    };
    let files = several(looked.files, "file");
    let projects = looked.projects.map_or_else(String::new, |projects| {
        format!(" and {} of the cluster", several(projects, "AppProject"))
    });
    format!("{found} in {files}{projects}\n")
}
