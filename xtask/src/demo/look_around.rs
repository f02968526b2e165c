//! What is left to see when the story has been told.

use tidegate_testkit::control_plane::User;

use super::{claims::Claims, stage::Stage};

/// Says whether everything happened as told.
pub(super) fn sum_up(stage: &Stage, claims: &Claims) -> bool {
    let narrator = &stage.narrator;
    narrator.heading("What was checked");
    let (held, broken) = (claims.held(), claims.broken());
    if broken.is_empty() {
        let line = format!("all {held} claims hold, looked at in the cluster, the ledger and the commands' JSON");
        narrator.verdict(true, &line);
        return true;
    }
    narrator.verdict(false, &format!("{} of {} claims do not hold:", broken.len(), held + broken.len()));
    for claim in broken {
        narrator.output(claim);
    }
    show_log(stage);
    false
}

/// The end of the controller's log, where something went wrong.
pub(super) fn show_log(stage: &Stage) {
    if let Some(controller) = &stage.controller {
        stage.narrator.aside("the end of the controller's log:");
        for line in controller.last_lines().lines() {
            stage.narrator.output(line);
        }
    }
}

/// Says how to look around while everything is up.
pub(super) fn invite(stage: &Stage) {
    let narrator = &stage.narrator;
    let cluster = &stage.cluster;
    let programs = cluster.programs();
    let (tidegate, kubectl) = (programs.tidegate.display(), programs.kubectl.display());
    let namespace = &cluster.names().changes;
    narrator.heading("Look around");
    narrator.say("Everything stays up until Ctrl-C. In another terminal, as dana:");
    narrator.output(&format!("cd {}", cluster.folder().display()));
    narrator.output(&format!("export KUBECONFIG={}", cluster.kubeconfig(User::Dana).display()));
    narrator.output(&format!("export TIDEGATE_NAMESPACE={namespace}"));
    narrator.output(&format!("{kubectl} get changes -n {namespace}"));
    narrator.output(&format!("{tidegate} why chg-1236"));
    narrator.output(&format!("{tidegate} change show chg-1234"));
    narrator.output(&format!("{tidegate} record --ledger ledger.sqlite"));
    narrator.say("As marc, approve what the branch holds now; it would run in an hour:");
    let marc = cluster.kubeconfig(User::Marc);
    narrator.output(&format!("KUBECONFIG={} {tidegate} approve chg-1236", marc.display()));
    narrator.say(&format!(
        "As the administrator, see the pods, or the log of Tidegate in {}:",
        cluster.folder().join("serve.log").display()
    ));
    let admin = cluster.kubeconfig(User::Admin);
    let production = &cluster.names().production;
    narrator.output(&format!("KUBECONFIG={} {kubectl} get pods -n {production}", admin.display()));
}
