use serde_json::{Value, json};

use super::{chart, commit, of_chart, read, revision, set};
use crate::argo_cd::pinned::{ChartVersion, Move, Pin};

#[test]
fn a_range_of_versions_is_no_version() {
    for exact in [
        "1.4.2",
        "v1.4.2",
        "0.0.0",
        "1.4.2-rc.1",
        "1.4.2+build.7",
        "1.0.0-a-b+c",
    ] {
        assert_eq!(ChartVersion::parse(exact).unwrap().as_str(), exact);
    }
    for other in [
        "",
        "1",
        "1.4",
        "1.x",
        "1.4.*",
        "*",
        "^1.4.2",
        "~1.4",
        ">=1.4.2",
        "1.4.2 - 2.0.0",
        "latest",
        "1.04.2",
        "1.4.2-",
        "1.4.2+",
        "1.4.2-a..b",
        "1.4.2 ",
    ] {
        assert_eq!(
            ChartVersion::parse(other).unwrap_err().to_string(),
            format!("\"{other}\" is not the exact version of a chart: give one such as 1.4.2")
        );
    }
}

#[test]
fn a_chart_is_pinned_only_where_its_version_and_its_values_are() {
    let pin = |pointer: &str, value: Value| {
        let mut object = of_chart();
        set(&mut object, pointer, value);
        read(&object).pin()
    };
    let whole = Some(chart("1.4.2", Some("a")));
    assert_eq!(read(&of_chart()).pin(), whole);
    assert_eq!(read(&of_chart()).live_pin(), whole);
    assert_eq!(pin("/spec/sources/0/targetRevision", json!("1.x")), None);
    assert_eq!(pin("/spec/sources/1/targetRevision", json!("main")), None);
    // What no value file refers to does not matter.
    let alone = pin("/spec/sources/0/helm", json!({}));
    assert_eq!(alone, Some(chart("1.4.2", None)));
}

#[test]
fn a_change_moves_what_it_is_about_and_nothing_else() {
    let (version, commit_b) = (ChartVersion::parse("1.5.0").unwrap(), revision("b"));
    let (version, to) = (Move::Version(&version), Move::Commit(&commit_b));
    assert_eq!(commit("a").moved(to), Some(commit("b")));
    assert_eq!(commit("a").moved(version), None);
    let with_values = chart("1.4.2", Some("a"));
    assert_eq!(with_values.moved(to), Some(chart("1.4.2", Some("b"))));
    assert_eq!(with_values.moved(version), Some(chart("1.5.0", Some("a"))));
    assert_eq!(chart("1.4.2", None).moved(to), None);
    assert_eq!(
        chart("1.4.2", None).moved(version),
        Some(chart("1.5.0", None))
    );
}

#[test]
fn a_pin_is_kept_as_it_always_was_and_read_again() {
    for (pin, kept) in [
        (commit("a"), json!(revision("a").as_str())),
        (chart("1.4.2", None), json!({"version": "1.4.2"})),
        (
            chart("1.4.2", Some("a")),
            json!({"version": "1.4.2", "values": revision("a").as_str()}),
        ),
    ] {
        assert_eq!(serde_json::to_value(&pin).unwrap(), kept);
        assert_eq!(serde_json::from_value::<Pin>(kept).unwrap(), pin);
    }
    assert!(serde_json::from_value::<Pin>(json!("main")).is_err());
    assert!(serde_json::from_value::<Pin>(json!({"version": "1.x"})).is_err());
}
