//! Turns a directory of configuration into the objects it stands for.
//!
//! `kustomize` or `helm` does it, as a subprocess without a network, an environment or
//! other programs. What could still make it fetch or run something is refused before.

mod edit;
mod error;
mod helm;
mod home;
mod kustomization;
mod kustomize;
mod manifests;
mod plain;
mod source_kind;

pub use error::RenderError;
pub use helm::{Chart, Helm, HelmError, Release, Values, Variables};
pub use kustomization::{Place, Refusal};
pub use kustomize::{Kustomize, RenderLimits, Rendered, SourceParameters, Tool};
pub use manifests::{ManifestError, parse as parse_manifests};
pub use source_kind::{SourceKind, source_kind};
pub use tidegate_yaml::YamlError;
