use proptest::prelude::*;
use serde_json::json;

use super::*;

fn entry(event: Event) -> Entry {
    Entry {
        index: 7,
        at: "2026-04-08T02:00:00Z".parse().unwrap(),
        change: "chg-1234".into(),
        change_uid: "5b6c".into(),
        event,
        previous: Hash::ZERO,
    }
}

fn recorded(detail: Value) -> Entry {
    entry(Event::Recorded {
        key: "phase-2".into(),
        what: "phase".into(),
        detail,
    })
}

// The bytes are what auditors hash; a change of one of them breaks every
// ledger there is.
#[test]
fn bytes_and_hash_of_an_entry_stay_what_they_are() {
    let entry = entry(Event::EffectBegun {
        key: "apply/canary".into(),
        effect: json!({"target": "api-gateway", "share": "10%"}),
    });
    let expected = concat!(
        r#"{"at":"2026-04-08T02:00:00Z","change":"chg-1234","changeUid":"5b6c","#,
        r#""event":{"effect":{"share":"10%","target":"api-gateway"},"#,
        r#""key":"apply/canary","kind":"effectBegun"},"index":7,"#,
        r#""previous":"0000000000000000000000000000000000000000000000000000000000000000"}"#,
    );
    assert_eq!(
        String::from_utf8(entry.canonical().unwrap()).unwrap(),
        expected
    );
    assert_eq!(entry.hash().unwrap(), Hash::of(expected.as_bytes()));
}

#[test]
fn kind_is_spelt_as_in_json() {
    let events = [
        Event::EffectBegun {
            key: "a".into(),
            effect: Value::Null,
        },
        Event::EffectEnded {
            key: "a".into(),
            outcome: Value::Null,
        },
        Event::Recorded {
            key: "a".into(),
            what: "phase".into(),
            detail: Value::Null,
        },
    ];
    for event in events {
        assert_eq!(serde_json::to_value(&event).unwrap()["kind"], event.kind());
    }
}

#[test]
fn hash_depends_on_the_entry_before() {
    let first = recorded(json!(1));
    let other = Entry {
        previous: Hash::of(b"other"),
        ..first.clone()
    };
    assert_ne!(first.hash().unwrap(), other.hash().unwrap());
}

#[test]
fn length_limit_is_met_exactly() {
    let frame = recorded(json!("")).canonical().unwrap().len();
    let room = MAX_ENTRY_BYTES - frame;
    let longest = recorded(json!("x".repeat(room)));
    assert_eq!(longest.canonical().unwrap().len(), MAX_ENTRY_BYTES);
    let error = recorded(json!("x".repeat(room + 1)))
        .canonical()
        .unwrap_err();
    assert!(
        matches!(error, EntryError::TooLarge { bytes: 65_536 }),
        "{error}"
    );
}

#[test]
fn integer_that_json_would_round_is_refused() {
    for number in [
        json!(9_007_199_254_740_993_u64),
        json!(-9_007_199_254_740_993_i64),
    ] {
        let error = recorded(json!({"a": [number]})).canonical().unwrap_err();
        assert!(
            matches!(error, EntryError::InexactInteger { .. }),
            "{error}"
        );
    }
    recorded(json!(9_007_199_254_740_991_u64))
        .canonical()
        .unwrap();
}

#[test]
fn nesting_that_no_reader_accepts_is_refused() {
    let deep = (0..200).fold(Value::Null, |inner, _| json!([inner]));
    assert!(matches!(
        recorded(deep).canonical(),
        Err(EntryError::Json(_))
    ));
}

#[test]
fn another_spelling_of_an_entry_is_refused() {
    let text = String::from_utf8(recorded(json!({"a": 1})).canonical().unwrap()).unwrap();
    for (from, to) in [
        (r#""index":7"#, r#""index": 7"#),
        ("02:00:00Z", "02:00:00.000Z"),
        (r#"{"a":1}"#, r#"{"a":1.0}"#),
    ] {
        let changed = text.replace(from, to);
        assert_ne!(changed, text);
        let error = Entry::from_canonical(changed.as_bytes()).unwrap_err();
        assert!(
            matches!(error, EntryError::NotCanonical),
            "{changed}: {error}"
        );
    }
    let unknown = text.replace(r#""index":7"#, r#""extra":1,"index":7"#);
    assert!(matches!(
        Entry::from_canonical(unknown.as_bytes()),
        Err(EntryError::Json(_))
    ));
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-(1_i64 << 53) + 1..1 << 53).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,20}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 20, 5, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            proptest::collection::btree_map(".{0,10}", inner, 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    // Numbers with many digits, odd strings and member names: none may make a
    // true entry look false.
    #[test]
    fn whatever_was_written_is_read(detail in any_value()) {
        let bytes = recorded(detail).canonical().unwrap();
        let read = Entry::from_canonical(&bytes).unwrap();
        prop_assert_eq!(read.canonical().unwrap(), bytes);
    }
}
