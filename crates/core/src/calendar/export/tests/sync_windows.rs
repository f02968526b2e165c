//! The calendar and Argo CD answer alike.

use super::*;
use crate::calendar::{Otherwise, Passes, Subject};
use crate::change::ChangeType;
use crate::sync_window::{Application, SyncWindows, Trigger};

/// Applications with the same cluster, namespace and name.
pub(super) fn subject<'a>(cluster: &'a str, namespace: &'a str, name: &'a str) -> Subject<'a> {
    Subject {
        cluster,
        namespace,
        name: Some(name),
        labels: None,
        kind: ChangeType::Normal,
    }
}

pub(super) fn application(subject: &Subject<'_>) -> Application {
    Application {
        name: subject.name.unwrap_or_default().to_owned(),
        destination_namespace: subject.namespace.to_owned(),
        destination_name: subject.cluster.to_owned(),
        destination_server: String::new(),
    }
}

pub(super) const NOBODY: Passes<'static> = Passes {
    windows: false,
    freezes: false,
    granted: &[],
    otherwise: Otherwise::Shut,
};

/// Compares both at every half minute of `[from, to)`, but for hours that the
/// clocks repeat. Windows are written again when it is time.
fn compare(calendar: &Calendar, subject: &Subject<'_>, zone: &str, from: &str, to: &str) -> usize {
    let zone = zone_named(zone);
    let (from, to) = (at(from), at(to));
    let application = application(subject);
    let openings: Vec<_> = calendar.openings(subject, NOBODY, from, to).collect();
    let mut openings = openings.into_iter().peekable();
    let mut export = sync_windows(calendar, from);
    let mut windows = SyncWindows::load(&export.windows);
    let mut now = from + SignedDuration::from_secs(30);
    let mut open_times = 0;
    while now < to {
        assert!(export.refused.is_empty(), "{:?}", export.refused);
        if export.next_export_at.is_some_and(|next| next <= now) {
            export = sync_windows(calendar, now);
            windows = SyncWindows::load(&export.windows);
        }
        while openings
            .next_if(|opening| opening.closes.is_some_and(|closes| closes <= now))
            .is_some()
        {}
        let ours = openings.peek().is_some_and(|opening| opening.opens <= now);
        let theirs = windows.verdict(&application, Trigger::Automatic, None, now);
        assert_eq!(theirs.error, None);
        if theirs.allowed != ours && !is_repeated(now, &zone) {
            panic!("{now}: {ours} {theirs:?} {:#?}", export.windows);
        }
        let manual = windows.verdict(&application, Trigger::Manual, None, now);
        assert_eq!(manual.allowed, theirs.allowed, "by hand {now}");
        open_times += usize::from(ours);
        now += MINUTE;
    }
    open_times
}

fn production() -> Calendar {
    calendar(&[
        recurring(
            "tue-thu-night",
            Effect::Allow,
            "0 2 * * 2,4",
            "4h",
            "Europe/Zurich",
        ),
        recurring(
            "weekend",
            Effect::Allow,
            "0 22 * * 5-7",
            "26h",
            "Europe/Zurich",
        ),
        EntrySpec {
            namespaces: names(&["staging-*"]),
            ..recurring(
                "staging",
                Effect::Allow,
                "30 */2 * * *",
                "1h",
                "America/New_York",
            )
        },
        recurring(
            "month-end",
            Effect::Deny,
            "0 0 28-31 * *",
            "24h",
            "Europe/Zurich",
        ),
        one_off(
            "year-end",
            Effect::Deny,
            "2026-12-18T18:00",
            "2027-01-04T06:00",
        ),
        EntrySpec {
            dates: names(&["2026-05-01", "2026-08-01", "2028-02-29"]),
            start_time: Some("01:30".into()),
            duration: Some("20h".into()),
            ..EntrySpec::new("holidays", Effect::Deny, "Europe/Zurich")
        },
    ])
}

#[test]
fn both_answer_alike_in_every_minute_of_a_year() {
    let calendar = production();
    let api = subject("prod", "production", "api-gateway");
    let year = ("2026-01-01T00:00Z", "2027-02-01T00:00Z");
    let open = compare(&calendar, &api, "Europe/Zurich", year.0, year.1);
    assert!(open > 50_000, "{open}");
}

#[test]
fn other_targets_have_other_windows() {
    let calendar = production();
    let staging = subject("prod", "staging-eu", "api-gateway");
    let span = ("2026-04-20T00:00Z", "2026-05-10T00:00Z");
    let open = compare(&calendar, &staging, "America/New_York", span.0, span.1);
    assert!(open > 10_000, "{open}");
    let night = calendar_of_night();
    let other = subject("prod", "elsewhere", "api-gateway");
    assert_eq!(
        compare(&night, &other, "UTC", span.0, span.1),
        0,
        "no window selects it"
    );
}

fn calendar_of_night() -> Calendar {
    calendar(&[EntrySpec {
        namespaces: names(&["production"]),
        ..recurring("night", Effect::Allow, "0 2 * * *", "4h", "UTC")
    }])
}

