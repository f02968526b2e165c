//! Adopting an Application by a branch of the repository, at the program. There
//! is no Argo CD here: what it would say stands in the Applications.

#![allow(clippy::unwrap_used, reason = "a test says what failed by failing")]

mod cluster;

use cluster::{Cluster, Ran};
use serde_json::{Value, json};
use tidegate_testkit::argo_cd::application_definition;
use tidegate_testkit::control_plane::User;
use tidegate_testkit::repository::{Author, Edit, GitRepository};

const DANA: Author<'static> = Author {
    name: "Dana",
    email: "dana@example.com",
};

fn application(cluster: &Cluster, name: &str, revision: &str, repository: &str, runs: &str) {
    cluster.apply(&json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
        "metadata": {"name": name, "namespace": "argocd"},
        "spec": {
            "project": "default",
            "destination": {"server": "https://kubernetes.default.svc", "namespace": "shop"},
            "source": {"repoURL": repository, "path": "web", "targetRevision": revision},
        },
        "status": {
            "sync": {"status": "Synced", "revision": runs, "comparedTo": {
                "destination": {}, "source": {"repoURL": repository},
            }},
            "health": {"status": "Healthy"},
        },
    }));
}

#[track_caller]
fn says(ran: &Ran, code: i32, sentences: &[&str]) {
    let screen = ran.screen();
    assert_eq!(ran.code, Some(code), "{screen}");
    for sentence in sentences {
        assert!(screen.contains(sentence), "no {sentence:?} in\n{screen}");
    }
}

/// What the Application points at, and what Tidegate noted at it.
fn stands(cluster: &Cluster) -> (Value, Value) {
    let mut kubectl = cluster.plane.kubectl(User::Admin);
    kubectl.args(["-n", "argocd", "get", "application", "web", "-o", "json"]);
    let object: Value = serde_json::from_slice(&kubectl.output().unwrap().stdout).unwrap();
    let at = |pointer: &str| object.pointer(pointer).cloned().unwrap_or_default();
    (
        at("/spec/source/targetRevision"),
        at("/metadata/annotations"),
    )
}

#[tokio::test]
async fn an_application_is_adopted_by_a_branch_that_has_what_runs() {
    let cluster = Cluster::start().await;
    let definition = std::fs::read_to_string(application_definition().unwrap()).unwrap();
    cluster.kubectl_apply(&definition);
    cluster
        .apply(&json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "argocd"}}));
    let mut repository = GitRepository::empty().unwrap();
    let image = |version: &str| [Edit::write("web/image.yaml", format!("image: {version}\n"))];
    let runs = repository.commit(DANA, "first", &image("v1")).unwrap();
    let url = repository.path().to_str().unwrap().to_owned();
    application(&cluster, "web", "main", &url, &runs);
    let adopt = |more: &[&str]| {
        let arguments = [&["adopt", "web", "--branch", "env/web"], more].concat();
        cluster.tidegate(User::Admin, &arguments)
    };

    let push = format!("git push {url} {runs}:refs/heads/env/web");
    says(
        &adopt(&[]),
        1,
        &["its repository has no branch env/web", &push],
    );

    // Something else is there.
    repository.branch("env/web").unwrap();
    repository.commit(DANA, "second", &image("v2")).unwrap();
    repository.switch("main").unwrap();
    says(&adopt(&[]), 1, &["whose content is not that of", &push]);
    assert_eq!(stands(&cluster).0, "main");

    // The same content by another commit is as good.
    repository.switch("env/web").unwrap();
    repository.commit(DANA, "back", &image("v1")).unwrap();
    repository.switch("main").unwrap();
    says(
        &adopt(&["--dry-run"]),
        0,
        &["would be pinned to", "on branch env/web, which runs now"],
    );
    assert_eq!(stands(&cluster).0, "main");

    application(&cluster, "api", "env/web", &url, &runs);
    says(
        &adopt(&[]),
        1,
        &["Application argocd/api follows env/web as well"],
    );
    application(&cluster, "api", "main", &url, &runs);
    says(&adopt(&[]), 0, &["is pinned to", "it followed main"]);
    let (points_at, annotations) = stands(&cluster);
    assert_eq!(points_at, "env/web");
    assert_eq!(
        annotations,
        json!({"tidegate.dev/followed": "main", "tidegate.dev/branch": "env/web"})
    );
    let ran = cluster.tidegate(User::Admin, &["release", "web"]);
    says(&ran, 0, &["follows main again"]);
    assert_eq!(stands(&cluster), (json!("main"), Value::Null));

    // What nobody can look up is not taken on trust.
    let gone = repository.path().join("gone");
    application(&cluster, "web", "main", gone.to_str().unwrap(), &runs);
    says(
        &adopt(&[]),
        3,
        &["what is at branch env/web of", "adopt it then"],
    );
    let no_branch = cluster.tidegate(User::Admin, &["adopt", "web", "--branch", "a..b"]);
    says(&no_branch, 2, &["is not a valid ref name"]);
    cluster.finish().await;
}
