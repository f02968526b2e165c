//! Containers of a pod, together.

use std::collections::HashSet;

use tidegate_yaml::Node;

use super::{Check, has, is_true, items, number, text, unique};
use crate::schema::format;
use crate::schema::suggest::nearest;
use crate::schema::walk::{Walk, quoted};

pub(super) const CHECKS: &[(&str, Check)] = &[
    ("core.v1.PodSpec", names),
    ("core.v1.PodSpec", something_runs),
    ("core.v1.PodSpec", init_containers),
    ("core.v1.PodSpec", host_ports),
    ("core.v1.Container", ports),
    ("core.v1.Container", mounts),
    ("core.v1.EnvVar", one_source),
    ("core.v1.EnvVarSource", source),
    ("core.v1.EnvVarSource", field),
    ("core.v1.EnvVarSource", of_variable),
    ("core.v1.DownwardAPIVolumeFile", of_file),
    ("core.v1.EnvFromSource", from),
];

fn names<'a>(walk: &mut Walk<'a>, pod: &'a Node) {
    let mut seen = HashSet::new();
    unique(walk, pod, "initContainers", "name", &mut seen);
    unique(walk, pod, "containers", "name", &mut seen);
    unique(walk, pod, "ephemeralContainers", "name", &mut seen);
}

fn something_runs<'a>(walk: &mut Walk<'a>, pod: &'a Node) {
    if items(pod, "containers").is_empty() {
        let near = pod.field("containers").unwrap_or(pod);
        walk.error("missing-field", near, "a pod must have a container");
    }
    for list in ["containers", "initContainers"] {
        walk.each(pod, &[list], |walk, container| {
            // A template may leave it to whoever fills it in, and the API server does not.
            if text(container, "image").is_empty() {
                walk.error("missing-field", container, "a container must have an image");
            }
        });
    }
}

/// What runs once is not asked whether it is ready.
fn init_containers<'a>(walk: &mut Walk<'a>, pod: &'a Node) {
    walk.each(pod, &["initContainers"], |walk, container| {
        if text(container, "restartPolicy") == "Always" {
            return;
        }
        for field in [
            "lifecycle",
            "livenessProbe",
            "readinessProbe",
            "startupProbe",
        ] {
            walk.at(container, &[field], |walk, given| {
                let message = format!("a container that runs once has no {field}");
                let hint = "restartPolicy: Always makes it a sidecar".to_owned();
                walk.error_with_hint("not-allowed", given, message, hint);
            });
        }
    });
}

fn ports<'a>(walk: &mut Walk<'a>, container: &'a Node) {
    unique(walk, container, "ports", "name", &mut HashSet::new());
    let mut seen = HashSet::new();
    walk.each(container, &["ports"], |walk, port| {
        let protocol = match text(port, "protocol") {
            "" => "TCP",
            protocol => protocol,
        };
        let given = port.field("containerPort").and_then(number);
        if let Some(given) = given
            && !seen.insert((given, protocol))
        {
            let message = format!("the port {given} is there twice");
            let hint = "a server-side apply, which Tidegate uses, refuses it".to_owned();
            walk.warning("duplicate-port", port, message, hint);
        }
    });
    let mut names = HashSet::new();
    walk.each(container, &["env"], |walk, variable| {
        let name = text(variable, "name");
        if !name.is_empty() && !names.insert(name) {
            let message = format!("the variable {} is there twice", quoted(name));
            let hint = "a server-side apply, which Tidegate uses, refuses it".to_owned();
            walk.warning("duplicate-variable", variable, message, hint);
        }
    });
}

/// A port of the node is given away once. On the node's network every port is one.
fn host_ports<'a>(walk: &mut Walk<'a>, pod: &'a Node) {
    let on_host = is_true(pod, "hostNetwork");
    let mut seen = HashSet::new();
    walk.each(pod, &["containers"], |walk, container| {
        walk.each(container, &["ports"], |walk, port| {
            let given = |field: &str| port.field(field).and_then(number).filter(|port| *port != 0);
            let of_container = given("containerPort").filter(|_| on_host);
            let Some(number) = given("hostPort").or(of_container) else {
                return;
            };
            let protocol = match text(port, "protocol") {
                "" => "TCP",
                protocol => protocol,
            };
            if !seen.insert((number, protocol, text(port, "hostIP"))) {
                let message = format!("the port {number} of the node is taken already");
                walk.error("duplicate-port", port, message);
            }
        });
    });
}

