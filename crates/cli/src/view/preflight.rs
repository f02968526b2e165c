//! What preflight found, for people.

use std::fmt::Write as _;

use tidegate_preflight::finding::Severity;
use tidegate_preflight::{CheckReport, Finding, Report, Verdict};

/// How wide the names of checks are.
const NAMES: usize = 9;

/// A line for each check, its findings beneath, and what came of it all.
pub(crate) fn text(report: &Report) -> String {
    let mut text = String::new();
    for check in &report.checks {
        told(check, &mut text);
    }
    let failed = |report: &&CheckReport| {
        let verdict = &report.verdict;
        matches!(verdict, Verdict::Failed { .. } | Verdict::NotJudged { .. })
    };
    let open = report.checks.iter().filter(failed).count();
    let all = report.checks.len();
    let _ = match (open, all) {
        (0, 1) => writeln!(text, "\nthe check passed"),
        (0, _) => writeln!(text, "\nall {all} checks passed"),
        (_, 1) => writeln!(text, "\nthe check did not pass"),
        _ => writeln!(text, "\n{open} of {all} checks did not pass"),
    };
    text
}

fn told(report: &CheckReport, text: &mut String) {
    let (sign, what) = match &report.verdict {
        Verdict::Passed { what } => ("✓", what.clone()),
        Verdict::Failed { what } => ("✗", what.clone()),
        Verdict::NotJudged { why, .. } => ("?", format!("not judged: {why}")),
        Verdict::Waived { why, reason } => ("·", format!("waived ({reason}); not judged: {why}")),
    };
    let check = report.check.word();
    let _ = writeln!(text, "{check:NAMES$}{sign} {what}");
    if let Verdict::NotJudged {
        hint: Some(hint), ..
    } = &report.verdict
    {
        let _ = writeln!(text, "{:NAMES$}  hint: {hint}", "");
    }
    for finding in &report.findings {
        found(finding, text);
    }
    for line in &report.details {
        let _ = writeln!(text, "{:NAMES$}  {line}", "");
    }
}

fn found(finding: &Finding, text: &mut String) {
    let severity = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let place = finding.place.as_ref().map_or_else(String::new, |place| {
        format!("  {}:{}:{}", place.file, place.line, place.column)
    });
    let object = finding.object.as_ref();
    let object = object.map_or_else(String::new, |key| format!("  {}/{}", key.kind, key.name));
    let path = match finding.path.as_str() {
        "" => String::new(),
        path => format!(" {path}"),
    };
    let id = finding.id;
    let _ = writeln!(text, "{:NAMES$}  {severity} {id}{place}{object}{path}", "");
    let _ = writeln!(text, "{:NAMES$}    {}", "", finding.message);
    if let Some(hint) = &finding.hint {
        let _ = writeln!(text, "{:NAMES$}    hint: {hint}", "");
    }
}

#[cfg(test)]
mod tests {
    use tidegate_preflight::read::read;
    use tidegate_preflight::schema::{Definitions, Release, Tally, judge};
    use tidegate_preflight::{Check, Waiver};

    use super::*;

    fn report(manifests: &str) -> Report {
        let mut tally = Tally::default();
        for manifest in read("web.yaml", manifests.as_bytes(), true).manifests {
            tally.add(judge(Release::LATEST, &Definitions::default(), &manifest));
        }
        Report {
            checks: vec![tally.report(Release::LATEST)],
        }
    }

    #[test]
    fn a_check_that_fails_says_where_and_what_to_do() {
        let wrong = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndate: {}\n";
        insta::assert_snapshot!(text(&report(wrong)));
    }

    #[test]
    fn what_is_not_judged_is_waived_with_a_reason_or_counts() {
        let custom = "apiVersion: cert-manager.io/v1\nkind: Issuer\nmetadata: {name: web}\n";
        let report = report(custom);
        insta::assert_snapshot!("not_judged", text(&report));
        let waiver = Waiver {
            check: Check::Schema,
            reason: "cert-manager checks its own kinds".to_owned(),
        };
        insta::assert_snapshot!("waived", text(&report.waived(&[waiver])));
    }
}
