//! Patterns that mean the same to Argo CD.
//!
//! Argo CD's matcher deviates from its own description (see
//! [`sync_window::Glob`](crate::sync_window::Glob)). A name, `a*`, `*a`, `*a*`
//! and `a*b` mean the same to both, the last if the end of `a` is nowhere the
//! start of `b`: Argo CD lets the two overlap.

use crate::calendar::{Glob, Selector};

/// The lists of a sync window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Lists {
    pub(super) applications: Vec<String>,
    pub(super) namespaces: Vec<String>,
    pub(super) clusters: Vec<String>,
}

impl Lists {
    /// Every Application there is.
    pub(super) fn all() -> Self {
        Self {
            applications: vec!["*".to_owned()],
            namespaces: Vec::new(),
            clusters: Vec::new(),
        }
    }

    /// Whether it selects every Application.
    pub(super) fn is_all(&self) -> bool {
        *self == Self::all()
    }

    fn completed(mut self) -> Self {
        // A window without any list selects nothing there.
        if self.applications.is_empty() && self.namespaces.is_empty() && self.clusters.is_empty() {
            self.applications.push("*".to_owned());
        }
        self
    }

    /// A selector that means the same there; the error says why there is none.
    pub(super) fn exactly(selector: &Selector) -> Result<Self, String> {
        if let Some(key) = selector.labels.keys().next() {
            return Err(format!(
                "it asks for the label {key}, and Argo CD's windows know no labels"
            ));
        }
        let lists = Self {
            applications: list("applications", &selector.applications)?,
            namespaces: list("namespaces", &selector.namespaces)?,
            clusters: list("clusters", &selector.clusters)?,
        };
        Ok(lists.completed())
    }

    /// A selector that selects at least the same.
    pub(super) fn at_least(selector: &Selector) -> Self {
        // A list that cannot be written restricts nothing.
        let list = |globs| list("", globs).unwrap_or_default();
        let lists = Self {
            applications: list(&selector.applications),
            namespaces: list(&selector.namespaces),
            clusters: list(&selector.clusters),
        };
        lists.completed()
    }
}

fn list(field: &str, globs: &[Glob]) -> Result<Vec<String>, String> {
    if globs.iter().any(|glob| glob.as_str() == "*") {
        return Ok(Vec::new());
    }
    let pattern = |glob: &Glob| {
        let text = glob.as_str();
        if means_the_same(text) {
            Ok(text.to_owned())
        } else {
            Err(format!(
                "Argo CD may match other names with `{text}` of its {field}; write names, or patterns with one `*`"
            ))
        }
    };
    globs.iter().map(pattern).collect()
}

/// Whether a pattern is one of those that mean the same to both.
fn means_the_same(text: &str) -> bool {
    let is_plain = |part: &&str| {
        let mut letters = part.bytes();
        letters.all(|letter| letter.is_ascii_alphanumeric() || b"-_./:@".contains(&letter))
    };
    let parts: Vec<&str> = text.split('*').collect();
    if !parts.iter().all(|part| is_plain(&part)) {
        return false;
    }
    match parts.as_slice() {
        [name] => !name.is_empty(),
        [start, end] => !overlap(start, end),
        ["", middle, ""] => !middle.is_empty(),
        _ => false,
    }
}

/// Whether a name can begin with one text and end with another although it is
/// shorter than both together.
fn overlap(start: &str, end: &str) -> bool {
    (1..=end.len()).any(|length| {
        let head = end.get(..length);
        head.is_some_and(|head| start.ends_with(head))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sync_window;

    #[test]
    fn what_deviates_is_refused() {
        for (text, same) in [
            ("production", true),
            ("production-*", true),
            ("*-eu", true),
            ("*api*", true),
            ("api-*-eu", false),
            ("api-*_eu", true),
            ("ab*ba", false),
            ("https://kubernetes.default.svc", true),
            ("p?d", false),
            ("{web,api}-*", false),
            ("web-[0-9]", false),
            (r"web\*", false),
            ("a**b", false),
            ("a*b*c", false),
            ("ä*", false),
        ] {
            assert_eq!(means_the_same(text), same, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_matches_the_same_names(text in "[ab*-]{1,6}", name in "[ab-]{0,7}") {
            prop_assume!(means_the_same(&text));
            let ours = Glob::parse(&text).unwrap().matches(&name);
            let theirs = sync_window::Glob::parse(&text).unwrap().matches(&name).unwrap();
            prop_assert_eq!(ours, theirs, "{} {}", text, name);
        }
    }
}
