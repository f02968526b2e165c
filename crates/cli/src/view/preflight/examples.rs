//! Reports to show.

use tidegate_preflight::finding::Severity;
use tidegate_preflight::{Check, CheckReport, Finding, Path, Place, Report, Verdict};

fn finding(check: Check, id: &'static str, severity: Severity) -> Finding {
    Finding {
        check,
        id,
        severity,
        object: None,
        path: Path::root(),
        place: None,
        message: "it is not as it should be".to_owned(),
        hint: None,
    }
}

fn place(file: &str, line: usize, column: usize) -> Place {
    Place {
        file: file.to_owned(),
        line,
        column,
    }
}

fn deployment() -> Option<tidegate_core::rollout::object::ObjectKey> {
    let value = serde_json::json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "api-gateway", "namespace": "production"},
    });
    tidegate_core::rollout::object::ObjectKey::of(&value).ok()
}

/// A check of each verdict.
pub(super) fn report() -> Report {
    let unknown = Finding {
        object: deployment(),
        path: Path::root().field("spec").field("replica"),
        place: Some(place("services/web.yaml", 5, 3)),
        message: "DeploymentSpec has no field \"replica\"".to_owned(),
        hint: Some("did you mean replicas?".to_owned()),
        ..finding(Check::Schema, "unknown-field", Severity::Error)
    };
    let old = Finding {
        place: Some(place("services/a, b:c.yaml", 1, 1)),
        message: "the version is deprecated".to_owned(),
        ..finding(Check::Schema, "deprecated-version", Severity::Warning)
    };
    let mut diff = CheckReport::of(Check::Diff, "1 object changes", Vec::new());
    diff.details = [
        "Deployment/api-gateway  spec.template.spec.containers[api-gateway].image",
        "  - registry.example.com/api-gateway:v2.4.3",
        "  + registry.example.com/api-gateway:v2.5.0",
    ]
    .map(ToOwned::to_owned)
    .to_vec();
    let verdict = |check, verdict| CheckReport {
        check,
        verdict,
        findings: Vec::new(),
        details: Vec::new(),
    };
    Report {
        targets: Vec::new(),
        checks: vec![
            CheckReport::of(
                Check::Schema,
                "9 objects against Kubernetes 1.36",
                vec![unknown, old],
            ),
            verdict(
                Check::Policy,
                Verdict::NotJudged {
                    why: "the Kyverno CLI is not there".to_owned(),
                    hint: Some("install it, or --waive policy=REASON does without".to_owned()),
                },
            ),
            diff,
            verdict(
                Check::Parity,
                Verdict::Waived {
                    why: "there is no manifest of staging".to_owned(),
                    reason: "there is no staging".to_owned(),
                },
            ),
        ],
    }
}

/// Findings that want to be more than text.
pub(super) fn hostile() -> Report {
    let wrong = "\u{1b}[31m<img src=x onerror=alert(1)> **bold** [x](https://example.com) @sre #1 | `a` %0A\r\n::error::x\n# title\n</details>";
    let mut schema = CheckReport::of(
        Check::Schema,
        wrong,
        vec![
            Finding {
                object: deployment(),
                path: Path::root().field("]]><script>"),
                place: Some(place("a\n::notice::b,c.yaml", 1, 1)),
                message: wrong.to_owned(),
                hint: Some(wrong.to_owned()),
                ..finding(Check::Schema, "unknown-field", Severity::Error)
            },
            Finding {
                message: "a\0b".to_owned(),
                ..finding(Check::Schema, "not-text", Severity::Error)
            },
        ],
    );
    schema.details = vec![wrong.to_owned(), "````".to_owned(), "```".to_owned()];
    Report {
        targets: Vec::new(),
        checks: vec![schema],
    }
}
