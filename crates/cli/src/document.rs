//! A file with one object.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tidegate_api::{GROUP, VERSION};

use crate::exit::Exit;
use crate::failure::{Explain, one_line};

/// A file that does not hold the object that is wanted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DocumentError {
    /// No file, or no permission.
    #[error("{} cannot be read", shown(path))]
    Read { path: PathBuf, source: io::Error },
    /// Not YAML.
    #[error("{} is not YAML: {problem}", shown(path))]
    Yaml { path: PathBuf, problem: String },
    /// None or several documents.
    #[error("{} holds {count} objects, and one {kind} is wanted", shown(path))]
    Count {
        path: PathBuf,
        count: usize,
        kind: &'static str,
    },
    /// Another kind of object.
    #[error(
        "{} is not {} {kind} of {version} but {found}",
        shown(path),
        article(kind)
    )]
    Kind {
        path: PathBuf,
        kind: &'static str,
        version: String,
        found: String,
    },
    /// A field is missing or of the wrong kind.
    #[error("{} is not a usable {kind}: spec: {problem}", shown(path))]
    Spec {
        path: PathBuf,
        kind: &'static str,
        problem: String,
    },
    /// The same for a part of an object whose other fields do not matter.
    #[error("{} is not a usable {kind}: {place}: {problem}", shown(path))]
    Part {
        path: PathBuf,
        kind: &'static str,
        place: String,
        problem: String,
    },
    /// Fields that would be dropped without a word.
    #[error("{} has fields that no {kind} has: {}", shown(path), fields.join(", "))]
    Unknown {
        path: PathBuf,
        kind: &'static str,
        fields: Vec<String>,
    },
}

fn shown(path: &Path) -> String {
    if path == Path::new("-") {
        "standard input".to_owned()
    } else {
        format!("the file {}", path.display())
    }
}

fn article(kind: &str) -> &'static str {
    if kind.starts_with(['A', 'E', 'I', 'O', 'U']) {
        "an"
    } else {
        "a"
    }
}

impl Explain for DocumentError {
    fn exit(&self) -> Exit {
        Exit::WrongInput
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Read { .. } => {
                "give the path of a file that you may read, or - for standard input".to_owned()
            }
            Self::Count { .. } => "put each object into a file of its own".to_owned(),
            Self::Yaml { .. }
            | Self::Kind { .. }
            | Self::Spec { .. }
            | Self::Part { .. }
            | Self::Unknown { .. } => {
                "correct it; kubectl explain shows every field, and what each means".to_owned()
            }
        })
    }
}

/// A file with one object of a kind.
#[derive(Debug)]
pub(crate) struct Document {
    path: PathBuf,
    kind: &'static str,
    /// The object as it is written.
    pub(crate) object: Value,
}

impl Document {
    /// Reads the only object of a file, or of standard input where the path is
    /// `-`.
    pub(crate) fn read(path: &Path, kind: &'static str) -> Result<Self, DocumentError> {
        Self::read_of(path, &format!("{GROUP}/{VERSION}"), kind)
    }

    /// The same for an object of another API.
    pub(crate) fn read_of(
        path: &Path,
        version: &str,
        kind: &'static str,
    ) -> Result<Self, DocumentError> {
        let text = read_text(path).map_err(|source| DocumentError::Read {
            path: path.to_owned(),
            source,
        })?;
        Self::parse(path, version, kind, &text)
    }

    fn parse(
        path: &Path,
        version: &str,
        kind: &'static str,
        text: &str,
    ) -> Result<Self, DocumentError> {
        let path = path.to_owned();
        let documents: Vec<Value> = match serde_saphyr::from_multiple(text) {
            Ok(documents) => documents,
            Err(error) => {
                let problem = one_line(error.without_snippet());
                return Err(DocumentError::Yaml { path, problem });
            }
        };
        let count = documents.len();
        let (Some(object), 1) = (documents.into_iter().next(), count) else {
            return Err(DocumentError::Count { path, count, kind });
        };
        let found = match (object["kind"].as_str(), object["apiVersion"].as_str()) {
            (Some(found), Some(its)) if found == kind && its == version => {
                return Ok(Self { path, kind, object });
            }
            (Some(found), Some(its)) => format!("{} {found} of {its}", article(found)),
            _ => "something without apiVersion and kind".to_owned(),
        };
        Err(DocumentError::Kind {
            path,
            kind,
            version: version.to_owned(),
            found,
        })
    }

