use serde_json::{Value, json};

use super::{read, revision, set, with};
use crate::argo_cd::Pin;
use crate::argo_cd::adoption::{Parent, release};
use crate::argo_cd::branch::BRANCH;
use crate::argo_cd::branch::adoption::{Head, Wanted, adopt, examine};
use crate::argo_cd::branch::guard::{Kept, guard};
use crate::argo_cd::branch::operation::{restore, sync, without_branch};
use crate::argo_cd::branch::seen::see;
use crate::argo_cd::obstacle::{Obstacle, obstacle};
use crate::argo_cd::pin::{Asker, Sources};
use crate::argo_cd::seen::Seen;
use crate::branch::Branch;
use crate::change::ChangeType;
use crate::lifecycle::facts::Observation;
use crate::sync_window::SyncWindows;

const NAME: &str = "env/web";
const ASKER: Asker<'static> = Asker {
    change: "chg-1",
    effect: "1/apply/0/prod/shop/web",
};

fn branch() -> Branch {
    Branch::parse(NAME).unwrap()
}

/// Adopted by its branch, at which Argo CD found the commit `a`.
fn on_branch() -> Value {
    let mut object = with("/spec/source/targetRevision", json!(NAME));
    set(
        &mut object,
        "/metadata/annotations",
        json!({"tidegate.dev/followed": "main", "tidegate.dev/branch": NAME}),
    );
    object
}

fn found(commit: &str) -> Value {
    let mut object = on_branch();
    set(
        &mut object,
        "/status/sync/revision",
        json!(revision(commit).as_str()),
    );
    object
}

#[test]
fn the_pin_is_what_argo_cd_found_at_the_branch() {
    assert_eq!(read(&on_branch()).pin(), Some(Pin::Commit(revision("a"))));
    let mut elsewhere = on_branch();
    set(
        &mut elsewhere,
        "/spec/source/targetRevision",
        json!("env/other"),
    );
    assert_eq!(read(&elsewhere).pin(), None);
    let windows = SyncWindows::load(&[]);
    let now = "2026-11-24T16:00:00Z".parse().unwrap();
    assert_eq!(
        obstacle(
            &read(&on_branch()),
            &windows,
            "chg-1",
            ChangeType::Normal,
            now
        ),
        None
    );
    assert_eq!(
        obstacle(
            &read(&elsewhere),
            &windows,
            "chg-1",
            ChangeType::Normal,
            now
        ),
        Some(Obstacle::OffBranch {
            at: "env/other".to_owned(),
            branch: branch(),
        })
    );
}

#[test]
fn exactly_the_commit_is_synced_and_the_branch_is_followed_on() {
    let object = on_branch();
    let commit = revision("b");
    let to = (&branch(), &commit);
    let moved = sync(&object, &read(&object), to, ASKER).unwrap();
    assert_eq!(moved["spec"], object["spec"]);
    assert_eq!(moved["operation"]["sync"]["revision"], commit.as_str());
    assert_eq!(
        moved["metadata"]["annotations"]["argocd.argoproj.io/refresh"],
        "normal"
    );
    assert_eq!(moved["metadata"]["resourceVersion"], "7");

    let before = Sources::of(&object);
    let mut edited = moved;
    edited["spec"]["source"]["kustomize"] = json!({"images": ["web:v2"]});
    let back = restore(&edited, &before, &revision("c"), ASKER).unwrap();
    assert_eq!(back["spec"], object["spec"]);
    assert_eq!(
        back["operation"]["sync"]["revision"],
        revision("c").as_str()
    );
}

#[test]
fn of_several_sources_the_branch_is_that_of_the_one_that_renders() {
    let mut object = on_branch();
    set(&mut object, "/spec/source", Value::Null);
    set(
        &mut object,
        "/spec/sources",
        json!([
            {"repoURL": "https://git.example.com/values.git", "targetRevision": "v1", "ref": "values"},
            {"repoURL": "https://git.example.com/apps.git", "path": "web", "targetRevision": NAME},
        ]),
    );
    let commit = revision("b");
    let to = (&branch(), &commit);
    let moved = sync(&object, &read(&object), to, ASKER).unwrap();
    assert_eq!(moved["spec"], object["spec"]);
    let several = json!(["v1", commit.as_str()]);
    assert_eq!(moved["operation"]["sync"]["revisions"], several);
    let back = restore(&object, &Sources::of(&object), &commit, ASKER).unwrap();
    assert_eq!(back["spec"], object["spec"]);
    assert_eq!(back["operation"]["sync"]["revisions"], several);
}

#[test]
fn argo_cd_may_still_compare_with_the_commit_before_and_with_no_other() {
    let (before, carried) = (revision("a"), revision("b"));
    let look = |object: &Value| see(&read(object), &branch(), &carried, &[&before]);
    assert!(matches!(
        look(&found("a")),
        Seen::Otherwise(Observation::Progressing(_))
    ));
    assert_eq!(look(&found("b")), Seen::Settled);
    let Seen::Otherwise(Observation::Differs(what)) = look(&found("c")) else {
        panic!("a foreign commit was taken for good");
    };
    assert!(
        what.contains("somebody pushed ccccccc to env/web"),
        "{what}"
    );
    let mut elsewhere = found("b");
    set(&mut elsewhere, "/spec/source/targetRevision", json!("main"));
    assert!(matches!(
        look(&elsewhere),
        Seen::Otherwise(Observation::Differs(_))
    ));
}

