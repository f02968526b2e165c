//! Every entry once, whatever is repeated, interleaved or interrupted.

use std::task::Poll;

use super::*;
use crate::entry::EntryError;

#[tokio::test]
async fn repeated_entries_change_nothing() {
    let ledger = Ledger::in_memory().await.unwrap();
    let change = change(1234);
    let outcome = json!({"applied": 3});
    assert_eq!(
        ledger
            .begin(at(0), &change, "apply", &json!("a"))
            .await
            .unwrap(),
        Begun::New
    );
    assert_eq!(
        ledger
            .begin(at(1), &change, "apply", &json!("b"))
            .await
            .unwrap(),
        Begun::Already
    );
    assert_eq!(
        ledger.end(at(2), &change, "apply", &outcome).await.unwrap(),
        Ended::New
    );
    assert_eq!(
        ledger
            .end(at(3), &change, "apply", &json!("later"))
            .await
            .unwrap(),
        Ended::Already(outcome.clone())
    );
    assert_eq!(
        ledger
            .begin(at(4), &change, "apply", &json!("a"))
            .await
            .unwrap(),
        Begun::Already
    );

    let effects = ledger.outcomes(&change.uid).await.unwrap();
    let expected = EffectRecord {
        effect: json!("a"),
        began_at: at(0),
        ended: Some((at(2), outcome)),
    };
    assert_eq!(effects, BTreeMap::from([("apply".to_owned(), expected)]));
    assert_eq!(ledger.verify(None).await.unwrap().unwrap().index, 1);
}

#[tokio::test]
async fn record_is_kept_once_for_each_key() {
    let ledger = Ledger::in_memory().await.unwrap();
    let change = change(1234);
    let detail = json!({"approver": "dana@example.com"});
    for (key, expected) in [
        ("approval/a", Recorded::New),
        ("approval/a", Recorded::Already),
        ("approval/b", Recorded::New),
    ] {
        let answer = ledger
            .record(at(0), &change, key, "approvalCounted", &detail)
            .await;
        assert_eq!(answer.unwrap(), expected, "{key}");
    }
    assert_eq!(ledger.entries(Filter::All).await.unwrap().len(), 2);
}

// A deleted change and a new one of its name are two changes.
#[tokio::test]
async fn changes_of_one_name_are_told_apart_by_uid() {
    let ledger = Ledger::in_memory().await.unwrap();
    let first = change(1234);
    let second = ChangeRef {
        uid: "uid-of-another".into(),
        ..first.clone()
    };
    for change in [&first, &second, &super::change(1235)] {
        let answer = ledger
            .begin(at(0), change, "apply", &json!(null))
            .await
            .unwrap();
        assert_eq!(answer, Begun::New);
    }
    let of = async |filter| ledger.entries(filter).await.unwrap().len();
    assert_eq!(of(Filter::All).await, 3);
    assert_eq!(of(Filter::ChangeName("chg-1234")).await, 2);
    assert_eq!(of(Filter::ChangeUid("uid-of-another")).await, 1);
    assert_eq!(of(Filter::ChangeName("chg-9")).await, 0);
}

#[tokio::test]
async fn end_of_what_never_began_is_refused() {
    let ledger = Ledger::in_memory().await.unwrap();
    let change = change(1234);
    ledger
        .record(at(0), &change, "apply", "phase", &json!(null))
        .await
        .unwrap();
    let error = ledger
        .end(at(1), &change, "apply", &json!(null))
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the effect apply of chg-1234 ended but never began"
    );
    assert_eq!(ledger.entries(Filter::All).await.unwrap().len(), 1);
}

#[tokio::test]
async fn refused_entry_leaves_the_ledger_usable() {
    let ledger = Ledger::in_memory().await.unwrap();
    let large = json!("x".repeat(70_000));
    let error = ledger
        .begin(at(0), &change(1), "apply", &large)
        .await
        .unwrap_err();
    assert!(
        matches!(error, AppendError::Entry(EntryError::TooLarge { .. })),
        "{error}"
    );
    assert_eq!(ledger.head().await.unwrap(), None);
    ledger
        .begin(at(0), &change(1), "apply", &json!("small"))
        .await
        .unwrap();
    assert_eq!(
        ledger.head().await.unwrap(),
        ledger.verify(None).await.unwrap()
    );
}

