//! Commits that are put on branches.

use jiff::Timestamp;
use tidegate_connect::git::{GitError, NewCommit, Repository, Undo, Undone};
use tidegate_core::branch::Branch;
use tidegate_core::revision::Revision;

use crate::fixture::Fixture;

fn branch(name: &str) -> Branch {
    Branch::parse(name).unwrap()
}

fn moment() -> Timestamp {
    "2026-11-26T02:00:00Z".parse().unwrap()
}

fn head(fixture: &Fixture, branch: &str) -> Revision {
    let full = format!("refs/heads/{branch}");
    Revision::parse(&fixture.git(&["rev-parse", &full])).unwrap()
}

fn show(fixture: &Fixture, revision: &Revision, format: &str) -> String {
    let format = format!("--format={format}");
    fixture.git(&["show", "--no-patch", &format, revision.as_str()])
}

/// A branch `env/web` at the first of two commits of `main`.
fn two_commits() -> (Fixture, Revision, Revision) {
    let fixture = Fixture::new();
    fixture.write("web.yaml", "image: v1\nreplicas: 2\n\nport: 80\n");
    fixture.write("api.yaml", "image: v1\n");
    let first = fixture.commit("first");
    fixture.git(&["branch", "env/web"]);
    fixture.write("web.yaml", "image: v2\nreplicas: 2\n\nport: 80\n");
    let second = fixture.commit("second");
    (fixture, first, second)
}

async fn carry(fixture: &Fixture, onto: &Revision, content: &Revision) -> Revision {
    let commit = NewCommit {
        parents: &[onto, content],
        content,
        message: "CHG-1: Upgrade\n\nTidegate-Effect: 1 1/apply\n",
        at: moment(),
    };
    let made = fixture.mirrors.make(&fixture.repository(), &commit).await;
    made.unwrap()
}

#[tokio::test]
async fn a_commit_has_the_content_of_what_was_approved_and_is_the_same_when_made_again() {
    let (fixture, first, second) = two_commits();
    let repository = fixture.repository();
    let made = carry(&fixture, &first, &second).await;
    assert_eq!(carry(&fixture, &first, &second).await, made);

    let on = branch("env/web");
    assert_eq!(
        fixture.mirrors.head(&repository, &on).await.unwrap(),
        Some(first.clone())
    );
    let may = fixture.mirrors.may_push(&repository, &on, &made).await;
    may.unwrap();
    assert_eq!(head(&fixture, "env/web"), first, "it was only asked");
    let pushed = fixture.mirrors.push(&repository, &on, Some(&first), &made);
    pushed.await.unwrap();
    assert_eq!(head(&fixture, "env/web"), made);
    assert_eq!(show(&fixture, &made, "%P"), format!("{first} {second}"));
    assert_eq!(
        show(&fixture, &made, "%T"),
        show(&fixture, &second, "%T"),
        "the files are those of the second commit"
    );
    assert_eq!(
        show(&fixture, &made, "%cn <%ce> %cI|%s|%(trailers:only,unfold)").trim(),
        "Tidegate <noreply@tidegate.dev> 2026-11-26T02:00:00+00:00|CHG-1: Upgrade|Tidegate-Effect: 1 1/apply"
    );
    let same = fixture.mirrors.same_content(&repository, &made, &second);
    assert!(same.await.unwrap());
}

#[tokio::test]
async fn a_branch_that_is_elsewhere_is_left_alone() {
    let (fixture, first, second) = two_commits();
    let repository = fixture.repository();
    let on = branch("env/web");
    let made = carry(&fixture, &first, &second).await;
    fixture.git(&["branch", "--force", "env/web", second.as_str()]);
    for believed in [Some(&first), None] {
        let refused = fixture
            .mirrors
            .push(&repository, &on, believed, &made)
            .await;
        assert!(
            matches!(refused, Err(GitError::BranchMoved { .. })),
            "{refused:?}"
        );
    }
    assert_eq!(head(&fixture, "env/web"), second);
}

