//! What to delete: what the previous revision had and the approved one lacks.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::object::ObjectKey;
use super::order::compare_for_delete;

/// Which deletions that cannot be undone a policy allows. None unless said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct PruneAllowance {
    /// Persistent volume claims and persistent volumes, with their data.
    pub claims: bool,
    /// Namespaces, with everything in them.
    pub namespaces: bool,
    /// Custom resource definitions, with all their objects in every namespace.
    pub definitions: bool,
}

/// What goes and what stays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pruning {
    /// To delete, in this order.
    pub delete: Vec<ObjectKey>,
    /// Left alone although the approved revision lacks it, and why.
    pub kept: Vec<(ObjectKey, Kept)>,
}

/// Why an object stays that the approved revision lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kept {
    /// It holds data.
    Data,
    /// It is a namespace.
    Namespace,
    /// It defines a kind.
    Definition,
}

impl fmt::Display for Kept {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Data => "its data would be lost; the policy must allow it (prune.claims)",
            Self::Namespace => {
                "everything in it would be lost; the policy must allow it (prune.namespaces)"
            }
            Self::Definition => {
                "all objects of its kind would be lost; the policy must allow it (prune.definitions)"
            }
        })
    }
}

/// Compares the inventory of the previous revision with the approved one.
///
/// A key without a namespace matches one in any namespace: a manifest may leave
/// its namespace to whoever applies it, and keeping too much is the mistake that
/// can be mended.
pub fn to_delete(previous: &[ObjectKey], approved: &[ObjectKey], allow: PruneAllowance) -> Pruning {
    let mut gone: Vec<ObjectKey> = previous
        .iter()
        .filter(|old| !approved.iter().any(|new| is_same(old, new)))
        .cloned()
        .collect();
    gone.sort_by(compare_for_delete);
    gone.dedup();
    let mut pruning = Pruning::default();
    for key in gone {
        match reason_to_keep(&key, allow) {
            Some(reason) => pruning.kept.push((key, reason)),
            None => pruning.delete.push(key),
        }
    }
    pruning
}

fn is_same(a: &ObjectKey, b: &ObjectKey) -> bool {
    let same_namespace = match (&a.namespace, &b.namespace) {
        (Some(a), Some(b)) => a == b,
        _ => true,
    };
    a.is(&b.group, &b.kind) && a.name == b.name && same_namespace
}

fn reason_to_keep(key: &ObjectKey, allow: PruneAllowance) -> Option<Kept> {
    let (allowed, reason) = match (key.group.as_str(), key.kind.as_str()) {
        ("", "PersistentVolumeClaim" | "PersistentVolume") => (allow.claims, Kept::Data),
        ("", "Namespace") => (allow.namespaces, Kept::Namespace),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => {
            (allow.definitions, Kept::Definition)
        }
        _ => return None,
    };
    (!allowed).then_some(reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(
        group: &str,
        version: &str,
        kind: &str,
        namespace: Option<&str>,
        name: &str,
    ) -> ObjectKey {
        ObjectKey {
            group: group.to_owned(),
            version: version.to_owned(),
            kind: kind.to_owned(),
            namespace: namespace.map(ToOwned::to_owned),
            name: name.to_owned(),
        }
    }

    fn names(keys: &[ObjectKey]) -> Vec<String> {
        keys.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn deletes_what_the_approved_revision_lacks_and_nothing_else() {
        let place = Some("production");
        let previous = [
            key("", "v1", "ConfigMap", place, "old"),
            key("", "v1", "Service", place, "api"),
            key("apps", "v1", "Deployment", place, "worker"),
            key("autoscaling", "v1", "HorizontalPodAutoscaler", place, "api"),
        ];
        let approved = [
            key("", "v1", "Service", place, "api"),
            key("autoscaling", "v2", "HorizontalPodAutoscaler", place, "api"),
            key("apps", "v1", "Deployment", place, "new"),
        ];
        let pruning = to_delete(&previous, &approved, PruneAllowance::default());
        assert_eq!(
            names(&pruning.delete),
            ["Deployment/worker", "ConfigMap/old"]
        );
        assert_eq!(pruning.kept, []);
    }

    #[test]
    fn the_same_name_elsewhere_is_another_object() {
        let previous = [key("", "v1", "ConfigMap", Some("a"), "settings")];
        let approved = [key("", "v1", "ConfigMap", Some("b"), "settings")];
        let pruning = to_delete(&previous, &approved, PruneAllowance::default());
        assert_eq!(pruning.delete, previous);
    }

    #[test]
    fn a_manifest_without_namespace_keeps_the_live_object() {
        let previous = [key("", "v1", "ConfigMap", Some("production"), "settings")];
        let approved = [key("", "v1", "ConfigMap", None, "settings")];
        assert_eq!(
            to_delete(&previous, &approved, PruneAllowance::default()),
            Pruning::default()
        );
    }

    #[test]
    fn what_cannot_be_undone_needs_the_policys_word() {
        let cases = [
            (
                key(
                    "",
                    "v1",
                    "PersistentVolumeClaim",
                    Some("production"),
                    "data",
                ),
                PruneAllowance {
                    claims: true,
                    ..PruneAllowance::default()
                },
                Kept::Data,
            ),
            (
                key("", "v1", "PersistentVolume", None, "data"),
                PruneAllowance {
                    claims: true,
                    ..PruneAllowance::default()
                },
                Kept::Data,
            ),
            (
                key("", "v1", "Namespace", None, "production"),
                PruneAllowance {
                    namespaces: true,
                    ..PruneAllowance::default()
                },
                Kept::Namespace,
            ),
            (
                key(
                    "apiextensions.k8s.io",
                    "v1",
                    "CustomResourceDefinition",
                    None,
                    "a.example.com",
                ),
                PruneAllowance {
                    definitions: true,
                    ..PruneAllowance::default()
                },
                Kept::Definition,
            ),
        ];
        let everything = PruneAllowance {
            claims: true,
            namespaces: true,
            definitions: true,
        };
        for (object, allowing, reason) in cases {
            let previous = [object.clone()];
            let others = PruneAllowance {
                claims: everything.claims && !allowing.claims,
                namespaces: everything.namespaces && !allowing.namespaces,
                definitions: everything.definitions && !allowing.definitions,
            };
            for allowance in [PruneAllowance::default(), others] {
                let pruning = to_delete(&previous, &[], allowance);
                assert_eq!(pruning.delete, []);
                assert_eq!(pruning.kept, [(object.clone(), reason)]);
            }
            assert_eq!(to_delete(&previous, &[], allowing).delete, previous);
        }
    }
}
