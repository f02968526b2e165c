//! CustomResourceDefinitions: their names and versions. What they say of their kind's
//! fields is in [`super::structural`].

use std::collections::HashSet;

use tidegate_yaml::Node;

use super::{Check, exactly_one, has, is_true, items, structural, text};
use crate::manifest::Step;
use crate::schema::format;
use crate::schema::walk::{Walk, quoted};

pub(super) const CHECKS: &[(&str, Check)] = &[
    ("apiextensions.v1.CustomResourceDefinition", name),
    ("apiextensions.v1.CustomResourceDefinition", approval),
    ("apiextensions.v1.CustomResourceDefinitionSpec", group),
    ("apiextensions.v1.CustomResourceDefinitionSpec", versions),
    ("apiextensions.v1.CustomResourceDefinitionNames", kinds),
    ("apiextensions.v1.CustomResourceDefinitionVersion", schema),
    ("apiextensions.v1.CustomResourceDefinitionVersion", warning),
    ("apiextensions.v1.CustomResourceConversion", conversion),
];

/// It is called by what it defines.
fn name<'a>(walk: &mut Walk<'a>, definition: &'a Node) {
    let Some(spec) = definition.field("spec") else {
        return;
    };
    let plural = spec
        .field("names")
        .map_or("", |names| text(names, "plural"));
    let wanted = format!("{plural}.{}", text(spec, "group"));
    walk.at(definition, &["metadata", "name"], |walk, name| {
        if name.as_str().is_some_and(|name| name != wanted) {
            let hint = format!("call it {wanted}");
            let message = "its name is not spec.names.plural, a dot and spec.group";
            walk.error_with_hint("bad-name", name, message, hint);
        }
    });
}

/// Kubernetes' own groups are guarded.
fn approval<'a>(walk: &mut Walk<'a>, definition: &'a Node) {
    const ANNOTATION: &str = "api-approved.kubernetes.io";
    walk.at(definition, &["spec", "group"], |walk, group| {
        let given = group.as_str().unwrap_or_default();
        let is_guarded = ["k8s.io", "kubernetes.io"].iter().any(|domain| {
            let before = given.strip_suffix(domain);
            before.is_some_and(|before| before.is_empty() || before.ends_with('.'))
        });
        let annotations = definition
            .field("metadata")
            .and_then(|metadata| metadata.field("annotations"));
        if is_guarded && !annotations.is_some_and(|given| has(given, ANNOTATION)) {
            let message = format!("{given} is a group of Kubernetes' own");
            let hint = format!("an approved one has the annotation {ANNOTATION}");
            walk.error_with_hint("not-allowed", group, message, hint);
        }
    });
}

fn group<'a>(walk: &mut Walk<'a>, spec: &'a Node) {
    walk.at(spec, &["group"], |walk, group| {
        let given = group.as_str().unwrap_or_default();
        if !format::is_dns_subdomain(given) || !given.contains('.') {
            let message = format!("{} is no group such as example.com", quoted(given));
            walk.error("bad-name", group, message);
        }
    });
}

fn versions<'a>(walk: &mut Walk<'a>, spec: &'a Node) {
    let mut seen = HashSet::new();
    walk.each(spec, &["versions"], |walk, version| {
        let name = text(version, "name");
        if !seen.insert(name) {
            let message = format!("the version {} is there twice", quoted(name));
            walk.error("duplicate-name", version, message);
        }
    });
    let stored = items(spec, "versions")
        .iter()
        .filter(|version| is_true(version, "storage"));
    if stored.count() != 1 {
        let near = spec.field("versions").unwrap_or(spec);
        let message = "exactly one version must have storage: true";
        walk.error("missing-field", near, message);
    }
    if is_true(spec, "preserveUnknownFields") {
        let message = "preserveUnknownFields: true is of apiextensions.k8s.io/v1beta1";
        let hint = "write x-kubernetes-preserve-unknown-fields: true into the schema".to_owned();
        walk.error_with_hint("not-allowed", spec, message, hint);
    }
}

/// Capitals are let through here.
fn kinds<'a>(walk: &mut Walk<'a>, names: &'a Node) {
    for field in ["kind", "listKind"] {
        walk.at(names, &[field], |walk, kind| {
            let given = kind.as_str().unwrap_or_default();
            if !given.is_empty() && !format::is_dns_label_1035(&given.to_lowercase()) {
                let message = format!("{} is no name of a kind", quoted(given));
                walk.error("bad-name", kind, message);
            }
        });
    }
    let kind = text(names, "kind");
    if !kind.is_empty() && text(names, "listKind") == kind {
        let message = "a kind and its list must have different names";
        walk.error("duplicate-name", names, message);
    }
}

fn schema<'a>(walk: &mut Walk<'a>, version: &'a Node) {
    let root = version
        .field("schema")
        .and_then(|schema| schema.field("openAPIV3Schema"))
        .filter(|root| !root.is_null());
    let Some(root) = root else {
        let message = "a version must have a schema";
        let hint = "openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true} \
                    takes anything";
        walk.error_with_hint("missing-field", version, message, hint.to_owned());
        return;
    };
    walk.within(Step::Field("schema"), |walk| {
        walk.within(Step::Field("openAPIV3Schema"), |walk| {
            structural::root(walk, root);
        });
    });
}

fn warning<'a>(walk: &mut Walk<'a>, version: &'a Node) {
    walk.at(version, &["deprecationWarning"], |walk, warning| {
        let given = warning.as_str().unwrap_or_default();
        if !is_true(version, "deprecated") {
            let message = "only of a deprecated version there is something to warn of";
            walk.error("not-allowed", warning, message);
        } else if given.is_empty() || given.len() > 256 || given.chars().any(char::is_control) {
            let message = "a warning is 1 to 256 letters that can be printed";
            walk.error("bad-name", warning, message);
        }
    });
}

fn conversion<'a>(walk: &mut Walk<'a>, conversion: &'a Node) {
    walk.at(conversion, &["webhook", "clientConfig"], |walk, client| {
        exactly_one(walk, client, "way to reach it", &["caBundle"]);
    });
    let by_webhook = text(conversion, "strategy") == "Webhook";
    if by_webhook != has(conversion, "webhook") {
        let message = "a conversion by a webhook, and no other, has the field webhook";
        walk.error("missing-field", conversion, message);
    }
}
