use proptest::prelude::*;

use super::*;

fn matches(pattern: &str, name: &str) -> Result<bool, GlobError> {
    Glob::parse(pattern)?.matches(name)
}

#[test]
fn a_pattern_matches_whole_names() {
    for (pattern, name, expected) in [
        ("production", "production", true),
        ("production", "production-eu", false),
        ("production-*", "production-", true),
        ("*-eu", "production-eu", true),
        ("a*z", "a/b/z", true),
        ("**", "https://10.0.0.1:6443", true),
        ("p?d", "pod", true),
        ("p?d", "pd", false),
        ("{web,api}-*", "api-1", true),
        ("{web,api}-*", "db-1", false),
        ("{a,{b,c}d}", "cd", true),
        ("{a,b", "b", true),
        ("web-[0-9]", "web-7", true),
        ("web-[!0-9]", "web-7", false),
        ("[ab-d]", "-", true),
        (r"[\]]", "]", true),
        (r"web\*", "web*", true),
        (r"web\*", "webs", false),
        (r"web\", "web", true),
        ("a}", "a}", true),
        ("a,b", "a,b", true),
        ("!x", "!x", true),
        ("Prod", "prod", false),
        ("", "", true),
        ("", "a", false),
        ("ä*", "äö", true),
    ] {
        assert_eq!(matches(pattern, name), Ok(expected), "{pattern} {name}");
    }
}

#[test]
fn what_gobwas_gets_wrong_is_the_same_here() {
    for (pattern, name, expected) in [
        ("ab*ba", "aba", true),
        ("{team-*,shared}-prod", "team-x-prod", true),
        ("{team-*,shared}-prod", "team-blue-prod", false),
        ("{shared,team-*}-prod", "team-blue-prod", true),
        ("?", "", true),
        ("[!a]", "", true),
        ("{?,ab}c", "c", true),
        ("[!ab][!ab]", "aa", true),
        ("[!ab][!ab]", "ab", false),
        ("{a*,*b}*", "", false),
        ("a?", "aö", true),
        ("ä?", "äö", false),
    ] {
        assert_eq!(matches(pattern, name), Ok(expected), "{pattern} {name}");
    }
    assert_eq!(matches("a{}", "a"), Err(GlobError::Panics));
}

#[test]
fn what_does_not_compile_is_told_from_what_is_not_read() {
    for pattern in [
        "[",
        "[a",
        "[]",
        "[!]",
        "web-[z-a]",
        "[a-cx]",
        "[a-",
        "\u{fffd}*",
    ] {
        let error = Glob::parse(pattern).unwrap_err();
        assert!(error.is_ignored(), "{pattern}: {error}");
    }
    for pattern in [format!("{}*", "a".repeat(1024)), "{".repeat(65)] {
        let error = Glob::parse(&pattern).unwrap_err();
        assert!(!error.is_ignored(), "{pattern}: {error}");
    }
}

#[test]
fn a_costly_pattern_ends() {
    let pattern = "*a".repeat(30) + "*";
    let name = "a".repeat(30);
    assert_eq!(matches(&pattern, &name), Err(GlobError::TooCostly));
}

proptest! {
    #[test]
    fn any_text_is_read_and_tried(pattern in "[-a-cä*?!,{}\\[\\]\\\\]{0,16}|\\PC{0,16}", name in "[-a-cä]{0,6}|\\PC{0,8}") {
        if let Ok(glob) = Glob::parse(&pattern) {
            let _ = glob.matches(&name);
        }
    }
}
