//! A person brings the data back, as long as Tidegate does not.

use serde_json::json;
use tidegate_testkit::{control_plane::User, velero};

use super::{DemoError, Service, Stage, orders};

/// The administrator empties the workload, removes the claim, restores it from the backup, and lets the workload come
/// again. Where Argo CD delivers it would undo that, so it is told to look away meanwhile.
pub(super) async fn bring_back(
    stage: &Stage,
    backup: &str,
    namespace: &str,
    keeper: Service,
    application: Option<&str>,
) -> Result<(), DemoError> {
    stage.narrator.say(
        "The old pods run, and find nothing to serve: a rollback of what runs is none of what it wrote. The policy has \
         data brought back by a person. A restore leaves a claim that exists as it is, so the pods have to go, and then \
         the claim.",
    );
    if let Some(name) = application {
        let off = r#"{"spec":{"syncPolicy":{"automated":null}}}"#;
        patch(stage, name, off).await?;
    }
    scale(stage, namespace, keeper, 0).await?;
    kubectl(stage, &["delete", "pvc", orders::CLAIM, "-n", namespace]).await?;
    let name = format!("{backup}-back-1");
    let restore = json!({
        "apiVersion": "velero.io/v1",
        "kind": "Restore",
        "metadata": {"name": name, "namespace": velero::NAMESPACE},
        "spec": {
            "backupName": backup,
            "includedNamespaces": [namespace],
            "includedResources": [
                "persistentvolumeclaims",
                "persistentvolumes",
                "volumesnapshots.snapshot.storage.k8s.io",
                "volumesnapshotcontents.snapshot.storage.k8s.io",
            ],
        },
    });
    stage.write("restore.json", &restore.to_string())?;
    kubectl(stage, &["apply", "-f", "restore.json"]).await?;
    let restored = format!("restore/{name}");
    let phase = "--for=jsonpath={.status.phase}=Completed";
    let wait = ["wait", phase, &restored, "-n", velero::NAMESPACE];
    kubectl(stage, &[&wait[..], &["--timeout=2m"]].concat()).await?;
    scale(stage, namespace, keeper, keeper.replicas()).await?;
    let deployment = format!("deployment/{}", keeper.name());
    let status = ["rollout", "status", &deployment, "-n", namespace];
    kubectl(stage, &[&status[..], &["--timeout=2m"]].concat()).await?;
    if let Some(name) = application {
        let on = r#"{"spec":{"syncPolicy":{"automated":{"prune":true,"selfHeal":true}}}}"#;
        patch(stage, name, on).await?;
    }
    Ok(())
}

async fn scale(
    stage: &Stage,
    namespace: &str,
    keeper: Service,
    replicas: usize,
) -> Result<(), DemoError> {
    let (name, replicas) = (keeper.name(), format!("--replicas={replicas}"));
    let scale = ["scale", "deployment", name, "-n", namespace, &replicas];
    kubectl(stage, &scale).await
}

async fn patch(stage: &Stage, application: &str, patch: &str) -> Result<(), DemoError> {
    let on = ["patch", "application", application, "-n", "argocd"];
    kubectl(
        stage,
        &[&on[..], &["--type", "merge", "-p", patch]].concat(),
    )
    .await
}

async fn kubectl(stage: &Stage, arguments: &[&str]) -> Result<(), DemoError> {
    let ran = stage.kubectl(User::Admin, arguments).await?;
    ran.succeeded("kubectl")
}
