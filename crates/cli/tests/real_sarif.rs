//! `tidegate doctor -o sarif` and `tidegate preflight -o sarif` held against the
//! schema of SARIF 2.1.0.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use jsonschema::{Draft, Validator};
use serde_json::{Value, json};
use tidegate_testkit::sarif;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/doctor")
}

fn log(path: &Path) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_tidegate"))
        .args(["doctor", "--delivery", "-o", "sarif"])
        .arg(path)
        .output()
        .unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

fn faults(validator: &Validator, log: &Value) -> Vec<String> {
    let faults = validator.iter_errors(log);
    faults
        .map(|fault| format!("{}: {fault}", fault.instance_path()))
        .collect()
}

/// The schema is written in draft 4 and asks for `uri-reference`, which only later
/// drafts define. It uses nothing that they read otherwise.
fn validator() -> Validator {
    let schema: Value = serde_json::from_str(&sarif::schema().unwrap()).unwrap();
    assert_eq!(
        schema["title"],
        "Static Analysis Results Format (SARIF) Version 2.1.0 JSON Schema"
    );
    jsonschema::options()
        .with_draft(Draft::Draft7)
        .should_validate_formats(true)
        .build(&schema)
        .unwrap()
}

#[test]
fn every_log_is_valid_by_the_schema() {
    let validator = validator();
    let odd = tempfile::tempdir().unwrap();
    let folder = odd.path().join("dépôt, 100 % #1: a?b");
    fs::create_dir(&folder).unwrap();
    let mistake = fixtures().join("TG101/mistaken/project.yaml");
    fs::copy(mistake, folder.join("project.yaml")).unwrap();
    fs::write(folder.join("broken.yaml"), "a: [\n").unwrap();
    let mut paths = vec![
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../demo/repository"),
        odd.path().to_owned(),
    ];
    let rules = fs::read_dir(fixtures()).unwrap();
    paths.extend(rules.map(|entry| entry.unwrap().path()));
    let mut results = 0;
    for path in paths {
        let log = log(&path);
        let faults = faults(&validator, &log);
        assert!(faults.is_empty(), "{}: {faults:#?}", path.display());
        results += log["runs"][0]["results"].as_array().unwrap().len();
    }
    assert!(results > 30, "{results} results were looked at");
}

fn preflight(path: &Path) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_tidegate"))
        .args(["preflight", "-o", "sarif", "--manifests"])
        .arg(path)
        .output()
        .unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn every_log_of_preflight_is_valid_by_the_schema() {
    let validator = validator();
    let odd = tempfile::tempdir().unwrap();
    let folder = odd.path().join("dépôt, 100 % #1: a?b");
    fs::create_dir(&folder).unwrap();
    for (file, text) in [
        ("broken.yaml", "a: [\n"),
        ("binary.yaml", "\0\u{1b}"),
        (
            "custom.yaml",
            "apiVersion: example.com/v1\nkind: Runner\nmetadata: {name: web}\n",
        ),
        (
            "twice.yaml",
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\nkind: ConfigMap\n",
        ),
        (
            "wrong.yaml",
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: \"<a>\"}\ndate: 1\n",
        ),
    ] {
        fs::write(folder.join(file), text).unwrap();
    }
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../demo/repository");
    let custom = folder.join("custom.yaml");
    let mut results = 0;
    for path in [demo.as_path(), odd.path(), &custom] {
        let log = preflight(path);
        let faults = faults(&validator, &log);
        assert!(faults.is_empty(), "{}: {faults:#?}", path.display());
        results += log["runs"][0]["results"].as_array().unwrap().len();
    }
    assert!(results > 4, "{results} results were looked at");
    let invocation = &preflight(&custom)["runs"][0]["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
}

#[test]
fn the_schema_refuses_what_is_not_sarif() {
    let validator = validator();
    let good = log(&fixtures().join("TG101/mistaken"));
    for (place, wrong) in [
        ("/version", json!("2.2")),
        ("/runs/0/tool/driver/name", json!(1)),
        ("/runs/0/results/0/level", json!("fatal")),
        ("/runs/0/results/0/message", json!({"plain": "text"})),
        (
            "/runs/0/results/0/locations/0/physicalLocation/region/startLine",
            json!(0),
        ),
        (
            "/runs/0/results/0/locations/0/physicalLocation/artifactLocation/uri",
            json!("a b"),
        ),
    ] {
        let mut log = good.clone();
        *log.pointer_mut(place).unwrap() = wrong;
        assert!(!faults(&validator, &log).is_empty(), "{place}");
    }
}
