//! ConfigMaps and Secrets.

use tidegate_yaml::Node;

use super::{Check, text};
use crate::manifest::Step;
use crate::schema::walk::{Walk, quoted};

pub(super) const CHECKS: &[(&str, Check)] = &[
    ("core.v1.ConfigMap", config_map),
    ("core.v1.Secret", secret),
];

/// All data of one object together, in bytes.
const LARGEST: usize = 1024 * 1024;

fn config_map<'a>(walk: &mut Walk<'a>, map: &'a Node) {
    walk.at(map, &["binaryData"], |walk, binary| {
        for (key, value) in binary.as_mapping().unwrap_or_default() {
            if map
                .field("data")
                .is_some_and(|data| data.field(key).is_some())
            {
                let message = format!("{} is in data as well", quoted(key));
                walk.within(Step::Field(key), |walk| {
                    walk.error("duplicate-name", value, message);
                });
            }
        }
    });
    let data = map
        .field("data")
        .and_then(Node::as_mapping)
        .unwrap_or_default();
    let size: usize = data
        .iter()
        .map(|(_, value)| value.as_str().unwrap_or_default().len())
        .sum();
    if size > LARGEST {
        let message = format!("its data has {size} bytes: 1048576 are the most");
        walk.error("too-large", map, message);
    }
}

/// Each type of Secret has keys that it must have.
fn secret<'a>(walk: &mut Walk<'a>, secret: &'a Node) {
    let keys: &[&str] = match text(secret, "type") {
        "kubernetes.io/tls" => &["tls.crt", "tls.key"],
        "kubernetes.io/dockerconfigjson" => &[".dockerconfigjson"],
        "kubernetes.io/dockercfg" => &[".dockercfg"],
        "kubernetes.io/ssh-auth" => &["ssh-privatekey"],
        _ => &[],
    };
    for key in keys {
        let is_there = |field: &str| {
            secret
                .field(field)
                .is_some_and(|data| data.field(key).is_some())
        };
        if !is_there("data") && !is_there("stringData") {
            let message = format!(
                "a Secret of the type {} must have {key}",
                text(secret, "type")
            );
            walk.error("missing-field", secret, message);
        }
    }
}
