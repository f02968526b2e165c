//! Manifests that Argo CD runs around a sync, and that are nothing to stay.

use serde_json::Value;

/// The annotations that make a hook: Argo CD's own, and Helm's, which it honours
/// in every manifest ("Resource Hooks" and "Helm" in its user guide).
const HOOKS: [&str; 2] = ["argocd.argoproj.io/hook", "helm.sh/hook"];

/// Whether Argo CD runs this manifest as a hook, or skips it.
///
/// It makes such an object anew for every sync and deletes it when it likes. So
/// that it is missing or differs says nothing of the Application, and that the
/// API server would not take it over the one of the sync before is no matter.
pub fn is_hook(manifest: &Value) -> bool {
    let annotations = manifest.pointer("/metadata/annotations");
    annotations.is_some_and(|annotations| HOOKS.iter().any(|hook| annotations.get(hook).is_some()))
}
