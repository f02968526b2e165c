//! `tidegate record`, over a ledger that the library wrote.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};
use tidegate_ledger::{ChangeRef, Ledger};

/// A ledger with two changes, of which each has begun and ended one effect.
fn ledger(folder: &Path) -> PathBuf {
    let path = folder.join("ledger.sqlite");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let ledger = Ledger::open(&path).await.unwrap();
        let target = json!({ "cluster": "prod", "namespace": "production", "name": "api-gateway" });
        for (minute, name) in [(1, "chg-1234"), (2, "chg-1235")] {
            let change = ChangeRef {
                name: name.to_owned(),
                uid: format!("uid-{name}"),
            };
            let at = format!("2026-11-26T01:0{minute}:00Z").parse().unwrap();
            let effect = json!({ "effect": { "kind": "claim", "target": target } });
            ledger.begin(at, &change, "1/claim", &effect).await.unwrap();
            ledger
                .end(at, &change, "1/claim", &json!({ "done": null }))
                .await
                .unwrap();
        }
        ledger.close().await;
    });
    path
}

fn record(ledger: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tidegate"))
        .arg("record")
        .arg("--ledger")
        .arg(ledger)
        .args(arguments)
        .env("TZ", "UTC")
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn an_intact_record_is_printed() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = ledger(folder.path());
    let one = record(&ledger, &["chg-1235"]);
    assert_eq!(one.status.code(), Some(0));
    insta::assert_snapshot!(text(&one.stdout));
    assert!(text(&one.stderr).starts_with("the record is intact: 4 entries"));
    let all = record(&ledger, &["-o", "json"]);
    let answer: Value = serde_json::from_slice(&all.stdout).unwrap();
    assert_eq!(answer["intact"], json!(true));
    assert_eq!(answer["entries"].as_array().unwrap().len(), 4);
    assert_eq!(record(&ledger, &["chg-9"]).status.code(), Some(2));
}

#[test]
fn a_record_that_somebody_edited_is_a_no_with_the_place() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = ledger(folder.path());
    let mut bytes = std::fs::read(&ledger).unwrap();
    // The third entry's own text, behind the columns that repeat its name.
    let edited = b"\"change\":\"chg-1235\"";
    let at = bytes
        .windows(edited.len())
        .rposition(|window| window == edited)
        .unwrap();
    bytes[at + edited.len() - 2] = b'6';
    std::fs::write(&ledger, bytes).unwrap();
    // Asked about another change, it still says so.
    let output = record(&ledger, &["chg-1234", "-o", "json"]);
    assert_eq!(output.status.code(), Some(1));
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["intact"], json!(false));
    let broken_at = answer["brokenAt"].as_u64().unwrap();
    assert!(broken_at >= 2, "{answer}");
    let said = format!(
        "error: the record is broken at entry {broken_at}: its content does not match its hash"
    );
    assert!(
        text(&output.stderr).starts_with(&said),
        "{}",
        text(&output.stderr)
    );
}
