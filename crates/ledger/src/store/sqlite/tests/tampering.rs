//! What someone who writes to the file behind the ledger's back leaves behind.

use super::*;

async fn fault_after(statement: &'static str) -> Broken {
    let folder = TempDir::new().unwrap();
    let ledger = written(&folder).await;
    let head = ledger.head().await.unwrap();
    execute(ledger.path(), statement).await;
    match ledger.verify(head).await {
        Err(ReadError::Broken(broken)) => broken,
        other => panic!("{statement}: {other:?}"),
    }
}

#[tokio::test]
async fn changed_rows_are_found() {
    let second = "UPDATE entries SET entry = CAST(replace(entry, 'canary', 'nobody') AS BLOB) \
                  WHERE position = 1";
    for (statement, index, what) in [
        (second, 1, Fault::Altered),
        (
            "UPDATE entries SET hash = x'00' WHERE position = 2",
            2,
            Fault::Altered,
        ),
        (
            "DELETE FROM entries WHERE position = 0",
            0,
            Fault::Displaced { says: 1 },
        ),
        (
            "DELETE FROM entries WHERE position = 2",
            2,
            Fault::Displaced { says: 3 },
        ),
        ("DELETE FROM entries WHERE position = 3", 3, Fault::Missing),
        ("DELETE FROM entries", 3, Fault::Missing),
        (
            "UPDATE entries SET position = 9 WHERE position = 3",
            3,
            Fault::Misfiled { column: "position" },
        ),
        (
            "UPDATE entries SET position = -position",
            0,
            Fault::Displaced { says: 3 },
        ),
        (
            "UPDATE entries SET change_uid = 'other' WHERE position = 1",
            1,
            Fault::Misfiled {
                column: "change_uid",
            },
        ),
        (
            "UPDATE entries SET change_name = 'other' WHERE position = 1",
            1,
            Fault::Misfiled {
                column: "change_name",
            },
        ),
        (
            "UPDATE entries SET kind = 'recorded' WHERE position = 1",
            1,
            Fault::Misfiled { column: "kind" },
        ),
        (
            "UPDATE entries SET once_key = 'other' WHERE position = 1",
            1,
            Fault::Misfiled { column: "once_key" },
        ),
        (
            "INSERT INTO entries SELECT -1, 'a', 'b', 'c', 'd', entry, hash FROM entries \
             WHERE position = 3",
            0,
            Fault::Displaced { says: 3 },
        ),
    ] {
        assert_eq!(
            fault_after(statement).await,
            Broken { index, what },
            "{statement}"
        );
    }
}

#[tokio::test]
async fn altered_entry_is_not_read_as_if_true() {
    let folder = TempDir::new().unwrap();
    let ledger = written(&folder).await;
    execute(
        ledger.path(),
        "UPDATE entries SET entry = CAST(replace(entry, 'true', 'false') AS BLOB)",
    )
    .await;
    let altered = Broken {
        index: 3,
        what: Fault::Altered,
    };
    let error = ledger.outcomes("uid-1234").await.unwrap_err();
    assert!(matches!(error, ReadError::Broken(broken) if broken == altered));
    let error = ledger
        .end(at(9), &change(1234), "apply/canary", &json!(1))
        .await
        .unwrap_err();
    assert!(matches!(error, AppendError::Broken(broken) if broken == altered));
}

// Else the effect would seem never to have begun, and be performed again.
#[tokio::test]
async fn end_whose_beginning_was_removed_is_an_error() {
    let folder = TempDir::new().unwrap();
    let ledger = written(&folder).await;
    execute(ledger.path(), "DELETE FROM entries WHERE position = 1").await;
    let error = ledger.outcomes("uid-1234").await.unwrap_err();
    let expected = Broken {
        index: 3,
        what: Fault::NeverBegun,
    };
    assert!(matches!(error, ReadError::Broken(broken) if broken == expected));
}

// Verification reads the record in parts; the seams must not hide anything.
#[tokio::test]
async fn long_record_is_verified_to_its_end() {
    let ledger = Ledger::in_memory().await.unwrap();
    for number in 0..600 {
        ledger
            .begin(at(0), &change(number), "apply", &json!(null))
            .await
            .unwrap();
    }
    let head = ledger.verify(None).await.unwrap();
    assert_eq!(head.unwrap().index, 599);
    assert_eq!(head, ledger.head().await.unwrap());
    sqlx::query("DELETE FROM entries WHERE position = 256")
        .execute(&ledger.writer)
        .await
        .unwrap();
    let error = ledger.verify(head).await.unwrap_err();
    let expected = Broken {
        index: 256,
        what: Fault::Displaced { says: 257 },
    };
    assert!(matches!(error, ReadError::Broken(broken) if broken == expected));
}
