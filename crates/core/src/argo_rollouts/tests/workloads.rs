use serde_json::{Value, json};

use super::{manifest, shares, steps};
use crate::argo_rollouts::Workloads;

fn object(api_version: &str, kind: &str, annotations: &Value) -> Value {
    json!({
        "apiVersion": api_version, "kind": kind,
        "metadata": {"name": "a", "annotations": annotations},
    })
}

fn follow(others: &[Value], whole_kinds: &[&str]) -> Result<(), String> {
    let mut objects = vec![manifest(&steps())];
    objects.extend_from_slice(others);
    let kinds: Vec<String> = whole_kinds.iter().map(|kind| (*kind).to_owned()).collect();
    Workloads::of(&objects).follow(&shares(&[10, 50]), &kinds)
}

#[test]
fn a_rollout_may_bring_what_runs_no_pods_and_its_analysis() {
    let none = json!({});
    let others = [
        object("v1", "ConfigMap", &none),
        object("v1", "Service", &none),
        object("networking.k8s.io/v1", "Ingress", &none),
        object("argoproj.io/v1alpha1", "AnalysisTemplate", &none),
        object(
            "batch/v1",
            "Job",
            &json!({"argocd.argoproj.io/hook": "PreSync"}),
        ),
        object(
            "v1",
            "ConfigMap",
            &json!({"argocd.argoproj.io/sync-wave": "-1"}),
        ),
    ];
    assert_eq!(follow(&others, &[]), Ok(()));
}

#[test]
fn what_would_go_whole_beside_it_is_refused_unless_the_policy_lets_it() {
    for (api_version, kind) in [
        ("apps/v1", "Deployment"),
        ("apps/v1", "StatefulSet"),
        ("batch/v1", "CronJob"),
        ("argoproj.io/v1alpha1", "Experiment"),
        ("example.com/v1", "Database"),
    ] {
        let whole = [object(api_version, kind, &json!({}))];
        assert_eq!(
            follow(&whole, &[]),
            Err(format!(
                "{kind}/a goes out whole with the first stage; make it a Rollout, or name its kind in the policy's `wholeKinds`"
            ))
        );
        assert_eq!(follow(&whole, &[kind]), Ok(()));
    }
}

#[test]
fn a_rollout_whose_steps_do_not_match_is_named() {
    let objects = [manifest(&json!([]))];
    let why = Workloads::of(&objects).follow(&shares(&[10]), &[]);
    assert_eq!(
        why,
        Err(
            "Rollout/web does not stop at 10%; its steps have to be `setWeight: 10`, `pause: {}`"
                .to_owned()
        )
    );
    assert!(!Workloads::of(&[object("v1", "ConfigMap", &json!({}))]).has_rollouts());
}

/// Argo CD ends no sync at a share that something is yet to follow.
#[test]
fn what_argo_cd_brings_only_after_the_whole_is_refused() {
    for annotations in [
        json!({"argocd.argoproj.io/sync-wave": "1"}),
        json!({"argocd.argoproj.io/hook": "Sync", "argocd.argoproj.io/sync-wave": "1"}),
        json!({"argocd.argoproj.io/hook": "PreSync, PostSync"}),
        json!({"helm.sh/hook": "post-upgrade"}),
    ] {
        let why = follow(&[object("v1", "ConfigMap", &annotations)], &[]).unwrap_err();
        assert!(
            why.starts_with("ConfigMap/a is synced only when the Rollout before it is out in full"),
            "{why}"
        );
    }
    let before = json!({"argocd.argoproj.io/hook": "PreSync", "argocd.argoproj.io/sync-wave": "9"});
    assert_eq!(follow(&[object("v1", "ConfigMap", &before)], &[]), Ok(()));
}
