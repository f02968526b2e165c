use serde_json::{Value, json};

use super::{chart, commit, of_chart, read, revision, set, with};
use crate::argo_cd::adoption::{Parent, adopt, examine, release};

/// It follows a branch, as people have it before Tidegate comes.
fn follows() -> Value {
    let mut object = with("/metadata/annotations", json!({}));
    set(&mut object, "/spec/source/targetRevision", json!("main"));
    object
}

fn refusals(object: &Value, parent: Option<&Parent>) -> Vec<(String, String)> {
    let found = examine(&read(object), parent).unwrap_err();
    found
        .into_iter()
        .map(|refusal| (refusal.what, refusal.remedy))
        .collect()
}

#[test]
fn what_runs_becomes_the_pin_and_what_was_followed_is_kept() {
    let object = follows();
    let pin = examine(&read(&object), None).unwrap();
    assert_eq!(pin, commit("a"));
    let patch = adopt(&object, &read(&object), &pin);
    assert_eq!(
        patch,
        json!({
            "metadata": {"resourceVersion": "7", "annotations": {"tidegate.dev/followed": "main"}},
            "spec": {"source": {"targetRevision": revision("a").as_str()}},
        })
    );
    let adopted = super::object();
    assert_eq!(
        release(&adopted, &read(&adopted)).unwrap(),
        json!({
            "metadata": {"resourceVersion": "7", "annotations": {"tidegate.dev/followed": null}},
            "spec": {"source": {"targetRevision": "main"}},
        })
    );
    assert!(release(&object, &read(&object)).is_err());
}

#[test]
fn what_is_not_good_enough_to_go_back_to_is_refused_all_at_once() {
    let mut object = follows();
    set(&mut object, "/status/sync/status", json!("OutOfSync"));
    set(&mut object, "/status/health/status", json!("Degraded"));
    set(&mut object, "/operation", json!({}));
    let told = refusals(&object, None);
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(
        told[1].0.starts_with("it is OutOfSync, not Synced"),
        "{told:?}"
    );
    assert!(
        told[2].0.starts_with("it is Degraded, not Healthy"),
        "{told:?}"
    );
}

#[test]
fn a_parent_that_would_put_the_pin_back_is_refused_with_the_remedy() {
    let parent = |ignored: Value| {
        let object = json!({"spec": {
            "syncPolicy": {"syncOptions": ["RespectIgnoreDifferences=true"]},
            "ignoreDifferences": ignored,
        }});
        Parent::Application("root".to_owned(), Some(object))
    };
    let told = refusals(&follows(), Some(&parent(json!([]))));
    assert!(
        told[0].1.contains("/spec/source/targetRevision"),
        "{told:?}"
    );
    let spares = json!([{"group": "argoproj.io", "kind": "Application", "jsonPointers": ["/spec/source/targetRevision"]}]);
    assert!(examine(&read(&follows()), Some(&parent(spares))).is_ok());
    let of_others =
        json!([{"kind": "Deployment", "jsonPointers": ["/spec/source/targetRevision"]}]);
    refusals(&follows(), Some(&parent(of_others)));

    let set_of = |ignored: Value| {
        let object = json!({"spec": {"ignoreApplicationDifferences": ignored}});
        Parent::ApplicationSet("all".to_owned(), Some(object))
    };
    let told = refusals(&follows(), Some(&set_of(json!([]))));
    assert!(
        told[0]
            .1
            .contains("/metadata/annotations/tidegate.dev~1followed"),
        "{told:?}"
    );
    let spares = json!([{"jsonPointers": ["/spec/source/targetRevision", "/metadata/annotations/tidegate.dev~1followed"]}]);
    assert!(examine(&read(&follows()), Some(&set_of(spares))).is_ok());
    let unseen = Parent::ApplicationSet("all".to_owned(), None);
    assert!(
        refusals(&follows(), Some(&unseen))[0]
            .0
            .contains("cannot be read")
    );
}

