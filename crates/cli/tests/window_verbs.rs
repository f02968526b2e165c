//! `tidegate window next`, `list`, `lint` and `export`, as they are run.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

const HEAD: &str = "apiVersion: tidegate.dev/v1alpha1
kind: ChangeCalendar
metadata: {name: production}
spec:
  timeZone: Europe/Zurich
";

const SPEC: &str = r#"
  windows:
    - {name: tue-thu-night, schedule: "0 2 * * 2,4", duration: 4h}
    - {name: weekend, schedule: "0 22 * * 6", duration: 10h}
  freezes:
    - {name: holidays, from: 2026-12-18T18:00, to: 2027-01-04T06:00, reason: Year-end close}
"#;

fn run_with(input: &str, arguments: &[&str]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_tidegate"))
        .arg("window")
        .args(arguments)
        .env("TZ", "UTC")
        .env("KUBECONFIG", "/nowhere/kubeconfig")
        .env("HOME", "/nowhere")
        .env_remove("KUBERNETES_SERVICE_HOST")
        .env_remove("NO_COLOR")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A mistake in an argument is found before the calendar is read.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

fn window(verb: &str, spec: &str, arguments: &[&str]) -> Output {
    let arguments = [&[verb, "--calendar", "-"], arguments].concat();
    run_with(&format!("{HEAD}{spec}"), &arguments)
}

const TARGET: [&str; 2] = ["--target", "prod/production/api-gateway"];

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

fn answer(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn next_says_when_a_change_would_start() {
    let asked = ["--duration", "40m", "--after", "2026-11-24T12:00Z"];
    let output = window("next", SPEC, &[&TARGET[..], &asked].concat());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(
        text(&output.stdout),
        "✓ would start Thu 2026-11-26 02:00 CET, closes 06:00 (window tue-thu-night)\n"
    );
    let output = window(
        "next",
        SPEC,
        &[&TARGET[..], &asked, &["-o", "json"]].concat(),
    );
    let expected = json!({
        "opens": "2026-11-26T01:00:00Z",
        "closes": "2026-11-26T05:00:00Z",
        "window": "tue-thu-night",
        "told": "would start Thu 2026-11-26 02:00 CET, closes 06:00",
    });
    assert_eq!(answer(&output), expected);
}

#[test]
fn a_longer_change_waits_for_a_longer_window() {
    let next = |duration| {
        let asked = [
            "--duration",
            duration,
            "--after",
            "2026-11-24T12:00Z",
            "-o",
            "json",
        ];
        window("next", SPEC, &[&TARGET[..], &asked].concat())
    };
    assert_eq!(answer(&next("5h"))["window"], "weekend");
    let never = next("12h");
    assert_eq!(never.status.code(), Some(1));
    assert_eq!(
        answer(&never)["told"],
        "would not start within five years: no opening lasts 12h"
    );
    assert_eq!(next("soon").status.code(), Some(2));
}

#[test]
fn list_is_a_table_and_a_drawing() {
    let asked = ["--from", "2026-12-01", "--to", "2027-01-10"];
    let output = window("list", SPEC, &[&TARGET[..], &asked].concat());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    insta::assert_snapshot!(text(&output.stdout));
}

#[test]
fn a_day_with_an_opening_and_a_freeze_is_marked_as_both() {
    let spec = SPEC.replace(
        "freezes:",
        "freezes:\n    - {name: office, schedule: \"0 8 * * 1-5\", duration: 10h}",
    );
    let asked = ["--from", "2026-12-01", "--to", "2026-12-10"];
    let output = window("list", &spec, &[&TARGET[..], &asked].concat());
    let drawn = "       1*   2x   3*   4x   5o   6o\n  7x   8*   9x  10   11";
    assert!(
        text(&output.stdout).contains(drawn),
        "{}",
        text(&output.stdout)
    );
}

#[test]
fn list_says_where_the_clocks_change() {
    let asked = ["--from", "2026-10-24", "--to", "2026-10-27"];
    let output = window(
        "list",
        SPEC,
        &[&TARGET[..], &asked, &["-o", "json"]].concat(),
    );
    let expected = json!([{
        "opens": "2026-10-24T20:00:00Z",
        "closes": "2026-10-25T07:00:00Z",
        "window": "weekend",
        "note": "instead of 10h: the clocks go back",
    }]);
    assert_eq!(answer(&output)["openings"], expected);
    let backwards = ["--from", "2026-10-24", "--to", "2026-10-24"];
    let output = window("list", SPEC, &[&TARGET[..], &backwards].concat());
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn labels_are_compared_where_they_are_given() {
    let spec = r#"
  windows:
    - {name: night, schedule: "0 2 * * *", duration: 4h}
  freezes:
    - {name: web, schedule: "0 0 * * *", duration: 24h, labels: {tier: web}}
"#;
    let check = |labels: &[&str]| {
        let at = ["--at", "2026-11-26T01:30Z"];
        window("check", spec, &[&TARGET[..], &at, labels].concat())
            .status
            .code()
    };
    assert_eq!(check(&[]), Some(1), "not known, so the freeze may hold");
    assert_eq!(check(&["--label", "tier=web"]), Some(1));
    assert_eq!(check(&["--label", "tier=db", "--label", "team=a"]), Some(0));
    assert_eq!(check(&["--label", "tier"]), Some(2));
}

#[test]
fn lint_finds_what_cannot_work() {
    let spec = r#"
  windows:
    - {name: night, schedule: "0 2 * * *", duration: 4h}
    - {name: broken, schedule: "0 2 30 2 *", duration: 4h}
  freezes:
    - {name: always, schedule: "0 0 * * *", duration: 24h}
"#;
    let output = window("lint", spec, &[]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    insta::assert_snapshot!(text(&output.stdout));
    let json = answer(&window("lint", spec, &["-o", "json"]));
    assert_eq!(json["errors"], 2);
    let fine = "  windows:\n    - {name: night, schedule: \"0 2 * * *\", duration: 4h}\n";
    let output = window("lint", fine, &[]);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(text(&output.stdout), "✓ nothing is odd\n");
}

#[test]
fn lint_finds_what_cannot_work_in_a_project_of_argo_cd() {
    let project = r#"
apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata: {name: production}
spec:
  syncWindows:
    - {kind: allow, schedule: "0 9 * * 1-5", duration: 2h, applications: ["security-*"]}
    - {kind: deny, schedule: "0 8 * * 1-5", duration: 10h, applications: ["*"]}
    - {kind: allow, schedule: "0 2 * * 7", duration: 1h, namespaces: [production]}
"#;
    let output = run_with(project, &["lint", "--project", "-"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    insta::assert_snapshot!(text(&output.stdout));
    let output = window("lint", SPEC, &["--project", "-"]);
    assert_eq!(output.status.code(), Some(2), "one of the two");
}

#[test]
fn export_writes_what_argo_cd_reads() {
    let asked = ["--format", "argocd", "--from", "2026-12-01"];
    let output = window("export", SPEC, &asked);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    insta::assert_snapshot!(text(&output.stdout));
    assert!(
        text(&output.stderr)
            .lines()
            .all(|line| line.starts_with("# "))
    );
    let yaml: Value = serde_saphyr::from_str(text(&output.stdout)).unwrap();
    let json = answer(&window(
        "export",
        SPEC,
        &[&asked[..], &["-o", "json"]].concat(),
    ));
    assert_eq!(yaml, json);
}

#[test]
fn export_writes_nothing_that_argo_cd_cannot_obey() {
    let spec = SPEC.replace("reason:", "exempt: {types: [emergency]}, reason:");
    let output = window("export", &spec, &["--format", "argocd"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(text(&output.stdout), "");
    insta::assert_snapshot!(text(&output.stderr));
}

#[test]
fn export_writes_a_feed_that_tidegate_reads() {
    let span = [
        "--format",
        "ical",
        "--from",
        "2026-12-01",
        "--to",
        "2027-02-01",
    ];
    let output = window("export", SPEC, &span);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("feed.ics");
    std::fs::write(&file, &output.stdout).unwrap();
    let spec =
        "  windows:\n    - {name: fed, ical: {url: \"https://calendar.example.com/a.ics\"}}\n";
    let given = format!("--feed=fed={}", file.display());
    let asked = [
        "--duration",
        "1h",
        "--after",
        "2026-12-01T00:00Z",
        "-o",
        "json",
    ];
    let output = window("next", spec, &[&TARGET[..], &asked, &[&given]].concat());
    assert_eq!(answer(&output)["opens"], "2026-12-01T01:00:00Z");
    let output = window("next", spec, &[&TARGET[..], &asked].concat());
    assert_eq!(output.status.code(), Some(2));
    assert!(
        text(&output.stderr).contains("--feed fed=FILE"),
        "{}",
        text(&output.stderr)
    );
    let unknown = ["--feed", "holidays=feed.ics"];
    let output = window("next", spec, &[&TARGET[..], &asked, &unknown].concat());
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_bare_name_is_a_calendar_of_the_cluster() {
    let asked = ["--duration", "1h", "--calendar", "production"];
    let output = run_with("", &[&["next"], &TARGET[..], &asked].concat());
    assert_eq!(output.status.code(), Some(3));
    assert!(
        text(&output.stderr).contains("kubeconfig"),
        "{}",
        text(&output.stderr)
    );
    let file = ["--duration", "1h", "--calendar", "production.yaml"];
    let output = run_with("", &[&["next"], &TARGET[..], &file].concat());
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn how_long_it_takes_is_asked_for_by_either_word() {
    for verb in ["check", "next"] {
        let asked = |word: &str| {
            let arguments = [&TARGET[..], &[word, "40m", "-o", "json"]].concat();
            let output = window(verb, SPEC, &arguments);
            let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
            (output.status.code(), answer["opens"].clone())
        };
        assert_eq!(asked("--for"), asked("--duration"), "{verb}");
    }
}
