//! What Argo CD would delete that may hold data.

use super::Application;
use super::seen::is_among;
use crate::rollout::object::ObjectKey;
use crate::rollout::prune::PruneAllowance;

/// Why a change to these manifests is refused: Argo CD prunes the Application,
/// they drop a claim or a namespace that it owns, and the policy does not allow
/// that to be deleted. Deleting is what no way back undoes.
pub fn would_lose(
    application: &Application,
    manifests: &[ObjectKey],
    allow: PruneAllowance,
) -> Vec<String> {
    let automated = application.spec.sync_policy.automated.as_ref();
    if !automated.is_some_and(|automated| automated.prune) {
        return Vec::new();
    }
    let forbidden = |group: &str, kind: &str| match (group, kind) {
        ("", "PersistentVolumeClaim" | "PersistentVolume") => !allow.claims,
        ("", "Namespace") => !allow.namespaces,
        ("apiextensions.k8s.io", "CustomResourceDefinition") => !allow.definitions,
        _ => false,
    };
    application
        .status
        .resources
        .iter()
        .filter(|resource| forbidden(&resource.group, &resource.kind))
        .filter(|resource| !is_among(resource, manifests))
        .map(|resource| {
            format!(
                "Application {} prunes, and would delete {}/{}, which these manifests no longer have; the policy does not allow that in `prune`",
                application.metadata.name, resource.kind, resource.name
            )
        })
        .collect()
}
