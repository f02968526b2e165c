//! What the verification checks say.

use std::time::Duration;

use http::StatusCode;
use tidegate_core::lifecycle::facts::CheckResult;
use tidegate_core::lifecycle::{Facts, Question};
use tidegate_core::policy::Check;
use tidegate_core::request::Change;

use crate::hub::Term;
use crate::perform::job_name;

/// How long an answer may take.
const PROBE_TIMEOUT: Duration = Duration::from_secs(5);

/// Asks every check that the core asks about.
pub(super) async fn check(term: &Term, change: &Change, facts: &mut Facts, questions: &[Question]) {
    for question in questions {
        let Question::Check(position) = question else {
            continue;
        };
        let checks = change
            .status
            .plan
            .as_ref()
            .map(|plan| &plan.verification.checks);
        let check = checks.and_then(|checks| checks.get(*position as usize));
        let result = match check {
            Some(Check::Http { url, status }) => http(term, url, *status).await,
            Some(Check::Job { .. }) => job(term, change, *position).await,
            Some(Check::Workloads { .. }) | None => continue,
        };
        facts.checks.insert(*position, result);
    }
}

async fn http(term: &Term, url: &str, status: u16) -> CheckResult {
    let Ok(expected) = StatusCode::from_u16(status) else {
        return CheckResult::Failed(format!("{status} is not an HTTP status"));
    };
    match term.hub.prober.probe(url, expected, PROBE_TIMEOUT).await {
        Ok(()) => CheckResult::Passed,
        Err(failure) => CheckResult::Pending(failure.to_string()),
    }
}

async fn job(term: &Term, change: &Change, position: u32) -> CheckResult {
    let Some(target) = change.request.targets.first() else {
        return CheckResult::Failed("the change has no target".to_owned());
    };
    let name = job_name(change, position);
    term.hub
        .cluster
        .job_result(&target.key.namespace, &name)
        .await
}
