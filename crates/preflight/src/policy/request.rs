//! What the API server would be asked for, once for each object.

use kube_cel::apply_defaults;
use serde_json::{Map, Value, json};
use tidegate_core::rollout::object::ObjectKey;

use super::Input;
use super::filled::{fill, is_filled};
use super::known::{GROUP, Known};
use crate::diff::{Answer, Live};
use crate::quota::object::Object;
use crate::schema::Release;
use crate::schema::kinds;

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    Create,
    Update,
    /// No cluster was asked, so nobody knows; taken as if it is new.
    Unknown,
    /// A cluster was asked, and did not let us read the object.
    Unread,
}

impl Operation {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Create | Self::Unknown | Self::Unread => "CREATE",
            Self::Update => "UPDATE",
        }
    }
}

/// A request for one object.
#[derive(Debug)]
pub(super) struct Request<'a> {
    /// The object of the change that it comes of.
    pub(super) of: &'a Object<'a>,
    /// What is asked for: the object, or a pod that it makes.
    pub(super) key: ObjectKey,
    /// The object as it would be admitted, as far as that is known.
    pub(super) object: Value,
    pub(super) old: Option<Value>,
    pub(super) operation: Operation,
    /// The name of its kind in addresses, such as `deployments`.
    pub(super) resource: String,
    /// That name is only guessed.
    pub(super) is_guessed: bool,
    /// Empty for an object of the whole cluster; a namespace's own name for itself.
    pub(super) namespace: String,
    /// A field that is not there would not be there either when it is admitted.
    pub(super) is_whole: bool,
    /// Versions of its kind that are served besides.
    pub(super) others: Vec<String>,
}

impl<'a> Request<'a> {
    /// None: policies do not look at it.
    pub(super) fn of(of: &'a Object<'a>, input: &Input<'_>, known: &Known<'_>) -> Option<Self> {
        let key = &of.key;
        if key.group == GROUP && is_exempt(&key.kind) {
            return None;
        }
        let Resource {
            name: resource,
            is_guessed,
            is_namespaced,
            others,
        } = Resource::of(of, input.release, known);
        let is_namespace = key.is("", "Namespace");
        let namespace = match &key.namespace {
            _ if is_namespace => key.name.clone(),
            Some(namespace) if is_namespaced => namespace.clone(),
            _ => String::new(),
        };
        let written = of.manifest.key().ok()?;
        let (operation, old) = match input.live.map(|live| live.get(&written)) {
            Some(Some(Live::Is(live))) => (Operation::Update, Some(live.clone())),
            Some(Some(Live::Absent)) => (Operation::Create, None),
            Some(_) => (Operation::Unread, None),
            None => (Operation::Unknown, None),
        };
        let answer = input.answers.get(&written);
        let mut object = if let Some(Answer::Would(object)) = answer {
            object.clone()
        } else {
            admitted(of, old.as_ref(), known)
        };
        if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut)
            && is_namespaced
            && !namespace.is_empty()
        {
            metadata.insert("namespace".to_owned(), namespace.clone().into());
        }
        Some(Self {
            of,
            key: key.clone(),
            is_whole: is_filled(key),
            object,
            old,
            operation,
            resource,
            is_guessed,
            namespace,
            others,
        })
    }

    /// The request for a pod that a controller makes of the object, which comes after it
    /// is taken and is refused all the same. None: it makes none.
    pub(super) fn of_pod(of: &'a Object<'a>) -> Option<Self> {
        let (template, owner) = match (of.key.group.as_str(), of.key.kind.as_str()) {
            ("apps", "Deployment") => ("/spec/template", "ReplicaSet"),
            ("apps", kind @ ("StatefulSet" | "DaemonSet" | "ReplicaSet")) => {
                ("/spec/template", kind)
            }
            ("batch", "Job") => ("/spec/template", "Job"),
            ("batch", "CronJob") => ("/spec/jobTemplate/spec/template", "Job"),
            _ => return None,
        };
        let mut object = of.pointer(template)?.clone();
        let fields = object.as_object_mut()?;
        fields.insert("apiVersion".to_owned(), "v1".into());
        fields.insert("kind".to_owned(), "Pod".into());
        let metadata = fields.entry("metadata").or_insert(Value::Null);
        if metadata.is_null() {
            *metadata = json!({});
        }
        let metadata = metadata.as_object_mut()?;
        metadata.insert("namespace".to_owned(), of.namespace().into());
        let owner = json!({"apiVersion": of.key.api_version(), "kind": owner, "controller": true});
        metadata.insert("ownerReferences".to_owned(), json!([owner]));
        let key = ObjectKey {
            group: String::new(),
            version: "v1".to_owned(),
            kind: "Pod".to_owned(),
            namespace: of.key.namespace.clone(),
            name: String::new(),
        };
        fill(&key, &mut object);
        Some(Self {
            of,
            key,
            object,
            old: None,
            operation: Operation::Create,
            resource: "pods".to_owned(),
            is_guessed: false,
            namespace: of.namespace().to_owned(),
            is_whole: false,
            others: Vec::new(),
        })
    }

    /// As expressions see it. Who asks is not known.
    pub(super) fn value(&self) -> Value {
        let key = &self.key;
        let kind = json!({"group": key.group, "version": key.version, "kind": key.kind});
        let resource =
            json!({"group": key.group, "version": key.version, "resource": self.resource});
        json!({
            "kind": kind,
            "resource": resource,
            "requestKind": kind,
            "requestResource": resource,
            "subResource": "",
            "requestSubResource": "",
            "name": key.name,
            "namespace": self.namespace,
            "operation": self.operation.word(),
            "dryRun": false,
        })
    }
}

