//! What an object is called, and where it is.

use std::net::IpAddr;

use tidegate_yaml::Node;

use super::{Check, text};
use crate::manifest::Step;
use crate::schema::format;
use crate::schema::release::Release;
use crate::schema::walk::{Walk, quoted};

pub(super) const CHECKS: &[(&str, Check)] = &[("meta.v1.ObjectMeta", metadata)];

/// What a name has to be like.
#[derive(Clone, Copy)]
enum Form {
    Label,
    /// A label that begins with a letter.
    Label1035,
    Subdomain,
    PathSegment,
    Address,
    /// A subdomain of at most so many letters.
    Short(usize),
}

/// `NameIs…` in the strategy of each kind. Kinds that are not here are subdomains.
fn form(kind: &str, release: Release) -> Form {
    match kind {
        "Service" if release.minor() < 36 => Form::Label1035,
        "Namespace" | "Service" | "StatefulSet" => Form::Label,
        "Role"
        | "RoleBinding"
        | "ClusterRole"
        | "ClusterRoleBinding"
        | "Event"
        | "PodDisruptionBudget" => Form::PathSegment,
        "IPAddress" => Form::Address,
        // What it makes has 11 letters more.
        "CronJob" => Form::Short(52),
        _ => Form::Subdomain,
    }
}

/// A question, and nothing that is kept.
fn is_question(kind: &str) -> bool {
    kind.ends_with("Review")
}

/// An object without metadata has no name.
pub(crate) fn of_object(walk: &mut Walk<'_>) {
    let root = walk.root();
    if root.field("metadata").is_none_or(Node::is_null) && !is_question(text(root, "kind")) {
        walk.within(Step::Field("metadata"), |walk| nameless(walk, root, false));
    }
}

fn nameless(walk: &mut Walk<'_>, node: &Node, is_generated: bool) {
    let kind = text(walk.root(), "kind");
    // The API server makes up a name for a LimitRange.
    if !is_generated && kind != "LimitRange" {
        let message = format!("{kind} must have metadata.name");
        walk.error("missing-field", node, message);
        return;
    }
    let message = "it has no name of its own, so each apply would make another one";
    walk.warning("generated-name", node, message, "give it a name".to_owned());
}

/// Only of the object itself: what a template is called is not asked.
fn metadata<'a>(walk: &mut Walk<'a>, node: &'a Node) {
    if walk.depth() != 1 {
        return;
    }
    let root = walk.root();
    let kind = text(root, "kind");
    if is_question(kind) {
        return;
    }
    walk.at(node, &["generateName"], |walk, begin| {
        let given = begin.as_str().unwrap_or_default();
        let is_loose = matches!(
            form(kind, walk.release()),
            Form::PathSegment | Form::Address
        );
        if !given.is_empty() && !is_loose && !format::is_dns_subdomain_prefix(given) {
            let message = format!("{} is no beginning of a name", quoted(given));
            walk.error("bad-name", begin, message);
        }
    });
    if text(node, "name").is_empty() {
        nameless(walk, node, !text(node, "generateName").is_empty());
    }
    walk.at(node, &["name"], |walk, name| {
        let Some(text) = name.as_str().filter(|text| !text.is_empty()) else {
            return;
        };
        let (holds, wanted) = match form(kind, walk.release()) {
            Form::Label1035 => (
                format::is_dns_label_1035(text),
                "at most 63 small letters, digits and hyphens, a letter first",
            ),
            Form::Address => (
                text.parse::<IpAddr>()
                    .is_ok_and(|address| address.to_string() == text),
                "an IP address in its shortest form",
            ),
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
        let text = finalizer.as_str().unwrap_or_default();
        if !format::is_qualified_name(text) {
            let message = format!("{} is no finalizer", quoted(text));
            walk.error("bad-name", finalizer, message);
        }
    });
}
