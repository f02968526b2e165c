use std::fs;

use tempfile::TempDir;

use super::*;

const PASSES: &str = "#[test]\nfn passes() {}\n";
const FAILS: &str = "#[test]\nfn fails() { assert!(false); }\n";
const IGNORED: &str = "#[test]\n#[ignore]\nfn waits() {}\n";
const ABORTS: &str = "#[test]\nfn aborts() { std::process::abort(); }\n";
const BROKEN: &str = "this is not Rust\n";

/// A workspace of one package with these files.
fn workspace(files: &[(&str, &str)]) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    let manifest = "[package]\nname = \"sample\"\nedition = \"2024\"\n[workspace]\n";
    for (path, text) in [("Cargo.toml", manifest)].iter().chain(files) {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    root
}

fn run_in(root: &TempDir, fast: bool) -> (Tally, String) {
    let mut output = Vec::new();
    let tally = run_all(
        root.path(),
        fast,
        &mut Durations::default(),
        &mut output,
        Stdio::null,
    )
    .unwrap();
    (tally, String::from_utf8(output).unwrap())
}

#[test]
fn tests_of_all_kinds_are_added_up() {
    let library =
        format!("{PASSES}{IGNORED}/// ```\n/// assert!(true);\n/// ```\npub fn f() {{}}\n");
    let root = workspace(&[
        ("src/lib.rs", &library),
        ("tests/story.rs", PASSES),
        ("tests/real_story.rs", &format!("{PASSES}{FAILS}")),
    ]);

    let (tally, output) = run_in(&root, false);
    assert_eq!(tally.to_string(), "4 passed, 1 failed, 1 skipped");
    assert!(!tally.is_success());
    assert!(output.contains("test fails ... FAILED"), "{output}");

    let (fast, output) = run_in(&root, true);
    assert_eq!(fast.to_string(), "3 passed, 0 failed, 1 skipped");
    assert!(fast.is_success());
    assert!(!output.contains("fails"), "{output}");
}

#[test]
fn a_program_that_tests_start_is_no_test() {
    let starts =
        "#[test]\nfn starts() { std::fs::metadata(env!(\"CARGO_BIN_EXE_sample\")).unwrap(); }\n";
    let root = workspace(&[
        ("src/lib.rs", PASSES),
        ("src/main.rs", "fn main() { std::process::exit(2); }\n"),
        ("tests/starts.rs", starts),
    ]);
    let (tally, output) = run_in(&root, true);
    assert_eq!(tally.to_string(), "2 passed, 0 failed", "{output}");
}

#[test]
fn a_target_that_does_not_build_counts_as_failed() {
    let root = workspace(&[("src/lib.rs", PASSES), ("tests/real_story.rs", BROKEN)]);
    let (tally, _) = run_in(&root, false);
    assert_eq!(tally.to_string(), "1 passed, 1 failed");
}

#[test]
fn a_target_that_ends_in_the_middle_counts_as_failed() {
    let root = workspace(&[("src/lib.rs", ABORTS), ("tests/story.rs", PASSES)]);
    let (tally, _) = run_in(&root, true);
    assert_eq!(tally.to_string(), "1 passed, 1 failed");
}

#[test]
fn no_test_at_all_is_not_a_success() {
    let root = workspace(&[("src/lib.rs", "")]);
    let (tally, _) = run_in(&root, false);
    assert_eq!(tally.to_string(), "0 passed, 0 failed");
    assert!(!tally.is_success());
}