#[test]
fn the_parent_is_named_by_what_argo_cd_writes_into_the_object() {
    let mut object = follows();
    assert_eq!(read(&object).parent(), None);
    set(
        &mut object,
        "/metadata/annotations",
        json!({"argocd.argoproj.io/tracking-id": "root:argoproj.io/Application:argocd/web"}),
    );
    assert_eq!(
        read(&object).parent(),
        Some(("Application", "root".to_owned()))
    );
    set(
        &mut object,
        "/metadata/ownerReferences",
        json!([{"kind": "ApplicationSet", "name": "all"}]),
    );
    assert_eq!(
        read(&object).parent(),
        Some(("ApplicationSet", "all".to_owned()))
    );
}

#[test]
fn a_chart_is_adopted_in_its_exact_version_with_the_commit_of_its_values() {
    let mut follows = of_chart();
    set(&mut follows, "/metadata/annotations", json!({}));
    set(
        &mut follows,
        "/spec/sources/1/targetRevision",
        json!("main"),
    );
    let pin = examine(&read(&follows), None).unwrap();
    assert_eq!(pin, chart("1.4.2", Some("a")));
    let patch = adopt(&follows, &read(&follows), &pin);
    assert_eq!(patch["spec"]["sources"], of_chart()["spec"]["sources"]);
    let followed = &patch["metadata"]["annotations"]["tidegate.dev/followed"];
    assert_eq!(followed, "main");
    let back = release(&of_chart(), &read(&with_followed())).unwrap();
    assert_eq!(back["spec"]["sources"], follows["spec"]["sources"]);

    set(&mut follows, "/spec/sources/0/targetRevision", json!("1.x"));
    assert_eq!(
        refusals(&follows, None),
        [(
            "its chart follows the versions \"1.x\", and a new one would go out by itself"
                .to_owned(),
            "set targetRevision to 1.4.2, which runs now, and try again".to_owned()
        )]
    );
}

#[test]
fn a_parent_of_several_sources_has_to_spare_them_all() {
    let parent = |pointer: &str| {
        let object = json!({"spec": {
            "syncPolicy": {"syncOptions": ["RespectIgnoreDifferences=true"]},
            "ignoreDifferences": [{"kind": "Application", "jsonPointers": [pointer]}],
        }});
        Parent::Application("root".to_owned(), Some(object))
    };
    let mut free = of_chart();
    set(&mut free, "/metadata/annotations", json!({}));
    let told = refusals(&free, Some(&parent("/spec/source/targetRevision")));
    assert!(told[0].1.contains("the pointer /spec/sources,"), "{told:?}");
    assert!(examine(&read(&free), Some(&parent("/spec/sources"))).is_ok());
}

#[test]
fn a_chart_without_values_from_git_is_pinned_to_its_version_alone() {
    let mut object = with("/metadata/annotations", json!({}));
    set(
        &mut object,
        "/spec/source",
        json!({"repoURL": "registry.example.com/charts", "chart": "web", "targetRevision": "1.4.2"}),
    );
    set(&mut object, "/status/sync/revision", json!("1.4.2"));
    let pin = examine(&read(&object), None).unwrap();
    assert_eq!(pin, chart("1.4.2", None));
    let patch = adopt(&object, &read(&object), &pin);
    assert_eq!(
        patch["spec"],
        json!({"source": {"targetRevision": "1.4.2"}})
    );
    let followed = &patch["metadata"]["annotations"]["tidegate.dev/followed"];
    assert_eq!(followed, "1.4.2");
    let by_version = read(&object);
    for repository in [
        "oci://registry.example.com/charts",
        "registry.example.com/charts/",
    ] {
        assert!(
            by_version.manifests_of_chart(repository, "web").is_ok(),
            "{repository}"
        );
    }
}

/// The chart, adopted while its values followed `main`.
fn with_followed() -> Value {
    let mut adopted = of_chart();
    let followed = json!({"tidegate.dev/followed": "main"});
    set(&mut adopted, "/metadata/annotations", followed);
    adopted
}
