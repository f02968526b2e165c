//! What a manifest names.

use serde_json::Value;
use tidegate_yaml::{Content, Node};

use super::reference::{Key, Reference, Target};
use crate::manifest::Step;
use crate::quota::object::Object;

/// Everything that a manifest names, in the order in which it stands there.
pub(crate) fn references<'a>(object: &'a Object<'a>) -> Vec<Reference<'a>> {
    let mut finder = Finder {
        object,
        steps: Vec::new(),
        found: Vec::new(),
    };
    let root = &object.manifest.node;
    match (object.key.group.as_str(), object.key.kind.as_str()) {
        ("", "Pod") => finder.at(root, &["spec"], Finder::pod),
        ("", "ReplicationController")
        | ("apps", "Deployment" | "ReplicaSet" | "DaemonSet")
        | ("batch", "Job")
        | ("argoproj.io", "Rollout") => finder.at(root, &["spec", "template", "spec"], Finder::pod),
        ("apps", "StatefulSet") => {
            finder.name(root, &["spec", "serviceName"], ("", "Service"));
            finder.at(root, &["spec", "template", "spec"], Finder::pod);
            finder.each(root, &["spec", "volumeClaimTemplates"], Finder::claim);
        }
        ("batch", "CronJob") => {
            let template = ["spec", "jobTemplate", "spec", "template", "spec"];
            finder.at(root, &template, Finder::pod);
        }
        ("", "PersistentVolumeClaim") => finder.claim(root),
        ("", "ServiceAccount") => {
            finder.each(root, &["imagePullSecrets"], |finder, item| {
                finder.mild(item, &["name"], ("", "Secret"));
            });
        }
        ("networking.k8s.io", "Ingress") => finder.ingress(root),
        ("autoscaling", "HorizontalPodAutoscaler") => {
            finder.at(root, &["spec", "scaleTargetRef"], Finder::scaled);
        }
        ("rbac.authorization.k8s.io", "RoleBinding" | "ClusterRoleBinding") => finder.binding(root),
        (
            "admissionregistration.k8s.io",
            "ValidatingWebhookConfiguration" | "MutatingWebhookConfiguration",
        ) => finder.each(root, &["webhooks"], |finder, webhook| {
            finder.at(webhook, &["clientConfig", "service"], Finder::service);
        }),
        ("apiregistration.k8s.io", "APIService") => {
            finder.at(root, &["spec", "service"], Finder::service);
        }
        ("apiextensions.k8s.io", "CustomResourceDefinition") => {
            let service = ["spec", "conversion", "webhook", "clientConfig", "service"];
            finder.at(root, &service, Finder::service);
        }
        _ => {}
    }
    finder.found
}

/// On the way through a manifest.
struct Finder<'a> {
    object: &'a Object<'a>,
    steps: Vec<Step<'a>>,
    found: Vec<Reference<'a>>,
}

/// A group and a kind.
type Kind = (&'static str, &'static str);

const CONFIG: Kind = ("", "ConfigMap");
const SECRET: Kind = ("", "Secret");