#[test]
fn a_branch_is_remembered_and_then_guarded() {
    let judge = |object: &Value| {
        let (pin, branch) = (revision("a"), branch());
        guard(&read(object), Some(&pin), Some(&branch), false)
    };
    let adopted = read(&on_branch());
    assert_eq!(
        guard(&adopted, None, None, false),
        Kept::Adopted(branch(), revision("a"))
    );
    assert_eq!(judge(&on_branch()), Kept::Fine);
    assert_eq!(
        judge(&found("b")),
        Kept::Pushed {
            found: revision("b")
        }
    );
    let mut silent = on_branch();
    set(&mut silent, "/status/sync/revision", json!(""));
    assert_eq!(judge(&silent), Kept::Unseen);

    let to = |name: &str| Kept::Left {
        to: name.to_owned(),
    };
    let mut elsewhere = on_branch();
    set(&mut elsewhere, "/spec/source/targetRevision", json!("main"));
    assert_eq!(judge(&elsewhere), to("main"));
    // The annotation alone makes no other branch of it.
    let mut annotated = elsewhere;
    annotated["metadata"]["annotations"][BRANCH] = json!("main");
    assert_eq!(judge(&annotated), to("main"));
    // Nor of a commit that it is pinned to.
    let pinned = guard(&adopted, Some(&revision("a")), None, false);
    assert_eq!(pinned, to(NAME));

    let free = read(&with("/metadata/annotations", json!({})));
    let (pin, on) = (revision("a"), branch());
    assert_eq!(guard(&free, Some(&pin), Some(&on), false), Kept::Released);
    assert_eq!(guard(&adopted, Some(&pin), Some(&on), true), Kept::Fine);
    assert_eq!(read(&without_branch(&on_branch())).branch(), None);
}

/// It follows `main`, as people have it before Tidegate comes.
fn follows(revision: &str) -> Value {
    let mut object = with("/metadata/annotations", json!({}));
    set(&mut object, "/spec/source/targetRevision", json!(revision));
    object
}

fn refusals(object: &Value, parent: Option<&Parent>, head: &Head) -> Vec<(String, String)> {
    let wanted = Wanted {
        branch: &branch(),
        head,
        others: &[],
    };
    let found = examine(&read(object), parent, wanted)
        .err()
        .unwrap_or_default();
    found
        .into_iter()
        .map(|refusal| (refusal.what, refusal.remedy))
        .collect()
}

#[test]
fn a_branch_with_the_content_of_what_runs_is_adopted_and_given_back() {
    let object = follows("main");
    let head = Head::At {
        commit: revision("b"),
        same: true,
    };
    assert_eq!(refusals(&object, None, &head), []);
    assert_eq!(
        adopt(&object, &read(&object), &branch()),
        json!({
            "metadata": {"resourceVersion": "7", "annotations": {
                "tidegate.dev/followed": "main", "tidegate.dev/branch": NAME,
            }},
            "spec": {"source": {"targetRevision": NAME}},
        })
    );
    let adopted = on_branch();
    assert_eq!(
        release(&adopted, &read(&adopted)).unwrap(),
        json!({
            "metadata": {"resourceVersion": "7", "annotations": {
                "tidegate.dev/followed": null, "tidegate.dev/branch": null,
            }},
            "spec": {"source": {"targetRevision": "main"}},
        })
    );
}

#[test]
fn a_branch_that_would_change_what_runs_is_refused_with_the_command() {
    let runs = revision("a");
    let command = format!("`git push https://git.example.com/apps.git {runs}:refs/heads/env/web`");
    let missing = refusals(&follows("main"), None, &Head::Missing);
    assert_eq!(missing[0].0, "its repository has no branch env/web");
    assert!(missing[0].1.ends_with(&command), "{missing:?}");
    let head = Head::At {
        commit: revision("b"),
        same: false,
    };
    let other = refusals(&follows("main"), None, &head);
    assert!(other[0].0.contains("is at bbbbbbb"), "{other:?}");
    assert!(other[0].1.ends_with(&command), "{other:?}");

    let wanted = Wanted {
        branch: &branch(),
        head: &Head::Followed,
        others: &["Application argocd/api".to_owned()],
    };
    let shared = examine(&read(&follows(NAME)), None, wanted).unwrap_err();
    assert_eq!(
        shared[0].what,
        "Application argocd/api follows env/web as well, and would move with it"
    );
    let again = refusals(&on_branch(), None, &Head::Followed);
    assert_eq!(again[0].0, "it is adopted already");
}

#[test]
fn a_parent_that_has_the_branch_itself_has_nothing_to_put_back() {
    let parent = Parent::Application("root".to_owned(), Some(json!({"spec": {}})));
    assert_eq!(refusals(&follows(NAME), Some(&parent), &Head::Followed), []);
    let head = Head::At {
        commit: revision("a"),
        same: true,
    };
    let told = refusals(&follows("main"), Some(&parent), &head);
    assert!(told[0].1.contains("let it point at env/web"), "{told:?}");

    let set_with = |spec: Value| Parent::ApplicationSet("all".to_owned(), Some(spec));
    let forgets = set_with(json!({"spec": {}}));
    let told = refusals(&follows(NAME), Some(&forgets), &Head::Followed);
    assert!(
        told[0]
            .1
            .contains("preservedFields.annotations` of ApplicationSet all name tidegate.dev/followed and tidegate.dev/branch"),
        "{told:?}"
    );
    let keeps = set_with(json!({"spec": {"preservedFields": {"annotations": [
        "tidegate.dev/followed", "tidegate.dev/branch",
    ]}}}));
    assert_eq!(refusals(&follows(NAME), Some(&keeps), &Head::Followed), []);
    let told = refusals(&follows("main"), Some(&keeps), &head);
    assert!(
        told[0].1.contains("let its template point at env/web"),
        "{told:?}"
    );
}
