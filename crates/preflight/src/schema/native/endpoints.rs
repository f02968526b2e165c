//! Where a Service leads.

use std::collections::HashSet;
use std::net::IpAddr;

use tidegate_yaml::Node;

use super::{Check, items, text};
use crate::schema::format;
use crate::schema::walk::{Walk, quoted};

pub(super) const CHECKS: &[(&str, Check)] = &[
    ("discovery.v1.EndpointSlice", addresses),
    ("discovery.v1.EndpointSlice", ports),
    ("core.v1.EndpointSubset", subset),
];

fn addresses<'a>(walk: &mut Walk<'a>, slice: &'a Node) {
    let kind = text(slice, "addressType");
    walk.each(slice, &["endpoints"], |walk, endpoint| {
        if items(endpoint, "addresses").is_empty() {
            walk.error("missing-field", endpoint, "it must have an address");
        }
        walk.each(endpoint, &["addresses"], |walk, node| {
            let given = node.as_str().unwrap_or_default();
            let (holds, wanted) = match kind {
                "IPv4" => (
                    format::address(given).is_some_and(|ip| ip.is_ipv4() && is_of_a_pod(ip)),
                    "an IPv4 address of another machine",
                ),
                "IPv6" => (
                    given
                        .parse()
                        .is_ok_and(|ip: IpAddr| ip.is_ipv6() && is_of_a_pod(ip)),
                    "an IPv6 address of another machine",
                ),
                "FQDN" => (
                    format::is_dns_subdomain(given.strip_suffix('.').unwrap_or(given))
                        && given.contains('.'),
                    "a whole domain name",
                ),
                _ => return,
            };
            if !holds {
                let message = format!("{} is not {wanted}", quoted(given));
                walk.error("bad-address", node, message);
            }
        });
    });
}

/// None of the machine that asks, and none that is valid on one link only.
fn is_of_a_pod(address: IpAddr) -> bool {
    let is_of_a_link = match address {
        IpAddr::V4(address) => {
            address.is_link_local() || matches!(address.octets(), [224, 0, 0, _])
        }
        IpAddr::V6(address) => {
            address.is_unicast_link_local() || address.segments().first() == Some(&0xff02)
        }
    };
    !address.is_unspecified() && !address.is_loopback() && !is_of_a_link
}

fn subset<'a>(walk: &mut Walk<'a>, subset: &'a Node) {
    let is_empty = |field| items(subset, field).is_empty();
    if is_empty("addresses") && is_empty("notReadyAddresses") {
        walk.error("missing-field", subset, "it must have an address");
    }
}

/// Only one port may have no name.
fn ports<'a>(walk: &mut Walk<'a>, slice: &'a Node) {
    let mut seen = HashSet::new();
    walk.each(slice, &["ports"], |walk, port| {
        let name = text(port, "name");
        if !seen.insert(name) {
            let message = format!("there is a port {} already", quoted(name));
            walk.error("duplicate-name", port, message);
        }
    });
}
