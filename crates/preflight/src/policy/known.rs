//! What is there: policies, what binds them, parameters, namespaces and definitions.

use std::collections::BTreeSet;

use serde_json::Value;
use tidegate_core::rollout::object::ObjectKey;

use super::Input;
use super::selector::{Label, NAME, label};
use crate::quota::object::Object;

/// The API group of policies.
pub(super) const GROUP: &str = "admissionregistration.k8s.io";

/// All objects that policies may have to do with, each once. What is to be delivered
/// counts before what the command line names, that before what the cluster has, and
/// that before what the repository has.
#[derive(Debug)]
pub(super) struct Known<'a> {
    objects: Vec<Object<'a>>,
    /// There several times in the same place, and not alike.
    ambiguous: BTreeSet<ObjectKey>,
    is_cluster_asked: bool,
    unseen: &'a [String],
}

impl<'a> Known<'a> {
    pub(super) fn of(input: &Input<'a>) -> Self {
        let mut known = Self {
            objects: Vec::new(),
            ambiguous: BTreeSet::new(),
            is_cluster_asked: input.cluster.is_some(),
            unseen: input.cluster.map_or(&[], |cluster| cluster.unseen),
        };
        let cluster = input.cluster.map_or(&[][..], |cluster| cluster.objects);
        for manifests in [input.after, input.named, cluster, input.repository] {
            let before: BTreeSet<ObjectKey> =
                known.objects.iter().map(|one| one.key.clone()).collect();
            for object in Object::all(manifests, input.namespace) {
                if before.contains(&object.key) || is_patch(&object) {
                    continue;
                }
                let same = known.objects.iter().find(|one| one.key == object.key);
                match same {
                    None => known.objects.push(object),
                    Some(same) if same.value == object.value => {}
                    Some(_) => {
                        known.ambiguous.insert(object.key);
                    }
                }
            }
        }
        known
    }

    pub(super) fn of_kind(&self, group: &str, kind: &str) -> impl Iterator<Item = &Object<'a>> {
        let is_it = move |one: &&Object<'a>| one.key.is(group, kind);
        self.objects.iter().filter(is_it)
    }

    /// Objects that Kyverno judges by.
    pub(super) fn of_kyverno(&self) -> usize {
        let is_it = |one: &&Object<'a>| {
            matches!(one.key.group.as_str(), "kyverno.io" | "policies.kyverno.io")
                && one.key.kind.ends_with("Policy")
        };
        self.objects.iter().filter(is_it).count()
    }

    /// There are several of it in the repository that differ.
    pub(super) fn is_ambiguous(&self, key: &ObjectKey) -> bool {
        self.ambiguous.contains(key)
    }

    /// Whether all objects of a kind, in the namespaces that the change goes to, are
    /// known.
    pub(super) fn is_all_seen(&self, kind: &str) -> bool {
        self.is_cluster_asked && !self.unseen.iter().any(|one| one == kind)
    }

    pub(super) const fn is_cluster_asked(&self) -> bool {
        self.is_cluster_asked
    }

    pub(super) fn namespace(&self, name: &str) -> Option<&Value> {
        let mut all = self.of_kind("", "Namespace");
        let found = all.find(|one| one.key.name == name);
        let found = found.filter(|one| !self.is_ambiguous(&one.key));
        found.map(|one| &one.value)
    }

    /// A label of a namespace.
    pub(super) fn namespace_label<'s>(&'s self, namespace: &'s str, name: &str) -> Label<'s> {
        match self.namespace(namespace) {
            _ if name == NAME => Some(Some(namespace)),
            Some(object) => Some(label(object, name)),
            None => None,
        }
    }

    /// The definition of a custom kind.
    pub(super) fn definition(&self, group: &str, kind: &str) -> Option<&Value> {
        let mut all = self.of_kind("apiextensions.k8s.io", "CustomResourceDefinition");
        let is = |object: &Value, pointer, text| {
            object.pointer(pointer).and_then(Value::as_str) == Some(text)
        };
        let found = all.find(|one| {
            is(&one.value, "/spec/group", group) && is(&one.value, "/spec/names/kind", kind)
        });
        found.map(|one| &one.value)
    }
}

/// Only a part of a policy or a binding, as patches of overlays are.
fn is_patch(object: &Object<'_>) -> bool {
    let needs = match object.key.kind.as_str() {
        "ValidatingAdmissionPolicy" => "/spec/matchConstraints",
        "ValidatingAdmissionPolicyBinding" => "/spec/policyName",
        _ => return false,
    };
    object.key.group == GROUP && object.pointer(needs).is_none()
}