/// An object as it would be, where the API server has not said.
fn admitted(of: &Object<'_>, old: Option<&Value>, known: &Known<'_>) -> Value {
    let key = &of.key;
    let mut object = of.value.clone();
    if let Some(definition) = known.definition(&key.group, &key.kind) {
        object = with_defaults(definition, &key.version, object);
    }
    fill(key, &mut object);
    if let Some(old) = old {
        keep(&mut object, old);
    }
    object
}

/// What the API server never asks a policy about, so that none can lock everybody out.
fn is_exempt(kind: &str) -> bool {
    matches!(
        kind,
        "ValidatingWebhookConfiguration"
            | "MutatingWebhookConfiguration"
            | "ValidatingAdmissionPolicy"
            | "ValidatingAdmissionPolicyBinding"
            | "MutatingAdmissionPolicy"
            | "MutatingAdmissionPolicyBinding"
    )
}

/// What a live object has and apply leaves: what others wrote, and what the system did.
fn keep(object: &mut Value, old: &Value) {
    let (Some(object), Some(old)) = (object.as_object_mut(), old.as_object()) else {
        return;
    };
    if let Some(status) = old.get("status") {
        object.insert("status".to_owned(), status.clone());
    }
    let metadata = object
        .entry("metadata")
        .or_insert_with(|| Value::Object(Map::new()));
    let (Some(metadata), Some(was)) = (
        metadata.as_object_mut(),
        old.get("metadata").and_then(Value::as_object),
    ) else {
        return;
    };
    for (name, value) in was {
        let is = metadata
            .entry(name.clone())
            .or_insert_with(|| value.clone());
        if let (Some(is), Some(was)) = (is.as_object_mut(), value.as_object()) {
            for (name, value) in was {
                is.entry(name.clone()).or_insert_with(|| value.clone());
            }
        }
    }
}

fn with_defaults(definition: &Value, version: &str, object: Value) -> Value {
    let versions = definition
        .pointer("/spec/versions")
        .and_then(Value::as_array);
    let mut versions = versions.into_iter().flatten();
    let schema = versions
        .find(|one| one.get("name").and_then(Value::as_str) == Some(version))
        .and_then(|one| one.pointer("/schema/openAPIV3Schema"));
    match schema {
        Some(schema) => apply_defaults(schema, &object),
        None => object,
    }
}

/// How a kind is called in addresses.
struct Resource {
    name: String,
    is_guessed: bool,
    is_namespaced: bool,
    others: Vec<String>,
}

impl Resource {
    fn of(of: &Object<'_>, release: Release, known: &Known<'_>) -> Self {
        let key = &of.key;
        let same = |kind: &&crate::schema::Kind<'_>| {
            kind.group == key.group && kind.name == key.kind && kind.is_in(release)
        };
        let built_in: Vec<_> = kinds().iter().filter(same).collect();
        if let Some(first) = built_in.first() {
            let versions = built_in.iter().map(|kind| kind.version);
            return Self {
                name: plural(&key.kind),
                is_guessed: false,
                is_namespaced: first.is_namespaced,
                others: versions
                    .filter(|version| *version != key.version)
                    .map(ToOwned::to_owned)
                    .collect(),
            };
        }
        let Some(definition) = known.definition(&key.group, &key.kind) else {
            return Self {
                name: plural(&key.kind),
                is_guessed: true,
                is_namespaced: key.namespace.is_some(),
                others: Vec::new(),
            };
        };
        let text = |pointer| definition.pointer(pointer).and_then(Value::as_str);
        let versions = definition
            .pointer("/spec/versions")
            .and_then(Value::as_array);
        let served = versions.into_iter().flatten().filter_map(|version| {
            let is_served = version.get("served").and_then(Value::as_bool) == Some(true);
            version
                .get("name")
                .and_then(Value::as_str)
                .filter(|_| is_served)
        });
        Self {
            name: text("/spec/names/plural").map_or_else(|| plural(&key.kind), ToOwned::to_owned),
            is_guessed: false,
            is_namespaced: text("/spec/scope") != Some("Cluster"),
            others: served
                .filter(|version| *version != key.version)
                .map(ToOwned::to_owned)
                .collect(),
        }
    }
}

/// The rule by which Kubernetes' own kinds are called.
pub(super) fn plural(kind: &str) -> String {
    let name = kind.to_lowercase();
    match name.as_str() {
        "endpoints" => name,
        _ if name.ends_with('s') => format!("{name}es"),
        _ => match name.strip_suffix('y') {
            Some(rest) => format!("{rest}ies"),
            None => format!("{name}s"),
        },
    }
}
