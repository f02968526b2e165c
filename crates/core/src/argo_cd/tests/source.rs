use serde_json::json;

use super::{object, read, with};
use crate::argo_cd::source::is_same_repository;

fn refusal(pointer: &str, value: serde_json::Value) -> String {
    let application = read(&with(pointer, value));
    application
        .manifests("https://git.example.com/apps")
        .unwrap_err()
}

#[test]
fn the_source_that_renders_is_found_whatever_its_address_ends_with() {
    let application = read(&object());
    for repository in [
        "https://git.example.com/apps",
        "https://git.example.com/apps.git",
        "https://Git.Example.com/apps/",
    ] {
        let manifests = application.manifests(repository).unwrap();
        assert_eq!((manifests.position, manifests.path), (0, "web"));
    }
    assert!(!is_same_repository(
        "https://git.example.com/apps",
        "https://git.example.com/Apps"
    ));
    assert!(is_same_repository("file:///srv/apps.git", "/srv/apps"));
}

#[test]
fn what_nobody_could_tell_the_outcome_of_is_refused_by_name() {
    assert!(refusal("/spec/source/plugin", json!({"name": "x"})).contains("plugin"));
    assert!(refusal("/spec/source/helm", json!({})).contains("Helm chart"));
    assert!(refusal("/spec/sourceHydrator", json!({})).contains("hydrated"));
    assert!(
        refusal(
            "/spec/source/repoURL",
            json!("https://elsewhere.example.com/apps")
        )
        .starts_with("it deploys from https://elsewhere.example.com/apps")
    );
    let two = json!([
        {"repoURL": "https://git.example.com/apps.git", "path": "web"},
        {"repoURL": "https://git.example.com/apps.git", "path": "api"},
    ]);
    assert!(refusal("/spec/sources", two).contains("several of its sources"));
}

#[test]
fn a_pin_is_a_full_commit_and_nothing_else() {
    assert_eq!(read(&object()).pin(), Some(super::revision("a")));
    for moving in ["", "main", "v1.2.0", "9f1c2d3"] {
        let application = read(&with("/spec/source/targetRevision", json!(moving)));
        assert_eq!(application.pin(), None, "{moving}");
    }
}
