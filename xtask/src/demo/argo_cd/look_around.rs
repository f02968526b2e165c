//! What is left to see of the story with Argo CD.

use tidegate_testkit::control_plane::User;

use super::super::{look_around::shell, stage::Stage};

/// Says how to look around while everything is up. Every line can be copied into a shell.
pub(in super::super) fn invite(stage: &Stage) {
    let narrator = &stage.narrator;
    narrator.heading("Look around");
    narrator.say("Everything stays up until Ctrl-C. In another terminal, as marc:");
    for line in shell(stage, User::Marc) {
        narrator.verbatim(&line);
    }
    for line in [
        "kubectl get applications -n argocd",
        "tidegate why chg-1236",
        "tidegate record --ledger ledger.sqlite",
    ] {
        narrator.verbatim(line);
    }
    narrator.say("Take the sync window away, and watch chg-1236 go out:");
    for line in [
        "kubectl patch appproject production -n argocd --type merge -p '{\"spec\":{\"syncWindows\":[]}}'",
        "tidegate change watch chg-1236",
    ] {
        narrator.verbatim(line);
    }
    narrator.say("When it is out, move a pin without a change, and see who wins:");
    for line in [
        "kubectl patch application gateway-full -n argocd --type merge -p '{\"spec\":{\"source\":{\"targetRevision\":\"main\"}}}'",
        "kubectl get events -n argocd --field-selector reason=PinMoved",
    ] {
        narrator.verbatim(line);
    }
    let argo_cd = stage.cluster.argo_cd_logs().unwrap_or_default();
    narrator.say(&format!(
        "What Tidegate itself logs is in serve.log, and what Argo CD logs in {}.",
        argo_cd.display()
    ));
}