#[tokio::test]
async fn a_repository_that_takes_no_push_says_why() {
    use std::os::unix::fs::PermissionsExt as _;

    let (fixture, first, second) = two_commits();
    let hook = fixture.path().join(".git/hooks/pre-receive");
    std::fs::create_dir_all(hook.parent().unwrap()).unwrap();
    std::fs::write(&hook, "#!/bin/sh\necho 'env/* is protected' >&2\nexit 1\n").unwrap();
    std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o755)).unwrap();
    let made = carry(&fixture, &first, &second).await;
    let on = branch("env/web");
    let refused = fixture
        .mirrors
        .push(&fixture.repository(), &on, Some(&first), &made)
        .await
        .unwrap_err();
    assert!(!refused.is_passing());
    let told = refused.to_string();
    assert!(told.contains("env/* is protected"), "{told}");
    assert!(
        told.contains("let the account of its Connection push there"),
        "{told}"
    );
    assert_eq!(head(&fixture, "env/web"), first);

    let nowhere = fixture.directory.path().join("nowhere");
    let nowhere = Repository::new(nowhere.to_str().unwrap(), None).unwrap();
    let asked = fixture.mirrors.head(&nowhere, &on).await;
    assert!(matches!(asked, Err(GitError::RepositoryNotFound { .. })));
}

#[tokio::test]
async fn a_branch_gets_its_content_back_on_top_of_whatever_is_there() {
    let (fixture, first, _) = two_commits();
    let repository = fixture.repository();
    let on = branch("env/web");
    let stand = async || {
        let says = |found: &Revision| format!("Put back what was approved, not {found}");
        let standing = fixture
            .mirrors
            .stand_at(&repository, &on, &first, says, moment())
            .await;
        standing.unwrap()
    };
    // It has it.
    let standing = stand().await;
    assert_eq!(
        (standing.found, standing.now),
        (Some(first.clone()), first.clone())
    );

    // Somebody pushed.
    fixture.git(&["switch", "--quiet", "env/web"]);
    fixture.write("web.yaml", "image: evil\n");
    let foreign = fixture.commit("foreign");
    fixture.git(&["switch", "--quiet", "main"]);
    let now = stand().await.now;
    assert_eq!(head(&fixture, "env/web"), now);
    assert_eq!(show(&fixture, &now, "%P"), foreign.as_str());
    assert_eq!(show(&fixture, &now, "%T"), show(&fixture, &first, "%T"));
    assert_eq!(stand().await.now, now, "once is enough");

    // Somebody threw the history away.
    fixture.git(&["switch", "--quiet", "--orphan", "empty"]);
    fixture.write("other.yaml", "a: 1\n");
    let orphan = fixture.commit("orphan");
    fixture.git(&["branch", "--force", "env/web", orphan.as_str()]);
    fixture.git(&["switch", "--quiet", "main"]);
    let now = stand().await.now;
    assert_eq!(show(&fixture, &now, "%P"), format!("{orphan} {first}"));

    // Somebody deleted it.
    fixture.git(&["branch", "-D", "env/web"]);
    let standing = stand().await;
    assert_eq!((standing.found, &standing.now), (None, &first));
    assert_eq!(head(&fixture, "env/web"), first);
}

fn undo<'a>(
    (from, onto): (&'a Branch, &'a Branch),
    brought: &'a Revision,
    before: &'a Revision,
) -> Undo<'a> {
    Undo {
        from,
        onto,
        brought,
        before,
        message: "CHG-1: Revert \"Upgrade\"\n\nTidegate-Effect: 1 1/revert\n",
        mark: "Tidegate-Effect: 1 1/revert",
        at: moment(),
    }
}

#[tokio::test]
async fn what_a_change_brought_is_taken_out_and_what_came_later_stays() {
    let (fixture, first, second) = two_commits();
    let repository = fixture.repository();
    fixture.write("api.yaml", "image: v2\n");
    let third = fixture.commit("third");
    let mirrors = &fixture.mirrors;
    let main = mirrors.default_branch(&repository).await.unwrap();
    assert_eq!(main, branch("main"));
    let onto = branch("revert-chg-1");
    let wanted = undo((&main, &onto), &second, &first);
    let Undone::Pushed { commit, .. } = mirrors.undo(&repository, &wanted).await.unwrap() else {
        panic!("nothing was pushed");
    };
    assert_eq!(head(&fixture, "revert-chg-1"), commit);
    assert_eq!(head(&fixture, "main"), third);
    assert_eq!(show(&fixture, &commit, "%P"), third.as_str());
    let file = |path: &str| fixture.git(&["show", &format!("{commit}:{path}")]);
    assert!(file("web.yaml").starts_with("image: v1"));
    assert_eq!(file("api.yaml"), "image: v2");

    // Again, also when the branch that it came from has moved on.
    fixture.write("more.yaml", "a: 1\n");
    fixture.commit("fourth");
    let again = mirrors.undo(&repository, &wanted).await.unwrap();
    assert!(matches!(again, Undone::Pushed { commit: same, .. } if same == commit));

    // A branch of that name that is somebody else's is left alone.
    fixture.git(&["branch", "--force", "revert-chg-1", "main"]);
    let taken = mirrors.undo(&repository, &wanted).await.unwrap();
    assert_eq!(taken, Undone::Taken);
}

