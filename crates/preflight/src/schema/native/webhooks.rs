//! Webhooks and policies of admission.

use std::collections::HashSet;

use tidegate_yaml::Node;

use super::{Check, exactly_one, has, items, text, unique};
use crate::schema::format;
use crate::schema::walk::{Walk, quoted};

pub(super) const CHECKS: &[(&str, Check)] = &[
    (
        "admissionregistration.v1.ValidatingWebhookConfiguration",
        names,
    ),
    (
        "admissionregistration.v1.MutatingWebhookConfiguration",
        names,
    ),
    ("admissionregistration.v1.ValidatingWebhook", webhook),
    ("admissionregistration.v1.MutatingWebhook", webhook),
    ("admissionregistration.v1.WebhookClientConfig", client),
    ("admissionregistration.v1.ServiceReference", service),
    ("apiextensions.v1.ServiceReference", service),
    ("admissionregistration.v1.RuleWithOperations", rule),
    ("admissionregistration.v1.NamedRuleWithOperations", rule),
    ("admissionregistration.v1.MatchCondition", condition),
    ("admissionregistration.v1.ParamRef", parameters),
    (
        "admissionregistration.v1.ValidatingAdmissionPolicySpec",
        policy,
    ),
    (
        "admissionregistration.v1.ValidatingAdmissionPolicyBindingSpec",
        binding,
    ),
];

fn names<'a>(walk: &mut Walk<'a>, configuration: &'a Node) {
    unique(walk, configuration, "webhooks", "name", &mut HashSet::new());
}

fn webhook<'a>(walk: &mut Walk<'a>, webhook: &'a Node) {
    walk.at(webhook, &["name"], |walk, name| {
        let text = name.as_str().unwrap_or_default();
        if !text.is_empty() && (!format::is_dns_subdomain(text) || text.split('.').count() < 3) {
            let message = format!("{} is no name such as hook.example.com", quoted(text));
            walk.error("bad-name", name, message);
        }
    });
    let versions = items(webhook, "admissionReviewVersions");
    let is_known = |version: &Node| matches!(version.as_str(), Some("v1" | "v1beta1"));
    let mut seen = HashSet::new();
    walk.each(webhook, &["admissionReviewVersions"], |walk, version| {
        let given = version.as_str().unwrap_or_default();
        if !seen.insert(given) {
            let message = format!("{} is there twice", quoted(given));
            walk.error("duplicate-name", version, message);
        }
    });
    if !versions.iter().any(is_known) {
        let message = "admissionReviewVersions must name v1";
        walk.error("missing-field", webhook, message);
    }
}

fn client<'a>(walk: &mut Walk<'a>, client: &'a Node) {
    exactly_one(walk, client, "way to reach it", &["caBundle"]);
    let url = text(client, "url");
    if !url.is_empty() && !url.starts_with("https://") {
        walk.error(
            "bad-address",
            client,
            "a webhook's url begins with https://",
        );
    }
}

/// A path of names; one slash may end it.
fn service<'a>(walk: &mut Walk<'a>, service: &'a Node) {
    walk.at(service, &["path"], |walk, path| {
        let given = path.as_str().unwrap_or_default();
        let names = given.strip_prefix('/');
        let names = names.map(|names| names.strip_suffix('/').unwrap_or(names));
        let holds = matches!(given, "" | "/")
            || names.is_some_and(|names| names.split('/').all(format::is_dns_subdomain));
        if !holds {
            let message = format!("{} is no path such as /validate", quoted(given));
            walk.error("bad-path", path, message);
        }
    });
}

fn rule<'a>(walk: &mut Walk<'a>, rule: &'a Node) {
    for field in ["operations", "apiGroups", "apiVersions", "resources"] {
        if items(rule, field).is_empty() {
            walk.error("missing-field", rule, format!("a rule must have {field}"));
        }
    }
}

fn condition<'a>(walk: &mut Walk<'a>, condition: &'a Node) {
    for field in ["name", "expression"] {
        if text(condition, field).trim().is_empty() {
            let message = format!("a condition must have {field}");
            walk.error("missing-field", condition, message);
        }
    }
}

fn parameters<'a>(walk: &mut Walk<'a>, reference: &'a Node) {
    if has(reference, "selector") != text(reference, "name").is_empty() {
        let message = "parameters are named, or selected by their labels";
        walk.error("missing-field", reference, message);
    }
}

fn policy<'a>(walk: &mut Walk<'a>, spec: &'a Node) {
    if items(spec, "validations").is_empty() && items(spec, "auditAnnotations").is_empty() {
        let message = "a policy must have validations or auditAnnotations";
        walk.error("missing-field", spec, message);
    }
    let rules = spec.field("matchConstraints");
    if rules.is_some_and(|rules| items(rules, "resourceRules").is_empty()) {
        let message = "a policy must say of which resources it is";
        walk.error("missing-field", spec, message);
    }
}

fn binding<'a>(walk: &mut Walk<'a>, spec: &'a Node) {
    if items(spec, "validationActions").is_empty() {
        let message = "a binding must say what is done: validationActions";
        walk.error("missing-field", spec, message);
    }
}
