//! What a user of the doctor relies on. Each rule's plain cases are files of the
//! command's own tests; here is what is hard to see.

use jiff::Timestamp;

use super::*;
use crate::sync_window::Application;

/// A Tuesday, in business hours.
const NOW: &str = "2026-11-24T13:00:00Z";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A window at a line, with fields at the lines after it.
fn window(
    line: usize,
    kind: &str,
    schedule: &str,
    duration: &str,
    applications: &[&str],
) -> Window {
    let text = |offset: usize, text: &str| Text {
        text: text.to_owned(),
        line: line + offset,
    };
    Window {
        line,
        kind: text(0, kind),
        schedule: text(1, schedule),
        duration: text(2, duration),
        applications: applications.iter().map(|name| text(3, name)).collect(),
        time_zone: text(0, ""),
        sync_overrun: true,
        ..Window::default()
    }
}

fn project(windows: Vec<Window>) -> Project {
    Project {
        name: "production".to_owned(),
        place: Place::of_file("project.yaml"),
        windows,
    }
}

fn application(name: &str, namespace: &str) -> KnownApplication {
    KnownApplication {
        project: "production".to_owned(),
        automated: true,
        application: Application {
            name: name.to_owned(),
            destination_namespace: namespace.to_owned(),
            ..Application::default()
        },
    }
}

fn inventory(windows: Vec<Window>, applications: &[(&str, &str)]) -> Inventory {
    Inventory {
        projects: vec![project(windows)],
        namespaces: applications
            .iter()
            .map(|(_, namespace)| (*namespace).to_owned())
            .collect(),
        applications: applications
            .iter()
            .map(|(name, namespace)| application(name, namespace))
            .collect(),
        ..Inventory::default()
    }
}

/// Ids and lines.
fn found(inventory: &Inventory) -> Vec<(&'static str, usize)> {
    found_at(inventory, NOW)
}

fn found_at(inventory: &Inventory, now: &str) -> Vec<(&'static str, usize)> {
    let findings = examine(inventory, at(now));
    findings
        .iter()
        .map(|finding| (finding.rule.id(), finding.line))
        .collect()
}

const SHOP: &[(&str, &str)] = &[("shop", "production")];

#[test]
fn the_hour_of_asking_changes_nothing() {
    let windows = vec![
        window(10, "allow", "0 2 * * 2,4", "4h", &["shop"]),
        window(20, "deny", "0 8 * * 1-5", "10h", &["*"]),
        window(30, "allow", "* * * * *", "24h", &["security-*"]),
    ];
    let mut inventory = inventory(windows, SHOP);
    inventory.projects[0].windows[0].sync_overrun = false;
    for now in [
        "2026-11-24T02:00:00Z",
        "2026-11-24T03:00:00Z",
        "2026-11-24T06:00:00Z",
        "2026-11-24T08:00:00Z",
        "2026-11-24T13:00:00Z",
        "2026-11-24T18:00:00Z",
        "2026-11-28T12:00:00.5Z",
        "2028-02-29T23:59:59.999999999Z",
    ] {
        assert_eq!(
            found_at(&inventory, now),
            [("TG112", 10), ("TG103", 30)],
            "{now}"
        );
    }
}

#[test]
fn an_emergency_window_says_when_it_stays_shut_by_the_clock_of_the_deny() {
    let mut deny = window(20, "deny", "30 7 * * 1,3", "90m", &["*"]);
    deny.time_zone.text = "Europe/Zurich".to_owned();
    let windows = vec![
        deny,
        window(30, "allow", "* * * * *", "24h", &["security-*"]),
    ];
    let findings = examine(&inventory(windows, SHOP), at(NOW));
    assert_eq!(
        findings[0].message(),
        "the emergency window never opens Mon and Wed 07:30–09:00 Europe/Zurich: the deny window \
         at line 20 covers security-* too, and a deny beats every allow"
    );
}

#[test]
fn several_denies_can_leave_nothing_together() {
    let allow = window(10, "allow", "0 2 * * *", "4h", &["*"]);
    let first = window(20, "deny", "0 1 * * *", "3h", &["*"]);
    let second = window(30, "deny", "0 4 * * *", "3h", &["shop"]);
    let together = inventory(vec![allow.clone(), first.clone(), second], &[]);
    // Only the shop loses both halves, and the window is for others too.
    assert_eq!(found(&together), []);
    let all = window(30, "deny", "0 4 * * *", "3h", &["*"]);
    let all = inventory(vec![allow, first, all], &[]);
    let findings = examine(&all, at(NOW));
    assert_eq!(findings.len(), 1);
    assert!(
        findings[0]
            .why
            .contains("the deny windows at lines 20 and 30 are too")
    );
}