#[tokio::test]
async fn it_is_taken_out_of_the_branch_itself_once() {
    let (fixture, first, second) = two_commits();
    fixture.git(&["switch", "--quiet", "--detach"]);
    let repository = fixture.repository();
    let mirrors = &fixture.mirrors;
    let main = branch("main");
    let wanted = undo((&main, &main), &second, &first);
    let Undone::Pushed { commit, .. } = mirrors.undo(&repository, &wanted).await.unwrap() else {
        panic!("nothing was pushed");
    };
    assert_eq!(head(&fixture, "main"), commit);
    assert_eq!(show(&fixture, &commit, "%P"), second.as_str());
    assert_eq!(show(&fixture, &commit, "%T"), show(&fixture, &first, "%T"));
    let again = mirrors.undo(&repository, &wanted).await.unwrap();
    assert!(matches!(again, Undone::Pushed { commit: same, .. } if same == commit));
    assert_eq!(head(&fixture, "main"), commit);

    // Whoever did it by hand has done it.
    let other = Undo {
        mark: "Tidegate-Effect: 2 1/revert",
        ..wanted
    };
    let nothing = mirrors.undo(&repository, &other).await.unwrap();
    assert_eq!(nothing, Undone::Nothing);
}

#[tokio::test]
async fn what_cannot_be_taken_out_is_told_and_nothing_is_written() {
    let (fixture, first, second) = two_commits();
    let repository = fixture.repository();
    let mirrors = &fixture.mirrors;
    let (main, onto) = (branch("main"), branch("revert-chg-1"));
    fixture.write("web.yaml", "image: v3\nreplicas: 2\n\nport: 80\n");
    fixture.commit("third");
    let tried = async |from: &Branch| {
        let wanted = undo((from, &onto), &second, &first);
        mirrors.undo(&repository, &wanted).await
    };
    assert_eq!(
        tried(&main).await.unwrap(),
        Undone::Conflict(vec!["web.yaml".to_owned()])
    );
    let never = tried(&branch("env/web")).await.unwrap();
    assert_eq!(never, Undone::NeverThere);
    assert_eq!(mirrors.head(&repository, &onto).await.unwrap(), None);
    let gone = tried(&branch("gone")).await;
    assert!(matches!(gone, Err(GitError::BranchGone { .. })));
}

#[tokio::test]
async fn a_repository_of_another_user_is_not_pushed_to_since_its_hooks_would_run() {
    let (fixture, first, second) = two_commits();
    let made = carry(&fixture, &first, &second).await;
    for path in [fixture.path(), fixture.path().join(".git")] {
        if std::os::unix::fs::chown(path, Some(65534), Some(65534)).is_err() {
            // Only root can give files away.
            return;
        }
    }
    let on = branch("env/web");
    let repository = fixture.repository();
    let refused = fixture.mirrors.push(&repository, &on, Some(&first), &made);
    let told = refused.await.unwrap_err().to_string();
    assert!(told.contains("belongs to another user"), "{told}");
    let asked = fixture.mirrors.may_push(&repository, &on, &first).await;
    assert!(
        matches!(asked, Err(GitError::PushRefused { .. })),
        "{asked:?}"
    );
}

#[tokio::test]
async fn an_undoing_has_the_content_of_what_was_approved_before() {
    let (fixture, first, second) = two_commits();
    let repository = fixture.repository();
    let brought = carry(&fixture, &first, &second).await;
    // It is an ancestor of what is there, and comes on top all the same.
    let undone = carry(&fixture, &brought, &first).await;
    let mirrors = &fixture.mirrors;
    let same = |one: Revision, other: Revision| {
        let repository = &repository;
        async move {
            mirrors
                .same_content(repository, &one, &other)
                .await
                .unwrap()
        }
    };
    assert!(same(first.clone(), undone.clone()).await);
    assert!(!same(brought.clone(), undone.clone()).await);
    // What is gone back to is found by its content, whichever commit carries it.
    assert!(same(second, brought).await);
    let parents = mirrors.commit(&repository, &undone).await.unwrap().parents;
    assert_eq!(parents.last(), Some(&first));
}
