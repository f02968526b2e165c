//! What preflight found as workflow commands of GitHub Actions, which shows them
//! beside the lines of a change. Forgejo and Gitea read them as well.

use std::fmt::Write as _;

use tidegate_preflight::{Finding, Report, Verdict};

use super::{message, severity, subject};
use crate::view::harmless::harmless;

/// A line for each finding, and for each check that could not judge everything.
pub(crate) fn commands(report: &Report) -> String {
    let mut text = String::new();
    for check in &report.checks {
        for finding in &check.findings {
            command(finding, &mut text);
        }
        let word = check.check.word();
        let _ = match &check.verdict {
            Verdict::NotJudged { why, hint } => {
                let why = match hint {
                    Some(hint) => format!("{why}\n{hint}"),
                    None => why.clone(),
                };
                writeln!(text, "::error title={word} not judged::{}", data(&why))
            }
            Verdict::Waived { why, reason } => {
                let said = format!("{reason}; not judged: {why}");
                writeln!(text, "::notice title={word} waived::{}", data(&said))
            }
            Verdict::Passed { .. } | Verdict::Failed { .. } => Ok(()),
        };
    }
    text
}

fn command(finding: &Finding, text: &mut String) {
    let place = finding.place.as_ref().map_or_else(String::new, |place| {
        let file = property(&place.file);
        format!("file={file},line={},col={},", place.line, place.column)
    });
    let title = property(&format!("{} {}", finding.check, finding.id));
    let said = match subject(finding) {
        Some(subject) => format!("{subject}: {}", message(finding)),
        None => message(finding),
    };
    let severity = severity(finding);
    let _ = writeln!(text, "::{severity} {place}title={title}::{}", data(&said));
}

/// What a command says (`escapeData` of `@actions/core`). Only a line break is more
/// than a sign in a log.
fn data(text: &str) -> String {
    let escaped = text.replace('%', "%25");
    let lines: Vec<String> = escaped.lines().map(harmless).collect();
    lines.join("%0A")
}

/// The value of a property (`escapeProperty` of `@actions/core`).
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::super::examples;
    use super::*;

    #[test]
    fn each_finding_is_a_command() {
        insta::assert_snapshot!(commands(&examples::report()));
    }

    #[test]
    fn nothing_in_a_manifest_makes_a_command_of_its_own() {
        let text = commands(&examples::hostile());
        assert!(
            text.lines().all(|line| line.starts_with("::error ")),
            "{text}"
        );
        assert_eq!(text.lines().count(), 2, "{text}");
        assert!(!text.contains(|letter: char| letter.is_control() && letter != '\n'));
        insta::assert_snapshot!(text);
    }
}
