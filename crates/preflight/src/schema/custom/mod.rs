//! Custom kinds: what their CustomResourceDefinitions say of them.

mod defaults;
mod format;
mod lists;
mod rules;
mod scalar;
mod schema;
mod value;

use std::collections::HashMap;

use serde_json::Value;
use tidegate_yaml::Node;

use super::builtin::Catalogue;
use super::format as text;
use super::kind::Claim;
use super::release::Release;
use super::suggest::nearest;
use super::walk::{Walk, quoted};
use super::{judge, native};
use crate::finding::{Finding, Severity};
use crate::manifest::Manifest;
use rules::Rules;
use schema::Schema;
use value::Unjudged;

/// The definitions of custom kinds that are known.
#[derive(Debug, Default)]
pub struct Definitions {
    /// By group and kind.
    kinds: HashMap<(String, String), Definition>,
}

/// What one definition says.
#[derive(Debug)]
struct Definition {
    scope: Scope,
    versions: Vec<Version>,
    /// The API server would not take it.
    is_unusable: bool,
}

/// Whether objects of a kind are in namespaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// In one each.
    Namespaced,
    /// In none.
    Cluster,
}

#[derive(Debug)]
struct Version {
    name: String,
    is_served: bool,
    is_deprecated: bool,
    /// What to say to whoever uses it.
    warning: Option<String>,
    /// Its status is not taken from a manifest.
    has_status: bool,
    schema: Schema,
    rules: Option<Rules>,
}

impl Definitions {
    /// Those among some manifests; the others are passed over. Of two of the same kind
    /// the last counts.
    ///
    /// What is wrong with them is found as well: judged as objects themselves they tell
    /// the same.
    pub fn read<'m>(
        release: Release,
        manifests: impl IntoIterator<Item = &'m Manifest>,
    ) -> (Self, Vec<Finding>) {
        let mut definitions = Self::default();
        let mut findings = Vec::new();
        for manifest in manifests {
            if is_definition(&manifest.node) {
                let found = super::judge(release, &Self::default(), manifest).findings;
                let fails = |finding: &Finding| finding.severity == Severity::Error;
                definitions.add(&manifest.value(), found.iter().any(fails));
                findings.extend(found);
            }
        }
        (definitions, findings)
    }

    /// These and others; of two of the same kind that of the others counts.
    #[must_use]
    pub fn and(mut self, others: Self) -> Self {
        self.kinds.extend(others.kinds);
        self
    }

    /// Whether objects of a kind are in namespaces. None: there is no definition of it.
    pub fn scope(&self, group: &str, kind: &str) -> Option<Scope> {
        let definition = self.kinds.get(&(group.to_owned(), kind.to_owned()));
        definition.map(|definition| definition.scope)
    }

    /// Adds a definition. One without a group and kind defines nothing.
    fn add(&mut self, definition: &Value, is_unusable: bool) {
        let spec = definition.get("spec").unwrap_or(&Value::Null);
        let text = |value: &Value, name: &str| {
            let text = value.get(name).and_then(Value::as_str);
            text.unwrap_or_default().to_owned()
        };
        let group = text(spec, "group");
        let kind = text(spec.get("names").unwrap_or(&Value::Null), "kind");
        if group.is_empty() || kind.is_empty() {
            return;
        }
        let versions = spec.get("versions").and_then(Value::as_array);
        let definition = Definition {
            scope: if text(spec, "scope") == "Cluster" {
                Scope::Cluster
            } else {
                Scope::Namespaced
            },
            versions: versions.into_iter().flatten().map(version).collect(),
            is_unusable,
        };
        self.kinds.insert((group, kind), definition);
    }

    fn definition(&self, claim: Claim<'_>) -> Option<&Definition> {
        let name = (claim.group.to_owned(), claim.kind.to_owned());
        self.kinds.get(&name)
    }
}

fn is_definition(node: &Node) -> bool {
    let text = |name: &str| node.field(name).and_then(Node::as_str).unwrap_or_default();
    text("kind") == "CustomResourceDefinition"
        && text("apiVersion").starts_with("apiextensions.k8s.io/")
}

fn version(version: &Value) -> Version {
    let is_true = |name: &str| version.get(name) == Some(&Value::Bool(true));
    let text = |name: &str| {
        version
            .get(name)
            .and_then(Value::as_str)
            .map(ToOwned::to_owned)
    };
    let schema = version
        .pointer("/schema/openAPIV3Schema")
        .unwrap_or(&Value::Null);
    Version {
        name: text("name").unwrap_or_default(),
        is_served: is_true("served"),
        is_deprecated: is_true("deprecated"),
        warning: text("deprecationWarning"),
        has_status: version
            .pointer("/subresources/status")
            .is_some_and(|status| !status.is_null()),
        schema: Schema::read(schema),
        rules: Rules::of(schema),
    }
}

