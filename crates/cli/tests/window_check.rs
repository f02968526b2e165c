//! `tidegate window check`, as it is run.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

const CALENDAR: &str = r#"
apiVersion: tidegate.dev/v1alpha1
kind: ChangeCalendar
metadata: {name: production}
spec:
  timeZone: Europe/Zurich
  windows:
    - {name: tue-thu-night, schedule: "0 2 * * 2,4", duration: 4h}
  freezes:
    - {name: holidays, from: 2026-12-18T18:00, to: 2027-01-04T06:00, exempt: {types: [emergency]}, reason: Year-end close}
"#;

fn check(calendar: &str, arguments: &[&str]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_tidegate"))
        .args([
            "window",
            "check",
            "--calendar",
            "-",
            "--target",
            "prod/production/api-gateway",
        ])
        .args(arguments)
        .env("TZ", "UTC")
        .env_remove("NO_COLOR")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A mistake in an argument is found before the calendar is read.
    let _ = child.stdin.take().unwrap().write_all(calendar.as_bytes());
    child.wait_with_output().unwrap()
}

fn answer(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn an_open_window_is_a_yes() {
    let output = check(
        CALENDAR,
        &["--at", "2026-11-26T02:00[Europe/Zurich]", "-o", "json"],
    );
    assert_eq!(output.status.code(), Some(0));
    let expected = json!({
        "allowed": true,
        "error": null,
        "matched": ["tue-thu-night", "holidays"],
        "active": ["tue-thu-night"],
        "reason": "window tue-thu-night is open until Thu 2026-11-26 06:00 CET",
        "nextOpening": null,
        "closesAt": "2026-11-26T05:00:00Z",
    });
    assert_eq!(answer(&output), expected);
    assert_eq!(text(&output.stderr), "");
}

#[test]
fn a_window_is_over_at_its_very_end() {
    let output = check(CALENDAR, &["--at", "2026-11-26T05:00Z", "-o", "json"]);
    assert_eq!(output.status.code(), Some(1));
    let expected = json!({
        "allowed": false,
        "error": null,
        "matched": ["tue-thu-night", "holidays"],
        "active": [],
        "reason": "window tue-thu-night is not open",
        "nextOpening": "2026-12-01T01:00:00Z",
        "closesAt": null,
    });
    assert_eq!(answer(&output), expected);
}

#[test]
fn a_freeze_beats_a_window_unless_it_exempts() {
    let at = ["--at", "2026-12-22T02:30[Europe/Zurich]", "-o", "json"];
    let normal = check(CALENDAR, &at);
    assert_eq!(normal.status.code(), Some(1));
    assert_eq!(
        answer(&normal)["active"],
        json!(["tue-thu-night", "holidays"])
    );
    assert_eq!(
        answer(&normal)["nextOpening"],
        json!("2027-01-05T01:00:00Z")
    );
    let emergency = check(CALENDAR, &[&at[..], &["--type", "emergency"]].concat());
    assert_eq!(emergency.status.code(), Some(0));
    let strict = check(
        CALENDAR,
        &[&at[..], &["--type", "emergency", "--passes", "none"]].concat(),
    );
    assert_eq!(strict.status.code(), Some(1));
}

#[test]
fn a_change_must_also_fit() {
    let at = ["--at", "2026-11-26T05:40[Europe/Zurich]"];
    assert_eq!(check(CALENDAR, &at).status.code(), Some(0));
    let output = check(CALENDAR, &[&at[..], &["--for", "40m"]].concat());
    assert_eq!(output.status.code(), Some(1));
    insta::assert_snapshot!(text(&output.stdout));
}

#[test]
fn people_read_why_and_when() {
    let output = check(CALENDAR, &["--at", "2026-12-20T12:00[Europe/Zurich]"]);
    assert_eq!(output.status.code(), Some(1));
    insta::assert_snapshot!(text(&output.stdout));
}

#[test]
fn a_mistake_shuts_the_gate_and_is_named() {
    for (wrong, right, named) in [
        ("0 2 30 2 *", "0 2 * * 2,4", "0 2 30 2 *"),
        ("Europe/Zurch", "Europe/Zurich", "Europe/Zurch"),
        ("ChangeCalender", "ChangeCalendar", "ChangeCalender"),
        ("duratoin: 4h", "duration: 4h", "spec.windows[0].duratoin"),
        ("exmept", "exempt", "spec.freezes[0].exmept"),
    ] {
        let calendar = CALENDAR.replace(right, wrong);
        let output = check(&calendar, &["--at", "2026-11-26T01:30Z", "-o", "json"]);
        assert_eq!(output.status.code(), Some(2), "{wrong}");
        let answer = answer(&output);
        assert_eq!(answer["allowed"], json!(false), "{wrong}");
        assert!(
            answer["error"].as_str().unwrap().contains(named),
            "{wrong}: {answer}"
        );
        assert!(text(&output.stderr).contains("hint: "), "{wrong}");
    }
}

#[test]
fn what_cannot_be_asked_is_wrong_input() {
    for arguments in [
        &["--at", "tomorrow"][..],
        &["--type", "urgent"],
        &["--for", "soon"],
        &["--target", "production"],
        &["--calendar", "/nowhere/calendar.yaml"],
    ] {
        let output = check(CALENDAR, arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(text(&output.stderr).starts_with("error: "), "{arguments:?}");
    }
}

#[test]
fn colours_only_where_they_are_wanted() {
    let at = ["--at", "2026-11-26T01:30Z"];
    assert!(!text(&check(CALENDAR, &at).stdout).contains('\u{1b}'));
    let always = check(CALENDAR, &[&at[..], &["--color", "always"]].concat());
    assert!(text(&always.stdout).contains('\u{1b}'));
}
