//! A file that is locked, read-only, full or damaged.

use super::*;

fn hasty() -> OpenOptions {
    OpenOptions {
        busy_timeout: Duration::from_millis(1),
        ..OpenOptions::default()
    }
}

#[tokio::test]
async fn locked_file_is_named_and_work_goes_on_afterwards() {
    let folder = TempDir::new().unwrap();
    written(&folder).await.close().await;
    let path = folder.path().join("ledger.db");
    let ledger = Ledger::open_with(&path, &hasty()).await.unwrap();
    let mut other = outsider(&path).await;
    let lock = other.begin_with("BEGIN EXCLUSIVE").await.unwrap();

    let append = async || {
        ledger
            .end(at(4), &change(1234), "apply/full", &json!("b"))
            .await
    };
    let error = append().await.unwrap_err();
    assert!(
        matches!(error, AppendError::Storage(StorageError::Locked { .. })),
        "{error}"
    );
    assert_eq!(
        error.to_string(),
        format!(
            "the ledger file {} is locked by another process",
            path.display()
        )
    );
    let error = Ledger::open_with(&path, &hasty()).await.unwrap_err();
    assert!(
        matches!(error, OpenError::Storage(StorageError::Locked { .. })),
        "{error}"
    );
    assert_eq!(
        ledger.entries(Filter::All).await.unwrap().len(),
        4,
        "readers go on"
    );

    lock.rollback().await.unwrap();
    assert_eq!(append().await.unwrap(), Ended::New);
}

#[tokio::test]
async fn read_only_ledger_is_not_written() {
    let folder = TempDir::new().unwrap();
    let ledger = written(&folder).await;
    let options = OpenOptions {
        read_only: true,
        ..OpenOptions::default()
    };
    let reader = Ledger::open_with(ledger.path(), &options).await.unwrap();
    for _ in 0..2 {
        let error = reader
            .begin(at(4), &change(1), "apply", &json!(null))
            .await
            .unwrap_err();
        assert!(
            matches!(error, AppendError::Storage(StorageError::ReadOnly { .. })),
            "{error}"
        );
    }
    assert_eq!(reader.verify(None).await.unwrap().unwrap().index, 3);
}

#[tokio::test]
async fn full_file_keeps_what_is_in_it_and_goes_on_when_there_is_room() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("ledger.db");
    let small = OpenOptions {
        max_pages: Some(40),
        ..OpenOptions::default()
    };
    let ledger = Ledger::open_with(&path, &small).await.unwrap();
    let effect = json!("x".repeat(20_000));
    let begin = async |ledger: &Ledger, number| {
        ledger.begin(at(0), &change(number), "apply", &effect).await
    };
    let mut number = 0;
    let error = loop {
        match begin(&ledger, number).await {
            Ok(_) => number += 1,
            Err(error) => break error,
        }
    };
    assert!(number > 0);
    assert!(
        matches!(error, AppendError::Storage(StorageError::Full { .. })),
        "{error}"
    );
    let again = begin(&ledger, number).await.unwrap_err();
    assert!(
        matches!(again, AppendError::Storage(StorageError::Full { .. })),
        "{again}"
    );
    assert_eq!(
        ledger.verify(None).await.unwrap().unwrap().index + 1,
        u64::from(number)
    );
    ledger.close().await;

    let ledger = Ledger::open(&path).await.unwrap();
    assert_eq!(begin(&ledger, number).await.unwrap(), Begun::New);
    assert_eq!(
        ledger.verify(None).await.unwrap().unwrap().index,
        u64::from(number)
    );
}

#[tokio::test]
async fn damaged_file_is_told_from_a_tampered_one() {
    let folder = TempDir::new().unwrap();
    let ledger = written(&folder).await;
    for number in 0..50 {
        ledger
            .begin(at(0), &change(number), "apply", &json!("x".repeat(1_000)))
            .await
            .unwrap();
    }
    ledger.close().await;
    let mut bytes = std::fs::read(ledger.path()).unwrap();
    let half = bytes.len() / 2;
    bytes[half..].fill(0xa5);
    std::fs::write(ledger.path(), bytes).unwrap();

    let ledger = Ledger::open(ledger.path()).await.unwrap();
    let error = ledger.verify(None).await.unwrap_err();
    assert!(
        matches!(error, ReadError::Storage(StorageError::Corrupt { .. })),
        "{error}"
    );
}

#[tokio::test]
async fn text_that_is_no_text_is_damage() {
    let folder = TempDir::new().unwrap();
    let ledger = written(&folder).await;
    execute(
        ledger.path(),
        "UPDATE entries SET once_key = CAST(x'ff' AS TEXT) WHERE position = 2",
    )
    .await;
    let error = ledger.entries(Filter::All).await.unwrap_err();
    assert!(
        matches!(error, ReadError::Storage(StorageError::Corrupt { .. })),
        "{error}"
    );
}
