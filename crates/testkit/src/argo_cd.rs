//! What a cluster with Argo CD has besides Argo CD itself.

use std::path::PathBuf;

use crate::component::{ComponentError, Module, source_folder};

/// The CustomResourceDefinition of AppProjects as Argo CD ships it, a YAML file. Downloads Argo CD's module if it is not
/// on this machine, which is done once; blocks meanwhile.
pub fn app_project_definition() -> Result<PathBuf, ComponentError> {
    definition("appproject-crd.yaml")
}

/// The same of Applications. It is too large for `kubectl apply` without `--server-side`.
pub fn application_definition() -> Result<PathBuf, ComponentError> {
    definition("application-crd.yaml")
}

fn definition(file: &str) -> Result<PathBuf, ComponentError> {
    let module = Module::read("argocd-windows", "github.com/argoproj/argo-cd/v3")?;
    Ok(source_folder(&module)?.join("manifests/crds").join(file))
}
