//! What a person is working in.

use std::fs;

use tidegate_connect::git::{Checkout, ExportLimits, GitError};

use crate::fixture::Fixture;

/// A repository with one commit of `web/a.yaml` and `web/b.yaml`.
fn begun() -> Fixture {
    let fixture = Fixture::new();
    fs::create_dir(fixture.path().join("web")).unwrap();
    for (name, text) in [
        ("web/a.yaml", "a: 1\n"),
        ("web/b.yaml", "b: 1\n"),
        (".gitignore", "out\n"),
    ] {
        fs::write(fixture.path().join(name), text).unwrap();
    }
    fixture.git(&["add", "."]);
    fixture.git(&["commit", "--quiet", "--message=first"]);
    fixture
}

fn told(paths: impl IntoIterator<Item = String>) -> String {
    paths.into_iter().collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn what_differs_is_told_whether_it_is_committed_or_not() {
    let fixture = begun();
    fixture.git(&["switch", "--quiet", "--create=topic"]);
    fs::write(fixture.path().join("web/a.yaml"), "a: 2\n").unwrap();
    fixture.git(&["commit", "--quiet", "--all", "--message=second"]);
    fs::remove_file(fixture.path().join("web/b.yaml")).unwrap();
    fs::write(fixture.path().join("web/new ü.yaml"), "").unwrap();
    fs::write(fixture.path().join("out"), "").unwrap();
    // What others have committed since is not ours.
    fixture.git(&["stash", "--quiet", "--include-untracked"]);
    fixture.git(&["switch", "--quiet", "main"]);
    fs::write(fixture.path().join("theirs.yaml"), "").unwrap();
    fixture.git(&["add", "."]);
    fixture.git(&["commit", "--quiet", "--message=theirs"]);
    fixture.git(&["switch", "--quiet", "topic"]);
    fixture.git(&["stash", "pop", "--quiet"]);

    let checkout = Checkout::around(&fixture.path().join("web"))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        checkout.root().canonicalize().unwrap(),
        fixture.path().canonicalize().unwrap()
    );
    let base = checkout.parted_from("main").await.unwrap();
    let changed = checkout.changed_since(&base).await.unwrap();
    assert_eq!(told(changed), "web/a.yaml web/b.yaml web/new ü.yaml");
    let here = checkout.paths_here().await.unwrap();
    assert_eq!(told(here), ".gitignore web/a.yaml web/new ü.yaml");

    let before = tempfile::tempdir().unwrap();
    let limits = ExportLimits::default();
    checkout
        .export(&base, before.path(), &limits)
        .await
        .unwrap();
    assert_eq!(
        fs::read_to_string(before.path().join("web/a.yaml")).unwrap(),
        "a: 1\n"
    );
    assert!(before.path().join("web/b.yaml").exists());
}

#[tokio::test]
async fn a_base_that_is_not_there_is_said() {
    let fixture = begun();
    let checkout = Checkout::around(&fixture.path()).await.unwrap().unwrap();
    let error = checkout.parted_from("origin/main").await.unwrap_err();
    assert!(matches!(error, GitError::UnknownCommit { .. }), "{error}");
    let error = checkout.parted_from("--all").await.unwrap_err();
    assert!(matches!(error, GitError::UnknownCommit { .. }), "{error}");

    fixture.git(&["switch", "--quiet", "--orphan=other"]);
    fixture.git(&["commit", "--quiet", "--allow-empty", "--message=other"]);
    let error = checkout.parted_from("main").await.unwrap_err().to_string();
    assert_eq!(
        error,
        "what is checked out and \"main\" have no commit in common"
    );
}

#[tokio::test]
async fn a_shallow_clone_says_what_to_do() {
    let fixture = begun();
    fixture.git(&["branch", "old"]);
    fixture.git(&["commit", "--quiet", "--allow-empty", "--message=second"]);
    let url = format!("file://{}", fixture.path().display());
    let clone = fixture.directory.path().join("shallow");
    let clone = clone.to_str().unwrap();
    fixture.git(&[
        "clone",
        "--quiet",
        "--depth=1",
        "--no-single-branch",
        &url,
        clone,
    ]);
    let checkout = Checkout::around(clone.as_ref()).await.unwrap().unwrap();
    let error = checkout
        .parted_from("origin/old")
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.ends_with("fetch the whole history (fetch-depth: 0)"),
        "{error}"
    );
}

#[tokio::test]
async fn a_folder_outside_of_every_repository_is_in_none() {
    let folder = tempfile::tempdir().unwrap();
    assert!(Checkout::around(folder.path()).await.unwrap().is_none());
}
