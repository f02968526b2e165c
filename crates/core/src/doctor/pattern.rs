//! What can be said about a pattern without a name at hand.

use crate::sync_window::Glob;

/// Names that no pattern matches all of unless it matches everything.
const UNLIKELY: [&str; 4] = [
    "q",
    "zx-7",
    "https://q7.example.com:6443/k8s/clusters/c-1",
    "j4kqx-0.w",
];

/// Whether every name matches. A pattern that cannot be used matches none.
pub(super) fn matches_everything(pattern: &str) -> bool {
    UNLIKELY.iter().all(|name| matches(pattern, name))
}

/// Whether a name matches, for all that can be known.
pub(super) fn matches(pattern: &str, name: &str) -> bool {
    Glob::parse(pattern).is_ok_and(|glob| glob.matches(name).unwrap_or(false))
}

/// Whether it can match more than one name.
pub(super) fn is_wild(pattern: &str) -> bool {
    pattern.contains(['*', '?', '[', '{'])
}

/// A name that matches, where one is easily made.
pub(super) fn example(pattern: &str) -> Option<String> {
    let name: String = pattern
        .chars()
        .map(|letter| {
            if matches!(letter, '*' | '?') {
                'x'
            } else {
                letter
            }
        })
        .collect();
    matches(pattern, &name).then_some(name)
}

/// Whether somebody who wrote the pattern may have meant the name: it is the
/// same but for its case, or is all that stands before `-*`.
pub(super) fn nearly_matches(pattern: &str, name: &str) -> bool {
    let stem = pattern
        .trim_end_matches('*')
        .trim_end_matches(['-', '.', '/']);
    !stem.is_empty() && !is_wild(stem) && stem.eq_ignore_ascii_case(name)
}
