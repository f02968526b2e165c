//! What an object is called, and where it is.

use tidegate_yaml::Node;

use super::{Check, text};
use crate::schema::format;
use crate::schema::walk::{Walk, quoted};

pub(super) const CHECKS: &[(&str, Check)] = &[("meta.v1.ObjectMeta", metadata)];

/// What a name has to be like.
#[derive(Clone, Copy)]
enum Form {
    Label,
    Subdomain,
    PathSegment,
    /// A subdomain of at most so many letters.
    Short(usize),
}

/// `NameIs…` in the strategy of each kind. Kinds that are not here are subdomains.
fn form(kind: &str) -> Form {
    match kind {
        "Namespace" | "Service" => Form::Label,
        "Role"
        | "RoleBinding"
        | "ClusterRole"
        | "ClusterRoleBinding"
        | "FlowSchema"
        | "PriorityLevelConfiguration" => Form::PathSegment,
        // What it makes has 11 letters more.
        "CronJob" => Form::Short(52),
        _ => Form::Subdomain,
    }
}

/// Only of the object itself: what a template is called is not asked.
fn metadata<'a>(walk: &mut Walk<'a>, node: &'a Node) {
    if walk.depth() != 1 {
        return;
    }
    let root = walk.root();
    let kind = text(root, "kind");
    // A question, and nothing that is kept.
    if kind.ends_with("Review") || kind == "IPAddress" {
        return;
    }
    let name = text(node, "name");
    if name.is_empty() {
        if text(node, "generateName").is_empty() {
            let id = "missing-field";
            walk.error(id, node, format!("{kind} must have metadata.name"));
        } else {
            let hint = "give it a name".to_owned();
            let message = "it has only generateName, so each apply would make another one";
            walk.warning("generated-name", node, message, hint);
        }
    }
    walk.at(node, &["name"], |walk, name| {
        let Some(text) = name.as_str().filter(|text| !text.is_empty()) else {
            return;
        };
        let (holds, wanted) = match form(kind) {
            Form::Label => (
                format::is_dns_label(text),
                "at most 63 small letters, digits and hyphens",
            ),
            Form::Subdomain => (
                format::is_dns_subdomain(text),
                "small letters, digits, hyphens and dots",
            ),
            Form::PathSegment => (format::is_path_segment(text), "anything without / and %"),
            Form::Short(most) => (
                format::is_dns_subdomain(text) && text.len() <= most,
                "at most 52 small letters, digits, hyphens and dots",
            ),
        };
        if !holds {
            let message = format!("{} is no name of a {kind}: that is {wanted}", quoted(text));
            let small = text.to_lowercase().replace(['_', ' '], "-");
            let hint =
                (small != text && format::is_dns_label(&small)).then(|| format!("call it {small}"));
            walk.error_with_hint("bad-name", name, message, hint);
        }
    });
    walk.at(node, &["namespace"], |walk, namespace| {
        if let Some(text) = namespace.as_str()
            && !text.is_empty()
            && !format::is_dns_label(text)
        {
            let message = format!("{} is no name of a namespace", quoted(text));
            walk.error("bad-name", namespace, message);
        }
    });
    walk.each(node, &["finalizers"], |walk, finalizer| {
        if let Some(text) = finalizer.as_str()
            && !format::is_qualified_name(text)
        {
            let message = format!("{} is no finalizer", quoted(text));
            walk.error("bad-name", finalizer, message);
        }
    });
}
