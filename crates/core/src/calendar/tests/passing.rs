//! Labels, exemptions, exceptions, and targets without a window.

use std::collections::BTreeMap;
use std::slice;

use super::*;

fn labels(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    let owned = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
    pairs.iter().map(owned).collect()
}

fn year(effect: Effect) -> EntrySpec {
    one_off(
        "year",
        effect,
        "2026-01-01T00:00",
        "2027-01-01T00:00",
        "UTC",
    )
}

const NOW: &str = "2026-06-01T00:00Z";

fn open(specs: &[EntrySpec], subject: &Subject<'_>, passes: Passes<'_>) -> bool {
    Calendar::parse("c", specs)
        .decision(subject, passes, at(NOW))
        .is_open()
}

#[test]
fn every_label_that_is_asked_for_must_match() {
    let asked = labels(&[("team", "pay*"), ("tier", "*")]);
    for (found, selected) in [
        (vec![("team", "payments"), ("tier", "1")], true),
        (
            vec![("team", "payments"), ("tier", ""), ("other", "x")],
            true,
        ),
        (vec![("team", "payments")], false),
        (vec![("team", "search"), ("tier", "1")], false),
        (vec![], false),
    ] {
        let found = labels(&found);
        let subject = Subject {
            labels: Some(&found),
            ..api()
        };
        let window = EntrySpec {
            labels: asked.clone(),
            ..year(Effect::Allow)
        };
        let freeze = EntrySpec {
            labels: asked.clone(),
            ..year(Effect::Deny)
        };
        assert_eq!(open(&[window], &subject, NOBODY), selected, "{found:?}");
        let always = year(Effect::Allow);
        assert_eq!(
            open(&[always, freeze], &subject, NOBODY),
            !selected,
            "{found:?}"
        );
    }
}

#[test]
fn labels_that_are_not_known_shut() {
    let asked = labels(&[("team", "*")]);
    let window = EntrySpec {
        labels: asked.clone(),
        ..year(Effect::Allow)
    };
    let freeze = EntrySpec {
        labels: asked.clone(),
        ..year(Effect::Deny)
    };
    assert!(!open(&[window], &api(), NOBODY));
    assert!(!open(&[year(Effect::Allow), freeze], &api(), NOBODY));
    assert!(
        open(&[year(Effect::Allow)], &api(), NOBODY),
        "nothing asks for them"
    );
    let exempt = ExemptSpec {
        labels: asked,
        ..ExemptSpec::default()
    };
    let freeze = EntrySpec {
        exempt,
        ..year(Effect::Deny)
    };
    assert!(
        !open(&[freeze], &api(), NOBODY),
        "what is not known is not exempt"
    );
}

#[test]
fn an_exemption_matches_by_type_or_in_every_list_that_it_gives() {
    let team = labels(&[("team", "payments")]);
    let subject = Subject {
        labels: Some(&team),
        ..api()
    };
    let list = |text: &str| vec![text.to_owned()];
    let none = ExemptSpec::default();
    for (exempt, passes) in [
        (none.clone(), false),
        (
            ExemptSpec {
                types: vec![ChangeType::Normal],
                ..none.clone()
            },
            true,
        ),
        (
            ExemptSpec {
                types: vec![ChangeType::Standard],
                ..none.clone()
            },
            false,
        ),
        (
            ExemptSpec {
                clusters: list("prod"),
                ..none.clone()
            },
            true,
        ),
        (
            ExemptSpec {
                clusters: list("test"),
                ..none.clone()
            },
            false,
        ),
        (
            ExemptSpec {
                namespaces: list("prod*"),
                applications: list("api-*"),
                ..none.clone()
            },
            true,
        ),
        (
            ExemptSpec {
                namespaces: list("prod*"),
                applications: list("web-*"),
                ..none.clone()
            },
            false,
        ),
        (
            ExemptSpec {
                labels: labels(&[("team", "pay*")]),
                ..none.clone()
            },
            true,
        ),
        (
            ExemptSpec {
                types: vec![ChangeType::Standard],
                labels: labels(&[("team", "pay*")]),
                ..none.clone()
            },
            true,
        ),
        (
            ExemptSpec {
                types: vec![ChangeType::Normal],
                labels: labels(&[("team", "web*")]),
                ..none.clone()
            },
            true,
        ),
        (
            ExemptSpec {
                types: vec![ChangeType::Standard],
                labels: labels(&[("team", "web*")]),
                ..none.clone()
            },
            false,
        ),
    ] {
        let freeze = EntrySpec {
            exempt: exempt.clone(),
            ..year(Effect::Deny)
        };
        assert_eq!(open(&[freeze], &subject, NOBODY), passes, "{exempt:?}");
    }
}

