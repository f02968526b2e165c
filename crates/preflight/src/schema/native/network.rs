//! Ingresses and network policies.

use tidegate_yaml::Node;

use super::{Check, exactly_one, has, items, number, text};
use crate::schema::format;
use crate::schema::walk::{Walk, quoted};

pub(super) const CHECKS: &[(&str, Check)] = &[
    ("networking.v1.IngressSpec", something_is_served),
    ("networking.v1.HTTPIngressRuleValue", paths),
    ("networking.v1.HTTPIngressPath", path),
    ("networking.v1.IngressClassSpec", controller),
    ("networking.v1.IngressBackend", backend),
    ("networking.v1.IngressServiceBackend", port),
    ("networking.v1.NetworkPolicyPeer", peer),
    ("networking.v1.NetworkPolicyPort", range),
    ("networking.v1.IPBlock", block),
    ("networking.v1.IngressClassParametersReference", parameters),
    ("core.v1.PodSpec", name_servers),
];

fn something_is_served<'a>(walk: &mut Walk<'a>, spec: &'a Node) {
    if items(spec, "rules").is_empty() && !has(spec, "defaultBackend") {
        let message = "an Ingress must have a rule or a defaultBackend";
        walk.error("missing-field", spec, message);
    }
}

fn paths<'a>(walk: &mut Walk<'a>, rule: &'a Node) {
    if items(rule, "paths").is_empty() {
        walk.error("missing-field", rule, "it must have a path");
    }
}

fn controller<'a>(walk: &mut Walk<'a>, spec: &'a Node) {
    const MOST: usize = 250;
    walk.at(spec, &["controller"], |walk, controller| {
        let given = controller.as_str().unwrap_or_default();
        if given.len() > MOST || !format::is_domain_prefixed_path(given) {
            let message = format!("{} is not like example.com/controller", quoted(given));
            walk.error("bad-name", controller, message);
        }
    });
}

fn path<'a>(walk: &mut Walk<'a>, path: &'a Node) {
    let given = text(path, "path");
    let kind = text(path, "pathType");
    if matches!(kind, "Exact" | "Prefix") && !given.starts_with('/') {
        let near = path.field("path").unwrap_or(path);
        let message = format!("a path of the type {kind} begins with /");
        walk.error("bad-path", near, message);
    }
    let is_odd = ["//", "/./", "/../", "%2f", "%2F"]
        .iter()
        .any(|part| given.contains(part))
        || given.ends_with("/..")
        || given.ends_with("/.");
    if matches!(kind, "Exact" | "Prefix") && is_odd {
        walk.error(
            "bad-path",
            path,
            format!("{} is no plain path", quoted(given)),
        );
    }
}

fn backend<'a>(walk: &mut Walk<'a>, backend: &'a Node) {
    exactly_one(walk, backend, "backend", &[]);
    walk.at(backend, &["resource"], |walk, resource| {
        for field in ["kind", "name"] {
            let near = resource.field(field).unwrap_or(resource);
            if !format::is_path_segment(text(resource, field)) {
                let message = format!("a resource has a {field}, without / and %");
                walk.error("bad-name", near, message);
            }
        }
        let group = text(resource, "apiGroup");
        if !group.is_empty() && !format::is_dns_subdomain(group) {
            let message = format!("{} is no group such as example.com", quoted(group));
            walk.error("bad-name", resource, message);
        }
    });
}

fn port<'a>(walk: &mut Walk<'a>, service: &'a Node) {
    let port = service.field("port");
    let name = port.map_or("", |port| text(port, "name"));
    let given = port.and_then(|port| port.field("number")).and_then(number);
    match (name, given.unwrap_or(0)) {
        ("", 0) => walk.error("missing-field", service, "a backend must have a port"),
        ("", _) | (_, 0) => {}
        _ => walk.error(
            "too-many",
            service,
            "a port is a name or a number, not both",
        ),
    }
}

fn peer<'a>(walk: &mut Walk<'a>, peer: &'a Node) {
    let selects = has(peer, "podSelector") || has(peer, "namespaceSelector");
    match (selects, has(peer, "ipBlock")) {
        (false, false) => walk.error("missing-field", peer, "it names nobody"),
        (true, true) => {
            let message = "an ipBlock stands alone";
            walk.error("too-many", peer, message);
        }
        _ => {}
    }
}

fn range<'a>(walk: &mut Walk<'a>, port: &'a Node) {
    walk.at(port, &["endPort"], |walk, end| {
        let begin = port.field("port");
        match begin.and_then(number) {
            Some(begin) if number(end).is_some_and(|end| end < begin) => {
                walk.error("out-of-range", end, "it ends before it begins");
            }
            None => walk.error(
                "missing-field",
                end,
                "endPort needs a port that is a number",
            ),
            Some(_) => {}
        }
    });
}

fn parameters<'a>(walk: &mut Walk<'a>, reference: &'a Node) {
    let is_namespaced = text(reference, "scope") == "Namespace";
    if is_namespaced != has(reference, "namespace") {
        let message = "parameters with the scope Namespace, and no others, have a namespace";
        walk.error("missing-field", reference, message);
    }
}

fn name_servers<'a>(walk: &mut Walk<'a>, pod: &'a Node) {
    let servers = pod
        .field("dnsConfig")
        .map_or(&[][..], |config| items(config, "nameservers"));
    if text(pod, "dnsPolicy") == "None" && servers.is_empty() {
        let message = "dnsPolicy: None needs a name server in dnsConfig";
        walk.error("missing-field", pod, message);
    }
}

fn block<'a>(walk: &mut Walk<'a>, block: &'a Node) {
    walk.at(block, &["cidr"], cidr);
    walk.each(block, &["except"], cidr);
}

fn cidr<'a>(walk: &mut Walk<'a>, node: &'a Node) {
    let text = node.as_str().unwrap_or_default();
    let holds = format::is_cidr(text);
    if !holds {
        let message = format!("{} is no range such as 10.0.0.0/8", quoted(text));
        walk.error("bad-address", node, message);
    }
}
