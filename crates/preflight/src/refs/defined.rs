//! What is defined, by the manifests or in the cluster.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tidegate_core::rollout::object::ObjectKey;

use super::reference::{Key, Reference, Target};
use super::selector::{self, Template};
use super::{Cluster, finding};
use crate::finding::{Finding, Severity};
use crate::manifest;
use crate::quota::object::Object;
use crate::schema::suggest::nearest;

/// Everything that is known.
pub(crate) struct Defined<'a> {
    /// As it will be: each object once.
    pub(crate) objects: Vec<&'a Object<'a>>,
    pub(crate) autoscalers: Vec<&'a Object<'a>>,
    /// What makes pods, by its namespace.
    templates: BTreeMap<&'a str, Vec<Template<'a>>>,
    by_key: BTreeMap<&'a ObjectKey, &'a Object<'a>>,
    /// Secrets that other objects of the change have somebody make.
    made: Vec<(String, String)>,
    cluster: Cluster<'a>,
}

impl<'a> Defined<'a> {
    pub(crate) fn of(
        after: &'a [Object<'a>],
        there: &'a [Object<'a>],
        cluster: Cluster<'a>,
    ) -> Self {
        let own: BTreeSet<_> = after.iter().map(|one| &one.key).collect();
        let others = there.iter().filter(|one| !own.contains(&one.key));
        let objects: Vec<&Object<'_>> = after.iter().chain(others).collect();
        let mut templates: BTreeMap<&str, Vec<Template<'_>>> = BTreeMap::new();
        for object in &objects {
            if let Some(template) = selector::template(object) {
                templates
                    .entry(object.namespace())
                    .or_default()
                    .push(template);
            }
        }
        let is_scaler = |one: &&&Object<'_>| one.key.is("autoscaling", "HorizontalPodAutoscaler");
        Self {
            autoscalers: objects.iter().filter(is_scaler).copied().collect(),
            templates,
            by_key: objects.iter().map(|one| (&one.key, *one)).collect(),
            made: objects.iter().filter_map(|one| made_by(one)).collect(),
            objects,
            cluster,
        }
    }

    /// What makes pods in a namespace.
    pub(crate) fn templates(&self, namespace: &str) -> &[Template<'a>] {
        self.templates.get(namespace).map_or(&[], Vec::as_slice)
    }

    /// Whether the cluster was asked for this kind.
    pub(crate) fn knows(&self, kind: &str) -> bool {
        match self.cluster {
            Cluster::NotAsked => false,
            Cluster::Seen { unseen, .. } => !unseen.iter().any(|one| one == kind),
        }
    }

    /// How bad it is that something of a kind is missing.
    pub(crate) fn severity(&self, kind: &str, is_from_elsewhere: bool) -> Severity {
        if self.knows(kind) || !is_from_elsewhere {
            Severity::Error
        } else {
            Severity::Warning
        }
    }

    /// What is wrong with a name.
    pub(crate) fn judge(&self, object: &Object<'_>, reference: &Reference<'_>) -> Vec<Finding> {
        let target = &reference.target;
        let is_made = target.kind == "Secret"
            && self.made.iter().any(|(namespace, name)| {
                target.namespace.as_deref() == Some(namespace) && target.name == *name
            });
        let Some(found) = self.find(target) else {
            let is_claim_of_set = target.kind == "PersistentVolumeClaim" && self.is_of_set(target);
            let is_there = is_made || is_claim_of_set || target.comes_with_kubernetes();
            let is_fine = is_there || reference.is_optional;
            return if is_fine {
                Vec::new()
            } else {
                vec![self.missing(object, reference)]
            };
        };
        if is_made || reference.is_optional {
            return Vec::new();
        }
        let keys = reference.keys.iter();
        let keys = keys.filter_map(|key| missing_key(object, found, key));
        let port = reference.port.as_ref();
        keys.chain(port.and_then(|port| missing_port(object, found, port)))
            .collect()
    }

    pub(crate) fn find(&self, target: &Target) -> Option<&'a Object<'a>> {
        let key = ObjectKey {
            group: target.group.clone(),
            version: String::new(),
            kind: target.kind.clone(),
            namespace: target.namespace.clone(),
            name: target.name.clone(),
        };
        self.by_key.get(&key).copied()
    }

    /// Whether a StatefulSet makes this claim.
    fn is_of_set(&self, target: &Target) -> bool {
        self.objects.iter().any(|one| {
            let templates = one.pointer("/spec/volumeClaimTemplates");
            let templates = templates.and_then(Value::as_array).into_iter().flatten();
            let names = templates.filter_map(|claim| claim.pointer("/metadata/name")?.as_str());
            one.key.is("apps", "StatefulSet")
                && one.key.namespace == target.namespace
                && names.into_iter().any(|name| {
                    let begin = format!("{name}-{}-", one.key.name);
                    let ordinal = target.name.strip_prefix(&begin);
                    ordinal.is_some_and(|ordinal| ordinal.parse::<u32>().is_ok())
                })
        })
    }

    fn missing(&self, object: &Object<'_>, reference: &Reference<'_>) -> Finding {
        let target = &reference.target;
        let Target { kind, name, .. } = target;
        let of = match &target.namespace {
            Some(namespace) if namespace != object.namespace() => {
                format!(" in the namespace {namespace}")
            }
            _ => String::new(),
        };
        let message = if self.knows(kind) {
            format!("neither the manifests nor the cluster have a {kind} {name:?}{of}")
        } else {
            format!("nothing here defines the {kind} {name:?}{of}")
        };
        let is_alike = |one: &&&Object<'_>| {
            one.key.is(&target.group, kind) && one.key.namespace == target.namespace
        };
        let alike = self.objects.iter().filter(is_alike);
        let near = nearest(name, alike.map(|one| one.key.name.as_str()));
        let is_from_elsewhere = target.is_from_elsewhere(object.namespace());
        let severity = match self.severity(kind, is_from_elsewhere) {
            _ if reference.is_mild => Severity::Warning,
            severity => severity,
        };
        let hint = match near {
            Some(near) => Some(format!("did you mean {near}?")),
            None if self.knows(kind) => None,
            None => Some("if something else makes it, a cluster can tell".to_owned()),
        };
        Finding {
            severity,
            path: manifest::path(&reference.steps),
            place: object.manifest.place(reference.node),
            hint,
            ..finding(object, "undefined-reference", message)
        }
    }
}

