//! What branches and tags stand for.

use tidegate_connect::git::GitError;

use crate::fixture::Fixture;

#[tokio::test]
async fn branches_and_tags_resolve_to_commits() {
    let fixture = Fixture::new();
    let first = fixture.commit("first");
    fixture.git(&["tag", "light"]);
    fixture.git(&["tag", "--annotate", "v1", "--message", "v1"]);
    fixture.git(&["branch", "old/main"]);
    let second = fixture.commit("second");

    assert_eq!(fixture.resolve("main").await.unwrap(), second);
    assert_eq!(fixture.resolve("refs/heads/old/main").await.unwrap(), first);
    assert_eq!(fixture.resolve("light").await.unwrap(), first);
    assert_eq!(fixture.resolve("v1").await.unwrap(), first);
    assert_eq!(fixture.resolve("refs/tags/v1").await.unwrap(), first);
}

#[tokio::test]
async fn a_name_with_two_meanings_must_be_written_in_full() {
    let fixture = Fixture::new();
    let first = fixture.commit("first");
    fixture.git(&["tag", "release"]);
    let second = fixture.commit("second");
    fixture.git(&["branch", "release"]);

    let error = fixture.resolve("release").await.unwrap_err();
    assert!(matches!(error, GitError::AmbiguousRef { .. }), "{error:?}");
    assert!(
        error
            .to_string()
            .ends_with("write refs/heads/release or refs/tags/release")
    );
    assert_eq!(fixture.resolve("refs/tags/release").await.unwrap(), first);
    assert_eq!(fixture.resolve("refs/heads/release").await.unwrap(), second);
}

#[tokio::test]
async fn a_ref_that_is_gone_says_so() {
    let fixture = Fixture::new();
    fixture.commit("first");
    fixture.git(&["branch", "feature"]);
    assert!(fixture.resolve("feature").await.is_ok());
    fixture.git(&["branch", "--delete", "feature"]);

    let error = fixture.resolve("feature").await.unwrap_err();
    assert!(matches!(error, GitError::RefGone { .. }), "{error:?}");
    assert!(
        error
            .to_string()
            .ends_with("has no branch or tag \"feature\"")
    );
}
