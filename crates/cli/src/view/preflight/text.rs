//! What preflight found, for people.

use std::fmt::Write as _;

use tidegate_preflight::{CheckReport, Finding, Judged, Report, Verdict};

use super::{place, severity, subject, verdict};
use crate::view::harmless::harmless;

/// How wide the names of checks are.
const NAMES: usize = 9;

/// A line for each check, its findings beneath, and what came of it all.
pub(crate) fn text(report: &Report) -> String {
    let mut text = head(&report.targets);
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

/// What was judged. Manifests as they are need no head.
fn head(targets: &[Judged]) -> String {
    let mut text = String::new();
    let rendered = targets.iter().filter(|target| target.digest.is_some());
    for target in rendered {
        let digest = target.digest.as_deref().and_then(|digest| digest.get(..6));
        let objects = match target.objects {
            1 => "1 object".to_owned(),
            number => format!("{number} objects"),
        };
        let digest = digest.unwrap_or_default();
        let _ = writeln!(text, "{}  {objects} · digest {digest}…", target.name);
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

fn told(report: &CheckReport, text: &mut String) {
    let (sign, what) = verdict(report);
    let check = report.check.word();
    let _ = writeln!(text, "{check:NAMES$}{sign} {}", harmless(&what));
    if let Verdict::NotJudged {
        hint: Some(hint), ..
    } = &report.verdict
    {
        let _ = writeln!(text, "{:NAMES$}  hint: {}", "", harmless(hint));
    }
    for finding in &report.findings {
        found(finding, text);
    }
    for line in &report.details {
        let _ = writeln!(text, "{:NAMES$}  {}", "", harmless(line));
    }
}

fn found(finding: &Finding, text: &mut String) {
    let mut words = vec![format!("{} {}", severity(finding), finding.id)];
    words.extend(place(finding));
    words.extend(subject(finding));
    let _ = writeln!(text, "{:NAMES$}  {}", "", harmless(&words.join("  ")));
    let _ = writeln!(text, "{:NAMES$}    {}", "", harmless(&finding.message));
    if let Some(hint) = &finding.hint {
        let _ = writeln!(text, "{:NAMES$}    hint: {}", "", harmless(hint));
    }
}

#[cfg(test)]
mod tests {
    use tidegate_preflight::read::read;
    use tidegate_preflight::schema::{Definitions, Release, Tally, judge};
    use tidegate_preflight::{Check, Waiver};

    use super::super::examples;
    use super::*;

    fn report(manifests: &str) -> Report {
        let mut tally = Tally::default();
        for manifest in read("web.yaml", manifests.as_bytes(), true).manifests {
            tally.add(judge(Release::LATEST, &Definitions::default(), &manifest));
        }
        Report {
            targets: Vec::new(),
            checks: vec![tally.report(Release::LATEST)],
        }
    }

    #[test]
    fn a_check_that_fails_says_where_and_what_to_do() {
        let wrong = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndate: {}\n";
        insta::assert_snapshot!(text(&report(wrong)));
    }

    #[test]
    fn the_lines_of_each_check_stand_beneath_it() {
        insta::assert_snapshot!(text(&examples::report()));
    }

    #[test]
    fn nothing_in_a_manifest_reaches_the_terminal() {
        let text = text(&examples::hostile());
        let is_other = |letter: char| letter.is_control() && letter != '\n';
        assert!(!text.contains(is_other), "{text:?}");
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