    /// A part of the object, by its JSON pointer; what is missing is empty.
    pub(crate) fn part<T: DeserializeOwned + Default>(
        &self,
        pointer: &str,
    ) -> Result<T, DocumentError> {
        let part: Option<T> = match self.object.pointer(pointer) {
            Some(value) => serde_json::from_value(value.clone()).map_err(|error| {
                let place = pointer.trim_start_matches('/').replace('/', ".");
                DocumentError::Part {
                    path: self.path.clone(),
                    kind: self.kind,
                    place,
                    problem: error.to_string(),
                }
            })?,
            None => None,
        };
        Ok(part.unwrap_or_default())
    }

    /// The error for an object that lacks a field.
    pub(crate) fn without(&self, place: &str) -> DocumentError {
        DocumentError::Part {
            path: self.path.clone(),
            kind: self.kind,
            place: place.to_owned(),
            problem: "it is missing".to_owned(),
        }
    }

    /// The object as it is understood, where nothing of its spec is left over.
    pub(crate) fn understood<K>(&self) -> Result<K, DocumentError>
    where
        K: DeserializeOwned + Serialize,
    {
        let wrong = |error: serde_json::Error| DocumentError::Spec {
            path: self.path.clone(),
            kind: self.kind,
            problem: error.to_string(),
        };
        let typed: K = serde_json::from_value(self.object.clone()).map_err(wrong)?;
        let again = serde_json::to_value(&typed).map_err(wrong)?;
        let mut fields = Vec::new();
        left_over(&self.object["spec"], &again["spec"], "spec", &mut fields);
        if fields.is_empty() {
            Ok(typed)
        } else {
            Err(DocumentError::Unknown {
                path: self.path.clone(),
                kind: self.kind,
                fields,
            })
        }
    }
}

fn read_text(path: &Path) -> io::Result<String> {
    if path == Path::new("-") {
        let mut text = String::new();
        io::stdin().read_to_string(&mut text)?;
        return Ok(text);
    }
    std::fs::read_to_string(path)
}

/// Fields that were written and are not there once the object was read. An
/// empty one says nothing and may be left out.
fn left_over(written: &Value, understood: &Value, place: &str, fields: &mut Vec<String>) {
    match (written, understood) {
        (Value::Object(written), _) => {
            for (name, value) in written {
                let place = format!("{place}.{name}");
                match understood.get(name) {
                    Some(understood) => left_over(value, understood, &place, fields),
                    None if is_empty(value) => {}
                    None => fields.push(place),
                }
            }
        }
        (Value::Array(written), Value::Array(understood)) => {
            for (position, (written, understood)) in written.iter().zip(understood).enumerate() {
                left_over(written, understood, &format!("{place}[{position}]"), fields);
            }
        }
        _ => {}
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use tidegate_api::ChangeCalendar;

    use super::*;

    fn calendar(text: &str) -> Result<ChangeCalendar, DocumentError> {
        let version = format!("{GROUP}/{VERSION}");
        Document::parse(Path::new("calendar.yaml"), &version, "ChangeCalendar", text)?.understood()
    }

    const HEAD: &str =
        "apiVersion: tidegate.dev/v1alpha1\nkind: ChangeCalendar\nmetadata: {name: a}\n";

    #[test]
    fn what_is_empty_may_be_left_out() {
        let text = format!(
            "{HEAD}spec: {{timeZone: UTC, windows: [], freezes: [{{name: a, reason: null, namespaces: []}}]}}"
        );
        assert!(calendar(&text).is_ok());
    }

    #[test]
    fn every_other_fault_is_named() {
        let texts = [
            format!(
                "{HEAD}spec: {{timeZone: UTC, freezes: [{{name: a, exmept: {{types: [normal]}}}}]}}"
            ),
            format!("{HEAD}spec: {{windows: []}}"),
            format!("{HEAD}---\n{HEAD}"),
            "apiVersion: apps/v1\nkind: Deployment".to_owned(),
            "- a".to_owned(),
            "spec: [".to_owned(),
            String::new(),
        ];
        let told: Vec<String> = texts
            .iter()
            .map(|text| calendar(text).unwrap_err().to_string())
            .collect();
        insta::assert_snapshot!(told.join("\n"));
    }
}
