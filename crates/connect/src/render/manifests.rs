//! Reads rendered manifests into objects, strictly.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Map, Value};

use tidegate_yaml::{self as yaml, YamlError};

/// Why manifests are not a set of objects that can be applied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// Not YAML as Kubernetes reads it, or a key is there twice.
    #[error("the manifests are not valid YAML")]
    Yaml(#[source] YamlError),
    /// A list, a text or a number where an object should be.
    #[error("{0} is not an object")]
    NotAnObject(Position),
    /// One of `apiVersion`, `kind` and `metadata.name` is missing, empty or not a text.
    #[error("{position} ({object}) has no {field}")]
    MissingField {
        /// Where it is.
        position: Position,
        /// What of its kind and name is known.
        object: String,
        /// The field's path.
        field: &'static str,
    },
    /// A name that the API server would make up anew at each apply.
    #[error("{position} ({object}) has generateName: it needs a name of its own")]
    GenerateName {
        /// Where it is.
        position: Position,
        /// Its kind.
        object: String,
    },
    /// Two objects that would overwrite each other.
    #[error("{object} is there twice: {first} and {second}")]
    Duplicate {
        /// Kind, name and namespace.
        object: String,
        /// Where it is first.
        first: Position,
        /// Where it is again.
        second: Position,
    },
}

/// Where an object is: "document 3", or "document 3, item 1" in a list. Counts from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// The YAML document.
    pub document: usize,
    /// The item, where the document is a list. Lists in lists have several.
    pub items: Vec<usize>,
}

impl fmt::Display for Position {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "document {}", self.document)?;
        for item in &self.items {
            write!(formatter, ", item {item}")?;
        }
        Ok(())
    }
}

impl Position {
    fn item(&self, number: usize) -> Self {
        let mut position = self.clone();
        position.items.push(number);
        position
    }
}

/// What makes two objects the same: group, kind, namespace and name. Not the version,
/// since the API server keeps one object and shows it in each.
type Identity = (String, String, String, String);

/// Reads YAML documents into objects, in their order. Empty documents are skipped
/// and a `v1` `List` stands for its items.
///
/// Scalars are read by the rules of sigs.k8s.io/yaml.
pub fn parse(manifests: &str) -> Result<Vec<Value>, ManifestError> {
    let mut objects = Objects::default();
    let documents = yaml::documents(manifests).map_err(ManifestError::Yaml)?;
    for (index, document) in documents.into_iter().enumerate() {
        if !document.is_null() {
            let position = Position {
                document: index + 1,
                items: Vec::new(),
            };
            objects.add(document.into_json(), position)?;
        }
    }
    Ok(objects.objects)
}

#[derive(Default)]
struct Objects {
    objects: Vec<Value>,
    positions: BTreeMap<Identity, Position>,
}

impl Objects {
    fn add(&mut self, value: Value, position: Position) -> Result<(), ManifestError> {
        let Value::Object(mut fields) = value else {
            return Err(ManifestError::NotAnObject(position));
        };
        if fields.get("kind") == Some(&"List".into())
            && fields.get("apiVersion") == Some(&"v1".into())
        {
            let Some(Value::Array(items)) = fields.remove("items") else {
                return Err(missing(&fields, position, "items"));
            };
            for (index, item) in items.into_iter().enumerate() {
                self.add(item, position.item(index + 1))?;
            }
            return Ok(());
        }
        let identity = identify(&fields, &position)?;
        if let Some(first) = self.positions.get(&identity) {
            return Err(ManifestError::Duplicate {
                object: describe(&fields),
                first: first.clone(),
                second: position,
            });
        }
        self.positions.insert(identity, position);
        self.objects.push(Value::Object(fields));
        Ok(())
    }
}

fn identify(fields: &Map<String, Value>, position: &Position) -> Result<Identity, ManifestError> {
    let require = |value: Option<&str>, field| {
        value
            .map(str::to_owned)
            .ok_or_else(|| missing(fields, position.clone(), field))
    };
    let api_version = require(text(fields, "apiVersion"), "apiVersion")?;
    let kind = require(text(fields, "kind"), "kind")?;
    let metadata = fields.get("metadata").and_then(Value::as_object);
    let in_metadata = |field| metadata.and_then(|metadata| text(metadata, field));
    if metadata.is_some_and(|metadata| metadata.contains_key("generateName")) {
        return Err(ManifestError::GenerateName {
            position: position.clone(),
            object: describe(fields),
        });
    }
    let name = require(in_metadata("name"), "metadata.name")?;
    let namespace = in_metadata("namespace").unwrap_or_default().to_owned();
    let group = api_version
        .split_once('/')
        .map_or(String::new(), |(group, _)| group.to_owned());
    Ok((group, kind, namespace, name))
}