#[test]
fn a_calendar_of_freezes_alone_opens_what_they_select_and_nothing_else() {
    let freeze = |name: &str| EntrySpec {
        namespaces: names(&["production"]),
        ..recurring(name, Effect::Deny, "0 8 * * 1-5", "10h", "UTC")
    };
    let calendar = calendar(&[freeze("day"), freeze("again")]);
    let span = ("2026-04-20T00:00Z", "2026-05-01T00:00Z");
    let inside = subject("prod", "production", "api");
    assert!(compare(&calendar, &inside, "UTC", span.0, span.1) > 5_000);
    let outside = subject("prod", "elsewhere", "api");
    assert_eq!(compare(&calendar, &outside, "UTC", span.0, span.1), 0);
    let export = sync_windows(&calendar, at(span.0));
    assert_eq!(
        export.windows.len(),
        3,
        "Argo CD refuses the same window twice"
    );
}

#[test]
fn a_calendar_without_entries_is_shut() {
    let span = ("2026-04-20T00:00Z", "2026-04-22T00:00Z");
    let api = subject("prod", "production", "api");
    assert_eq!(compare(&calendar(&[]), &api, "UTC", span.0, span.1), 0);
}

#[test]
fn one_off_windows_come_once_and_a_window_that_is_over_opens_nothing() {
    let calendar = calendar(&[
        one_off(
            "move",
            Effect::Allow,
            "2026-12-05T22:00",
            "2026-12-06T04:00",
        ),
        one_off("long", Effect::Deny, "2026-12-06T00:00", "2029-06-01T00:00"),
    ]);
    let api = subject("prod", "production", "api");
    let span = ("2026-10-01T00:00Z", "2027-12-31T00:00Z");
    assert_eq!(compare(&calendar, &api, "UTC", span.0, span.1), 120);
    let next = |text: &str| sync_windows(&calendar, at(text)).next_export_at;
    assert_eq!(
        next("2026-10-01T00:00Z"),
        Some(at("2026-11-05T21:00Z")),
        "draws near"
    );
    assert_eq!(
        next("2026-12-01T00:00Z"),
        Some(at("2026-12-06T03:00Z")),
        "is over"
    );
    assert_eq!(next("2030-01-01T00:00Z"), None);
}

#[test]
fn edges_off_the_minute_are_moved_so_that_less_is_open() {
    let calendar = calendar(&[
        one_off(
            "window",
            Effect::Allow,
            "2026-12-05T22:00:10",
            "2026-12-05T23:00:20.5",
        ),
        one_off(
            "freeze",
            Effect::Deny,
            "2026-12-05T22:30:10",
            "2026-12-05T22:40:10.5",
        ),
        one_off(
            "blink",
            Effect::Allow,
            "2026-12-05T20:00:10",
            "2026-12-05T20:00:50",
        ),
    ]);
    let export = sync_windows(&calendar, at("2026-12-01T00:00Z"));
    let windows = SyncWindows::load(&export.windows);
    let api = application(&subject("prod", "production", "api"));
    for (time, open) in [
        ("2026-12-05T21:00:30Z", false),
        ("2026-12-05T21:01:30Z", true),
        ("2026-12-05T21:29:59Z", true),
        ("2026-12-05T21:30:05Z", false),
        ("2026-12-05T21:40:10.7Z", false),
        ("2026-12-05T21:40:12Z", true),
        ("2026-12-05T22:00:19Z", true),
        ("2026-12-05T22:00:20.2Z", false),
        ("2026-12-05T19:00:30Z", false),
    ] {
        let verdict = windows.verdict(&api, Trigger::Manual, None, at(time));
        assert_eq!(verdict.allowed, open, "{time}");
    }
    insta::assert_snapshot!(export.differences.join("\n"));
}

#[test]
fn what_is_broken_denies_always() {
    let calendar = calendar(&[
        recurring("night", Effect::Allow, "0 2 * * *", "4h", "UTC"),
        EntrySpec {
            namespaces: names(&["production"]),
            ..recurring("holidays", Effect::Deny, "0 0 30 2 *", "1h", "UTC")
        },
    ]);
    let span = ("2026-04-20T00:00Z", "2026-04-30T00:00Z");
    let shut = subject("prod", "production", "api");
    assert_eq!(compare(&calendar, &shut, "UTC", span.0, span.1), 0);
    let open = subject("prod", "elsewhere", "api");
    assert!(compare(&calendar, &open, "UTC", span.0, span.1) > 2_000);
    let export = sync_windows(&calendar, at(span.0));
    let told = export.differences.last().unwrap();
    assert!(
        told.starts_with("holidays cannot be used and denies always"),
        "{told}"
    );
}

#[test]
fn windows_say_whose_they_are() {
    let export = sync_windows(&production(), at("2026-12-01T00:00Z"));
    let json = serde_json::to_value(&export.windows).unwrap();
    let shown: Vec<String> = json
        .as_array()
        .unwrap()
        .iter()
        .map(|window| {
            let text = |field: &str| window[field].as_str().unwrap();
            format!(
                "{} {} {} {} {}",
                text("description"),
                text("kind"),
                text("schedule"),
                text("duration"),
                text("timeZone")
            )
        })
        .collect();
    insta::assert_snapshot!(shown.join("\n"));
}
