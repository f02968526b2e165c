use serde_json::json;

use super::*;

const URL: &str = "https://example.com/nights.ics";
const HOUR: SignedDuration = SignedDuration::from_hours(1);

fn at(seconds: i64) -> Timestamp {
    Timestamp::constant(1_800_000_000 + seconds, 0)
}

fn nights(name: &str) -> ChangeCalendar {
    let window = json!({"name": "nights", "ical": {"url": URL}});
    serde_json::from_value(json!({
        "apiVersion": "tidegate.dev/v1alpha1", "kind": "ChangeCalendar",
        "metadata": {"name": name},
        "spec": {"timeZone": "UTC", "windows": [window]},
    }))
    .unwrap()
}

#[test]
fn calendars_that_are_gone_take_no_room() {
    let data = tempfile::tempdir().unwrap();
    let feeds = Feeds::new(data.path().to_owned()).unwrap();
    for name in ["production", "staging"] {
        feeds.calendar(&nights(name), at(0));
    }
    feeds.forget_others(&BTreeSet::from(["staging".to_owned()]));
    let read = feeds.read.lock().unwrap();
    let names: Vec<&String> = read.keys().collect();
    assert_eq!(names, ["staging"]);
}

#[test]
fn a_feed_is_awaited_until_its_first_fetch_has_ended_well_or_not() {
    let data = tempfile::tempdir().unwrap();
    let feeds = Feeds::new(data.path().to_owned()).unwrap();
    let production = nights("production");
    assert!(feeds.is_awaited(&production));
    let held = || feeds.held().entry(URL.to_owned()).or_default().clone();
    let put = |held: Held| feeds.held().insert(URL.to_owned(), held);
    let never = held();
    assert!(feeds.is_awaited(&production));
    let mut failed = never.clone();
    failed.failed("away".to_owned(), HOUR, at(0));
    put(failed);
    assert!(!feeds.is_awaited(&production));
    let mut page = never.clone();
    page.fetched("<html>".into(), false, HOUR, at(0));
    put(page);
    assert!(!feeds.is_awaited(&production));
    let mut loaded = never;
    let kept = held::Kept {
        text: "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n".into(),
        fetched: at(0),
    };
    loaded.load(kept, at(1));
    put(loaded);
    assert!(!feeds.is_awaited(&production));
}
