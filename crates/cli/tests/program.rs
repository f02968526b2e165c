//! The programs themselves: what they print, and how they end.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::process::{Command, Output, Stdio};

use serde_json::Value;

fn tidegate(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tidegate"))
        .args(arguments)
        .env("KUBECONFIG", "/nowhere/kubeconfig")
        .env("HOME", "/nowhere")
        .env_remove("XDG_DATA_HOME")
        .env_remove("KUBERNETES_SERVICE_HOST")
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

fn documents(output: &Output) -> Vec<Value> {
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    serde_saphyr::from_multiple(text(&output.stdout)).unwrap()
}

fn names(documents: &[Value]) -> Vec<String> {
    let name = |object: &Value| {
        format!(
            "{} {}",
            object["kind"].as_str().unwrap(),
            object["metadata"]["name"].as_str().unwrap()
        )
    };
    documents.iter().map(name).collect()
}

#[test]
fn crds_prints_the_definitions_exactly_and_then_the_guards() {
    let documents = documents(&tidegate(&["crds"]));
    let wanted = tidegate_api::definitions::custom_resource_definitions().unwrap();
    assert_eq!(documents[..wanted.len()], wanted);
    insta::assert_snapshot!(names(&documents).join("\n"));
}

#[test]
fn the_roles_are_in_the_namespace_that_is_asked_for() {
    let documents = documents(&tidegate(&["crds", "--rbac", "-n", "change-management"]));
    insta::assert_snapshot!(names(&documents).join("\n"));
    let account = documents
        .iter()
        .find(|object| object["kind"] == "ServiceAccount")
        .unwrap();
    assert_eq!(account["metadata"]["namespace"], "change-management");
}

#[test]
fn without_a_cluster_nothing_is_judged() {
    let output = tidegate(&["why", "chg-1234"]);
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(text(&output.stdout), "");
    assert!(
        text(&output.stderr).contains("hint: "),
        "{}",
        text(&output.stderr)
    );
}

#[test]
fn a_draft_needs_no_cluster() {
    let revision = "9f1c2d3e4b5a69788796a5b4c3d2e1f001122334";
    let draft = [
        "change",
        "new",
        "--ticket",
        "CHG-1234",
        "--title",
        "Upgrade api-gateway to v2.5.0",
        "--repository",
        "https://git.example.com/apps/gitops.git",
        "--revision",
        revision,
        "--target",
        "api-gateway=services/api-gateway/overlays/production",
        "--into",
        "production",
        "--expected-duration",
        "40m",
        "--tested",
        "staging@2026-04-07",
    ];
    let output = tidegate(&draft);
    insta::assert_snapshot!(text(&output.stdout));
    assert!(text(&output.stderr).starts_with("note: requestedBy is left empty"));
    for (right, wrong) in [
        (revision, "9f1c2d3"),
        ("40m", "40 minutes"),
        ("CHG-1234", "1234"),
    ] {
        let wrong: Vec<&str> = draft
            .iter()
            .map(|word| if *word == right { wrong } else { word })
            .collect();
        let output = tidegate(&wrong);
        assert_eq!(output.status.code(), Some(2), "{wrong:?}");
        assert_eq!(text(&output.stdout), "");
    }
}

#[test]
fn a_draft_of_a_chart_names_one_version() {
    let draft = |chart: &str, target: &str| {
        tidegate(&[
            "change",
            "new",
            "--ticket",
            "CHG-1234",
            "--title",
            "Upgrade api-gateway",
            "--repository",
            "https://charts.example.com/stable",
            "--chart",
            chart,
            "--target",
            target,
        ])
    };
    let output = draft("api-gateway@1.4.2", "api-gateway@production");
    let drafted = text(&output.stdout);
    assert!(
        drafted.contains("chart: api-gateway\n") && drafted.contains("version: \"1.4.2\"\n"),
        "{drafted}"
    );
    for (chart, target, said) in [
        (
            "api-gateway",
            "api-gateway@production",
            "write NAME@VERSION",
        ),
        (
            "api-gateway@1.x",
            "api-gateway@production",
            "not the exact version",
        ),
        (
            "api-gateway@1.4.2",
            "api-gateway=services/api-gateway@production",
            "goes out by an Application of Argo CD",
        ),
    ] {
        let output = draft(chart, target);
        assert_eq!(output.status.code(), Some(2), "{chart} {target}");
        assert!(
            text(&output.stderr).contains(said),
            "{}",
            text(&output.stderr)
        );
    }
}

#[test]
fn a_record_that_is_not_there_is_wrong_input() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = folder.path().join("ledger.sqlite");
    let output = tidegate(&["record", "chg-1234", "--ledger", ledger.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("there is no ledger file"));
    assert!(!ledger.exists());
}

#[test]
fn the_help_says_what_the_exit_codes_mean() {
    let output = tidegate(&["--help"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output.stdout).contains("3  cannot reach or judge"));
    let output = tidegate(&["change", "watch", "--help"]);
    assert!(text(&output.stdout).contains("3 cannot reach or judge"));
    assert_eq!(tidegate(&["chnage"]).status.code(), Some(2));
}

#[test]
fn kubectl_finds_it_as_a_plugin() {
    let output = Command::new(env!("CARGO_BIN_EXE_kubectl-tidegate"))
        .arg("--help")
        .output()
        .unwrap();
    assert!(
        text(&output.stdout).contains("Usage: kubectl tidegate"),
        "{}",
        text(&output.stdout)
    );
}

#[test]
fn every_shell_gets_completions() {
    for shell in ["bash", "zsh", "fish"] {
        let output = tidegate(&["completions", shell]);
        assert!(text(&output.stdout).contains("tidegate"), "{shell}");
        assert_eq!(output.status.code(), Some(0));
    }
}

#[test]
fn a_reader_that_goes_away_is_no_panic() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_tidegate"))
        .arg("crds")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(text(&output.stderr), "");
    assert_eq!(output.status.code(), Some(0));
}
