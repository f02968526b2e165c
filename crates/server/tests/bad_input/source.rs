//! Repositories, branches, overlays and manifests.

use serde_json::json;
use tidegate_core::lifecycle::Phase;
use tokio::sync::mpsc;

use crate::installation::Installation;
use crate::installation::case::{Case, config_map, kustomization, manifest};

/// Dropped when a case has mended what only a controller that starts sees at once:
/// a branch is looked up once a minute, and so is a refusal.
pub type Mended = mpsc::Sender<()>;

pub async fn unknown_repository(tidegate: &Installation) {
    let case = Case::new(tidegate, "unknown-repository").await;
    let late = tidegate.data.path().join("late.git");
    let mut source = case.here();
    source["repository"] = json!(late);
    let change = case.submit("CHG-110", source).await;
    let told = case
        .is_told(
            &change,
            Phase::Draft,
            "waits for its source: there is no repository at ",
        )
        .await;
    assert!(told.contains(late.to_str().unwrap()), "{told}");
    std::os::unix::fs::symlink(case.repository.path(), &late).unwrap();
    case.goes_out(&change, "1").await;
}

pub async fn reference_that_is_not_there(tidegate: &Installation) {
    let case = Case::new(tidegate, "unknown-reference").await;
    let change = case.submit("CHG-111", case.reference("release")).await;
    case.is_told(&change, Phase::Draft, "has no branch or tag \"release\"")
        .await;
    case.repository.branch("release").unwrap();
    case.goes_out(&change, "1").await;
}

pub async fn overlay_that_does_not_render(tidegate: &Installation, mended: Mended) {
    let mut case = Case::new(tidegate, "does-not-render").await;
    case.commit(
        "Name a file that is not there",
        &[kustomization(&["missing.yaml"])],
    );
    let change = case.submit("CHG-112", case.reference("main")).await;
    let told = case
        .is_told(&change, Phase::Draft, "its manifests do not render: ")
        .await;
    assert!(told.contains("missing.yaml"), "{told}");
    case.commit("Name the right file", &[kustomization(&["settings.yaml"])]);
    drop(mended);
    case.goes_out(&change, "1").await;
}

pub async fn manifests_that_the_api_server_refuses(tidegate: &Installation, mended: Mended) {
    let mut case = Case::new(tidegate, "refused-manifests").await;
    let mut misspelt = config_map("settings", "2");
    misspelt["dada"] = json!({"version": "2"});
    let claim = json!({
        "apiVersion": "v1", "kind": "PersistentVolumeClaim",
        "metadata": {"name": "data"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "lots"}}},
    });
    let edits = [
        manifest("settings.yaml", &misspelt),
        manifest("claim.yaml", &claim),
        kustomization(&["settings.yaml", "claim.yaml"]),
    ];
    case.commit("Misspell a field and a quantity", &edits);
    let change = case.submit("CHG-113", case.reference("main")).await;
    let told = case
        .is_told(
            &change,
            Phase::Assessing,
            "the API server would refuse it: ",
        )
        .await;
    assert!(
        told.contains("ConfigMap/settings") && told.contains("dada"),
        "{told}"
    );
    assert!(
        told.contains("PersistentVolumeClaim/data") && told.contains("quantities"),
        "{told}"
    );
    case.commit_version("3");
    case.commit("No claim", &[kustomization(&["settings.yaml"])]);
    drop(mended);
    case.goes_out(&change, "3").await;
}

pub async fn objects_outside_the_namespace(tidegate: &Installation, mended: Mended) {
    let mut case = Case::new(tidegate, "elsewhere").await;
    let mut elsewhere = config_map("elsewhere", "1");
    elsewhere["metadata"]["namespace"] = json!("default");
    let namespace =
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "one-more"}});
    let edits = [
        manifest("elsewhere.yaml", &elsewhere),
        manifest("namespace.yaml", &namespace),
        kustomization(&["settings.yaml", "elsewhere.yaml", "namespace.yaml"]),
    ];
    case.commit("Reach out", &edits);
    let change = case.submit("CHG-114", case.reference("main")).await;
    let told = case
        .is_told(
            &change,
            Phase::Assessing,
            "the API server would refuse it: ",
        )
        .await;
    for words in [
        "it lies in namespace default, and this change may write only to namespace elsewhere",
        "it belongs to the whole cluster, and this change may write only to namespace elsewhere",
    ] {
        assert!(told.contains(words), "{told}");
    }
    case.commit("Stay inside", &[kustomization(&["settings.yaml"])]);
    drop(mended);
    case.goes_out(&change, "1").await;
}

pub async fn no_permission_on_the_namespace(tidegate: &Installation, mended: Mended) {
    let case = Case::new(tidegate, "no-permission").await;
    case.forbid_delivery().await;
    let change = case.submit("CHG-115", case.here()).await;
    let told = case
        .is_told(&change, Phase::Assessing, "is forbidden")
        .await;
    for words in ["ConfigMap/settings", "tidegate:tidegate", "no-permission"] {
        assert!(told.contains(words), "{told}");
    }
    case.allow_delivery().await;
    drop(mended);
    case.goes_out(&change, "1").await;
}
