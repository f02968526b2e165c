//! What is left to see when the story has been told.

use tidegate_testkit::control_plane::User;

use super::{
    claims::Claims, controller::Controller, narrator::Narrator, programs::Programs, stage::Stage,
};

/// Says whether everything happened as told.
pub(super) fn sum_up(stage: &Stage, claims: &Claims) -> bool {
    let narrator = &stage.narrator;
    narrator.heading("What was checked");
    let (held, broken) = (claims.held(), claims.broken());
    if broken.is_empty() {
        let line = format!(
            "all {held} claims hold, looked at in the cluster, the ledger and the commands' JSON"
        );
        narrator.verdict(true, &line);
        return true;
    }
    narrator.verdict(
        false,
        &format!(
            "{} of {} claims do not hold:",
            broken.len(),
            held + broken.len()
        ),
    );
    for claim in broken {
        narrator.output(claim);
    }
    false
}

/// The end of the controller's log, where something went wrong.
pub(super) fn show_log(narrator: &Narrator, controller: &Controller) {
    narrator.aside("the end of the controller's log:");
    for line in controller.last_lines().lines() {
        narrator.output(line);
    }
}

/// Says how to look around while everything is up. Every line can be copied into a shell.
pub(super) fn invite(stage: &Stage) {
    let narrator = &stage.narrator;
    let cluster = &stage.cluster;
    let (changes, production) = (&cluster.names().changes, &cluster.names().production);
    let kubeconfig = |person| cluster.kubeconfig(person).display().to_string();
    narrator.heading("Look around");
    narrator.say("Everything stays up until Ctrl-C. In another terminal, as dana:");
    for line in shell(stage, User::Dana) {
        narrator.verbatim(&line);
    }
    for line in [
        format!("kubectl get changes -n {changes}"),
        "tidegate why chg-1236".to_owned(),
        "tidegate change show chg-1234".to_owned(),
        "tidegate record --ledger ledger.sqlite".to_owned(),
    ] {
        narrator.verbatim(&line);
    }
    narrator
        .say("As marc, approve what the branch holds now. As the administrator, see everything:");
    for line in [
        format!(
            "KUBECONFIG={} tidegate approve chg-1236",
            kubeconfig(User::Marc)
        ),
        format!(
            "KUBECONFIG={} kubectl get pods -n {production}",
            kubeconfig(User::Admin)
        ),
    ] {
        narrator.verbatim(&line);
    }
    narrator.say("What Tidegate itself logs is in serve.log.");
}

/// What makes a shell that of one of the people, in the folder of this run.
pub(super) fn shell(stage: &Stage, person: User) -> [String; 3] {
    let cluster = &stage.cluster;
    [
        format!("cd {}", cluster.folder().display()),
        format!("export PATH=\"{}:$PATH\"", folders(cluster.programs())),
        format!(
            "export KUBECONFIG={} TIDEGATE_NAMESPACE={}",
            cluster.kubeconfig(person).display(),
            cluster.names().changes
        ),
    ]
}

/// Where `tidegate` and `kubectl` are, as `PATH` has it.
fn folders(programs: &Programs) -> String {
    let folders = [&programs.tidegate, &programs.kubectl];
    let folders = folders.iter().filter_map(|path| path.parent());
    folders
        .map(|folder| folder.display().to_string())
        .collect::<Vec<_>>()
        .join(":")
}