fn missing_key(object: &Object<'_>, of: &Object<'_>, key: &Key<'_>) -> Option<Finding> {
    let fields = ["/data", "/binaryData", "/stringData"].map(|pointer| of.pointer(pointer));
    let is_known = of.key.kind == "ConfigMap" || fields.iter().any(Option::is_some);
    let fields = fields.into_iter().flatten().filter_map(Value::as_object);
    let keys: Vec<&String> = fields.flat_map(|fields| fields.keys()).collect();
    if !is_known || keys.iter().any(|own| **own == key.name) {
        return None;
    }
    let near = nearest(&key.name, keys.iter().map(|own| own.as_str()));
    Some(Finding {
        path: manifest::path(&key.steps),
        place: object.manifest.place(key.node),
        hint: near.map(|near| format!("did you mean {near}?")),
        ..finding(
            object,
            "undefined-key",
            format!("{} has no key {:?}", of.key, key.name),
        )
    })
}

fn missing_port(object: &Object<'_>, of: &Object<'_>, port: &Key<'_>) -> Option<Finding> {
    let ports = of.pointer("/spec/ports").and_then(Value::as_array)?;
    let is_it = |own: &Value| {
        let name = own.get("name").and_then(Value::as_str);
        let number = own.get("port").map(ToString::to_string);
        name == Some(&port.name) || number.as_ref() == Some(&port.name)
    };
    if ports.iter().any(is_it) {
        return None;
    }
    let told = |own: &Value| {
        let number = own.get("port").map(ToString::to_string).unwrap_or_default();
        match own.get("name").and_then(Value::as_str) {
            Some(name) => format!("{name} ({number})"),
            None => number,
        }
    };
    let all: Vec<String> = ports.iter().map(told).collect();
    Some(Finding {
        path: manifest::path(&port.steps),
        place: object.manifest.place(port.node),
        hint: Some(format!("it has {}", all.join(", "))),
        ..finding(
            object,
            "undefined-port",
            format!("{} has no port {}", of.key, port.name),
        )
    })
}

/// The Secret that an object has somebody make.
fn made_by(object: &Object<'_>) -> Option<(String, String)> {
    let named = |pointer: &str| object.text(pointer).map(ToOwned::to_owned);
    let own = || Some(object.key.name.clone());
    let name = match (object.key.group.as_str(), object.key.kind.as_str()) {
        ("cert-manager.io", "Certificate") => named("/spec/secretName"),
        ("external-secrets.io", "ExternalSecret") => named("/spec/target/name").or_else(own),
        ("bitnami.com", "SealedSecret") => named("/spec/template/metadata/name").or_else(own),
        _ => None,
    };
    Some((object.namespace().to_owned(), name?))
}
