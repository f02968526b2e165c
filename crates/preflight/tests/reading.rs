//! What is read of broken, hostile and odd texts: one clear finding, and no more work
//! than the limits allow.

#![allow(
    clippy::unwrap_used,
    reason = "all of this file is tests; clippy knows only the functions marked as such"
)]

use std::fmt::Write as _;

use tidegate_preflight::read::{LARGEST, read};

/// What is found in a text, `id at line: message`, and how many manifests it has.
fn found(bytes: &[u8]) -> (Vec<String>, usize) {
    let read = read("web.yaml", bytes, true);
    let findings = read.findings.iter().map(|finding| {
        let line = finding.place.as_ref().map_or(0, |place| place.line);
        format!("{} at {line}: {}", finding.id, finding.message)
    });
    (findings.collect(), read.manifests.len())
}

const PLAIN: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: b}\n";

#[test]
fn lines_that_end_in_two_letters_and_a_mark_at_the_beginning_are_read() {
    for text in [
        PLAIN.replace('\n', "\r\n"),
        format!("\u{feff}{PLAIN}"),
        format!("\u{feff}{}", PLAIN.replace('\n', "\r\n")),
        format!("---\n{PLAIN}---\n---\n"),
    ] {
        let read = read("web.yaml", text.as_bytes(), true);
        assert_eq!(read.findings, [], "{text:?}");
        let [manifest] = read.manifests.as_slice() else {
            panic!("{text:?}")
        };
        assert_eq!(manifest.value()["data"]["a"], "b", "{text:?}");
    }
}

#[test]
fn what_is_no_text_is_told_so() {
    let binary = [PLAIN.as_bytes(), &[0, 1, 2, 0]].concat();
    assert_eq!(
        found(&binary).0,
        ["not-text at 1: it is binary, and no text"]
    );
    let latin = [PLAIN.as_bytes(), b"# caf\xe9\n"].concat();
    assert_eq!(found(&latin).0, ["not-text at 5: it is not text in UTF-8"]);
    let wide: Vec<u8> = PLAIN.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(found(&wide).0, ["not-text at 1: it is binary, and no text"]);
}

#[test]
fn a_text_that_is_too_large_is_not_read() {
    let large = vec![b'#'; 50 * 1024 * 1024];
    assert_eq!(
        found(&large).0,
        ["too-large at 1: it is larger than 16 MiB"]
    );
    // One of the largest size is.
    let mut text = PLAIN.to_owned();
    text.push_str(&"#".repeat(LARGEST - PLAIN.len()));
    assert_eq!(found(text.as_bytes()), (Vec::new(), 1));
}

#[test]
fn what_grows_without_end_is_cut_off() {
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let of = format!("*a{}, ", level - 1).repeat(10);
        let _ = writeln!(bomb, "a{level}: &a{level} [{}]", of.trim_end_matches(", "));
    }
    let (findings, manifests) = found(bomb.as_bytes());
    assert_eq!((findings.len(), manifests), (1, 0), "{findings:?}");
    assert!(findings[0].starts_with("unreadable at "), "{findings:?}");

    for deep in [
        "[".repeat(100_000),
        "{a: ".repeat(100_000),
        "- ".repeat(100_000),
    ] {
        let (findings, manifests) = found(deep.as_bytes());
        assert_eq!((findings.len(), manifests), (1, 0), "{findings:?}");
        assert!(findings[0].starts_with("unreadable at 1"), "{findings:?}");
    }
}

#[test]
fn what_comes_before_a_fault_is_judged() {
    let (findings, manifests) = found(format!("{PLAIN}---\n{PLAIN}---\na: [\n").as_bytes());
    assert_eq!((findings.len(), manifests), (1, 2), "{findings:?}");
}
