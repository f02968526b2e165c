//! What no kustomization should be: a clear sentence, soon, and nothing else read.

use std::fmt::Write as _;
use std::os::unix::fs::symlink;

use crate::repository::{preflight, repository};

const CONFIG: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\n";

/// What is said of one overlay `web` of these files.
fn said(files: &[(&str, &str)]) -> (Option<i32>, String) {
    let repository = repository(files);
    let ran = preflight(repository.path(), &["web", "--checks", "schema"]);
    (ran.code(), ran.screen())
}

#[track_caller]
fn refused(files: &[(&str, &str)], sentence: &str) {
    let (code, screen) = said(files);
    assert!(screen.contains(sentence), "no {sentence:?} in\n{screen}");
    assert_eq!(code, Some(1), "{screen}");
}

#[test]
fn kustomizations_that_lead_round_or_out_are_refused() {
    refused(
        &[
            ("web/kustomization.yaml", "resources: [../base]"),
            ("base/kustomization.yaml", "resources: [../web]"),
        ],
        "cycle",
    );
    refused(
        &[("web/kustomization.yaml", "resources: [../../../etc]")],
        "leads out of the repository",
    );
    refused(
        &[(
            "web/kustomization.yaml",
            "resources: ['https://example.com/web.yaml']",
        )],
        "is remote: copy it into the repository",
    );
    refused(
        &[("web/kustomization.yaml", "resources: [a.yaml]")],
        "does not exist",
    );
    refused(
        &[("web/kustomization.yaml", "resources: [")],
        "is not valid YAML",
    );
}

#[test]
fn a_link_out_of_the_repository_is_not_followed() {
    let outside = tempfile::tempdir().unwrap();
    std::fs::write(outside.path().join("secret.yaml"), CONFIG).unwrap();
    let repository = repository(&[("web/kustomization.yaml", "resources: [link.yaml]")]);
    let link = repository.path().join("web/link.yaml");
    symlink(outside.path().join("secret.yaml"), link).unwrap();
    let ran = preflight(repository.path(), &["web", "--checks", "schema"]);
    let screen = ran.screen();
    assert!(screen.contains("leads out of the repository"), "{screen}");
    assert_eq!(ran.code(), Some(1), "{screen}");
    // As they are, links are passed over.
    let ran = preflight(
        repository.path(),
        &["--manifests", "web", "--checks", "schema"],
    );
    assert!(ran.screen().contains("0 objects"), "{}", ran.screen());
}

#[test]
fn aliases_of_aliases_are_bounded() {
    let mut bomb = String::from(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata:\n  a0: &a0 [x, x]\n",
    );
    for level in 1..40 {
        let below = level - 1;
        let _ = writeln!(
            bomb,
            "  a{level}: &a{level} [*a{below}, *a{below}, *a{below}, *a{below}]"
        );
    }
    let repository = repository(&[("bomb.yaml", &bomb)]);
    let ran = preflight(
        repository.path(),
        &["--manifests", "bomb.yaml", "--checks", "schema"],
    );
    let screen = ran.screen();
    assert!(screen.contains("unreadable  bomb.yaml:"), "{screen}");
    assert_eq!(ran.code(), Some(1), "{screen}");
}

#[test]
fn what_is_no_text_is_said() {
    let repository = repository(&[]);
    let write =
        |name: &str, bytes: &[u8]| std::fs::write(repository.path().join(name), bytes).unwrap();
    write("binary.yaml", b"\x7fELF\0\0\x01");
    write("latin.yaml", b"# caf\xe9\n");
    write("large.yaml", "# much\n".repeat(8_000_000).as_bytes());
    let crlf = format!("\u{feff}{}", CONFIG.replace('\n', "\r\n"));
    write("windows.yaml", crlf.as_bytes());
    let ran = preflight(
        repository.path(),
        &["--manifests", ".", "--checks", "schema"],
    );
    insta::assert_snapshot!(ran.screen());
    assert_eq!(ran.code(), Some(1));
}

#[test]
fn without_kustomize_nothing_is_judged() {
    let repository = repository(&[
        ("web/kustomization.yaml", "resources: [web.yaml]"),
        ("web/web.yaml", CONFIG),
    ]);
    let words = [
        "web",
        "--checks",
        "schema",
        "--kustomize",
        "/nowhere/kustomize",
    ];
    let ran = preflight(repository.path(), &words);
    insta::assert_snapshot!(ran.screen());
    assert_eq!(ran.code(), Some(3));
}

#[test]
fn what_does_not_render_passes_no_check() {
    let repository = repository(&[
        ("web/kustomization.yaml", "resources: [web.yaml]"),
        ("web/web.yaml", CONFIG),
        ("shop/kustomization.yaml", "resources: [gone.yaml]"),
    ]);
    let ran = preflight(repository.path(), &["--checks", "parity,images,refs"]);
    let screen = ran.screen();
    for check in ["parity", "images", "refs"] {
        let said = screen.lines().find(|line| line.starts_with(check)).unwrap();
        assert!(said.contains("? not judged: "), "{screen}");
        assert!(said.ends_with("; 1 overlay is not rendered"), "{screen}");
    }
    assert_eq!(ran.code(), Some(3), "{screen}");
}

#[test]
fn words_that_mean_nothing_are_refused() {
    let repository = repository(&[("web/kustomization.yaml", "")]);
    for (words, sentence) in [
        (&["--base", "nope"][..], "there is no commit \"nope\" here"),
        (&["--checks", "taste"], "\"taste\" is no check"),
        (&["--waive", "diff"], "say why: CHECK=REASON"),
        (
            &["--images", "pretty"],
            "\"pretty\" is no way to write an image",
        ),
        (&["--also", "poem=x"], "\"poem=x\" is no form and file"),
        (&["--announced", "web"], "does not say from what to what"),
        (&["nowhere"], "nowhere cannot be read"),
        (&["--manifests", "nowhere"], "nowhere cannot be read"),
        (&["--kubernetes-version", "1.2"], "1.2"),
    ] {
        let ran = preflight(repository.path(), words);
        let screen = ran.screen();
        assert!(screen.contains(sentence), "no {sentence:?} in\n{screen}");
        assert_eq!(ran.code(), Some(2), "{screen}");
    }
}
