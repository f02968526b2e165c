//! Volumes of a pod, and what mounts them.

use std::collections::HashSet;

use tidegate_yaml::Node;

use super::{Check, items, text};
use crate::schema::suggest::nearest;
use crate::schema::walk::{Walk, quoted};

pub(super) const CHECKS: &[(&str, Check)] = &[
    ("core.v1.PodSpec", mounted),
    ("core.v1.PodSpec", names),
    ("core.v1.Volume", source),
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