#[tokio::test]
async fn empty_names_are_refused() {
    let ledger = Ledger::in_memory().await.unwrap();
    let nameless = ChangeRef {
        name: String::new(),
        ..change(1)
    };
    let without_uid = ChangeRef {
        uid: String::new(),
        ..change(1)
    };
    for (change, key, expected) in [
        (&nameless, "a", "change name"),
        (&without_uid, "a", "change UID"),
        (&change(1), "", "key"),
    ] {
        let error = ledger
            .begin(at(0), change, key, &json!(null))
            .await
            .unwrap_err();
        assert!(
            matches!(error, AppendError::Unnamed { what } if what == expected),
            "{error}"
        );
    }
}

// The copied files are what the disk holds when the process is killed.
#[tokio::test]
async fn effect_that_a_crash_interrupted_ends_once() {
    let folder = TempDir::new().unwrap();
    let ledger = Ledger::open(folder.path().join("ledger.db")).await.unwrap();
    let change = change(1234);
    ledger
        .begin(at(0), &change, "apply", &json!("a"))
        .await
        .unwrap();
    let after = TempDir::new().unwrap();
    for name in ["ledger.db", "ledger.db-wal"] {
        std::fs::copy(folder.path().join(name), after.path().join(name)).unwrap();
    }

    let ledger = Ledger::open(after.path().join("ledger.db")).await.unwrap();
    assert_eq!(
        ledger.outcomes(&change.uid).await.unwrap()["apply"].ended,
        None
    );
    assert_eq!(
        ledger
            .begin(at(9), &change, "apply", &json!("a"))
            .await
            .unwrap(),
        Begun::Already
    );
    assert_eq!(
        ledger
            .end(at(9), &change, "apply", &json!("b"))
            .await
            .unwrap(),
        Ended::New
    );
    ledger.close().await;

    let ledger = Ledger::open(after.path().join("ledger.db")).await.unwrap();
    let again = ledger
        .end(at(10), &change, "apply", &json!("c"))
        .await
        .unwrap();
    assert_eq!(again, Ended::Already(json!("b")));
    assert_eq!(ledger.verify(None).await.unwrap().unwrap().index, 1);
}

// Dropped after one poll, two polls and so on, at any place of its work.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn call_that_is_dropped_can_be_made_again() {
    let folder = TempDir::new().unwrap();
    let ledger = Ledger::open(folder.path().join("ledger.db")).await.unwrap();
    let change = change(1234);
    for polls in 1..=40 {
        let key = format!("apply/{polls}");
        let effect = json!(polls);
        let mut call = Box::pin(ledger.begin(at(0), &change, &key, &effect));
        for _ in 0..polls {
            let done = std::future::poll_fn(|context| Poll::Ready(call.as_mut().poll(context)));
            if done.await.is_ready() {
                break;
            }
            tokio::task::yield_now().await;
        }
        drop(call);
        ledger.begin(at(1), &change, &key, &effect).await.unwrap();
        ledger.end(at(2), &change, &key, &effect).await.unwrap();
    }
    assert_eq!(ledger.outcomes(&change.uid).await.unwrap().len(), 40);
    assert_eq!(ledger.verify(None).await.unwrap().unwrap().index, 79);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_handles_on_one_file_keep_one_chain() {
    let folder = TempDir::new().unwrap();
    let options = patient();
    let path = folder.path().join("ledger.db");
    let mut tasks = Vec::new();
    for handle in 0..2 {
        let ledger = Ledger::open_with(&path, &options).await.unwrap();
        for task in 0..2 {
            let ledger = ledger.clone();
            tasks.push(tokio::spawn(async move {
                let mut new = 0;
                // Each effect is begun and ended by both handles.
                for number in 0..50 {
                    let key = format!("{task}/{number}");
                    let begun = ledger
                        .begin(at(handle), &change(task), &key, &json!(handle))
                        .await;
                    new += u32::from(begun.unwrap() == Begun::New);
                    let ended = ledger
                        .end(at(handle), &change(task), &key, &json!(handle))
                        .await;
                    new += u32::from(ended.unwrap() == Ended::New);
                }
                new
            }));
        }
    }
    let mut new = 0;
    for task in tasks {
        new += task.await.unwrap();
    }
    assert_eq!(new, 200);
    let ledger = Ledger::open_with(&path, &options).await.unwrap();
    assert_eq!(ledger.verify(None).await.unwrap().unwrap().index, 199);
}
