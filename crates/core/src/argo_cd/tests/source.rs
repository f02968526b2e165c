use serde_json::{Value, json};

use super::{object, of_chart, read, set, with};
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
        assert_eq!(manifests.path, "web");
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

/// A Helm repository, with a chart of it.
const STABLE: &str = "https://charts.example.com/stable";

#[test]
fn a_chart_is_found_by_its_repository_and_its_values_by_theirs() {
    let application = read(&of_chart());
    let by_commit = application
        .manifests("https://git.example.com/apps")
        .unwrap();
    let by_version = application.manifests_of_chart(STABLE, "web").unwrap();
    assert_eq!(by_commit, by_version);
    let chart = by_commit.chart.unwrap();
    assert_eq!((by_commit.repository, chart.name), (STABLE, "web"));
    assert_eq!(chart.values.unwrap().reference, "values");
    for (refused, why) in [
        (
            application.manifests(STABLE),
            "it deploys from https://git.example.com/apps.git",
        ),
        (
            application.manifests_of_chart(STABLE, "api"),
            "it deploys chart web of",
        ),
        (
            application.manifests_of_chart("oci://charts.example.com/stable", "web"),
            "it deploys chart web of",
        ),
        (
            read(&object()).manifests_of_chart(STABLE, "web"),
            "in Git and no chart",
        ),
    ] {
        let refused = refused.unwrap_err();
        assert!(refused.contains(why), "{refused}");
    }
    let mut alone = of_chart();
    set(
        &mut alone,
        "/spec/sources/0/helm",
        json!({"valuesObject": {"replicas": 2}}),
    );
    let refused = read(&alone)
        .manifests("https://git.example.com/apps")
        .unwrap_err();
    assert!(
        refused.contains("gives source.chart and source.version"),
        "{refused}"
    );
}

#[test]
fn values_from_where_nobody_follows_them_are_refused() {
    let mut beside = object();
    set(&mut beside, "/spec/source", Value::Null);
    set(
        &mut beside,
        "/spec/sources",
        json!([
            {"repoURL": "https://git.example.com/apps.git", "path": "web",
             "helm": {"valueFiles": ["$values/production.yaml"]}},
            {"repoURL": "https://git.example.com/values.git", "ref": "values"},
        ]),
    );
    let refused = read(&beside).rendered_from().unwrap_err();
    assert!(
        refused.contains("put the values beside the chart"),
        "{refused}"
    );

    let mut several = of_chart();
    set(
        &mut several,
        "/spec/sources/0/helm",
        json!({"valueFiles": ["$values/a.yaml"], "fileParameters": [{"name": "f", "path": "$more/b"}]}),
    );
    let more = json!({"repoURL": "https://git.example.com/more.git", "ref": "more"});
    several["spec"]["sources"]
        .as_array_mut()
        .unwrap()
        .push(more);
    let refused = read(&several).rendered_from().unwrap_err();
    assert!(refused.contains("come from several sources"), "{refused}");
}

#[test]
fn a_pin_is_a_full_commit_and_nothing_else() {
    assert_eq!(read(&object()).pin(), Some(super::commit("a")));
    for moving in ["", "main", "v1.2.0", "9f1c2d3"] {
        let application = read(&with("/spec/source/targetRevision", json!(moving)));
        assert_eq!(application.pin(), None, "{moving}");
    }
}
