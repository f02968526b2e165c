//! Commits that are kept.

use std::path::PathBuf;

use tidegate_connect::git::{GitError, Mirrors};
use tidegate_core::revision::Revision;

use crate::fixture::{Fixture, read};

#[tokio::test]
async fn a_commit_no_ref_leads_to_is_fetched_and_a_missing_one_is_not_found() {
    let fixture = Fixture::new();
    fixture.commit("first");
    fixture.write("a.yaml", "a: 1\n");
    let dropped = fixture.commit("dropped");
    fixture.git(&["reset", "--quiet", "--hard", "HEAD~1"]);

    let out = fixture.export(&dropped, "out").await.unwrap();
    assert_eq!(read(&out.join("a.yaml")), "a: 1\n");

    let missing = Revision::parse(&"a".repeat(40)).unwrap();
    let error = fixture
        .mirrors
        .ensure(&fixture.repository(), &missing)
        .await
        .unwrap_err();
    assert!(
        matches!(error, GitError::RevisionNotFound { .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_tree_is_not_a_commit() {
    let fixture = Fixture::new();
    fixture.commit("first");
    let tree = Revision::parse(&fixture.git(&["rev-parse", "HEAD^{tree}"])).unwrap();
    let error = fixture
        .mirrors
        .ensure(&fixture.repository(), &tree)
        .await
        .unwrap_err();
    assert!(
        matches!(&error, GitError::NotACommit { kind, .. } if kind == "tree"),
        "{error:?}"
    );
}

#[tokio::test]
async fn what_was_fetched_once_is_there_when_the_repository_is_not() {
    let fixture = Fixture::new();
    fixture.write("a.yaml", "a: 1\n");
    let revision = fixture.commit("first");
    fixture.export(&revision, "before").await.unwrap();
    std::fs::rename(fixture.path(), fixture.directory.path().join("moved")).unwrap();

    let out = fixture.export(&revision, "after").await.unwrap();
    assert_eq!(read(&out.join("a.yaml")), "a: 1\n");
}

#[tokio::test]
async fn a_branch_rewritten_and_a_branch_in_the_place_of_a_folder_are_followed() {
    let fixture = Fixture::new();
    let first = fixture.commit("first");
    fixture.git(&["branch", "topic"]);
    fixture
        .mirrors
        .ensure(&fixture.repository(), &first)
        .await
        .unwrap();

    fixture.git(&["branch", "--delete", "topic"]);
    fixture.git(&[
        "commit",
        "--quiet",
        "--amend",
        "--allow-empty",
        "--message",
        "again",
    ]);
    fixture.git(&["branch", "topic/one"]);
    let rewritten = fixture.head();
    fixture
        .mirrors
        .ensure(&fixture.repository(), &rewritten)
        .await
        .unwrap();
    fixture
        .mirrors
        .ensure(&fixture.repository(), &first)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_mirror_left_locked_by_a_killed_git_recovers() {
    let fixture = Fixture::new();
    let first = fixture.commit("first");
    fixture
        .mirrors
        .ensure(&fixture.repository(), &first)
        .await
        .unwrap();
    let mirror = std::fs::read_dir(fixture.directory.path().join("mirrors"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    std::fs::write(mirror.join("refs/heads/main.lock"), "").unwrap();

    let second = fixture.commit("second");
    fixture
        .mirrors
        .ensure(&fixture.repository(), &second)
        .await
        .unwrap();
}

#[tokio::test]
async fn calls_at_the_same_time_all_succeed() {
    let fixture = Fixture::new();
    fixture.write("a.yaml", "a: 1\n");
    let first = fixture.commit("first");
    let second = fixture.commit("second");
    let repository = fixture.repository();
    let (a, b, c) = tokio::join!(
        fixture.mirrors.ensure(&repository, &first),
        fixture.export(&second, "out"),
        fixture.mirrors.history(&repository, Some(&first), &second),
    );
    a.unwrap();
    b.unwrap();
    assert_eq!(c.unwrap().len(), 1);
}

#[tokio::test]
async fn a_repository_of_another_user_is_read() {
    let fixture = Fixture::new();
    let revision = fixture.commit("first");
    for path in [fixture.path(), fixture.path().join(".git")] {
        // Only root can give files away; for others this is a repository of their own.
        let _ = std::os::unix::fs::chown(path, Some(65534), Some(65534));
    }
    fixture
        .mirrors
        .ensure(&fixture.repository(), &revision)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_sha256_repository_works_too() {
    let mut fixture = Fixture::new();
    fixture.directory = tempfile::tempdir().unwrap();
    std::fs::create_dir(fixture.path()).unwrap();
    fixture.git(&[
        "init",
        "--quiet",
        "--initial-branch=main",
        "--object-format=sha256",
    ]);
    fixture.write("a.yaml", "a: 1\n");
    let revision = fixture.commit("first");
    assert_eq!(revision.as_str().len(), 64);
    assert_eq!(fixture.resolve("main").await.unwrap(), revision);
    let out = fixture.export(&revision, "out").await.unwrap();
    assert_eq!(read(&out.join("a.yaml")), "a: 1\n");
}

#[tokio::test]
async fn a_directory_given_relative_to_here_is_found_by_git() {
    let fixture = Fixture::new();
    let revision = fixture.commit("first");
    let here = std::env::current_dir().unwrap();
    let up: PathBuf = here.components().skip(1).map(|_| "..").collect();
    let relative = up.join(fixture.directory.path().strip_prefix("/").unwrap());
    Mirrors::new(relative.join("relative"))
        .unwrap()
        .ensure(&fixture.repository(), &revision)
        .await
        .unwrap();
    assert!(fixture.directory.path().join("relative").is_dir());
}
