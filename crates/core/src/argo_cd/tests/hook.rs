use serde_json::json;

use crate::argo_cd::hook::is_hook;

#[test]
fn hooks_are_told_from_what_stays() {
    let annotated = |annotation: &str| {
        is_hook(&json!({
            "apiVersion": "batch/v1", "kind": "Job",
            "metadata": {"name": "migrate", "annotations": {annotation: "PreSync"}},
        }))
    };
    assert!(annotated("argocd.argoproj.io/hook"));
    assert!(annotated("helm.sh/hook"));
    assert!(!annotated("argocd.argoproj.io/hook-delete-policy"));
    assert!(!annotated("argocd.argoproj.io/sync-wave"));
    assert!(!is_hook(
        &json!({"kind": "Job", "metadata": {"name": "migrate"}})
    ));
}
