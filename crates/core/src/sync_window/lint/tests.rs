//! What the owner of a project is told.

use super::*;

fn window(kind: &str, schedule: &str, duration: &str, applications: &str) -> SyncWindow {
    SyncWindow {
        kind: kind.to_owned(),
        schedule: schedule.to_owned(),
        duration: duration.to_owned(),
        applications: vec![applications.to_owned()],
        ..SyncWindow::default()
    }
}

fn found(windows: &[SyncWindow]) -> Vec<(usize, &'static str)> {
    let now = "2026-11-24T12:00Z".parse().unwrap();
    let findings = lint(windows, now);
    findings
        .iter()
        .map(|finding| (finding.window, finding.id))
        .collect()
}

#[test]
fn what_cannot_work_is_found() {
    let windows = [
        window("allow", "0 25 * * *", "1h", "a"),
        window("allow", "0 2 * * *", "1d", "b"),
        window("Deny", "0 2 * * *", "1h", "c"),
        window("deny", "0 2 * * *", "0s", "d"),
        window("deny", "0 0 30 2 *", "1h", "e"),
        window("deny", "0 2 * * *", "1h", "[f"),
        SyncWindow {
            applications: Vec::new(),
            ..window("allow", "0 2 * * *", "1h", "")
        },
        SyncWindow {
            time_zone: "Europe/Zurch".to_owned(),
            ..window("allow", "0 2 * * *", "1h", "g")
        },
    ];
    let broken = "window-broken";
    let expected = [
        (0, broken),
        (1, broken),
        (2, broken),
        (3, "window-never-active"),
        (4, "window-always-active"),
        (5, broken),
        (6, broken),
        (7, broken),
    ];
    assert_eq!(found(&windows), expected);
}

#[test]
fn an_allow_that_a_deny_covers_is_shadowed() {
    let emergency = window("allow", "0 9 * * 1-5", "2h", "security-*");
    let day = window("deny", "0 8 * * 1-5", "10h", "*");
    assert_eq!(
        found(&[emergency.clone(), day.clone()]),
        [(0, "window-shadowed")]
    );
    let longer = window("allow", "0 9 * * 1-6", "2h", "security-*");
    assert_eq!(found(&[longer, day]), [(0, "windows-overlap")]);
    let others = window("deny", "0 8 * * 1-5", "10h", "web-*");
    assert_eq!(found(&[emergency, others]), []);
}
