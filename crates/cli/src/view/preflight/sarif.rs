//! What preflight found as SARIF.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tidegate_preflight::{CheckReport, Finding, Report, Verdict};

use super::{message, severity, subject};
use crate::view::sarif;

/// One run of this program. What could not be judged stands among the notifications
/// of the run, as it has no line.
pub(crate) fn log(report: &Report) -> Value {
    let findings: Vec<&Finding> = report.checks.iter().flat_map(|one| &one.findings).collect();
    let ids: BTreeSet<String> = findings.iter().map(|finding| id(finding)).collect();
    let ids: Vec<String> = ids.into_iter().collect();
    let rules: Vec<Value> = ids.iter().map(|id| rule(id)).collect();
    let results: Vec<Value> = findings
        .iter()
        .map(|finding| result(finding, &ids))
        .collect();
    let mut log = sarif::log(&rules, &results);
    let notifications: Vec<Value> = report.checks.iter().filter_map(notification).collect();
    let is_open = |one: &CheckReport| matches!(one.verdict, Verdict::NotJudged { .. });
    log["runs"][0]["invocations"] = json!([{
        "executionSuccessful": !report.checks.iter().any(is_open),
        "toolExecutionNotifications": notifications,
    }]);
    log
}

/// `schema/unknown-field`
fn id(finding: &Finding) -> String {
    format!("{}/{}", finding.check, finding.id)
}

fn rule(id: &str) -> Value {
    let word = id.split_once('/').map_or(id, |(_, word)| word);
    json!({
        "id": id,
        "shortDescription": { "text": word.replace('-', " ") },
    })
}

fn result(finding: &Finding, ids: &[String]) -> Value {
    let id = id(finding);
    let mut location = json!({});
    if let Some(place) = &finding.place {
        // Files and columns are counted from 1.
        let (line, column) = (place.line.max(1), place.column.max(1));
        location["physicalLocation"] = sarif::line(&place.file, line, Some(column));
    }
    let subject = subject(finding);
    if let Some(subject) = &subject {
        location["logicalLocations"] = json!([{ "fullyQualifiedName": subject, "kind": "object" }]);
    }
    let text = match &subject {
        Some(subject) => format!("{subject}: {}", message(finding)),
        None => message(finding),
    };
    json!({
        "ruleId": id,
        "ruleIndex": ids.iter().position(|other| *other == id).unwrap_or_default(),
        "level": severity(finding),
        "message": { "text": text },
        "locations": [location],
    })
}

fn notification(report: &CheckReport) -> Option<Value> {
    let (level, text) = match &report.verdict {
        Verdict::NotJudged { why, .. } => ("error", format!("not judged: {why}")),
        Verdict::Waived { why, reason } => {
            ("note", format!("waived ({reason}); not judged: {why}"))
        }
        Verdict::Passed { .. } | Verdict::Failed { .. } => return None,
    };
    Some(json!({
        "descriptor": { "id": report.check.word() },
        "level": level,
        "message": { "text": text },
    }))
}

#[cfg(test)]
mod tests {
    use super::super::examples;

    #[test]
    fn findings_have_rules_and_places_and_the_rest_is_notified() {
        let mut log = super::log(&examples::report());
        log["runs"][0]["tool"]["driver"]["version"] = "1.0.0".into();
        let log = serde_json::to_string_pretty(&log).unwrap();
        insta::assert_snapshot!(log);
    }
}
