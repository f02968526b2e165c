//! TG120: a project that does not restrict its Applications.

use super::delivery::{Deliveries, Delivery, Permissions};
use super::{Finding, Rule};

/// Argo CD makes it, open to everything, and takes it where none is named.
const DEFAULT: &str = "default";

pub(super) fn look(deliveries: &Deliveries) -> Vec<Finding> {
    // What is wrong with the default project is told where it is used.
    let named = deliveries
        .projects
        .iter()
        .filter(|project| project.name != DEFAULT);
    let mut findings: Vec<Finding> = named.flat_map(openings).collect();
    let default = deliveries
        .projects
        .iter()
        .find(|project| project.name == DEFAULT);
    if default.is_none_or(|project| !openings(project).is_empty()) {
        let applications = deliveries.applications.iter();
        findings.extend(
            applications
                .filter(|delivery| delivery.project() == DEFAULT)
                .map(uses_default),
        );
    }
    findings
}

fn uses_default(delivery: &Delivery) -> Finding {
    let name = delivery.name();
    let what = if delivery.project.text.is_empty() {
        format!("`{name}` names no project, which is the project `default`")
    } else {
        format!("`{name}` is in the project `default`")
    };
    delivery.place.finding(
        Rule::UnrestrictedProject,
        delivery.project.line,
        what,
        "unless somebody restricted that one, it lets an Application deploy everything from \
         everywhere to everywhere",
        "make an AppProject for it that lists its repositories, destinations and cluster-wide kinds",
    )
}

fn openings(project: &Permissions) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut open = |line: usize, what: &str, why: &str, fix: &str| {
        let what = format!("the project `{}` {what}", project.name);
        let place = &project.place;
        findings.push(place.finding(Rule::UnrestrictedProject, line, what, why, fix));
    };
    for repository in &project.repositories {
        if is_everything(&repository.text) {
            open(
                repository.line,
                "takes manifests from any repository",
                "whoever may write an Application of it can deploy what no reviewer of yours has \
                 seen",
                "list the repositories in `sourceRepos`",
            );
        }
    }
    for destination in &project.destinations {
        let any_cluster = [&destination.server, &destination.name]
            .into_iter()
            .any(|text| is_everything(text));
        let any_namespace = is_everything(&destination.namespace);
        let where_to = match (any_cluster, any_namespace) {
            (true, true) => "any namespace of any cluster",
            (true, false) => "any cluster",
            (false, true) => "any namespace of a cluster",
            (false, false) => continue,
        };
        open(
            destination.line,
            &format!("deploys to {where_to}"),
            "a wrong or bad destination in an Application reaches what the project is not for, \
             and windows that select by destination do not hold there",
            "list each server with its namespaces in `destinations`",
        );
    }
    for kind in &project.cluster_kinds {
        if is_everything(&kind.group) && is_everything(&kind.kind) {
            open(
                kind.line,
                "may write every cluster-wide object",
                "with a ClusterRoleBinding or a webhook an Application can give itself everything \
                 else",
                "list the kinds that are needed in `clusterResourceWhitelist`, such as Namespace",
            );
        }
    }
    findings
}

fn is_everything(pattern: &str) -> bool {
    !pattern.is_empty() && pattern.bytes().all(|byte| byte == b'*')
}
