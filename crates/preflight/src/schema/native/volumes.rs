//! Volumes of a pod, and what mounts them.

use std::collections::HashSet;

use tidegate_yaml::Node;

use super::{Check, items, text};
use crate::schema::format;
use crate::schema::suggest::nearest;
use crate::schema::walk::{Walk, quoted};

pub(super) const CHECKS: &[(&str, Check)] = &[
    ("core.v1.PodSpec", mounted),
    ("core.v1.PodSpec", names),
    ("core.v1.Volume", source),
    ("core.v1.CSIVolumeSource", secret_of_driver),
    ("core.v1.FCVolumeSource", of_channel),
    ("apps.v1.StatefulSetSpec", of_claims),
];

fn source<'a>(walk: &mut Walk<'a>, volume: &'a Node) {
    // Without a source it is an empty folder.
    let sources = volume.as_mapping().unwrap_or_default().iter();
    if sources
        .filter(|(name, value)| name != "name" && !value.is_null())
        .count()
        > 1
    {
        super::exactly_one(walk, volume, "source", &["name"]);
    }
    for (kind, field) in [
        ("configMap", "name"),
        ("secret", "secretName"),
        ("persistentVolumeClaim", "claimName"),
        ("hostPath", "path"),
    ] {
        walk.at(volume, &[kind], |walk, source| {
            if text(source, field).is_empty() {
                walk.error("missing-field", source, format!("{kind} must have {field}"));
            }
        });
    }
}

fn secret_of_driver<'a>(walk: &mut Walk<'a>, driver: &'a Node) {
    walk.at(driver, &["nodePublishSecretRef"], |walk, secret| {
        let given = text(secret, "name");
        if !format::is_dns_subdomain(given) {
            let message = format!("{} is no name of a Secret", quoted(given));
            walk.error("bad-name", secret, message);
        }
    });
}

fn of_channel<'a>(walk: &mut Walk<'a>, volume: &'a Node) {
    if items(volume, "targetWWNs").is_empty() == items(volume, "wwids").is_empty() {
        let message = "a volume of Fibre Channel has targetWWNs or wwids";
        walk.error("missing-field", volume, message);
    }
}

fn names<'a>(walk: &mut Walk<'a>, pod: &'a Node) {
    super::unique(walk, pod, "volumes", "name", &mut HashSet::new());
}

/// Those of a StatefulSet's pods come from its claims besides.
fn mounted<'a>(walk: &mut Walk<'a>, pod: &'a Node) {
    let of_stateful_set = text(walk.root(), "kind") == "StatefulSet";
    if !of_stateful_set {
        known(walk, pod, &[]);
    }
}

fn of_claims<'a>(walk: &mut Walk<'a>, spec: &'a Node) {
    let claims = items(spec, "volumeClaimTemplates").iter();
    let claims: Vec<&str> = claims
        .filter_map(|claim| claim.field("metadata"))
        .map(|metadata| text(metadata, "name"))
        .collect();
    walk.at(spec, &["template", "spec"], |walk, pod| {
        known(walk, pod, &claims);
    });
}

fn known<'a>(walk: &mut Walk<'a>, pod: &'a Node, more: &[&str]) {
    let volumes = items(pod, "volumes").iter();
    let mut names: HashSet<&str> = volumes.map(|volume| text(volume, "name")).collect();
    names.extend(more);
    for list in ["initContainers", "containers"] {
        walk.each(pod, &[list], |walk, container| {
            for mounts in ["volumeMounts", "volumeDevices"] {
                walk.each(container, &[mounts], |walk, mount| {
                    walk.at(mount, &["name"], |walk, name| {
                        let text = name.as_str().unwrap_or_default();
                        if !names.contains(text) && !text.is_empty() {
                            let mut known: Vec<&str> = names.iter().copied().collect();
                            known.sort_unstable();
                            let hint = nearest(text, known)
                                .map(|near| format!("did you mean {near}?"))
                                .or_else(|| Some("add it to volumes".to_owned()));
                            let message = format!("there is no volume {}", quoted(text));
                            walk.error_with_hint("unknown-volume", name, message, hint);
                        }
                    });
                });
            }
        });
    }
}