impl<'a> Finder<'a> {
    fn at(
        &mut self,
        from: &'a Node,
        fields: &[&'static str],
        act: impl FnOnce(&mut Self, &'a Node),
    ) {
        let found = fields.iter().try_fold(from, |node, name| node.field(name));
        if let Some(node) = found.filter(|node| !node.is_null()) {
            let before = self.steps.len();
            self.steps
                .extend(fields.iter().map(|name| Step::Field(name)));
            act(self, node);
            self.steps.truncate(before);
        }
    }

    fn each(
        &mut self,
        from: &'a Node,
        fields: &[&'static str],
        mut act: impl FnMut(&mut Self, &'a Node),
    ) {
        self.at(from, fields, |finder, list| {
            for (position, item) in list.as_sequence().unwrap_or_default().iter().enumerate() {
                finder.steps.push(Step::Item(position));
                act(finder, item);
                finder.steps.pop();
            }
        });
    }

    /// A field that names an object of a kind, in the same namespace if it has one.
    fn name(&mut self, from: &'a Node, fields: &[&'static str], kind: Kind) {
        self.at(from, fields, |finder, node| {
            let is_of_cluster = kind.1.ends_with("Class") || kind.1.starts_with("Cluster");
            let namespace = finder.object.key.namespace.clone();
            finder.note(node, kind, namespace.filter(|_| !is_of_cluster));
        });
    }

    /// The same, where it runs without as well.
    fn mild(&mut self, from: &'a Node, fields: &[&'static str], kind: Kind) {
        let before = self.found.len();
        self.name(from, fields, kind);
        for reference in self.found.iter_mut().skip(before) {
            reference.is_mild = true;
        }
    }

    fn note(&mut self, node: &'a Node, (group, kind): (&str, &str), namespace: Option<String>) {
        let Some(name) = node.as_str().filter(|name| !name.is_empty()) else {
            return;
        };
        self.found.push(Reference {
            steps: self.steps.clone(),
            node,
            target: Target {
                group: group.to_owned(),
                kind: kind.to_owned(),
                namespace,
                name: name.to_owned(),
            },
            is_optional: false,
            is_mild: false,
            keys: Vec::new(),
            port: None,
        });
    }

    /// A ConfigMap or Secret by its name, which may be optional and may be wanted
    /// for a key or for some.
    fn source(&mut self, from: &'a Node, name: &'static str, kind: Kind) {
        let before = self.found.len();
        self.name(from, &[name], kind);
        let mut keys = Vec::new();
        self.at(from, &["key"], |finder, node| keys.extend(finder.key(node)));
        self.each(from, &["items"], |finder, item| {
            finder.at(item, &["key"], |finder, node| keys.extend(finder.key(node)));
        });
        let optional = from.field("optional").map(|node| &node.content);
        let is_optional = optional == Some(&Content::Scalar(Value::Bool(true)));
        for reference in self.found.iter_mut().skip(before) {
            reference.is_optional = is_optional;
            reference.keys.append(&mut keys);
        }
    }

    fn key(&self, node: &'a Node) -> Option<Key<'a>> {
        let name = match &node.content {
            Content::Scalar(Value::String(text)) => text.clone(),
            Content::Scalar(Value::Number(number)) => number.to_string(),
            _ => return None,
        };
        Some(Key {
            steps: self.steps.clone(),
            node,
            name,
        })
    }

    fn pod(&mut self, spec: &'a Node) {
        for list in ["initContainers", "containers"] {
            self.each(spec, &[list], Self::container);
        }
        self.each(spec, &["volumes"], Self::volume);
        self.each(spec, &["imagePullSecrets"], |finder, item| {
            finder.mild(item, &["name"], SECRET);
        });
        self.name(spec, &["serviceAccountName"], ("", "ServiceAccount"));
        let class = ("scheduling.k8s.io", "PriorityClass");
        self.name(spec, &["priorityClassName"], class);
        let class = ("node.k8s.io", "RuntimeClass");
        self.name(spec, &["runtimeClassName"], class);
    }

    fn container(&mut self, container: &'a Node) {
        self.each(container, &["env"], |finder, variable| {
            finder.at(variable, &["valueFrom", "configMapKeyRef"], |finder, of| {
                finder.source(of, "name", CONFIG);
            });
            finder.at(variable, &["valueFrom", "secretKeyRef"], |finder, of| {
                finder.source(of, "name", SECRET);
            });
        });
        self.each(container, &["envFrom"], |finder, all| {
            finder.at(all, &["configMapRef"], |finder, of| {
                finder.source(of, "name", CONFIG);
            });
            finder.at(all, &["secretRef"], |finder, of| {
                finder.source(of, "name", SECRET);
            });
        });
    }

    fn volume(&mut self, volume: &'a Node) {
        self.at(volume, &["configMap"], |finder, of| {
            finder.source(of, "name", CONFIG);
        });
        self.at(volume, &["secret"], |finder, of| {
            finder.source(of, "secretName", SECRET);
        });
        self.each(volume, &["projected", "sources"], |finder, source| {
            finder.at(source, &["configMap"], |finder, of| {
                finder.source(of, "name", CONFIG);
            });
            finder.at(source, &["secret"], |finder, of| {
                finder.source(of, "name", SECRET);
            });
        });
        let claim = ["persistentVolumeClaim", "claimName"];
        self.name(volume, &claim, ("", "PersistentVolumeClaim"));
        self.at(volume, &["ephemeral", "volumeClaimTemplate"], Self::claim);
    }

    fn claim(&mut self, claim: &'a Node) {
        let class = ("storage.k8s.io", "StorageClass");
        self.name(claim, &["spec", "storageClassName"], class);
        let class = ("storage.k8s.io", "VolumeAttributesClass");
        self.name(claim, &["spec", "volumeAttributesClassName"], class);
    }

    fn ingress(&mut self, root: &'a Node) {
        self.at(root, &["spec", "defaultBackend", "service"], Self::backend);
        self.each(root, &["spec", "rules"], |finder, rule| {
            finder.each(rule, &["http", "paths"], |finder, path| {
                finder.at(path, &["backend", "service"], Self::backend);
            });
        });
        // cert-manager makes the Secrets of Ingresses that ask it to.
        let annotations = self.object.pointer("/metadata/annotations");
        let names = annotations.and_then(Value::as_object).into_iter().flatten();
        let asks = |name: &String| {
            name.starts_with("cert-manager.io/") && name.ends_with("issuer")
                || name == "kubernetes.io/tls-acme"
        };
        if !names.map(|(name, _)| name).any(asks) {
            self.each(root, &["spec", "tls"], |finder, tls| {
                finder.name(tls, &["secretName"], SECRET);
            });
        }
        let class = ("networking.k8s.io", "IngressClass");
        self.name(root, &["spec", "ingressClassName"], class);
    }

    fn backend(&mut self, backend: &'a Node) {
        let before = self.found.len();
        self.name(backend, &["name"], ("", "Service"));
        let mut port = None;
        for field in ["name", "number"] {
            self.at(backend, &["port", field], |finder, node| {
                port = finder.key(node);
            });
        }
        for reference in self.found.iter_mut().skip(before) {
            reference.port = port.take();
        }
    }

    /// A Service in a namespace that is said.
    fn service(&mut self, service: &'a Node) {
        let namespace = service.field("namespace").and_then(Node::as_str);
        let namespace = namespace.map(ToOwned::to_owned);
        self.at(service, &["name"], |finder, node| {
            finder.note(node, ("", "Service"), namespace);
        });
    }

    fn scaled(&mut self, target: &'a Node) {
        let text = |name| target.field(name).and_then(Node::as_str);
        let Some(kind) = text("kind") else { return };
        let group = text("apiVersion").and_then(|version| version.split_once('/'));
        let group = group.map_or("", |(group, _)| group);
        self.at(target, &["name"], |finder, node| {
            let namespace = finder.object.key.namespace.clone();
            finder.note(node, (group, kind), namespace);
        });
    }

    fn binding(&mut self, root: &'a Node) {
        let group = "rbac.authorization.k8s.io";
        let kind = root.field("roleRef").and_then(|of| of.field("kind"));
        match kind.and_then(Node::as_str) {
            Some("ClusterRole") => {
                self.name(root, &["roleRef", "name"], (group, "ClusterRole"));
            }
            _ => self.name(root, &["roleRef", "name"], (group, "Role")),
        }
        self.each(root, &["subjects"], |finder, subject| {
            if subject.field("kind").and_then(Node::as_str) != Some("ServiceAccount") {
                return;
            }
            let namespace = subject.field("namespace").and_then(Node::as_str);
            let namespace = namespace.map(ToOwned::to_owned);
            let namespace = namespace.or_else(|| finder.object.key.namespace.clone());
            finder.at(subject, &["name"], |finder, node| {
                finder.note(node, ("", "ServiceAccount"), namespace);
            });
        });
    }
}
