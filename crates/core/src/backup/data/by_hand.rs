//! What a person would type to bring data back, or to go on where it stopped.

use super::{DataWork, Ran, Stopped};
use crate::backup::ClaimKey;

/// The commands that bring the data of a target back from a backup, in order,
/// whatever of them is done already.
///
/// `application` is the Application of Argo CD that delivers the target, with its
/// namespace; `velero` the namespace that Velero is in.
pub fn by_hand(
    work: &DataWork,
    application: Option<(&str, &str)>,
    backup: &str,
    velero: &str,
) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some((namespace, name)) = application {
        lines.push(format!(
            "kubectl -n {namespace} annotate application {name} argocd.argoproj.io/skip-reconcile=true --overwrite"
        ));
    }
    lines.extend(work.stopped.iter().map(|stopped| run(stopped, false)));
    for kept in &work.claims {
        if let Some(volume) = &kept.volume {
            lines.push(format!(
                r#"kubectl patch pv {} --type merge -p '{{"spec":{{"persistentVolumeReclaimPolicy":"Retain"}}}}'"#,
                volume.name
            ));
        }
        let ClaimKey { namespace, name } = &kept.claim;
        lines.push(format!(
            "kubectl -n {namespace} delete pvc {name} --ignore-not-found"
        ));
    }
    let mut namespaces: Vec<&str> = work
        .claims
        .iter()
        .map(|kept| kept.claim.namespace.as_str())
        .collect();
    namespaces.dedup();
    lines.push(format!(
        "velero -n {velero} restore create --from-backup {backup} --include-namespaces {} --include-resources {} --wait",
        namespaces.join(","),
        RESOURCES.join(","),
    ));
    for namespace in namespaces {
        lines.push(format!("kubectl -n {namespace} get pvc"));
    }
    lines.extend(work.stopped.iter().map(|stopped| run(stopped, true)));
    if let Some((namespace, name)) = application {
        lines.push(format!(
            "kubectl -n {namespace} annotate application {name} argocd.argoproj.io/skip-reconcile-"
        ));
    }
    lines
}

/// What a restore brings back: the claims, and what Velero needs to make them
/// from their snapshots.
pub const RESOURCES: [&str; 5] = [
    "persistentvolumeclaims",
    "persistentvolumes",
    "volumesnapshots.snapshot.storage.k8s.io",
    "volumesnapshotcontents.snapshot.storage.k8s.io",
    "datauploads.velero.io",
];

fn run(stopped: &Stopped, again: bool) -> String {
    let key = &stopped.key;
    let namespace = key.namespace.as_deref().unwrap_or_default();
    let kind = key.kind.to_lowercase();
    let name = &key.name;
    let (field, value) = match (stopped.ran, again) {
        (Ran::Replicas(replicas), true) => ("replicas", replicas.to_string()),
        (Ran::Replicas(_), false) => ("replicas", "0".to_owned()),
        (Ran::Scheduled, _) => ("suspend", (!again).to_string()),
    };
    if field == "replicas" && key.group == "apps" {
        return format!("kubectl -n {namespace} scale {kind}/{name} --replicas={value}");
    }
    format!(
        r#"kubectl -n {namespace} patch {kind}/{name} --type merge -p '{{"spec":{{"{field}":{value}}}}}'"#
    )
}
