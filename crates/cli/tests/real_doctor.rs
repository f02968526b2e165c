//! `tidegate doctor` on a real API server with Argo CD's own definitions.

#![allow(clippy::unwrap_used, reason = "a test says what failed by failing")]

mod cluster;

use std::fs;
use std::path::{Path, PathBuf};

use cluster::{Cluster, Ran};
use serde_json::{Value, json};
use tidegate_testkit::argo_cd;
use tidegate_testkit::control_plane::User;

/// `tidegate doctor` on a folder and the cluster that the context names.
fn doctor(cluster: &Cluster, user: User, folder: &Path, more: &[&str]) -> Ran {
    let folder = folder.to_str().unwrap();
    let arguments = [&["doctor", folder, "--context", "tidegate"][..], more].concat();
    cluster.tidegate(user, &arguments)
}

/// The places and ids of what is found.
fn found(ran: &Ran) -> Vec<(String, u64, String)> {
    let report: Value = serde_json::from_str(&ran.result).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let findings = report["findings"].as_array().unwrap().iter();
    findings
        .map(|found| {
            let line = found["line"].as_u64().unwrap();
            (text(&found["file"]), line, text(&found["id"]))
        })
        .collect()
}

fn recipe(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../demo/repository")
        .join(path)
}

/// The recipe's Application, which Argo CD takes only with a project.
fn application() -> Value {
    json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
        "metadata": {"name": "api-gateway", "namespace": "argocd"},
        "spec": {
            "project": "production",
            "source": {"repoURL": "https://git.example.com/apps/api-gateway.git", "path": "overlays/production"},
            "destination": {"server": "https://prod.k8s.example.com", "namespace": "production"},
            "syncPolicy": {"automated": {"prune": true}},
        },
    })
}

/// Somebody may list these kinds in the whole cluster.
fn lets(cluster: &Cluster, user: User, rules: &Value) {
    let name = user.groups()[0];
    cluster.apply(&json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
        "metadata": {"name": name}, "rules": rules,
    }));
    cluster.apply(&json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
        "metadata": {"name": name},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name},
        "subjects": [{"kind": "Group", "name": name, "apiGroup": "rbac.authorization.k8s.io"}],
    }));
}

