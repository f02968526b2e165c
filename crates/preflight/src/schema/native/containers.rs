//! Containers of a pod, together.

use std::collections::HashSet;

use tidegate_yaml::Node;

use super::{Check, has, items, number, text, unique};
use crate::schema::walk::{Walk, quoted};

pub(super) const CHECKS: &[(&str, Check)] = &[
    ("core.v1.PodSpec", names),
    ("core.v1.PodSpec", something_runs),
    ("core.v1.PodSpec", init_containers),
    ("core.v1.Container", ports),
    ("core.v1.Container", mounts),
    ("core.v1.EnvVar", one_source),
    ("core.v1.EnvVarSource", source),
    ("core.v1.EnvFromSource", from),
    ("core.v1.Toleration", toleration),
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

fn toleration<'a>(walk: &mut Walk<'a>, toleration: &'a Node) {
    let operator = text(toleration, "operator");
    if operator == "Exists" && !text(toleration, "value").is_empty() {
        walk.error("not-allowed", toleration, "Exists takes no value");
    }
    if text(toleration, "key").is_empty() && operator != "Exists" {
        walk.error(
            "missing-field",
            toleration,
            "without a key only Exists works",
        );
    }
    if has(toleration, "tolerationSeconds") && text(toleration, "effect") != "NoExecute" {
        let message = "tolerationSeconds needs the effect NoExecute";
        walk.error("not-allowed", toleration, message);
    }
}
