//! Manifests that Argo CD runs around a sync, and that are nothing to stay.

use serde_json::Value;

/// The annotation that makes a hook of Argo CD ("Resource Hooks" in its user guide).
const HOOK: &str = "argocd.argoproj.io/hook";

/// The annotation that makes a hook of Helm, which Argo CD honours in every manifest
/// ("Helm" in its user guide).
const HELM_HOOK: &str = "helm.sh/hook";

/// Helm 2 called definitions of custom resources a hook. To Argo CD they are none
/// (`pkg/sync/hook/helm/hook.go` of its GitOps engine).
const NO_HOOK: &str = "crd-install";

/// Whether Argo CD runs this manifest as a hook, or skips it, as it does with tests and
/// all other hooks of Helm that are not about an installation or an upgrade.
///
/// It makes such an object anew for every sync and deletes it when it likes. So
/// that it is missing or differs says nothing of the Application, and that the
/// API server would not take it over the one of the sync before is no matter.
pub fn is_hook(manifest: &Value) -> bool {
    let annotation = |name: &str| manifest.pointer("/metadata/annotations")?.get(name);
    annotation(HOOK).is_some() || annotation(HELM_HOOK).is_some_and(|hook| hook != NO_HOOK)
}