#[tokio::test(flavor = "multi_thread")]
async fn mistakes_that_are_only_in_the_cluster_are_found_there() {
    let cluster = Cluster::start().await;
    let empty = tempfile::tempdir().unwrap();
    for namespace in ["argocd", "production"] {
        cluster.apply(
            &json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}),
        );
    }

    // Without Argo CD it is said that there was nothing to look at.
    let without = doctor(&cluster, User::Admin, empty.path(), &[]);
    assert_eq!(without.code, Some(0));
    assert_eq!(without.result, "no findings in 0 files\n");
    assert_eq!(
        without.remarks,
        "the cluster has no Argo CD, so only its namespaces were looked at beside the files\n"
    );

    for definition in [
        argo_cd::app_project_definition(),
        argo_cd::application_definition(),
    ] {
        cluster.kubectl_apply(&fs::read_to_string(definition.unwrap()).unwrap());
    }
    cluster.kubectl_apply(&fs::read_to_string(recipe("argocd/project.yaml")).unwrap());
    cluster.apply(&application());

    let mistaken = doctor(&cluster, User::Admin, empty.path(), &["-o", "json"]);
    assert_eq!(mistaken.code, Some(1), "{}", mistaken.screen());
    let windows = [(1, "TG112"), (1, "TG104"), (1, "TG105"), (3, "TG103")];
    let windows = windows.map(|(line, id)| ("cluster/argocd/AppProject/production", line, id));
    // It is synced by itself, follows the default branch, and drift stays.
    let delivery = ["TG116", "TG117", "TG119"];
    let delivery = delivery.map(|id| ("cluster/argocd/Application/api-gateway", 1, id));
    let expected = [&windows[..], &delivery]
        .concat()
        .into_iter()
        .map(|(place, line, id)| (place.to_owned(), line, id.to_owned()));
    let expected: Vec<_> = expected.collect();
    let mut found_there = found(&mistaken);
    found_there.sort();
    let mut sorted = expected;
    sorted.sort();
    assert_eq!(found_there, sorted);
    let screen = doctor(&cluster, User::Admin, empty.path(), &[]);
    insta::assert_snapshot!(screen.result);

    // The repository's own copy is the one to edit.
    let beside = doctor(&cluster, User::Admin, &recipe(""), &["-o", "json"]);
    let beside = found(&beside);
    assert!(!beside.is_empty());
    for (file, _, id) in beside {
        if id.as_str() < "TG115" {
            assert_eq!(file, "argocd/project.yaml");
        } else {
            assert_eq!(file, "cluster/argocd/Application/api-gateway");
        }
    }
    let both = ["-o", "json", "--delivery"];
    let both = doctor(&cluster, User::Admin, &recipe(""), &both);
    for (file, ..) in found(&both) {
        assert!(!file.starts_with("cluster/"), "{file}");
    }

    who_may_not_look_is_told(&cluster, empty.path());

    // Repaired where it lives, there is nothing left to find.
    let repaired = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/doctor/recipe-repaired-project.yaml");
    cluster.kubectl_apply(&fs::read_to_string(repaired).unwrap());
    let mut pinned = application();
    pinned["spec"]["source"]["targetRevision"] = json!("9f1c2e7d5b3a4c6f8e0d1a2b3c4d5e6f7a8b9c0d");
    pinned["spec"]["syncPolicy"]["automated"]["selfHeal"] = json!(true);
    cluster.apply(&pinned);
    let clean = doctor(&cluster, User::Admin, empty.path(), &[]);
    assert_eq!(
        (clean.code, clean.result.as_str()),
        (
            Some(0),
            "no findings in 0 files and 1 AppProject of the cluster\n"
        ),
        "{}",
        clean.screen()
    );

    // A cluster that is named and does not answer is not passed over.
    let unknown = cluster.tidegate(User::Admin, &["doctor", "--context", "elsewhere"]);
    assert_eq!(
        (unknown.code, unknown.remarks.as_str()),
        (
            Some(3),
            "error: the kubeconfig cannot be used: it has no context elsewhere\n\
             hint: set KUBECONFIG or give --kubeconfig and --context; `kubectl config get-contexts` lists them\n"
        )
    );
    let mut cluster = cluster;
    cluster.plane.stop_api_server().await.unwrap();
    let gone = doctor(&cluster, User::Admin, empty.path(), &[]);
    assert_eq!((gone.code, gone.result.as_str()), (Some(3), ""));
    assert!(
        gone.remarks
            .starts_with("error: cannot reach the API server at https://127.0.0.1:"),
        "{}",
        gone.screen()
    );
    cluster.finish().await;
}

fn who_may_not_look_is_told(cluster: &Cluster, empty: &Path) {
    // Nobody is told that all is well who may not look.
    let nothing = doctor(cluster, User::Dana, empty, &["-o", "json"]);
    assert_eq!(
        (nothing.code, nothing.result.as_str()),
        (Some(3), ""),
        "{}",
        nothing.screen()
    );
    assert_eq!(
        nothing.remarks,
        "error: you may not list namespaces, appprojects.argoproj.io and applications.argoproj.io in the whole cluster, so what it has cannot be judged\n\
         hint: ask an administrator for a ClusterRole that lists namespaces, appprojects.argoproj.io and applications.argoproj.io, or leave out --context and --kubeconfig to judge the files alone\n"
    );
    let read = json!(["list"]);
    let namespaces = json!({"apiGroups": [""], "resources": ["namespaces"], "verbs": read});
    let applications =
        json!({"apiGroups": ["argoproj.io"], "resources": ["applications"], "verbs": read});
    let projects =
        json!({"apiGroups": ["argoproj.io"], "resources": ["appprojects"], "verbs": read});
    lets(cluster, User::Marc, &json!([namespaces, applications]));
    lets(
        cluster,
        User::Chris,
        &json!([namespaces, applications, projects]),
    );
    cluster.until_may(User::Marc, &["list", "applications.argoproj.io"]);
    cluster.until_may(User::Chris, &["list", "appprojects.argoproj.io"]);
    let some = doctor(cluster, User::Marc, empty, &[]);
    assert_eq!(some.code, Some(3));
    assert!(
        some.remarks.starts_with(
            "error: you may not list appprojects.argoproj.io in the whole cluster, so what it has cannot be judged\n"
        ),
        "{}",
        some.screen()
    );
    let enough = doctor(cluster, User::Chris, empty, &["-o", "json"]);
    assert_eq!(found(&enough).len(), 7, "{}", enough.screen());
}
