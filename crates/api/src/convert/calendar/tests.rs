//! What is written in a calendar is what is decided on.

use jiff::Timestamp;
use serde_json::{Value, json};
use tidegate_core::calendar::{Passes, Subject};
use tidegate_core::change::ChangeType;

use super::*;

fn object(spec: &Value) -> ChangeCalendar {
    serde_json::from_value(json!({
        "apiVersion": "tidegate.dev/v1alpha1",
        "kind": "ChangeCalendar",
        "metadata": {"name": "production"},
        "spec": spec,
    }))
    .unwrap()
}

fn holidays(ical: &Value) -> ChangeCalendar {
    object(&json!({
        "timeZone": "Europe/Zurich",
        "freezes": [{"name": "holidays", "ical": ical}],
    }))
}

fn read(object: &ChangeCalendar, feeds: &Feeds) -> Vec<String> {
    problems(&calendar(object, feeds))
}

fn is_open(calendar: &Calendar, at: &str) -> bool {
    let subject = Subject {
        cluster: "prod",
        namespace: "production",
        name: Some("api-gateway"),
        labels: Some(&BTreeMap::from([(
            "team".to_owned(),
            "payments".to_owned(),
        )])),
        kind: ChangeType::Normal,
    };
    let at: Timestamp = at.parse().unwrap();
    calendar.decision(&subject, Passes::default(), at).is_open()
}

#[test]
fn a_feed_shuts_the_gate_until_it_is_there() {
    let object = holidays(&json!({"url": "https://calendar.example.com/ch.ics"}));
    let missing = calendar(&object, &Feeds::new());
    assert_eq!(
        problems(&missing),
        ["entry holidays: the feed cannot be read: it has not been fetched yet"]
    );
    assert!(!is_open(&missing, "2026-06-01T00:00:00Z"));
    let text =
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20261225\nEND:VEVENT\nEND:VCALENDAR";
    let feeds = Feeds::from([("holidays".to_owned(), Feed::Text(text.into()))]);
    let fetched = calendar(&object, &feeds);
    assert_eq!(problems(&fetched), Vec::<String>::new());
    assert!(is_open(&fetched, "2026-12-24T12:00:00Z"));
    assert!(!is_open(&fetched, "2026-12-25T12:00:00Z"));
}

#[test]
fn a_feed_has_its_times() {
    let url = "https://calendar.example.com/ch.ics";
    let hours = SignedDuration::from_hours;
    for (ical, refresh, stale_after) in [
        (json!({"url": url}), hours(1), hours(24)),
        (
            json!({"url": url, "refresh": "15m", "staleAfter": "2h"}),
            SignedDuration::from_mins(15),
            hours(2),
        ),
        (json!({"url": url, "refresh": "3d"}), hours(72), hours(72)),
    ] {
        let wanted = wanted(&holidays(&ical));
        assert_eq!(wanted.len(), 1);
        assert_eq!(
            (wanted[0].refresh, wanted[0].stale_after),
            (refresh, stale_after)
        );
    }
    for (ical, problem) in [
        (
            json!({"url": url, "refresh": "often"}),
            "ical.refresh: a duration is written like `4h`, `90m`, `1h30m`, `45s` or `2d`",
        ),
        (
            json!({"url": url, "refresh": "2h", "staleAfter": "1h"}),
            "ical.staleAfter: 1h is over before the next fetch after 2h; make it longer than refresh",
        ),
    ] {
        let object = holidays(&ical);
        assert_eq!(wanted(&object), []);
        let expected = format!("entry holidays: the feed cannot be read: {problem}");
        assert_eq!(read(&object, &Feeds::new()), [expected]);
    }
}

#[test]
fn a_feed_belongs_to_one_entry() {
    let ical = json!({"url": "https://calendar.example.com/ch.ics"});
    let object = object(&json!({
        "timeZone": "UTC",
        "windows": [{"name": "same", "schedule": "0 2 * * *", "duration": "4h"}],
        "freezes": [{"name": "same", "ical": ical}],
    }));
    let feeds = Feeds::from([(
        "same".to_owned(),
        Feed::Text("BEGIN:VCALENDAR\nEND:VCALENDAR".into()),
    )]);
    assert_eq!(
        read(&object, &feeds),
        [
            "entry same: the feed cannot be read: another entry has the same name, so nobody can tell whose feed it is"
        ]
    );
}

#[test]
fn every_field_of_an_entry_counts() {
    let calendar_of = |freeze: Value| {
        let object = object(&json!({"timeZone": "Europe/Zurich", "freezes": [freeze]}));
        calendar(&object, &Feeds::new())
    };
    let on = |extra: Value| {
        let mut freeze = json!({"name": "f", "dates": ["2026-12-24"]});
        for (key, value) in extra.as_object().unwrap() {
            freeze[key] = value.clone();
        }
        let calendar = calendar_of(freeze);
        assert_eq!(problems(&calendar), Vec::<String>::new());
        [
            "2026-12-24T12:00:00Z",
            "2026-12-24T22:30:00Z",
            "2026-12-24T23:30:00Z",
        ]
        .map(|at| is_open(&calendar, at))
    };
    assert_eq!(on(json!({})), [false, false, true]);
    assert_eq!(
        on(json!({"startTime": "22:00", "duration": "4h"})),
        [true, false, false]
    );
    assert_eq!(on(json!({"timeZone": "UTC"})), [false, false, false]);
    // What another target has does not hold this one; what it is exempt from
    // neither.
    for other in [
        json!({"clusters": ["test"]}),
        json!({"namespaces": ["staging"]}),
        json!({"applications": ["web"]}),
        json!({"labels": {"team": "search"}}),
        json!({"exempt": {"types": ["normal"]}}),
        json!({"exempt": {"clusters": ["prod"]}}),
        json!({"exempt": {"namespaces": ["prod*"]}}),
        json!({"exempt": {"applications": ["api-*"]}}),
        json!({"exempt": {"labels": {"team": "pay*"}}}),
    ] {
        // A target that no freeze selects finds the gate shut, so another
        // freeze, which is over, selects them all.
        let mut freeze = json!({"name": "f", "dates": ["2026-12-24"]});
        for (key, value) in other.as_object().unwrap() {
            freeze[key] = value.clone();
        }
        let past = json!({"name": "past", "dates": ["2020-12-24"]});
        let object = object(&json!({"timeZone": "UTC", "freezes": [freeze, past]}));
        let calendar = calendar(&object, &Feeds::new());
        assert!(is_open(&calendar, "2026-12-24T12:00:00Z"), "{other}");
    }
}

#[test]
fn an_exception_is_read_with_its_group() {
    let spec = |by: Value| {
        object(&json!({
            "timeZone": "Europe/Zurich",
            "freezes": [{"name": "year-end", "from": "2026-12-18T18:00", "to": "2027-01-04T06:00"}],
            "exceptions": [{"name": "tax", "freeze": "year-end", "change": "chg-1", "reason": "Law", "until": "2026-12-20T12:00"}],
            "exceptionsBy": by,
        }))
    };
    let good = calendar(&spec(json!("sre-lead")), &Feeds::new());
    let exception = good.exceptions.usable().next().unwrap();
    assert_eq!(exception.until.to_string(), "2026-12-20T11:00:00Z");
    assert_eq!(good.exceptions.by.as_deref(), Some("sre-lead"));
    assert_eq!(
        read(&spec(Value::Null), &Feeds::new()),
        ["exception tax: nobody can approve it until `exceptionsBy` names a group"]
    );
}
