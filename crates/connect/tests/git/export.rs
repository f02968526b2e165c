//! The files of a commit.

use tidegate_connect::git::{ExportLimits, GitError};
use tidegate_core::revision::Revision;

use crate::fixture::{Fixture, read};

#[tokio::test]
async fn an_export_has_the_files_as_committed() {
    let fixture = Fixture::new();
    // Both attributes change what a checkout or an archive would write.
    fixture.write(
        ".gitattributes",
        "*.yaml text eol=crlf\nsecret.yaml export-ignore\n",
    );
    fixture.write("secret.yaml", "a: 1\n");
    fixture.write("deep/er/ümläut name.yaml", "b: 2\n");
    fixture.write("empty", "");
    std::os::unix::fs::symlink("../deep/er", fixture.path().join("deep/link")).unwrap();
    let revision = fixture.commit("files");
    let into = fixture.directory.path().join("out");
    let exported = fixture
        .mirrors
        .export(
            &fixture.repository(),
            &revision,
            &into,
            &ExportLimits::default(),
        )
        .await
        .unwrap();

    assert_eq!(exported.files, 5);
    assert_eq!(exported.submodules, Vec::<String>::new());
    assert_eq!(read(&into.join("secret.yaml")), "a: 1\n");
    assert_eq!(read(&into.join("empty")), "");
    assert_eq!(read(&into.join("deep/link/ümläut name.yaml")), "b: 2\n");
    assert!(!into.join(".git").exists());

    let again = fixture
        .mirrors
        .export(
            &fixture.repository(),
            &revision,
            &into,
            &ExportLimits::default(),
        )
        .await;
    assert!(
        matches!(again, Err(GitError::DestinationNotEmpty { .. })),
        "{again:?}"
    );
}

#[tokio::test]
async fn a_link_out_of_the_tree_is_refused() {
    let fixture = Fixture::new();
    std::os::unix::fs::symlink("../../etc/passwd", fixture.path().join("link")).unwrap();
    let revision = fixture.commit("link");
    let error = fixture.export(&revision, "out").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the link \"link\" leads out of the repository: it points to \"../../etc/passwd\""
    );
    assert!(!fixture.directory.path().join("out/link").is_symlink());
}

#[tokio::test]
async fn a_submodule_is_left_out_and_listed() {
    let fixture = Fixture::new();
    fixture.write("a.yaml", "a: 1\n");
    let first = fixture.commit("first");
    let gitlink = format!("160000,{first},vendor/sub");
    fixture.git(&["update-index", "--add", "--cacheinfo", &gitlink]);
    fixture.git(&["commit", "--quiet", "--message", "submodule"]);
    let into = fixture.directory.path().join("out");
    let exported = fixture
        .mirrors
        .export(
            &fixture.repository(),
            &fixture.head(),
            &into,
            &ExportLimits::default(),
        )
        .await
        .unwrap();
    assert_eq!(exported.submodules, ["vendor/sub"]);
    assert_eq!(exported.files, 1);
    assert!(!into.join("vendor").exists());
}

#[tokio::test]
async fn a_tree_made_by_hand_writes_nothing_outside() {
    let fixture = Fixture::new();
    let blob = fixture.git_with_input(&["hash-object", "-w", "--stdin"], "x");
    let inner = fixture.git_with_input(&["mktree"], &format!("100644 blob {blob}\tconfig\n"));
    let link = fixture.git_with_input(&["hash-object", "-w", "--stdin"], "sub");
    for (tree, path) in [
        (format!("040000 tree {inner}\t.git\n"), ".git/config"),
        (format!("040000 tree {inner}\t..\n"), "../config"),
    ] {
        let tree = fixture.git_with_input(&["mktree"], &tree);
        let commit = fixture.git(&["commit-tree", &tree, "-m", "x"]);
        fixture.git(&["update-ref", "refs/heads/evil", &commit]);
        let error = fixture
            .export(&Revision::parse(&commit).unwrap(), "out")
            .await
            .unwrap_err();
        assert!(
            matches!(&error, GitError::UnsafePath { path: found } if found == path),
            "{error:?}"
        );
    }

    // A link and a folder of one name: the file below must not go through the link.
    let tree = fixture.git_with_input(
        &["mktree"],
        &format!("120000 blob {link}\ta\n040000 tree {inner}\ta\n"),
    );
    let commit = fixture.git(&["commit-tree", &tree, "-m", "x"]);
    fixture.git(&["update-ref", "refs/heads/evil", &commit]);
    let error = fixture
        .export(&Revision::parse(&commit).unwrap(), "clash")
        .await
        .unwrap_err();
    assert!(matches!(error, GitError::Write { .. }), "{error:?}");
    assert!(!fixture.directory.path().join("clash/sub").exists());
}

#[tokio::test]
async fn a_commit_too_large_is_refused_before_anything_is_written() {
    let fixture = Fixture::new();
    fixture.write("a", "12345");
    fixture.write("b", "12345");
    let revision = fixture.commit("files");
    let into = fixture.directory.path().join("out");
    let repository = fixture.repository();
    let export = |limits| {
        let (mirrors, repository, revision, into) =
            (&fixture.mirrors, &repository, &revision, &into);
        async move { mirrors.export(repository, revision, into, &limits).await }
    };
    let bytes = export(ExportLimits { bytes: 9, files: 2 }).await;
    assert!(
        matches!(bytes, Err(GitError::TooManyBytes { limit: 9 })),
        "{bytes:?}"
    );
    let files = export(ExportLimits {
        bytes: 10,
        files: 1,
    })
    .await;
    assert!(
        matches!(files, Err(GitError::TooManyFiles { limit: 1 })),
        "{files:?}"
    );
    assert!(!into.exists());
    export(ExportLimits {
        bytes: 10,
        files: 2,
    })
    .await
    .unwrap();
}
