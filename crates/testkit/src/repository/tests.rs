use super::*;

const DANA: Author<'static> = Author {
    name: "Dana",
    email: "dana@example.com",
};

fn first_commit() -> (GitRepository, String) {
    let mut repository = GitRepository::empty().unwrap();
    let id = repository
        .commit(
            DANA,
            "Add the service",
            &[Edit::write("services/api/image.txt", "v2.4.3\n")],
        )
        .unwrap();
    (repository, id)
}

#[test]
fn the_same_steps_give_the_same_commit_id() {
    let (_, one) = first_commit();
    let (_, other) = first_commit();
    assert_eq!(one, other);
    assert_eq!(one.len(), 40);
}

#[test]
fn a_commit_bears_its_author_and_time() {
    let (mut repository, _) = first_commit();
    repository.set_time("2026-11-25T10:00:00Z".parse().unwrap());
    repository
        .commit(
            DANA,
            "Upgrade",
            &[Edit::replace("services/api/image.txt", "v2.4.3", "v2.5.0")],
        )
        .unwrap();
    let shown = repository
        .git(["log", "-1", "--format=%an <%ae> %aI %s"])
        .unwrap();
    assert_eq!(
        shown,
        "Dana <dana@example.com> 2026-11-25T10:00:00+00:00 Upgrade"
    );
    let text = repository
        .git(["show", "HEAD:services/api/image.txt"])
        .unwrap();
    assert_eq!(text, "v2.5.0");
}

#[test]
fn a_branch_moves_without_the_others() {
    let (mut repository, first) = first_commit();
    repository.branch("upgrade").unwrap();
    let second = repository.commit(DANA, "Upgrade", &[]).unwrap();
    assert_eq!(repository.revision("main").unwrap(), first);
    assert_eq!(repository.revision("upgrade").unwrap(), second);

    repository.switch("main").unwrap();
    let merged = repository.merge(DANA, "upgrade", "Merge upgrade").unwrap();
    assert_eq!(repository.revision("main^2").unwrap(), second);
    assert_ne!(merged, second);

    repository.remove_branch("upgrade").unwrap();
    assert!(repository.revision("upgrade").is_err());
}

#[test]
fn a_tag_names_the_commit_it_was_put_on() {
    let (mut repository, first) = first_commit();
    repository.tag("v1").unwrap();
    let second = repository.commit(DANA, "Upgrade", &[]).unwrap();
    assert_eq!(repository.revision("v1").unwrap(), first);
    repository.tag("v1").unwrap();
    assert_eq!(repository.revision("v1").unwrap(), second);
}

#[test]
fn any_commit_can_be_fetched_by_its_id() {
    let (mut repository, first) = first_commit();
    repository.commit(DANA, "Upgrade", &[]).unwrap();
    let clone = GitRepository::empty().unwrap();
    let source = repository.path().to_str().unwrap();
    clone
        .git(["fetch", "--quiet", "--depth=1", source, &first])
        .unwrap();
    assert_eq!(clone.revision("FETCH_HEAD").unwrap(), first);
}

#[test]
fn a_copied_directory_is_committed_whole() {
    let source = tempfile::tempdir().unwrap();
    std::fs::create_dir(source.path().join("base")).unwrap();
    std::fs::write(source.path().join("base/a.yaml"), "a: 1\n").unwrap();
    let mut repository = GitRepository::from_directory(source.path()).unwrap();
    repository.commit(DANA, "Begin", &[]).unwrap();
    assert_eq!(
        repository
            .git(["ls-tree", "-r", "--name-only", "HEAD"])
            .unwrap(),
        "base/a.yaml"
    );
}

#[test]
fn a_text_that_is_not_there_cannot_be_replaced() {
    let (mut repository, first) = first_commit();
    let error = repository
        .commit(
            DANA,
            "Upgrade",
            &[Edit::replace("services/api/image.txt", "v9", "v10")],
        )
        .unwrap_err();
    assert!(
        error.to_string().contains("does not contain \"v9\""),
        "{error}"
    );
    assert_eq!(repository.head().unwrap(), first);
}