/// Holds a manifest against the definition of its kind, and tells what cannot be judged.
pub(super) fn object(
    walk: &mut Walk<'_>,
    definitions: &Definitions,
    claim: Claim<'_>,
) -> Vec<String> {
    let Claim {
        group,
        version,
        kind,
    } = claim;
    let of = format!("{kind} of {group}/{version}");
    let Some(definition) = definitions.definition(claim) else {
        return vec![format!("there is no schema of {of}")];
    };
    if definition.is_unusable {
        return vec![format!("the definition of {of} is wrong itself")];
    }
    let Some(version) = served(walk, definition, claim) else {
        return Vec::new();
    };
    let mut unjudged = Unjudged::new();
    // With its defaults, as the API server judges it.
    let mut filled = walk.manifest().clone();
    defaults::fill(&version.schema, &mut filled.node);
    let mut inner = Walk::new(walk.release(), &filled);
    whole(&mut inner, &mut unjudged, definition, version);
    walk.findings.append(&mut inner.findings);
    unjudged.sort_unstable();
    unjudged.dedup();
    unjudged.iter().map(|why| format!("{of}: {why}")).collect()
}

/// The version that a manifest names; notes why it is not to be had, or not for long.
fn served<'d>(
    walk: &mut Walk<'_>,
    definition: &'d Definition,
    claim: Claim<'_>,
) -> Option<&'d Version> {
    let root = walk.root();
    let near = root.field("apiVersion").unwrap_or(root);
    let Claim { group, kind, .. } = claim;
    let found = definition
        .versions
        .iter()
        .find(|version| version.name == claim.version);
    if let Some(version) = found.filter(|version| version.is_served) {
        if version.is_deprecated {
            let message = format!("{kind} of {group}/{} is deprecated", version.name);
            walk.warning("deprecated-version", near, message, version.warning.clone());
        }
        return Some(version);
    }
    let others = || {
        definition
            .versions
            .iter()
            .filter(|version| version.is_served)
    };
    let names = || others().map(|version| version.name.as_str());
    let hint = nearest(claim.version, names())
        .or_else(|| names().next())
        .map(|name| format!("write apiVersion: {group}/{name}"));
    let message = if found.is_some() {
        format!("{kind} of {group}/{} is not served", claim.version)
    } else {
        format!("the definition of {kind} has no version {}", claim.version)
    };
    walk.error_with_hint("unknown-version", near, message, hint);
    None
}

fn whole(walk: &mut Walk<'_>, unjudged: &mut Unjudged, definition: &Definition, version: &Version) {
    let root = walk.root();
    let schema = &version.schema;
    judge::metadata(walk, Catalogue::of(walk.release()));
    let namespace = root
        .field("metadata")
        .and_then(|metadata| metadata.field("namespace"));
    if let Some(namespace) = namespace.filter(|_| definition.scope == Scope::Cluster)
        && namespace.as_str().is_some_and(|name| !name.is_empty())
    {
        let message = "it is in no namespace, so this is passed over";
        walk.warning(
            "not-namespaced",
            namespace,
            message,
            "take it away".to_owned(),
        );
    }
    let before = walk.findings.len();
    value::hold_root(walk, unjudged, schema, root, version.has_status);
    let found = walk.findings.get(before..).unwrap_or_default();
    let is_sound = !found.iter().any(|one| one.severity == Severity::Error);
    if let Some(rules) = version.rules.as_ref().filter(|_| is_sound) {
        let mut object = root.clone().into_json();
        if let Some(fields) = object.as_object_mut().filter(|_| version.has_status) {
            fields.remove("status");
        }
        rules.hold(walk, unjudged, &object);
    }
}

/// Holds an object that is in another against what is asked of any.
fn embedded<'a>(walk: &mut Walk<'a>, node: &'a Node) {
    for name in ["apiVersion", "kind"] {
        let given = node.field(name).and_then(Node::as_str).unwrap_or_default();
        if given.is_empty() {
            walk.error("missing-field", node, format!("an object must have {name}"));
        } else if name == "kind" && !text::is_dns_label_1035(&given.to_lowercase()) {
            let message = format!("{} is no name of a kind", quoted(given));
            walk.error("bad-name", node, message);
        }
    }
    walk.at(node, &["metadata"], |walk, metadata| {
        judge::metadata_of(walk, Catalogue::of(walk.release()), metadata);
        native::labels_of(walk, metadata);
        walk.at(metadata, &["name"], |walk, name| {
            let given = name.as_str().unwrap_or_default();
            if !given.is_empty() && !text::is_path_segment(given) {
                let message = format!("{} is no name: it has / or %", quoted(given));
                walk.error("bad-name", name, message);
            }
        });
    });
}
