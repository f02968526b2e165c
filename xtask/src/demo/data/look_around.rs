//! What is left to see of the data.

use tidegate_testkit::control_plane::User;

use super::super::stage::Stage;

/// Says how to look at the backups while everything is up. Every line can be copied into a shell.
pub(in super::super) fn invite(stage: &Stage) {
    let narrator = &stage.narrator;
    let cluster = &stage.cluster;
    narrator.say("What Velero has backed up and brought back, as marc:");
    let kubeconfig = cluster.kubeconfig(User::Marc);
    narrator.verbatim(&format!(
        "KUBECONFIG={} kubectl -n velero get backups,restores",
        kubeconfig.display()
    ));
    let volumes = cluster
        .storage()
        .map(|storage| storage.directory().display().to_string());
    let log = cluster.velero_log().unwrap_or_default();
    narrator.say(&format!(
        "The volumes are folders in {}, and Velero logs into {}.",
        volumes.unwrap_or_default(),
        log.display()
    ));
}
