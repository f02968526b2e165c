//! What a person would type to do by hand what Tidegate does.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tidegate_api::change::{Source, Target};

/// Argo CD leaves an Application alone that has it (Argo CD, "Skip Application
/// Reconcile").
const SKIP: &str = "argocd.argoproj.io/skip-reconcile";

/// What Velero restores for the data alone to come back.
const OF_VOLUMES: &str = "persistentvolumeclaims,persistentvolumes,volumesnapshots.snapshot.storage.k8s.io,volumesnapshotcontents.snapshot.storage.k8s.io,datauploads.velero.io";

/// A word of a command line, as a shell reads it back.
pub(super) fn word(text: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./:@=,+%".contains(letter);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// Changes a few fields of a change's spec.
pub(super) fn patch_change(namespace: &str, name: &str, spec: &Value) -> String {
    let patch = json!({ "spec": spec }).to_string();
    format!(
        "kubectl -n {namespace} patch change {name} --type merge -p {}",
        word(&patch)
    )
}

/// Brings this to a target.
pub(super) fn deliver(target: &Target, source: &Source) -> Vec<String> {
    match (&target.application, &target.path) {
        (Some(application), _) => sync(application, source),
        (None, Some(path)) => apply(&target.namespace, path, source),
        (None, None) => Vec::new(),
    }
}

fn sync(application: &str, source: &Source) -> Vec<String> {
    let Some(to) = source.version.as_ref().or(source.revision.as_ref()) else {
        return Vec::new();
    };
    let (namespace, name) = place(application);
    let (of, to) = (format!("{namespace}/{name}"), word(to));
    vec![
        format!("argocd app set {of} --revision {to}"),
        format!("argocd app sync {of} --revision {to}"),
        format!("argocd app wait {of} --health --sync"),
    ]
}

fn apply(namespace: &str, path: &str, source: &Source) -> Vec<String> {
    let Some(revision) = &source.revision else {
        return Vec::new();
    };
    vec![
        format!("git clone {} undo", word(&source.repository)),
        format!("git -C undo checkout {revision}"),
        format!(
            "kustomize build {} | kubectl -n {namespace} apply --server-side --force-conflicts -f -",
            word(&format!("undo/{path}"))
        ),
    ]
}

/// The namespace of an Application and its name.
fn place(application: &str) -> (&str, &str) {
    application.split_once('/').unwrap_or((
        tidegate_api::convert::change::ARGO_CD_NAMESPACE,
        application,
    ))
}

/// Keeps Argo CD from bringing back at once what is scaled to zero.
pub(super) fn pause(application: &str) -> String {
    let (namespace, name) = place(application);
    format!("kubectl -n {namespace} annotate application {name} {SKIP}=true --overwrite")
}

/// Lets Argo CD go on.
pub(super) fn resume(application: &str) -> String {
    let (namespace, name) = place(application);
    format!("kubectl -n {namespace} annotate application {name} {SKIP}-")
}

/// Stops what writes, with how many there were first.
pub(super) fn stop(namespace: &str) -> Vec<String> {
    let columns = "KIND:.kind,NAME:.metadata.name,REPLICAS:.spec.replicas";
    vec![
        format!("kubectl -n {namespace} get deployments,statefulsets -o custom-columns={columns}"),
        format!("kubectl -n {namespace} scale KIND/NAME --replicas=0"),
    ]
}

/// Waits until nothing has the volumes open.
pub(super) fn stopped(namespace: &str) -> String {
    format!("kubectl -n {namespace} wait pod/POD --for=delete --timeout=5m")
}

/// Keeps the volumes as they are, so that nothing is lost with their claims.
pub(super) fn keep(namespace: &str) -> Vec<String> {
    let columns = "CLAIM:.metadata.name,VOLUME:.spec.volumeName";
    vec![
        format!("kubectl -n {namespace} get pvc -o custom-columns={columns}"),
        r#"kubectl patch pv VOLUME --type merge -p '{"spec":{"persistentVolumeReclaimPolicy":"Retain"}}'"#
            .to_owned(),
    ]
}

/// Makes room: a restore leaves a claim that exists as it is.
pub(super) fn remove_claim(namespace: &str) -> String {
    format!("kubectl -n {namespace} delete pvc CLAIM --ignore-not-found")
}

/// Brings the data back.
pub(super) fn restore(velero: &str, backup: &str, namespaces: &BTreeSet<String>) -> String {
    let namespaces: Vec<&str> = namespaces.iter().map(String::as_str).collect();
    format!(
        "velero -n {velero} restore create --from-backup {backup} --include-namespaces {} --include-resources {OF_VOLUMES} --wait",
        namespaces.join(",")
    )
}

/// Waits until every claim has its volume.
pub(super) fn bound(namespace: &str) -> String {
    format!(
        "kubectl -n {namespace} wait pvc/CLAIM --for=jsonpath='{{.status.phase}}'=Bound --timeout=10m"
    )
}

/// Lets what was stopped run again.
pub(super) fn start(namespace: &str) -> String {
    format!("kubectl -n {namespace} scale KIND/NAME --replicas=REPLICAS")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_read_back_as_it_was() {
        assert_eq!(
            word("https://git.example.com/a.git"),
            "https://git.example.com/a.git"
        );
        assert_eq!(word("it's $HOME"), r"'it'\''s $HOME'");
        assert_eq!(word(""), "''");
    }
}
