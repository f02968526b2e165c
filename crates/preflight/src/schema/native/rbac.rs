//! Roles and who has them.

use tidegate_yaml::Node;

use super::{Check, items, text};
use crate::schema::format;
use crate::schema::walk::{Walk, quoted};

pub(super) const CHECKS: &[(&str, Check)] = &[
    ("rbac.v1.Role", role),
    ("rbac.v1.ClusterRole", cluster_role),
    ("rbac.v1.ClusterRoleBinding", cluster_binding),
    ("rbac.v1.RoleRef", group),
    ("rbac.v1.Subject", subject),
];

const GROUP: &str = "rbac.authorization.k8s.io";

fn role<'a>(walk: &mut Walk<'a>, role: &'a Node) {
    walk.each(role, &["rules"], |walk, given| rule(walk, given, true));
}

fn cluster_role<'a>(walk: &mut Walk<'a>, role: &'a Node) {
    walk.each(role, &["rules"], |walk, given| rule(walk, given, false));
}

fn rule<'a>(walk: &mut Walk<'a>, rule: &'a Node, is_namespaced: bool) {
    if items(rule, "verbs").is_empty() {
        walk.error("missing-field", rule, "a rule must have a verb");
    }
    let urls = items(rule, "nonResourceURLs");
    let resources = items(rule, "resources");
    let groups = items(rule, "apiGroups");
    if !urls.is_empty() {
        if is_namespaced {
            let message = "a Role is of one namespace, and URLs are of none";
            walk.error("not-allowed", rule, message);
        }
        if !resources.is_empty() || !groups.is_empty() {
            let message = "a rule is of resources or of URLs, not of both";
            walk.error("too-many", rule, message);
        }
        return;
    }
    if groups.is_empty() {
        let hint = "write apiGroups: [\"\"] for the core group".to_owned();
        walk.error_with_hint("missing-field", rule, "a rule must have apiGroups", hint);
    }
    if resources.is_empty() {
        walk.error("missing-field", rule, "a rule must have resources");
    }
}

fn cluster_binding<'a>(walk: &mut Walk<'a>, binding: &'a Node) {
    walk.at(binding, &["roleRef", "kind"], |walk, kind| {
        if kind.as_str() == Some("Role") {
            let message = "a ClusterRoleBinding gives a ClusterRole";
            walk.error("not-a-choice", kind, message);
        }
    });
    walk.each(binding, &["subjects"], |walk, subject| {
        if text(subject, "kind") == "ServiceAccount" && text(subject, "namespace").is_empty() {
            let message = "a ServiceAccount must have its namespace";
            walk.error("missing-field", subject, message);
        }
    });
}

fn group<'a>(walk: &mut Walk<'a>, role: &'a Node) {
    let given = text(role, "apiGroup");
    // Nothing is a default.
    if !given.is_empty() && given != GROUP {
        let message = format!("{} is not {GROUP}", quoted(given));
        walk.error("not-a-choice", role, message);
    }
}

fn subject<'a>(walk: &mut Walk<'a>, subject: &'a Node) {
    let wanted = match text(subject, "kind") {
        "ServiceAccount" => "",
        "User" | "Group" => GROUP,
        _ => return,
    };
    walk.at(subject, &["name"], |walk, name| {
        let given = name.as_str().unwrap_or_default();
        if wanted.is_empty() && !format::is_dns_subdomain(given) {
            let message = format!("{} is no name of a ServiceAccount", quoted(given));
            walk.error("bad-name", name, message);
        }
    });
    let given = text(subject, "apiGroup");
    if !given.is_empty() && given != wanted {
        let message = format!("the apiGroup of such a subject is {wanted:?}");
        walk.error("not-a-choice", subject, message);
    }
}
