//! Findings as SARIF 2.1.0, which forges show beside the lines of a change
//! (OASIS, Static Analysis Results Interchange Format).

use std::fmt::Write as _;

use serde_json::{Value, json};
use tidegate_core::doctor::{Finding, Rule};

/// One run of this program.
pub(crate) fn log(findings: &[Finding]) -> Value {
    let rules: Vec<Value> = Rule::ALL.into_iter().map(rule).collect();
    let results: Vec<Value> = findings.iter().map(result).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {
                "driver": {
                    "name": "tidegate",
                    "version": env!("CARGO_PKG_VERSION"),
                    "rules": rules,
                },
            },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
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
            "physicalLocation": {
                "artifactLocation": { "uri": relative_uri(&finding.file) },
                "region": { "startLine": finding.line },
            },
        }],
    })
}

/// A path as a relative reference (RFC 3986, sections 2.3 and 3.3). What is not
/// plainly allowed is escaped, so that no colon makes a scheme.
fn relative_uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_becomes_a_relative_uri() {
        for (path, uri) in [
            ("argocd/project.yaml", "argocd/project.yaml"),
            ("a b/c:d#e?.yaml", "a%20b/c%3Ad%23e%3F.yaml"),
            ("dépôt.yaml", "d%C3%A9p%C3%B4t.yaml"),
        ] {
            assert_eq!(relative_uri(path), uri);
        }
    }
}
