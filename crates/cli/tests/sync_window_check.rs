//! `tidegate window check --semantics argocd`, as it is run.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::fs;
use std::process::{Command, Output};

use serde_json::{Value, json};

const PROJECT: &str = r#"
apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata: {name: production}
spec:
  sourceRepos: ["*"]
  syncWindows:
    - {kind: allow, schedule: "0 2 * * 2,4", duration: 4h, timeZone: Europe/Zurich, applications: ["*"]}
    - kind: deny
      schedule: 0 3 * * *
      duration: 30m
      namespaces: [production]
      description: Nightly backup
      manualSync: true
      syncOverrun: true
    - {kind: deny, schedule: "* * * * *", duration: 1h, applications: [web]}
"#;

const APPLICATION: &str = "
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: api, namespace: argocd}
spec:
  project: production
  destination: {server: https://kubernetes.default.svc, namespace: production}
";

fn check(project: &str, application: &str, arguments: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let [project, application] = [("project.yaml", project), ("application.yaml", application)]
        .map(|(name, text)| {
            let path = folder.path().join(name);
            fs::write(&path, text).unwrap();
            path
        });
    Command::new(env!("CARGO_BIN_EXE_tidegate"))
        .args(["window", "check", "--semantics", "argocd", "--project"])
        .arg(project)
        .arg("--application")
        .arg(application)
        .args(arguments)
        .env("TZ", "UTC")
        .env_remove("NO_COLOR")
        .output()
        .unwrap()
}

fn answer(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn an_active_allow_window_is_a_yes() {
    let at = ["--at", "2026-03-10T01:00:00.000000001Z", "-o", "json"];
    let output = check(PROJECT, APPLICATION, &at);
    assert_eq!(output.status.code(), Some(0));
    let expected = json!({
        "allowed": true,
        "error": null,
        "matched": [0, 1],
        "active": [0],
        "reason": "allow window 0 is active",
        "nextOpening": null,
        "closesAt": "2026-03-10T03:00:00Z",
    });
    assert_eq!(answer(&output), expected);
    assert_eq!(text(&output.stderr), "");
}

#[test]
fn the_very_start_is_a_no() {
    let at = ["--at", "2026-03-10T01:00:00Z", "-o", "json"];
    let output = check(PROJECT, APPLICATION, &at);
    assert_eq!(output.status.code(), Some(1));
    let expected = json!({
        "allowed": false,
        "error": null,
        "matched": [0, 1],
        "active": [],
        "reason": "allow window 0 is not active",
        "nextOpening": "2026-03-10T01:00:00Z",
        "closesAt": null,
    });
    assert_eq!(answer(&output), expected);
}

#[test]
fn a_person_and_a_sync_under_way_pass_where_the_window_says_so() {
    let at = ["--at", "2026-03-10T03:10:00Z", "-o", "json"];
    let automatic = check(PROJECT, APPLICATION, &at);
    assert_eq!(automatic.status.code(), Some(1));
    assert_eq!(answer(&automatic)["nextOpening"], "2026-03-10T03:30:00Z");
    let manual = check(PROJECT, APPLICATION, &[&at[..], &["--manual"]].concat());
    assert_eq!(manual.status.code(), Some(0));
    let started = ["--operation-started-at", "2026-03-10T02:59:00Z"];
    let under_way = check(PROJECT, APPLICATION, &[&at[..], &started].concat());
    assert_eq!(under_way.status.code(), Some(0));
    let too_late = ["--operation-started-at", "2026-03-10T03:01:00Z"];
    let too_late = check(PROJECT, APPLICATION, &[&at[..], &too_late].concat());
    assert_eq!(too_late.status.code(), Some(1));
}

#[test]
fn an_error_in_a_window_is_a_no_with_the_error() {
    let project = PROJECT.replace("duration: 30m", "duration: 1d");
    let output = check(
        &project,
        APPLICATION,
        &["--at", "2026-03-10T01:30:00Z", "-o", "json"],
    );
    assert_eq!(output.status.code(), Some(1));
    let answer = answer(&output);
    assert_eq!(answer["allowed"], false);
    assert_eq!(answer["matched"], json!([0, 1]));
    let error = answer["error"].as_str().unwrap();
    assert!(error.contains("sync window 1: duration `1d`"), "{error}");
}

#[test]
fn a_project_without_windows_allows_everything() {
    let project = "{apiVersion: argoproj.io/v1alpha1, kind: AppProject, metadata: {name: a}}";
    let output = check(project, APPLICATION, &["-o", "json"]);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(answer(&output)["matched"], json!([]));
}

#[test]
fn people_read_why_and_when() {
    let mut told = String::new();
    let broken = PROJECT.replace("0 3 * * *", "0 3 * * 7");
    for (project, arguments) in [
        (PROJECT, &["--at", "2026-03-10T01:30:00Z"][..]),
        (PROJECT, &["--at", "2026-03-10T03:10:00Z"]),
        (PROJECT, &["--at", "2026-03-10T03:10:00Z", "--manual"]),
        (&broken, &["--at", "2026-03-10T01:30:00Z"]),
    ] {
        told.push_str(text(&check(project, APPLICATION, arguments).stdout));
    }
    insta::assert_snapshot!(told);
}

#[test]
fn what_cannot_be_asked_is_wrong_input() {
    let calendar = "{apiVersion: tidegate.dev/v1alpha1, kind: ChangeCalendar, metadata: {name: a}}";
    let unnamed = APPLICATION.replace("name: api, ", "");
    let misspelt = PROJECT.replace("manualSync: true", "manualSync: maybe");
    let mut told = String::new();
    for (project, application, arguments) in [
        (calendar, APPLICATION, &[][..]),
        (APPLICATION, APPLICATION, &[]),
        (PROJECT, PROJECT, &[]),
        (PROJECT, &unnamed, &[]),
        (&misspelt, APPLICATION, &[]),
        ("spec: [", APPLICATION, &[]),
        (PROJECT, APPLICATION, &["--at", "tomorrow"]),
        (PROJECT, APPLICATION, &["--calendar", "calendar.yaml"]),
        (PROJECT, APPLICATION, &["--target", "prod/production"]),
        (PROJECT, APPLICATION, &["--for", "40m"]),
    ] {
        let output = check(project, application, arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        for line in text(&output.stderr).lines() {
            let line = line.split_whitespace().map(|word| {
                // Files are in a folder of their own.
                word.rsplit_once('/')
                    .filter(|(path, _)| path.starts_with('/'))
                    .map_or(word, |(_, name)| name)
            });
            told.push_str(&(line.collect::<Vec<_>>().join(" ") + "\n"));
        }
    }
    insta::assert_snapshot!(told);
}

#[test]
fn the_two_forms_do_not_mix() {
    let mut told = String::new();
    for arguments in [
        &["--semantics", "argocd"][..],
        &["--semantics", "argocd", "--project", "project.yaml"],
        &[
            "--project",
            "project.yaml",
            "--application",
            "application.yaml",
        ],
        &["--calendar", "calendar.yaml", "--target", "a/b", "--manual"],
        &[
            "--semantics",
            "argocd",
            "--project",
            "nowhere.yaml",
            "--application",
            "nowhere.yaml",
        ],
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_tidegate"))
            .args(["window", "check"])
            .args(arguments)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        told.push_str(text(&output.stderr));
    }
    insta::assert_snapshot!(told);
}

#[test]
fn programs_get_an_answer_even_where_nothing_can_be_asked() {
    let output = check("spec: [", APPLICATION, &["-o", "json"]);
    assert_eq!(output.status.code(), Some(2));
    let answer = answer(&output);
    assert_eq!(answer["allowed"], false);
    assert!(answer["error"].as_str().unwrap().contains("is not YAML"));
}