#[test]
fn a_policy_may_leave_targets_without_a_window_open() {
    let passes = Passes {
        otherwise: Otherwise::Open,
        ..NOBODY
    };
    let elsewhere = EntrySpec {
        namespaces: vec!["staging".into()],
        ..year(Effect::Allow)
    };
    let closed = one_off(
        "past",
        Effect::Allow,
        "2026-01-01T00:00",
        "2026-01-02T00:00",
        "UTC",
    );
    assert!(!open(&[], &api(), NOBODY) && open(&[], &api(), passes));
    assert!(
        !open(slice::from_ref(&elsewhere), &api(), NOBODY)
            && open(slice::from_ref(&elsewhere), &api(), passes)
    );
    assert!(
        !open(&[closed], &api(), passes),
        "its own window is not open"
    );
    assert!(
        !open(&[elsewhere.clone(), year(Effect::Deny)], &api(), passes),
        "a freeze holds it"
    );
    let broken = EntrySpec {
        time_zone: "Nowhere".into(),
        ..year(Effect::Allow)
    };
    assert!(
        !open(&[broken], &api(), passes),
        "the window that cannot be read may be its own"
    );
    let calendar = Calendar::parse("c", &[elsewhere, year(Effect::Deny)]);
    let opening = calendar
        .next_opening(&api(), passes, hours(1), at(NOW))
        .unwrap();
    assert_eq!(
        (opening.opens, opening.window),
        (at("2027-01-01T00:00Z"), None)
    );
}

#[test]
fn an_exception_lets_one_change_through_one_freeze_for_a_time() {
    let nights = recurring("night", Effect::Allow, "0 2 * * *", "4h", "Europe/Zurich");
    let freeze = |name, from, to| one_off(name, Effect::Deny, from, to, "Europe/Zurich");
    let specs = [
        nights,
        freeze("year-end", "2026-12-18T18:00", "2027-01-04T06:00"),
        freeze("audit", "2026-12-21T00:00", "2026-12-22T00:00"),
    ];
    let calendar = Calendar::parse("c", &specs);
    let granted = [
        ("other", "audits", "2026-12-30T00:00Z"),
        ("shorter", "year-end", "2026-12-20T00:00Z"),
        ("tax-table", "year-end", "2026-12-23T03:00Z"),
    ];
    let granted = granted.map(|(exception, freeze, until)| Granted {
        exception: exception.into(),
        change: "chg-1234".into(),
        freeze: freeze.into(),
        until: at(until),
    });
    let passes = Passes {
        granted: &granted,
        ..NOBODY
    };
    for (time, expected, closes) in [
        ("2026-12-20T02:00Z", "", Some("2026-12-20T05:00Z")),
        (
            "2026-12-21T02:00Z",
            "freeze audit is active until Tue 2026-12-22 00:00 CET",
            None,
        ),
        (
            "2026-12-23T02:59:59.999999999Z",
            "",
            Some("2026-12-23T03:00Z"),
        ),
        (
            "2026-12-23T03:00Z",
            "freeze year-end is active until Mon 2027-01-04 06:00 CET",
            None,
        ),
    ] {
        let decision = calendar.decision(&api(), passes, at(time));
        assert_eq!(sentences(&decision), expected, "{time}");
        assert_eq!(decision.closes_at, closes.map(at), "{time}");
    }
    let decision = calendar.decision(&api(), passes, at("2026-12-20T02:00Z"));
    assert_eq!(
        decision.matched[1].to_string(),
        "freeze year-end is active until Mon 2027-01-04 06:00 CET, \
         but exception tax-table lets chg-1234 through until Wed 2026-12-23 04:00 CET"
    );
    let listed: Vec<String> = calendar
        .openings(
            &api(),
            passes,
            at("2026-12-20T12:00Z"),
            at("2027-01-06T00:00Z"),
        )
        .map(|opening| opening.to_string())
        .collect();
    assert_eq!(
        listed,
        [
            "Tue 2026-12-22 02:00 CET, closes 06:00",
            "Wed 2026-12-23 02:00 CET, closes 04:00",
            "Tue 2027-01-05 02:00 CET, closes 06:00",
        ]
    );
    assert!(
        !calendar
            .decision(&api(), NOBODY, at("2026-12-20T02:00Z"))
            .is_open(),
        "another change"
    );
}
