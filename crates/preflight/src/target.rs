//! What is judged as one.

use serde_json::Value;
use tidegate_core::digest::{Digest, target_digest};

use crate::manifest::Manifest;
use crate::report::Judged;

/// What an overlay or a chart renders to, or manifests as they are.
#[derive(Debug, Clone, Default)]
pub struct Target {
    /// The overlay, from the root of its repository, or where the manifests are.
    pub name: String,
    /// What is to be judged.
    pub manifests: Vec<Manifest>,
    /// The manifests of the files that it is made of, its own before those of its
    /// bases; empty where the manifests are what a person wrote.
    pub sources: Vec<Manifest>,
    /// What it was before the change. None: nobody said since when.
    pub before: Option<Vec<Manifest>>,
    /// The digest that approvals are for. None: it was not rendered, or has numbers
    /// that it cannot hold.
    pub digest: Option<Digest>,
}

impl Target {
    /// What was rendered from these sources.
    pub fn rendered(name: String, objects: Vec<Value>, sources: Vec<Manifest>) -> Self {
        Self {
            digest: target_digest(&objects).ok(),
            manifests: manifests(&name, objects),
            name,
            sources,
            before: None,
        }
    }

    /// For the report.
    pub fn judged(&self) -> Judged {
        Judged {
            name: self.name.clone(),
            objects: self.manifests.len(),
            digest: self.digest.as_ref().map(ToString::to_string),
        }
    }
}

/// Objects that were rendered, or that a cluster has.
pub fn manifests(from: &str, objects: Vec<Value>) -> Vec<Manifest> {
    let manifest = |object: Value| Manifest {
        file: from.to_owned(),
        node: object.into(),
        is_source: false,
    };
    objects.into_iter().map(manifest).collect()
}