fn missing(fields: &Map<String, Value>, position: Position, field: &'static str) -> ManifestError {
    ManifestError::MissingField {
        position,
        object: describe(fields),
        field,
    }
}

/// A text that is there and not empty.
fn text<'a>(fields: &'a Map<String, Value>, field: &str) -> Option<&'a str> {
    fields
        .get(field)
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
}

/// `Deployment/api-gateway in production`, as far as it is known.
fn describe(fields: &Map<String, Value>) -> String {
    let metadata = fields.get("metadata").and_then(Value::as_object);
    let in_metadata = |field| metadata.and_then(|metadata| text(metadata, field));
    let mut description = text(fields, "kind").unwrap_or("no kind").to_owned();
    if let Some(name) = in_metadata("name") {
        description.push('/');
        description.push_str(name);
    }
    if let Some(namespace) = in_metadata("namespace") {
        description.push_str(" in ");
        description.push_str(namespace);
    }
    description
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const DEPLOYMENT: &str =
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: shop, namespace: production}\n";

    #[test]
    fn documents_become_objects_in_order() {
        let text = format!(
            "{DEPLOYMENT}spec: {{replicas: 3}}\n---\n\n---\napiVersion: v1\nkind: Service\nmetadata: {{name: shop}}\n"
        );
        assert_eq!(
            parse(&text).unwrap(),
            [
                json!({"apiVersion": "apps/v1", "kind": "Deployment",
                       "metadata": {"name": "shop", "namespace": "production"},
                       "spec": {"replicas": 3}}),
                json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "shop"}}),
            ]
        );
        assert_eq!(parse("").unwrap(), Vec::<Value>::new());
    }

    #[test]
    fn a_list_stands_for_its_items() {
        let list = "apiVersion: v1\nkind: List\nitems:\n\
                    - {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n\
                    - apiVersion: v1\n  kind: List\n  items:\n  - {apiVersion: v1, kind: ConfigMap, metadata: {name: b}}\n";
        let names: Vec<Value> = parse(list)
            .unwrap()
            .iter()
            .map(|object| object["metadata"]["name"].clone())
            .collect();
        assert_eq!(names, ["a", "b"]);

        let broken = "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap}\n";
        assert_eq!(
            parse(broken).unwrap_err().to_string(),
            "document 1, item 1 (ConfigMap) has no metadata.name"
        );
        let no_items = parse("apiVersion: v1\nkind: List\n").unwrap_err();
        assert_eq!(no_items.to_string(), "document 1 (List) has no items");
    }

    #[test]
    fn objects_need_a_version_a_kind_and_a_name() {
        for (text, message) in [
            ("- a\n", "document 1 is not an object"),
            (
                "kind: Pod\nmetadata: {name: x}\n",
                "document 1 (Pod/x) has no apiVersion",
            ),
            (
                "apiVersion: v1\nmetadata: {name: x}\n",
                "document 1 (no kind/x) has no kind",
            ),
            (
                "apiVersion: v1\nkind: Pod\n",
                "document 1 (Pod) has no metadata.name",
            ),
            (
                "apiVersion: v1\nkind: Pod\nmetadata: {name: 1}\n",
                "document 1 (Pod) has no metadata.name",
            ),
            (
                "apiVersion: batch/v1\nkind: Job\nmetadata: {generateName: x-}\n",
                "document 1 (Job) has generateName: it needs a name of its own",
            ),
        ] {
            assert_eq!(parse(text).unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn one_object_twice_is_an_error_whatever_its_version() {
        let text = format!(
            "{DEPLOYMENT}---\n{}",
            DEPLOYMENT.replace("apps/v1", "apps/v1beta1")
        );
        assert_eq!(
            parse(&text).unwrap_err().to_string(),
            "Deployment/shop in production is there twice: document 1 and document 2"
        );
        let elsewhere = format!(
            "{DEPLOYMENT}---\n{}",
            DEPLOYMENT.replace("production", "staging")
        );
        assert_eq!(parse(&elsewhere).unwrap().len(), 2);
    }

    #[test]
    fn a_key_twice_is_an_error() {
        let text = format!("{DEPLOYMENT}spec:\n  replicas: 1\n  replicas: 2\n");
        assert_eq!(
            parse(&text),
            Err(ManifestError::Yaml(YamlError::DuplicateKey {
                line: 6,
                key: "replicas".to_owned()
            }))
        );
    }
}
