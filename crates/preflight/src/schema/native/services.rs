//! Services.

use std::collections::HashSet;

use tidegate_yaml::Node;

use super::{Check, has, items, number, text, unique};
use crate::schema::format;
use crate::schema::walk::{Walk, quoted};

pub(super) const CHECKS: &[(&str, Check)] = &[
    ("core.v1.ServiceSpec", ports),
    ("core.v1.ServiceSpec", fits_its_type),
];

fn ports<'a>(walk: &mut Walk<'a>, spec: &'a Node) {
    let ports = items(spec, "ports");
    let is_headless = text(spec, "clusterIP") == "None";
    if ports.is_empty() && text(spec, "type") != "ExternalName" && !is_headless {
        walk.error("missing-field", spec, "a Service must have a port");
    }
    unique(walk, spec, "ports", "name", &mut HashSet::new());
    let mut seen = HashSet::new();
    walk.each(spec, &["ports"], |walk, port| {
        if ports.len() > 1 && text(port, "name").is_empty() {
            let message = "where there are several ports each must have a name";
            walk.error("missing-field", port, message);
        }
        let protocol = match text(port, "protocol") {
            "" => "TCP",
            protocol => protocol,
        };
        if let Some(number) = port.field("port").and_then(number)
            && !seen.insert((number, protocol))
        {
            walk.error(
                "duplicate-port",
                port,
                format!("the port {number} is there twice"),
            );
        }
    });
}

fn fits_its_type<'a>(walk: &mut Walk<'a>, spec: &'a Node) {
    let kind = match text(spec, "type") {
        "" => "ClusterIP",
        kind => kind,
    };
    if kind == "ExternalName" {
        if text(spec, "externalName").is_empty() {
            walk.error(
                "missing-field",
                spec,
                "an ExternalName must have externalName",
            );
        }
        let ip = text(spec, "clusterIP");
        if !ip.is_empty() {
            walk.error("not-allowed", spec, "an ExternalName has no clusterIP");
        }
    }
    if matches!(kind, "NodePort" | "LoadBalancer") && text(spec, "clusterIP") == "None" {
        walk.error("not-allowed", spec, format!("a {kind} cannot be headless"));
    }
    if kind == "ClusterIP" || kind == "ExternalName" {
        walk.each(spec, &["ports"], |walk, port| {
            walk.at(port, &["nodePort"], |walk, given| {
                if number(given).is_some_and(|port| port != 0) {
                    let message = format!("a {kind} has no ports on nodes");
                    walk.error("not-allowed", given, message);
                }
            });
        });
    }
    walk.at(spec, &["clusterIP"], |walk, address| {
        let given = address.as_str().unwrap_or_default();
        if !matches!(given, "" | "None") && format::address(given).is_none() {
            let message = format!("{} is no IP address and not None", quoted(given));
            walk.error("bad-address", address, message);
        }
    });
    if kind != "LoadBalancer" {
        for field in ["loadBalancerClass", "allocateLoadBalancerNodePorts"] {
            walk.at(spec, &[field], |walk, given| {
                let message = format!("{field} is for a LoadBalancer");
                walk.error("not-allowed", given, message);
            });
        }
    }
    if has(spec, "sessionAffinityConfig") && text(spec, "sessionAffinity") == "None" {
        let message = "sessionAffinityConfig needs sessionAffinity: ClientIP";
        walk.error("not-allowed", spec, message);
    }
}