#[test]
fn a_deny_for_another_place_does_not_shut_an_emergency_window() {
    let mut deny = window(20, "deny", "0 8 * * 1-5", "10h", &["*"]);
    deny.namespaces = vec![Text {
        text: "batch".to_owned(),
        line: 24,
    }];
    deny.and_operator = true;
    let mut emergency = window(30, "allow", "* * * * *", "24h", &["security-*"]);
    emergency.namespaces = vec![Text {
        text: "production".to_owned(),
        line: 34,
    }];
    emergency.and_operator = true;
    let applications = [("shop", "production"), ("reports", "batch")];
    let mut inventory = inventory(vec![deny, emergency], &applications);
    assert_eq!(found(&inventory), []);
    inventory.projects[0].windows[0].namespaces[0].text = "prod*".to_owned();
    assert_eq!(found(&inventory), [("TG103", 30)]);
}

#[test]
fn a_freeze_may_cover_whole_nights() {
    let windows = vec![
        window(10, "allow", "0 2 * * *", "4h", &["shop"]),
        window(20, "deny", "0 0 20 12 *", "336h", &["*"]),
    ];
    assert_eq!(found(&inventory(windows, SHOP)), []);
}

#[test]
fn unknown_names_are_no_mistake_where_more_may_exist() {
    let windows = vec![window(
        10,
        "allow",
        "0 2 * * *",
        "4h",
        &["till-*", "shop-*"],
    )];
    let mut inventory = inventory(windows, SHOP);
    assert_eq!(found(&inventory), [("TG105", 13), ("TG105", 13)]);
    inventory.more_applications = true;
    // What is nearly a name still is.
    let findings = examine(&inventory, at(NOW));
    assert_eq!(findings.len(), 1);
    assert!(findings[0].what.contains("`shop-*`"), "{findings:?}");
    inventory.applications.clear();
    assert_eq!(found(&inventory), []);
}

#[test]
fn an_application_of_another_project_meets_other_windows() {
    let mut allow = window(10, "allow", "0 2 * * *", "4h", &["*"]);
    allow.sync_overrun = false;
    let mut inventory = inventory(vec![allow], SHOP);
    assert_eq!(found(&inventory), [("TG112", 10)]);
    inventory.applications[0].project = "staging".to_owned();
    assert_eq!(found(&inventory), []);
    // Without a project it is in all of them, for all that is known.
    inventory.applications[0].project.clear();
    assert_eq!(found(&inventory), [("TG112", 10)]);
}

#[test]
fn only_the_window_that_parks_a_sync_is_named() {
    // The day's deny meets no sync: the night's window is long shut. One that
    // lets syncs go on leaves them to the other that is shut.
    let day = window(20, "deny", "0 8 * * 1-5", "10h", &["*"]);
    let night = window(10, "allow", "0 2 * * *", "4h", &["shop"]);
    let evening = window(30, "allow", "0 20 * * *", "1h", &["shop"]);
    for (lacking, line) in [(0, 20), (1, 10), (2, 30)] {
        let mut windows = vec![day.clone(), night.clone(), evening.clone()];
        windows[lacking].sync_overrun = false;
        let expected: &[_] = if lacking == 0 {
            &[]
        } else {
            &[("TG112", line)]
        };
        assert_eq!(found(&inventory(windows, SHOP)), expected, "{lacking}");
    }
}

#[test]
fn a_manual_sync_that_no_window_stops_is_not_parked() {
    let mut allow = window(10, "allow", "0 2 * * *", "4h", &["shop"]);
    allow.sync_overrun = false;
    allow.manual_sync = true;
    let mut inventory = inventory(vec![allow], SHOP);
    assert_eq!(found(&inventory), [("TG112", 10)]);
    inventory.applications[0].automated = false;
    assert_eq!(found(&inventory), []);
}

#[test]
fn windows_of_a_cluster_are_counted() {
    let mut project = project(vec![
        window(1, "deny", "0 8 * * 1-5", "10h", &["*"]),
        window(2, "allow", "* * * * *", "24h", &["security-*"]),
    ]);
    project.place.source = Source::Cluster;
    let inventory = Inventory {
        projects: vec![project],
        ..Inventory::default()
    };
    let findings = examine(&inventory, at(NOW));
    assert!(findings[0].why.starts_with("the deny window 1 covers"));
}

#[test]
fn any_text_is_judged() {
    for text in [
        "",
        "*",
        "[",
        "{",
        "a{}",
        "\u{fffd}",
        "@every 1s",
        "CRON_TZ=UTC",
        "* * * * *",
        "-1h",
    ] {
        let mut odd = window(10, text, text, text, &[text]);
        odd.namespaces = odd.applications.clone();
        odd.time_zone.text = text.to_owned();
        let mut allow = window(20, "allow", text, "1h", &[text]);
        allow.clusters = odd.applications.clone();
        let deny = window(30, "deny", "* * * * *", text, &[text]);
        assert!(
            !found(&inventory(vec![odd, allow, deny], SHOP)).is_empty(),
            "{text}"
        );
    }
}

#[test]
fn every_rule_has_a_page_with_its_title() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for rule in Rule::ALL {
        let page = std::fs::read_to_string(root.join(rule.page())).unwrap();
        let heading = page.lines().next().unwrap();
        assert_eq!(heading, format!("# {}: {}", rule.id(), rule.title()));
        for part in ["## Why it matters", "## What to do"] {
            assert!(page.contains(part), "{}: {part}", rule.id());
        }
    }
}