fn mounts<'a>(walk: &mut Walk<'a>, container: &'a Node) {
    let mut seen = HashSet::new();
    walk.each(container, &["volumeMounts"], |walk, mount| {
        walk.at(mount, &["mountPath"], |walk, path| {
            if let Some(text) = path.as_str()
                && !seen.insert(text)
            {
                let message = format!("something is mounted at {} already", quoted(text));
                walk.error("duplicate-name", path, message);
            }
        });
        if has(mount, "subPath") && has(mount, "subPathExpr") {
            walk.error(
                "too-many",
                mount,
                "of subPath and subPathExpr only one can be",
            );
        }
    });
}

fn one_source<'a>(walk: &mut Walk<'a>, variable: &'a Node) {
    if has(variable, "valueFrom") && !text(variable, "value").is_empty() {
        let message = "a variable has a value, or takes it from somewhere, not both";
        walk.error("too-many", variable, message);
    }
}

fn source<'a>(walk: &mut Walk<'a>, source: &'a Node) {
    super::exactly_one(walk, source, "source", &[]);
}

/// What a variable can say of its pod.
const FIELDS: &[&str] = &[
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];

fn field<'a>(walk: &mut Walk<'a>, source: &'a Node) {
    known_field(walk, source, FIELDS);
}

/// What a file can say of its pod.
const FIELDS_OF_FILES: &[&str] = &[
    "metadata.name",
    "metadata.namespace",
    "metadata.labels",
    "metadata.annotations",
    "metadata.uid",
];

fn of_file<'a>(walk: &mut Walk<'a>, file: &'a Node) {
    if has(file, "fieldRef") == has(file, "resourceFieldRef") {
        let message = "a file is of fieldRef or of resourceFieldRef";
        walk.error("missing-field", file, message);
    }
    known_field(walk, file, FIELDS_OF_FILES);
    of_variable(walk, file);
    walk.at(file, &["resourceFieldRef"], |walk, resource| {
        if text(resource, "containerName").is_empty() {
            let message = "a file of resources must say of which container: containerName";
            walk.error("missing-field", resource, message);
        }
    });
}

/// What of a container's resources can be told.
fn of_variable<'a>(walk: &mut Walk<'a>, source: &'a Node) {
    walk.at(
        source,
        &["resourceFieldRef", "resource"],
        |walk, resource| {
            let given = resource.as_str().unwrap_or_default();
            let of = given
                .strip_prefix("limits.")
                .or_else(|| given.strip_prefix("requests."));
            let is_known = of.is_some_and(|of| {
                matches!(of, "cpu" | "memory" | "ephemeral-storage") || of.starts_with("hugepages-")
            });
            if !is_known {
                let message = format!("{} is nothing such as limits.cpu", quoted(given));
                walk.error("unknown-resource", resource, message);
            }
        },
    );
}

fn known_field<'a>(walk: &mut Walk<'a>, source: &'a Node, known: &'static [&'static str]) {
    walk.at(source, &["fieldRef", "fieldPath"], |walk, path| {
        let Some(given) = path.as_str().filter(|path| !path.is_empty()) else {
            return;
        };
        // The old name of spec.nodeName is still known.
        if !known.contains(&given) && given != "spec.host" && !is_label(given) {
            let message = format!("{} is nothing that can be told of a pod", quoted(given));
            let hint =
                nearest(given, known.iter().copied()).map(|field| format!("did you mean {field}?"));
            walk.error_with_hint("unknown-field", path, message, hint);
        }
    });
}

/// `metadata.labels['app']` or the same of an annotation.
fn is_label(path: &str) -> bool {
    let inside = |begin: &str| path.strip_prefix(begin)?.strip_suffix("']");
    let annotation = inside("metadata.annotations['").map(str::to_lowercase);
    inside("metadata.labels['").is_some_and(format::is_qualified_name)
        || annotation.is_some_and(|name| format::is_qualified_name(&name))
}

fn from<'a>(walk: &mut Walk<'a>, source: &'a Node) {
    super::exactly_one(walk, source, "source", &["prefix"]);
    for field in ["configMapRef", "secretRef"] {
        walk.at(source, &[field], |walk, reference| {
            if text(reference, "name").is_empty() {
                walk.error("missing-field", reference, "it names nothing");
            }
        });
    }
}
