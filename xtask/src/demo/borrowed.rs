//! A cluster that somebody lends: how we get in, that nobody else's Tidegate is there, and that nothing of ours stays.

use std::path::{Path, PathBuf};

use kube::{
    Api, Client, Config, ResourceExt,
    api::{ListParams, Patch, PatchParams},
    config::{KubeConfigOptions, Kubeconfig, KubeconfigError},
};
use serde_json::json;
use tidegate_api::Change;
use tidegate_testkit::control_plane::User;

use super::{DemoError, cluster::Cluster, command, kubeconfigs};

/// Namespaces that must not be there: our own, and the one in which a real installation lives.
const TAKEN: &str = "tidegate";

/// Writes a kubeconfig for everybody in the story into `folder`: the context's own user as the administrator, the
/// others by impersonation. Gives the administrator's client.
pub(super) async fn kubeconfigs(context: &str, folder: &Path) -> Result<Client, DemoError> {
    let unusable = |source: KubeconfigError| DemoError::Kubeconfig {
        context: context.to_owned(),
        source: Box::new(source),
    };
    let all = Kubeconfig::read().map_err(unusable)?;
    let own = kubeconfigs::only(all, context)?;
    for person in User::ALL {
        let kubeconfig = match person {
            User::Admin => own.clone(),
            other => kubeconfigs::impersonating(&own, other),
        };
        kubeconfigs::write(folder, first_name(person), &kubeconfig)?;
    }
    let config = Config::from_custom_kubeconfig(own, &KubeConfigOptions::default())
        .await
        .map_err(unusable)?;
    Client::try_from(config).map_err(DemoError::request("make a client"))
}

/// Where [`kubeconfigs`] put that of `person`.
pub(super) fn kubeconfig(folder: &Path, person: User) -> PathBuf {
    folder.join(first_name(person)).with_extension("kubeconfig")
}

fn first_name(person: User) -> &'static str {
    person
        .name()
        .rsplit(':')
        .next()
        .and_then(|name| name.split('@').next())
        .unwrap_or_default()
}

/// Refuses a cluster that has Tidegate's objects, or namespaces that the story would use. `manifests` is everything
/// that would be installed.
pub(super) async fn refuse_taken(
    cluster: &Cluster,
    context: &str,
    manifests: &[u8],
) -> Result<(), DemoError> {
    let mut there = cluster.kubectl(User::Admin);
    there.args([
        "get",
        "--ignore-not-found",
        "--output=name",
        "--filename",
        "-",
    ]);
    let mut found = command::quietly(there, manifests).await?;
    let mut namespaces = cluster.kubectl(User::Admin);
    let names = cluster.names();
    namespaces
        .args(["get", "namespace", "--ignore-not-found", "--output=name"])
        .args([TAKEN, &names.changes, &names.production]);
    found.extend(command::quietly(namespaces, &[]).await?);
    let found = String::from_utf8_lossy(&found);
    match found.lines().next() {
        None => Ok(()),
        Some(first) => Err(DemoError::Taken {
            context: context.to_owned(),
            found: first.to_owned(),
        }),
    }
}

/// Removes everything that the story has put into the cluster. The controller must have stopped: nobody lets go of
/// the changes any more, so that is done here.
pub(super) async fn remove(cluster: &Cluster, manifests: &[Vec<u8>]) -> Result<(), DemoError> {
    let changes: Api<Change> = Api::namespaced(cluster.admin(), &cluster.names().changes);
    // Where the definitions are not there yet, no change is.
    if let Ok(list) = changes.list(&ListParams::default()).await {
        let release = Patch::Merge(json!({"metadata": {"finalizers": null}}));
        for change in list {
            changes
                .patch(&change.name_any(), &PatchParams::default(), &release)
                .await
                .map_err(DemoError::request(format!(
                    "let go of {}",
                    change.name_any()
                )))?;
        }
    }
    for manifests in manifests.iter().rev() {
        let mut delete = cluster.kubectl(User::Admin);
        delete.args([
            "delete",
            "--ignore-not-found",
            "--timeout=3m",
            "--filename",
            "-",
        ]);
        command::quietly(delete, manifests).await?;
    }
    Ok(())
}
