//! With a cluster: what would change in it, and whether there is room.

use std::path::Path;
use std::process::Command;

use tidegate_testkit::control_plane::{ControlPlane, Options, User};
use tidegate_testkit::repository::Edit;

use crate::repository::{commit, demo, kustomize, preflight};

const BASE: &str = "services/api-gateway/base/deployment.yaml";
const OVERLAY: &str = "services/api-gateway/overlays/production";

fn kubectl(plane: &ControlPlane, words: &[&str]) {
    let output = plane.kubectl(User::Admin).args(words).output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Applies what an overlay renders to.
fn deliver(plane: &ControlPlane, repository: &Path) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("manifests.yaml");
    let rendered = Command::new(kustomize())
        .arg("build")
        .arg(repository.join(OVERLAY))
        .output();
    std::fs::write(&file, rendered.unwrap().stdout).unwrap();
    let file = file.to_str().unwrap();
    kubectl(
        plane,
        &[
            "apply",
            "--server-side",
            "--field-manager=tidegate",
            "-f",
            file,
        ],
    );
}

#[tokio::test]
async fn what_would_change_is_told_field_by_field_with_any_rights() {
    let plane = ControlPlane::start(Options::default()).await.unwrap();
    let mut repository = demo();
    kubectl(&plane, &["create", "namespace", "production"]);
    let quota = repository.path().join("clusters/prod/quota.yaml");
    kubectl(&plane, &["apply", "-f", quota.to_str().unwrap()]);
    deliver(&plane, repository.path());
    kubectl(
        &plane,
        &[
            "-n",
            "production",
            "rollout",
            "status",
            "deployment/api-gateway",
        ],
    );
    let edits = [Edit::replace(BASE, "v2.4.3", "v2.5.0")];
    commit(
        &mut repository,
        "Change: api-gateway from v2.4.3 to v2.5.0",
        &edits,
    );
    let judged = |user: User| {
        let kubeconfig = plane.kubeconfig(user);
        let words = [
            OVERLAY,
            "--base",
            "main",
            "--checks",
            "schema,quota,diff,images",
            "--kubeconfig",
            kubeconfig.to_str().unwrap(),
        ];
        let ran = preflight(repository.path(), &words);
        (ran.code(), ran.screen())
    };
    let (code, exact) = judged(User::Admin);
    insta::assert_snapshot!("exact", exact);
    assert_eq!(code, Some(0));
    let (code, blind) = judged(User::Audrey);
    assert!(
        blind.contains("quota    ? not judged: the cluster does not let you list"),
        "{blind}"
    );
    assert!(
        blind.contains("diff     ? not judged: what is live of"),
        "{blind}"
    );
    assert_eq!(code, Some(3));

    let words = [
        "create",
        "clusterrolebinding",
        "views",
        "--clusterrole=view",
    ];
    kubectl(
        &plane,
        &[&words[..], &["--user=audrey@example.com"]].concat(),
    );
    let (code, computed) = judged(User::Audrey);
    insta::assert_snapshot!("computed", computed);
    assert_eq!(code, Some(0));

    plane.stop().await;
}
