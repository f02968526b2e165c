//! What the verification checks say.

use std::time::Duration;

use http::StatusCode;
use kube::ResourceExt as _;
use tidegate_api::connection::{ConnectionKind, ConnectionSpec};
use tidegate_core::lifecycle::facts::CheckResult;
use tidegate_core::lifecycle::{Facts, Question};
use tidegate_core::policy::Check;
use tidegate_core::policy::measure::judge;
use tidegate_core::request::Change;

use crate::argo_cd::clusters::cluster_of;
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
            Some(Check::Prometheus {
                connection,
                query,
                below,
                above,
                ..
            }) => match measured(term, connection.as_deref(), query).await {
                Ok(values) => judge(&values, *below, *above),
                Err(result) => result,
            },
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

/// The values that Prometheus gives for a query.
async fn measured(
    term: &Term,
    connection: Option<&str>,
    query: &str,
) -> Result<Vec<f64>, CheckResult> {
    let (name, spec) = prometheus(term, connection).map_err(CheckResult::Pending)?;
    let credentials = match &spec.secret_ref {
        None => None,
        Some(reference) => {
            let found = super::material::credentials(term, &reference.name).await;
            Some(found.map_err(CheckResult::Pending)?)
        }
    };
    let credentials = credentials
        .as_ref()
        .map(|found| (found.username.as_str(), found.password.expose()));
    let asked = term
        .hub
        .prometheus
        .values(&name, &spec.url, credentials, query);
    asked.await.map_err(|error| {
        if error.is_final() {
            CheckResult::Failed(error.to_string())
        } else {
            CheckResult::Pending(error.to_string())
        }
    })
}

/// The Connection that is meant.
fn prometheus(term: &Term, name: Option<&str>) -> Result<(String, ConnectionSpec), String> {
    let mut found: Vec<(String, ConnectionSpec)> = term
        .stores
        .connections
        .state()
        .iter()
        .filter(|connection| connection.spec.kind == ConnectionKind::Prometheus)
        .map(|connection| (connection.name_any(), connection.spec.clone()))
        .filter(|(other, _)| name.is_none_or(|name| name == other))
        .collect();
    match (found.pop(), found.is_empty(), name) {
        (Some(only), true, _) => Ok(only),
        (None, _, Some(name)) => Err(format!("there is no Connection {name} of kind prometheus")),
        (None, _, None) => Err("there is no Connection of kind prometheus".to_owned()),
        (Some(_), false, _) => Err(
            "there are several Connections of kind prometheus; the policy has to name one"
                .to_owned(),
        ),
    }
}

async fn job(term: &Term, change: &Change, position: u32) -> CheckResult {
    let Some(target) = change.request.targets.first() else {
        return CheckResult::Failed("the change has no target".to_owned());
    };
    let name = job_name(change, position);
    match cluster_of(term, change, &target.key).await {
        Ok(cluster) => cluster.job_result(&target.key.namespace, &name).await,
        Err(problem) => CheckResult::Pending(problem),
    }
}
