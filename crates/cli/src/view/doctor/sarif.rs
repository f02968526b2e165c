//! Findings of the doctor as SARIF.

use serde_json::{Value, json};
use tidegate_core::doctor::{Finding, Rule};

use crate::view::sarif;

/// One run of this program.
pub(crate) fn log(findings: &[Finding]) -> Value {
    let rules: Vec<Value> = Rule::ALL.into_iter().map(rule).collect();
    let results: Vec<Value> = findings.iter().map(result).collect();
    sarif::log(&rules, &results)
}

fn rule(rule: Rule) -> Value {
    json!({
        "id": rule.id(),
        "shortDescription": { "text": rule.title() },
        "help": { "text": format!("See {}.", rule.page()) },
        "defaultConfiguration": { "level": rule.severity().word() },
    })
}

fn result(finding: &Finding) -> Value {
    let position = Rule::ALL.iter().position(|rule| *rule == finding.rule);
    json!({
        "ruleId": finding.rule.id(),
        "ruleIndex": position.unwrap_or_default(),
        "level": finding.rule.severity().word(),
        "message": { "text": format!("{}. Fix: {}.", finding.message(), finding.fix) },
        "locations": [{
            "physicalLocation": sarif::line(&finding.file, finding.line, None),
        }],
    })
}
