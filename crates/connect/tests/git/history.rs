//! Who wrote what.

use tidegate_connect::git::Identity;
use tidegate_core::revision::Revision;

use crate::fixture::Fixture;

#[tokio::test]
async fn history_names_everybody_who_had_a_hand_in_it() {
    let fixture = Fixture::new();
    let base = fixture.commit("base");
    let plain = fixture.commit(
        "chg-1234: raise replicas\n\nCo-authored-by: Marc <marc@example.com>\n\nand a last word",
    );
    fixture.git(&["switch", "--quiet", "--create", "side", base.as_str()]);
    let side = fixture.commit("side");
    fixture.git(&["switch", "--quiet", "main"]);
    fixture.git(&[
        "merge",
        "--quiet",
        "--no-ff",
        "--message",
        "merge side",
        "side",
    ]);
    let merge = fixture.head();

    let history = fixture
        .mirrors
        .history(&fixture.repository(), Some(&base), &merge)
        .await
        .unwrap();
    let revisions: Vec<&Revision> = history.iter().map(|commit| &commit.revision).collect();
    assert_eq!(revisions[0], &merge);
    assert_eq!(revisions.len(), 3);
    assert!(revisions.contains(&&plain) && revisions.contains(&&side));

    assert!(history[0].is_merge());
    assert_eq!(history[0].parents, [plain.clone(), side]);
    assert_eq!(history[0].first_parent(), Some(&plain));

    let commit = history
        .iter()
        .find(|commit| commit.revision == plain)
        .unwrap();
    assert_eq!(commit.subject, "chg-1234: raise replicas");
    assert_eq!(commit.committed_at, "2026-11-20T11:00:00Z".parse().unwrap());
    assert!(!commit.is_merge());
    let identity = |name: &str, email: &str| Identity {
        name: name.to_owned(),
        email: email.to_owned(),
    };
    assert_eq!(
        commit.authors,
        [
            identity("Dana Example", "dana@example.com"),
            identity("Forge", "noreply@forge.example.com"),
            identity("Marc", "marc@example.com"),
        ]
    );
}

#[tokio::test]
async fn history_without_a_base_goes_back_to_the_first_commit() {
    let fixture = Fixture::new();
    let first = fixture.commit("first");
    let second = fixture.commit("");
    let repository = fixture.repository();

    let all = fixture
        .mirrors
        .history(&repository, None, &second)
        .await
        .unwrap();
    assert_eq!(all.len(), 2);
    assert_eq!(all[1].first_parent(), None);
    let none = fixture
        .mirrors
        .history(&repository, Some(&second), &first)
        .await
        .unwrap();
    assert_eq!(none, []);
}

#[tokio::test]
async fn one_commit_is_read_without_what_leads_to_it() {
    let fixture = Fixture::new();
    let first = fixture.commit("first");
    let second = fixture.commit("second");
    for (revision, subject, parents) in [
        (&first, "first", Vec::new()),
        (&second, "second", vec![first.clone()]),
    ] {
        let repository = fixture.repository();
        let commit = fixture.mirrors.commit(&repository, revision);
        let commit = commit.await.unwrap();
        assert_eq!(&commit.revision, revision);
        assert_eq!(
            (commit.subject.as_str(), commit.parents),
            (subject, parents)
        );
    }
}
