//! The file with a change.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tidegate_api::{ChangeSpec, GROUP, VERSION};

use super::super::read_text;
use crate::exit::Exit;
use crate::failure::{Explain, one_line};

/// A file that holds no change.
#[derive(Debug, thiserror::Error)]
pub(super) enum DocumentError {
    /// No file, or no permission.
    #[error("the file {} cannot be read", path.display())]
    Read {
        path: PathBuf,
        source: std::io::Error,
    },
    /// Not YAML.
    #[error("the file {} is not YAML: {problem}", path.display())]
    Yaml { path: PathBuf, problem: String },
    /// None or several documents.
    #[error("the file {} holds {count} objects, and one Change is wanted", path.display())]
    Count { path: PathBuf, count: usize },
    /// Another kind of object.
    #[error("this is not a Change of {GROUP}/{VERSION} but {0}")]
    Kind(String),
    /// A field of the spec is missing or of the wrong kind.
    #[error("spec: {0}")]
    Spec(String),
    /// It is meant for elsewhere.
    #[error("the file says namespace {file}, and you work in {here}")]
    Namespace { file: String, here: String },
}

impl Explain for DocumentError {
    fn exit(&self) -> Exit {
        Exit::WrongInput
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Read { .. } => "give the path of a file that you may read, or - for standard input".to_owned(),
            Self::Namespace { file, .. } => format!("give -n {file}, or correct the file"),
            Self::Count { .. } => "put each change into a file of its own".to_owned(),
            Self::Yaml { .. } | Self::Kind(_) | Self::Spec(_) => {
                "tidegate change new writes one; tidegate change new --help shows its fields".to_owned()
            }
        })
    }
}

/// Reads the only object of a file. Its namespace is filled in.
pub(super) fn read(path: &Path, namespace: &str) -> Result<Value, DocumentError> {
    let text = read_text(path).map_err(|source| DocumentError::Read {
        path: path.to_owned(),
        source,
    })?;
    let documents: Vec<Value> =
        serde_saphyr::from_multiple(&text).map_err(|error| DocumentError::Yaml {
            path: path.to_owned(),
            problem: one_line(error.without_snippet()),
        })?;
    let count = documents.len();
    let (Some(object), 1) = (documents.into_iter().next(), count) else {
        return Err(DocumentError::Count {
            path: path.to_owned(),
            count,
        });
    };
    checked(object, namespace)
}

fn checked(mut object: Value, namespace: &str) -> Result<Value, DocumentError> {
    let says = |field: &str| object[field].as_str().unwrap_or("nothing").to_owned();
    let (version, kind) = (says("apiVersion"), says("kind"));
    if version != format!("{GROUP}/{VERSION}") || kind != "Change" {
        return Err(DocumentError::Kind(format!("{kind} of {version}")));
    }
    if !object["metadata"].is_object() {
        object["metadata"] = json!({});
    }
    match object["metadata"]["namespace"].as_str() {
        Some(other) if other != namespace => Err(DocumentError::Namespace {
            file: other.to_owned(),
            here: namespace.to_owned(),
        }),
        _ => {
            object["metadata"]["namespace"] = json!(namespace);
            Ok(object)
        }
    }
}

/// The spec as it is understood. Who requests it may be missing.
pub(super) fn spec(object: &Value) -> Result<ChangeSpec, DocumentError> {
    let mut spec = object["spec"].clone();
    if !spec.is_object() {
        return Err(DocumentError::Spec("is missing".to_owned()));
    }
    if spec["requestedBy"].is_null() {
        spec["requestedBy"] = json!("");
    }
    serde_json::from_value(spec).map_err(|error| DocumentError::Spec(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change() -> Value {
        json!({ "apiVersion": "tidegate.dev/v1alpha1", "kind": "Change" })
    }

    #[test]
    fn the_namespace_is_filled_in_and_never_overruled() {
        let filled = checked(change(), "tidegate").unwrap();
        assert_eq!(filled["metadata"]["namespace"], "tidegate");
        let mut other = change();
        other["metadata"] = json!({ "namespace": "elsewhere" });
        assert!(matches!(checked(other, "tidegate"), Err(DocumentError::Namespace { .. })));
    }

    #[test]
    fn another_kind_is_named() {
        let deployment = json!({ "apiVersion": "apps/v1", "kind": "Deployment" });
        let error = checked(deployment, "tidegate").unwrap_err();
        let expected = "this is not a Change of tidegate.dev/v1alpha1 but Deployment of apps/v1";
        assert_eq!(error.to_string(), expected);
        assert!(matches!(checked(json!(["a"]), "tidegate"), Err(DocumentError::Kind(_))));
    }

    #[test]
    fn a_missing_field_is_named() {
        let mut object = change();
        object["spec"] = json!({ "ticket": "CHG-1" });
        let error = spec(&object).unwrap_err();
        assert_eq!(error.to_string(), "spec: missing field `type`");
    }
}
