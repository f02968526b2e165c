//! Turns a directory of configuration into the objects it stands for.
//!
//! `kustomize` does it, as a subprocess without a network, an environment or other
//! programs. What could still make it fetch or run something is refused before.

mod edit;
mod error;
mod kustomization;
mod kustomize;
mod manifests;
mod plain;

pub use crate::yaml::YamlError;
pub use error::RenderError;
pub use kustomization::{Place, Refusal};
pub use kustomize::{Kustomize, RenderLimits, Rendered, SourceParameters, Tool};
pub use manifests::{ManifestError, parse as parse_manifests};
