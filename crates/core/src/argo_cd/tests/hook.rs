use serde_json::json;

use crate::argo_cd::hook::is_hook;

#[test]
fn hooks_are_told_from_what_stays() {
    let annotated = |annotation: &str, value: &str| {
        is_hook(&json!({
            "apiVersion": "batch/v1", "kind": "Job",
            "metadata": {"name": "migrate", "annotations": {annotation: value}},
        }))
    };
    assert!(annotated("argocd.argoproj.io/hook", "PreSync"));
    assert!(annotated("argocd.argoproj.io/hook", "Skip"));
    assert!(!annotated(
        "argocd.argoproj.io/hook-delete-policy",
        "HookSucceeded"
    ));
    assert!(!annotated("argocd.argoproj.io/sync-wave", "1"));
    assert!(!is_hook(
        &json!({"kind": "Job", "metadata": {"name": "migrate"}})
    ));
    // Helm's run around a sync, or never, as tests do.
    for hook in ["pre-install,pre-upgrade", "test", "post-rollback"] {
        assert!(annotated("helm.sh/hook", hook), "{hook}");
    }
    assert!(!annotated("helm.sh/hook", "crd-install"));
}
