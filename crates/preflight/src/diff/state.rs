//! What of an object people have a say in.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

/// Metadata that people write. All else of it is the API server's.
const METADATA: [&str; 4] = ["labels", "annotations", "finalizers", "ownerReferences"];

/// Annotations that kubectl and the controllers of Kubernetes write. The first
/// holds all of a manifest, that of a Secret with its values.
const ANNOTATIONS: [&str; 8] = [
    "kubectl.kubernetes.io/last-applied-configuration",
    "deployment.kubernetes.io/revision",
    "deployment.kubernetes.io/desired-replicas",
    "deployment.kubernetes.io/max-replicas",
    "deprecated.daemonset.template.generation",
    "rollout.argoproj.io/revision",
    "pv.kubernetes.io/bind-completed",
    "pv.kubernetes.io/bound-by-controller",
];

/// An object without what the system writes into it: `status`, most of `metadata`,
/// and null, which says nothing. What is written as text in a Secret is Base64, as
/// the API server keeps it.
pub(crate) fn of(object: &Value) -> Value {
    let mut state = without_null(object);
    let Some(fields) = state.as_object_mut() else {
        return state;
    };
    for name in ["apiVersion", "kind", "status"] {
        fields.remove(name);
    }
    if let Some(Value::Object(metadata)) = fields.get_mut("metadata") {
        metadata.retain(|name, _| METADATA.contains(&name.as_str()));
        if let Some(Value::Object(annotations)) = metadata.get_mut("annotations") {
            annotations.retain(|name, _| !ANNOTATIONS.contains(&name.as_str()));
        }
    }
    if is_secret(object) {
        encode(fields);
    }
    state
}

/// Whether its values are nobody's business.
pub(crate) fn is_secret(object: &Value) -> bool {
    let text = |name| object.get(name).and_then(Value::as_str);
    text("apiVersion") == Some("v1") && text("kind") == Some("Secret")
}

fn encode(secret: &mut Map<String, Value>) {
    let Some(Value::Object(texts)) = secret.remove("stringData") else {
        return;
    };
    let data = secret
        .entry("data")
        .or_insert_with(|| Value::Object(Map::new()));
    if let Some(data) = data.as_object_mut() {
        for (name, text) in texts {
            let encoded = text.as_str().map(|text| STANDARD.encode(text));
            data.insert(name, encoded.map_or(text, Value::String));
        }
    }
}

fn without_null(value: &Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name.clone(), without_null(value)))
            .collect::<Map<_, _>>()
            .into(),
        Value::Array(items) => items.iter().map(without_null).collect(),
        scalar => scalar.clone(),
    }
}
