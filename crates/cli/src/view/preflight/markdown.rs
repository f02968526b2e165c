//! What preflight found as Markdown, for a comment on a pull request or the summary
//! of a job. Whatever comes from a manifest only shows: it makes no markup, link,
//! mention or reference.

use std::fmt::Write as _;

use tidegate_preflight::report::Outcome;
use tidegate_preflight::{CheckReport, Finding, Report, Verdict};

use super::{place, severity, subject, verdict};
use crate::view::harmless::harmless;

/// So many bytes are told, and a little more. A comment takes 65,536 characters.
const LONGEST: usize = 48_000;
/// So many characters of a sentence are told.
const SENTENCE: usize = 500;
/// So many findings of a check are told.
const FINDINGS: usize = 50;
/// So many lines of a check's details are told.
const LINES: usize = 200;

/// A table of the checks, and what each found beneath.
pub(crate) fn summary(report: &Report) -> String {
    let title = match report.outcome() {
        Outcome::Passed => "passed",
        Outcome::Failed => "failed",
        Outcome::NotJudged => "not everything could be judged",
    };
    let mut text = format!("## Pre-flight: {title}\n\n| check | | |\n|---|---|---|\n");
    for check in &report.checks {
        let (sign, what) = verdict(check);
        let _ = writeln!(text, "| {} | {sign} | {} |", check.check, plain(&what));
    }
    for check in &report.checks {
        beneath(check, &mut text);
    }
    text
}

fn beneath(check: &CheckReport, text: &mut String) {
    let hint = match &check.verdict {
        Verdict::NotJudged { hint, .. } => hint.as_deref(),
        Verdict::Passed { .. } | Verdict::Failed { .. } | Verdict::Waived { .. } => None,
    };
    if check.findings.is_empty() && check.details.is_empty() && hint.is_none() {
        return;
    }
    let _ = writeln!(text, "\n### {}", check.check);
    if let Some(hint) = hint {
        let _ = writeln!(text, "\n{}", plain(hint));
    }
    if !check.findings.is_empty() {
        text.push('\n');
    }
    let mut told = 0;
    for finding in check.findings.iter().take(FINDINGS) {
        if text.len() > LONGEST {
            break;
        }
        found(finding, text);
        told += 1;
    }
    let more = check.findings.len() - told;
    if more > 0 {
        let _ = writeln!(text, "- … and {more} more");
    }
    details(&check.details, text);
}

fn found(finding: &Finding, text: &mut String) {
    let _ = write!(text, "- **{}** {}", severity(finding), code(finding.id));
    if let Some(place) = place(finding) {
        let _ = write!(text, " {}", code(&place));
    }
    if let Some(subject) = subject(finding) {
        let _ = write!(text, " {}", code(&subject));
    }
    let _ = writeln!(text, "<br>{}", plain(&finding.message));
    if let Some(hint) = &finding.hint {
        let _ = writeln!(text, "  <br>hint: {}", plain(hint));
    }
}

fn details(lines: &[String], text: &mut String) {
    if lines.is_empty() {
        return;
    }
    let longest = lines
        .iter()
        .map(|line| backticks(line))
        .max()
        .unwrap_or_default();
    let fence = "`".repeat(longest.max(2) + 1);
    let _ = writeln!(text, "\n<details><summary>details</summary>\n\n{fence}diff");
    let mut told = 0;
    for line in lines.iter().take(LINES) {
        if text.len() > LONGEST {
            break;
        }
        told += 1;
        // A sign at the beginning of a line gives it its colour.
        let line = match line.strip_prefix("  ") {
            Some(rest) if rest.starts_with(['-', '+']) => rest,
            _ => line,
        };
        let _ = writeln!(text, "{}", harmless(line));
    }
    let more = lines.len() - told;
    if more > 0 {
        let _ = writeln!(text, "… and {more} more lines");
    }
    let _ = writeln!(text, "{fence}\n\n</details>");
}

/// How many backticks stand in a row at most.
fn backticks(line: &str) -> usize {
    let runs = line.split(|letter| letter != '`').map(str::len);
    runs.max().unwrap_or_default()
}

/// Text in which nothing is markup: punctuation is written as a number, which
/// CommonMark never takes for a sign of its own (section 2.5), and behind the signs
/// that forges look for in the text afterwards stands a space without width.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let text = harmless(text);
    for letter in text.chars().take(SENTENCE) {
        if matches!(
            letter,
            ' ' | ',' | '.' | '-' | '(' | ')' | '?' | '%' | ';' | '/'
        ) || !letter.is_ascii_punctuation()
        {
            plain.push(letter);
        } else {
            let _ = write!(plain, "&#{};", u32::from(letter));
        }
        if matches!(letter, '@' | '#' | '!') {
            plain.push('\u{200b}');
        }
    }
    if text.chars().count() > SENTENCE {
        plain.push('…');
    }
    plain
}

/// In the letters of a program, where forges look for nothing.
fn code(text: &str) -> String {
    format!("<code>{}</code>", plain(text).replace('\u{200b}', ""))
}

#[cfg(test)]
mod tests {
    use super::super::examples;
    use super::*;

    #[test]
    fn a_table_comes_first_and_findings_beneath() {
        insta::assert_snapshot!(summary(&examples::report()));
    }

    #[test]
    fn nothing_in_a_manifest_is_markup() {
        let mut report = examples::hostile();
        let details = std::mem::take(&mut report.checks[0].details);
        let text = summary(&report);
        for markup in [
            "<img", "<script", "](http", "**bold**", "@sre", "\n# ", "\n```\n",
        ] {
            assert!(!text.contains(markup), "{markup}: {text}");
        }
        report.checks[0].details = details;
        insta::assert_snapshot!(summary(&report));
    }

    #[test]
    fn a_long_report_still_fits_into_a_comment() {
        let mut report = examples::report();
        for check in &mut report.checks {
            let mut finding = check.findings.first().cloned();
            if let Some(finding) = &mut finding {
                finding.message = "<".repeat(5_000);
            }
            check
                .findings
                .extend(std::iter::repeat_n(finding, 5_000).flatten());
            check
                .details
                .extend((0..5_000).map(|at| format!("line {at}")));
        }
        let text = summary(&report);
        assert!(text.chars().count() < 65_536, "{}", text.chars().count());
    }
}
