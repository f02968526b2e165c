//! The rule, case by case.

use super::*;

const NOON: &str = "2026-03-10T12:00:30Z";

fn on(kind: &str) -> SyncWindow {
    window(kind, "* * * * *", "1h")
}

/// Ten hours from noon.
fn off(kind: &str) -> SyncWindow {
    window(kind, "0 22 * * *", "1h")
}

#[test]
fn the_rule() {
    let broken = || window("deny", "0 0 * * 7", "1h");
    for (windows, by_hand, by_itself) in [
        (vec![], true, true),
        (vec![off("deny")], true, true),
        (vec![manual(off("deny"))], true, true),
        (vec![manual(off("allow")), off("allow")], false, false),
        (vec![on("allow")], true, true),
        (vec![manual(on("allow"))], true, true),
        (vec![on("allow"), off("deny")], true, true),
        (vec![off("allow")], false, false),
        (vec![manual(off("allow"))], true, false),
        (vec![off("allow"), off("deny")], false, false),
        (vec![on("allow"), off("allow")], true, true),
        (vec![on("deny")], false, false),
        (vec![manual(on("deny"))], true, false),
        (
            vec![manual(on("deny")), manual(on("deny")), on("deny")],
            false,
            false,
        ),
        (vec![on("deny"), on("allow")], false, false),
        (vec![manual(on("deny")), on("allow")], true, false),
        // An active deny window that lets manual syncs through opens what a
        // closed allow window shuts.
        (vec![off("allow"), manual(on("deny"))], true, false),
        (vec![broken()], false, false),
        (
            vec![window("allow", "bad", "1h"), on("allow")],
            false,
            false,
        ),
        (
            vec![on("allow"), window("allow", "* * * * *", "8")],
            false,
            false,
        ),
        // A kind in another case does nothing.
        (vec![on("Deny")], true, true),
        (vec![on("Allow"), off("allow")], false, false),
    ] {
        for (trigger, expected) in [(Trigger::Manual, by_hand), (Trigger::Automatic, by_itself)] {
            let decision = decision(&windows, trigger, NOON);
            assert_eq!(decision.allowed, expected, "{trigger:?} {windows:#?}");
        }
    }
}

#[test]
fn an_error_names_the_window_and_what_is_wrong() {
    let windows = [off("deny"), window("allow", "* * * * *", "1d")];
    let decision = decision(&windows, Trigger::Manual, NOON);
    assert!(!decision.allowed);
    assert_eq!(decision.matched, [0, 1]);
    assert!(decision.active.is_empty());
    insta::assert_snapshot!(decision.reason, @"sync window 1: duration `1d` is not usable: the unit `d` does not exist: there are ns, us, ms, s, m and h, which blocks every sync of the application");
}

#[test]
fn an_error_in_a_window_for_others_does_not_count() {
    let others = SyncWindow {
        applications: vec!["web".into()],
        ..window("deny", "bad", "bad")
    };
    assert!(open(&[others], NOON));
}

#[test]
fn a_sync_under_way_may_go_on_where_all_that_stop_it_say_so() {
    // Allow 08:00 to 12:00, deny 12:00 to 13:00.
    let allow = || window("allow", "0 8 * * *", "4h");
    let deny = || window("deny", "0 12 * * *", "1h");
    let earlier = "2026-03-10T11:50:00Z";
    let too_early = "2026-03-10T07:50:00Z";
    let within = "2026-03-10T12:00:10Z";
    for (windows, started, expected) in [
        (vec![deny()], earlier, false),
        (vec![overrun(deny())], earlier, true),
        (vec![overrun(deny())], within, false),
        (vec![overrun(allow())], earlier, true),
        (vec![overrun(allow())], too_early, false),
        (vec![allow()], earlier, false),
        (vec![overrun(allow()), deny()], earlier, false),
        (vec![allow(), overrun(deny())], earlier, true),
        (vec![overrun(allow()), overrun(deny())], earlier, true),
        (vec![overrun(allow()), overrun(deny())], too_early, false),
        (vec![overrun(deny()), deny()], earlier, false),
        (vec![overrun(deny()), overrun(deny())], earlier, true),
        (vec![overrun(allow()), allow()], earlier, false),
        (vec![overrun(allow()), overrun(allow())], earlier, true),
        (vec![allow(), on("allow")], earlier, true),
    ] {
        let loaded = SyncWindows::load(&windows);
        let ask = |started| loaded.decision(&application(), Trigger::Automatic, started, at(NOON));
        assert_eq!(ask(Some(at(started))).allowed, expected, "{windows:#?}");
        if expected && windows.len() == 1 {
            assert!(!ask(None).allowed, "a new sync: {windows:#?}");
            assert!(
                !ask(Some(at("0001-01-01T00:00:00Z"))).allowed,
                "Go's zero time"
            );
        }
    }
}

