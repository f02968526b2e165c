//! An OpenAPI document of Kubernetes, as far as it matters here.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use serde::Deserialize;
use serde_json::Value;

use super::SchemasError;

/// One group and version, or what serves no objects.
#[derive(Debug, Deserialize)]
pub(super) struct Document {
    #[serde(default)]
    pub(super) paths: BTreeMap<String, BTreeMap<String, Value>>,
    #[serde(default)]
    pub(super) components: Components,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Components {
    #[serde(default)]
    pub(super) schemas: BTreeMap<String, Value>,
}

/// A kind of which objects can be made.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Kind {
    pub(super) group: String,
    pub(super) version: String,
    pub(super) name: String,
    pub(super) is_namespaced: bool,
    /// The name of its definition.
    pub(super) definition: String,
}

/// All documents of a release.
pub(super) fn read_all(source: &Path) -> Result<Vec<Document>, SchemasError> {
    let folder = source.join("api/openapi-spec/v3");
    let unreadable = |source| SchemasError::Read {
        path: folder.clone(),
        source,
    };
    let mut paths: Vec<PathBuf> = fs::read_dir(&folder)
        .map_err(unreadable)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()
        .map_err(unreadable)?;
    paths.sort();
    paths.into_iter().map(read).collect()
}

fn read(path: PathBuf) -> Result<Document, SchemasError> {
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(source) => return Err(SchemasError::Read { path, source }),
    };
    serde_json::from_str(&text).map_err(|source| SchemasError::Document { path, source })
}

impl Document {
    /// The kinds that its collections take objects of.
    pub(super) fn kinds(&self) -> impl Iterator<Item = Kind> {
        self.paths.iter().filter_map(|(path, operations)| {
            let of_all = path.replace("{namespace}", "");
            let post = operations.get("post").filter(|_| !of_all.contains('{'))?;
            let kind = post.get("x-kubernetes-group-version-kind")?;
            let text = |name: &str| kind.get(name)?.as_str().map(ToOwned::to_owned);
            let reference = post
                .pointer("/responses/200/content/application~1json/schema/$ref")?
                .as_str()?;
            Some(Kind {
                group: text("group")?,
                version: text("version")?,
                name: text("kind")?,
                is_namespaced: path.contains("{namespace}"),
                definition: definition_name(reference)?.to_owned(),
            })
        })
    }
}

/// The name of what a reference names.
pub(super) fn definition_name(reference: &str) -> Option<&str> {
    reference.strip_prefix("#/components/schemas/")
}
