use serde_json::{Value, json};

use super::{chart, commit, object, of_chart, read, revision, set, with};
use crate::argo_cd::pin::{Asker, Sources, move_pin, restore_sources, stop, syncs_another};

const ASKER: Asker<'static> = Asker {
    change: "chg-1",
    effect: "1/apply/0/prod/shop/web",
};

#[test]
fn the_pin_and_the_sync_of_it_are_one_write_with_the_applications_own_options() {
    let object = object();
    let moved = move_pin(&object, &read(&object), &commit("b"), ASKER).unwrap();
    let new = revision("b");
    assert_eq!(moved["spec"]["source"]["targetRevision"], new.as_str());
    assert_eq!(
        moved["operation"],
        json!({
            "initiatedBy": {"username": "tidegate"},
            "info": [
                {"name": "tidegate.dev/change", "value": "chg-1"},
                {"name": "tidegate.dev/effect", "value": "1/apply/0/prod/shop/web"},
            ],
            "retry": {"limit": 2},
            "sync": {
                "revision": new.as_str(),
                "prune": true,
                "syncOptions": ["ServerSideApply=true"],
            },
        })
    );
    // Automated sync stays on, and the write is refused if anybody was faster.
    assert_eq!(moved["spec"]["syncPolicy"], object["spec"]["syncPolicy"]);
    assert_eq!(moved["metadata"], object["metadata"]);
}

#[test]
fn an_application_that_does_not_prune_is_not_pruned() {
    let object = with("/spec/syncPolicy/automated/prune", json!(false));
    let moved = move_pin(&object, &read(&object), &commit("b"), ASKER).unwrap();
    assert_eq!(moved["operation"]["sync"].get("prune"), None);
}

#[test]
fn of_several_sources_only_the_one_that_renders_moves() {
    let mut object = with("/spec/source", Value::Null);
    set(
        &mut object,
        "/spec/sources",
        json!([
            {"repoURL": "https://git.example.com/values.git", "targetRevision": "v1", "ref": "values"},
            {"repoURL": "https://git.example.com/apps.git", "path": "web", "targetRevision": revision("a").as_str()},
        ]),
    );
    let application = read(&object);
    let moved = move_pin(&object, &application, &commit("b"), ASKER).unwrap();
    assert_eq!(moved["spec"]["sources"][0]["targetRevision"], "v1");
    assert_eq!(
        moved["operation"]["sync"]["revisions"],
        json!(["v1", revision("b").as_str()])
    );
}

#[test]
fn the_way_back_restores_the_sources_with_their_parameters() {
    let mut before = object();
    set(
        &mut before,
        "/spec/source/kustomize",
        json!({"images": ["web:v1"]}),
    );
    let sources = Sources::of(&before);
    assert_eq!(sources.pin(), Some(commit("a")));
    let mut now = move_pin(&before, &read(&before), &commit("b"), ASKER).unwrap();
    set(
        &mut now,
        "/spec/source/kustomize",
        json!({"images": ["web:v2"]}),
    );
    let back = restore_sources(&now, &sources, ASKER).unwrap();
    assert_eq!(back["spec"], before["spec"]);
    assert_eq!(
        back["operation"]["sync"]["revision"],
        revision("a").as_str()
    );
}

#[test]
fn of_a_chart_the_version_moves_or_the_values_and_the_other_stays() {
    let object = of_chart();
    let application = read(&object);
    for (pin, version, values) in [
        (chart("1.5.0", Some("a")), "1.5.0", "a"),
        (chart("1.4.2", Some("b")), "1.4.2", "b"),
    ] {
        let moved = move_pin(&object, &application, &pin, ASKER).unwrap();
        let sources = &moved["spec"]["sources"];
        assert_eq!(sources[0]["targetRevision"], version);
        assert_eq!(sources[1]["targetRevision"], revision(values).as_str());
        assert_eq!(
            moved["operation"]["sync"]["revisions"],
            json!([version, revision(values).as_str()])
        );
        let back = restore_sources(&moved, &Sources::of(&object), ASKER).unwrap();
        assert_eq!(back["spec"], object["spec"]);
        assert_eq!(
            back["operation"]["sync"]["revisions"],
            json!(["1.4.2", revision("a").as_str()])
        );
        assert!(syncs_another(&read(&moved), &chart("1.4.2", Some("a"))));
        assert!(!syncs_another(&read(&moved), &pin));
    }
    assert_eq!(Sources::of(&object).pin(), Some(chart("1.4.2", Some("a"))));
    let nowhere = move_pin(
        &super::object(),
        &read(&super::object()),
        &chart("1.0.0", None),
        ASKER,
    );
    assert!(nowhere.is_err(), "it has no chart");
}

/// Parked while it syncs this commit.
fn parked(commit: &str) -> Value {
    let mut parked = with(
        "/status/operationState",
        json!({
            "operation": {"sync": {"revision": revision(commit).as_str()}},
            "phase": "Running",
            "message": "Sync operation blocked by sync window",
        }),
    );
    parked["operation"] = parked["status"]["operationState"]["operation"].clone();
    parked
}

#[test]
fn an_operation_is_stopped_by_its_phase_and_taken_back_before_it_has_one() {
    let runs = parked("b");
    let stopped = stop(&runs, &read(&runs)).unwrap();
    assert_eq!(stopped["status"]["operationState"]["phase"], "Terminating");
    assert_eq!(stopped["operation"], runs["operation"]);
    assert_eq!(stop(&stopped, &read(&stopped)), None, "once is enough");

    let mut asked = object();
    asked["operation"] = runs["operation"].clone();
    let stopped = stop(&asked, &read(&asked)).unwrap();
    assert_eq!(stopped, object());
    assert_eq!(stop(&stopped, &read(&stopped)), None, "nothing is there");
}

#[test]
fn a_sync_of_another_commit_is_told_from_one_of_the_pin() {
    let other = |object: &Value| syncs_another(&read(object), &commit("a"));
    assert!(!other(&object()), "it has ended");
    assert!(other(&parked("b")));
    assert!(!other(&parked("a")));
    let mut asked = object();
    asked["operation"] = json!({"sync": {"revision": revision("b").as_str()}});
    assert!(other(&asked));
    asked["operation"] = json!({"sync": {"revisions": ["1.2.3", revision("a").as_str()]}});
    assert!(!other(&asked));
    // It takes what it finds when it begins.
    asked["operation"] = json!({"sync": {}});
    assert!(!other(&asked));
}

#[test]
fn a_source_that_was_edited_is_told_from_one_that_was_only_pinned() {
    let before = Sources::of(&object());
    let same = |edited: &Value| before.differ_only_in_pin(&Sources::of(edited));
    assert!(same(&with("/spec/source/targetRevision", json!("main"))));
    let mut edited = object();
    edited["spec"]["source"]["kustomize"] = json!({"images": ["web=web:v9"]});
    assert!(!same(&edited));
    edited = with("/spec/source", Value::Null);
    edited["spec"]["sources"] = json!([object()["spec"]["source"]]);
    assert!(!same(&edited));
    let several = Sources::of(&edited);
    edited["spec"]["sources"][0]["targetRevision"] = json!("v1");
    assert!(several.differ_only_in_pin(&Sources::of(&edited)));
    edited["spec"]["sources"][0]["path"] = json!("other");
    assert!(!several.differ_only_in_pin(&Sources::of(&edited)));
}
