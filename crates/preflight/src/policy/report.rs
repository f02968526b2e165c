//! What all policies say together.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Input;
use super::evaluate::Denial;
use super::request::Request;
use crate::finding::{Check, Finding, Path, Severity};
use crate::report::{CheckReport, Verdict};

/// What came of all policies.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    findings: Vec<Finding>,
    /// What was not judged, and how many times, by the policy.
    unjudged: BTreeMap<(String, String), usize>,
    policies: usize,
    rules: usize,
    kyverno: usize,
    /// Policies that nothing binds.
    pub(super) unbound: Vec<String>,
    /// Kinds that the cluster does not let us list.
    pub(super) unseen: Vec<&'static str>,
    pub(super) remarks: Vec<String>,
}

impl Outcome {
    pub(super) fn count(&mut self, policy: &Value) {
        let rules = policy
            .pointer("/spec/validations")
            .and_then(Value::as_array);
        self.policies += 1;
        self.rules += rules.map_or(0, Vec::len);
    }

    pub(super) const fn take_kyverno(&mut self, count: usize) {
        self.kyverno = count;
    }

    pub(super) fn unjudged(&mut self, policy: &str, why: String) {
        *self.unjudged.entry((policy.to_owned(), why)).or_default() += 1;
    }

    pub(super) fn deny(
        &mut self,
        request: &Request<'_>,
        policy: &str,
        denial: &Denial,
        severity: Severity,
    ) {
        let (id, does) = match severity {
            Severity::Error => ("denied", "denies"),
            Severity::Warning => ("warned", "warns of"),
        };
        let is_itself = request.key == request.of.key;
        let whom = if is_itself { "it" } else { "its pods" };
        let rule = denial.expression.as_ref();
        let finding = Finding {
            check: Check::Policy,
            id,
            severity,
            object: Some(request.of.key.clone()),
            path: Path::root(),
            place: request.of.place(&[]),
            message: format!("the policy {policy:?} {does} {whom}: {}", denial.message),
            hint: rule.map(|rule| format!("its rule is {}", in_one_line(rule))),
        };
        if !self.findings.contains(&finding) {
            self.findings.push(finding);
        }
    }

    pub(super) fn report(self, input: &Input<'_>) -> CheckReport {
        let what = self.what(input);
        let mut whys: Vec<String> = Vec::new();
        let mut hint = None;
        if !self.unseen.is_empty() {
            let unseen = self.unseen.join(", ");
            whys.push(format!("the cluster does not let you list {unseen}"));
            hint = Some("ask for the right to list them; --waive policy=REASON does without");
        }
        for ((policy, why), _) in self.unjudged {
            whys.push(format!("the policy {policy:?}: {why}"));
            let usual = "a server-side dry run judges it; --waive policy=REASON does without";
            hint = hint.or(Some(usual));
        }
        if self.kyverno > 0 {
            let count = counted(self.kyverno, "policy", "policies");
            whys.push(format!("{count} of Kyverno, which are not evaluated here"));
            hint = Some(
                "run kyverno apply POLICIES --resource MANIFESTS beside it; \
                 --waive policy=REASON does without",
            );
        }
        let mut report = CheckReport::of(Check::Policy, what, self.findings);
        report.details = self.remarks;
        let unbound = self.unbound.iter();
        let unbound = unbound.map(|name| format!("the policy {name:?} says nothing: no binding"));
        report.details.extend(unbound);
        if whys.is_empty() {
            return report;
        }
        if matches!(report.verdict, Verdict::Failed { .. }) {
            let told = whys.iter().map(|why| format!("not judged: {why}"));
            report.details.extend(told);
        } else {
            report.verdict = Verdict::NotJudged {
                why: whys.join("; "),
                hint: hint.map(ToOwned::to_owned),
            };
        }
        report
    }

    fn what(&self, input: &Input<'_>) -> String {
        match (self.policies, input.cluster) {
            (0, None) => "no policy is in the repository".to_owned(),
            (0, Some(_)) => "no policy is in the repository, nor in the cluster".to_owned(),
            (policies, _) => format!(
                "{}, {}",
                counted(policies, "policy", "policies"),
                counted(self.rules, "rule", "rules")
            ),
        }
    }
}

fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn counted(count: usize, one: &str, several: &str) -> String {
    match count {
        1 => format!("1 {one}"),
        _ => format!("{count} {several}"),
    }
}
