//! TG110: a window without a selector.

use super::{Finding, Project, Rule, Window};

pub(super) fn look(project: &Project, window: &Window) -> Option<Finding> {
    if window.lists().iter().any(|(_, list)| !list.is_empty()) {
        return None;
    }
    let kind = if window.is_deny() { "deny" } else { "allow" };
    let finding = project.place.finding(
        Rule::NoSelector,
        window.line,
        format!("the {kind} window concerns nothing"),
        "it lists no applications, namespaces or clusters, and Argo CD then leaves every sync \
         alone",
        "list what it is for, or `applications: [\"*\"]` for all",
    );
    Some(finding)
}