#[test]
fn the_reason_is_a_sentence() {
    let named = |description: &str, window| SyncWindow {
        description: description.into(),
        ..window
    };
    let started = Some(at("2026-03-10T11:50:00Z"));
    let mut sentences = String::new();
    for (windows, trigger, started) in [
        (vec![], Trigger::Automatic, None),
        (
            vec![on("allow"), named("Night work", on("allow"))],
            Trigger::Automatic,
            None,
        ),
        (vec![off("deny")], Trigger::Automatic, None),
        (
            vec![off("allow"), named("CHG-7,\n storage", on("deny"))],
            Trigger::Automatic,
            None,
        ),
        (vec![manual(on("deny")), on("deny")], Trigger::Manual, None),
        (vec![manual(on("deny"))], Trigger::Manual, None),
        (vec![off("allow"), off("allow")], Trigger::Automatic, None),
        (vec![manual(off("allow"))], Trigger::Manual, None),
        (
            vec![overrun(window("deny", "0 12 * * *", "1h"))],
            Trigger::Automatic,
            started,
        ),
        (
            vec![overrun(window("allow", "0 8 * * *", "4h"))],
            Trigger::Automatic,
            started,
        ),
        (vec![on("Deny")], Trigger::Automatic, None),
        (vec![off("allow"); 8], Trigger::Automatic, None),
    ] {
        let loaded = SyncWindows::load(&windows);
        let decision = loaded.decision(&application(), trigger, started, at(NOON));
        let answer = if decision.allowed { "yes" } else { "no" };
        sentences.push_str(&[answer, ": ", &decision.reason, "\n"].concat());
    }
    insta::assert_snapshot!(sentences);
}

#[test]
fn windows_are_selected_by_one_list_or_by_all() {
    let select = |applications: &[&str], namespaces: &[&str], clusters: &[&str], all| {
        let list = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let window = SyncWindow {
            applications: list(applications),
            namespaces: list(namespaces),
            clusters: list(clusters),
            and_operator: all,
            ..on("deny")
        };
        decision(&[window], Trigger::Automatic, NOON).matched == [0]
    };
    for all in [false, true] {
        assert!(select(&["api"], &[], &[], all));
        assert!(select(&["web", "a*"], &[], &[], all));
        assert!(select(&[], &["production"], &[], all));
        assert!(select(&[], &[], &["prod-*"], all), "the cluster's name");
        assert!(
            select(&[], &[], &["https://*"], all),
            "the cluster's address"
        );
        assert!(
            !select(&[], &[], &[], all),
            "nothing is selected by nothing"
        );
        assert!(!select(&["argocd/api"], &[], &[], all));
        assert!(
            !select(&["[a"], &[], &[], all),
            "a broken pattern matches nothing"
        );
        assert!(select(&["api"], &["production"], &["prod-eu"], all));
    }
    for (applications, namespaces, clusters) in [
        (&["api"][..], &["other"][..], &["other"][..]),
        (&["other"], &["production"], &["other"]),
        (&["other"], &["other"], &["prod-eu"]),
        (&["api"], &["production"], &["[a"]),
    ] {
        assert!(select(applications, namespaces, clusters, false));
        assert!(!select(applications, namespaces, clusters, true));
    }
    let nowhere = Application::default();
    let window = SyncWindow {
        clusters: vec!["*".into()],
        applications: Vec::new(),
        ..on("deny")
    };
    let decision = SyncWindows::load(&[window]).decision(&nowhere, Trigger::Manual, None, at(NOON));
    assert!(
        decision.matched.is_empty(),
        "a cluster without a name and an address"
    );
}

#[test]
fn the_yaml_of_an_app_project_is_read() {
    let text = r#"[{"kind": "deny", "schedule": "* * * * *", "duration": "1h", "manualSync": true,
        "namespaces": null, "timeZone": "Europe/Zurich", "andOperator": false, "syncOverrun": true,
        "applications": ["*"], "clusters": ["a"], "description": null, "more": 1}]"#;
    let windows: Vec<SyncWindow> = serde_json::from_str(text).unwrap();
    let expected = SyncWindow {
        clusters: vec!["a".into()],
        ..in_zone("Europe/Zurich", overrun(manual(on("deny"))))
    };
    assert_eq!(windows, [expected]);
}
