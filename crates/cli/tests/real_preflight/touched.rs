//! What a change touches is judged, and told where it was written.

use serde_json::Value;
use tidegate_testkit::repository::Edit;

use crate::repository::{commit, demo, preflight};

const BASE: &str = "services/api-gateway/base/deployment.yaml";
const OFFLINE: [&str; 4] = ["--base", "main", "--checks", "schema,parity,images,refs"];

#[test]
fn a_good_change_passes_and_says_what_it_would_be() {
    let mut repository = demo();
    let edits = [Edit::replace(BASE, "v2.4.3", "v2.5.0")];
    let message = "CHG-1234: Upgrade\n\nChange: api-gateway from v2.4.3 to v2.5.0";
    commit(&mut repository, message, &edits);
    let ran = preflight(repository.path(), &OFFLINE);
    insta::assert_snapshot!(ran.screen());
    assert_eq!(ran.code(), Some(0));
}

#[test]
fn a_fault_of_a_base_is_told_once_where_it_was_written() {
    let mut repository = demo();
    let edits = [
        Edit::replace(BASE, "replicas:", "replica:"),
        Edit::replace(BASE, "v2.4.3", "v2.5.0"),
    ];
    commit(
        &mut repository,
        "Change: api-gateway from v2.4.3 to v2.5.1",
        &edits,
    );
    let ran = preflight(repository.path(), &OFFLINE);
    insta::assert_snapshot!(ran.screen());
    assert_eq!(ran.code(), Some(1));

    let words = [&OFFLINE[..], &["-o", "json"]].concat();
    let report: Value =
        serde_json::from_str(&preflight(repository.path(), &words).stdout()).unwrap();
    let digests = report["targets"].as_array().unwrap().iter();
    assert!(
        digests
            .clone()
            .all(|target| target["digest"].as_str().unwrap().len() == 64)
    );
    assert_eq!(digests.count(), 2);
}

#[test]
fn what_is_not_committed_yet_is_judged_as_well() {
    let repository = demo();
    let path = repository.path().join("clusters/prod/extra.yaml");
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let config = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: Wrong}\n";
    std::fs::write(&path, config).unwrap();
    let ran = preflight(repository.path(), &["--base", "main", "--checks", "schema"]);
    insta::assert_snapshot!(ran.screen());
    assert_eq!(ran.code(), Some(1));
}

#[test]
fn a_change_of_nothing_that_is_rendered_passes_and_says_so() {
    let mut repository = demo();
    commit(
        &mut repository,
        "Words",
        &[Edit::write("docs/words.md", "# Words\n")],
    );
    let ran = preflight(repository.path(), &OFFLINE);
    insta::assert_snapshot!(ran.screen());
    assert_eq!(ran.code(), Some(0));
}

#[test]
fn one_run_writes_several_reports() {
    let repository = demo();
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    std::fs::write(file("summary.md"), "# Before\n\n").unwrap();
    let also = ["markdown=summary.md", "json=report.json"];
    let also = also.map(|also| {
        let (format, name) = also.split_once('=').unwrap();
        format!("{format}={}", file(name).display())
    });
    let words = ["services/checkout", "--checks", "schema", "-o", "github"];
    let words = [&words[..], &["--also", &also[0], "--also", &also[1]]].concat();
    let ran = preflight(repository.path(), &words);
    assert_eq!((ran.code(), ran.screen().as_str()), (Some(0), ""));
    let summary = std::fs::read_to_string(file("summary.md")).unwrap();
    assert!(
        summary.starts_with("# Before\n\n## Pre-flight"),
        "{summary}"
    );
    let report: Value =
        serde_json::from_slice(&std::fs::read(file("report.json")).unwrap()).unwrap();
    assert_eq!(report["checks"][0]["verdict"], "passed");
    assert_eq!(report["targets"].as_array().unwrap().len(), 2);
}
