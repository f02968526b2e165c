//! Patterns that need not be compiled.

use super::LONGEST;

/// A text with at most one star, which stands first or last: nearly every
/// pattern there is. Unlike others, it can be tried on any name.
#[derive(Debug, Clone)]
pub(in crate::sync_window) enum Simple {
    /// `*`
    Any,
    /// `shop`
    Text(Box<str>),
    /// `shop-*`
    Prefix(Box<str>),
    /// `*-shop`
    Suffix(Box<str>),
}

impl Simple {
    /// `None` if the pattern is not simple.
    pub(in crate::sync_window) fn read(pattern: &str) -> Option<Self> {
        if pattern == "*" {
            return Some(Self::Any);
        }
        let (form, text): (fn(Box<str>) -> Self, &str) =
            if let Some(prefix) = pattern.strip_suffix('*') {
                (Self::Prefix, prefix)
            } else if let Some(suffix) = pattern.strip_prefix('*') {
                (Self::Suffix, suffix)
            } else {
                (Self::Text, pattern)
            };
        let fits = pattern.len() <= LONGEST && is_plain(text);
        fits.then(|| form(text.into()))
    }

    /// Whether a name matches.
    pub(in crate::sync_window) fn matches(&self, name: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Text(text) => name == &**text,
            Self::Prefix(prefix) => name.starts_with(&**prefix),
            Self::Suffix(suffix) => name.ends_with(&**suffix),
        }
    }
}

/// Whether a text stands for itself alone.
pub(super) fn is_plain(text: &str) -> bool {
    let special = |letter| {
        matches!(
            letter,
            '*' | '?' | '[' | '{' | '\\' | '\0' | char::REPLACEMENT_CHARACTER
        )
    };
    !text.is_empty() && !text.contains(special)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sync_window::glob::Glob;

    #[test]
    fn one_star_at_an_end_is_simple() {
        for pattern in ["*", "a", "a-*", "*-a", "ä*", "!a}", "a,b*"] {
            assert!(Simple::read(pattern).is_some(), "{pattern}");
        }
        for pattern in [
            "",
            "**",
            "*a*",
            "a*b",
            "a?",
            "[a]*",
            "{a",
            r"a\*",
            "a\0*",
            "\u{fffd}*",
        ] {
            assert!(Simple::read(pattern).is_none(), "{pattern}");
        }
        assert!(Simple::read(&format!("{}*", "a".repeat(LONGEST))).is_none());
    }

    proptest! {
        #[test]
        fn it_matches_what_it_matches_compiled(
            pattern in "\\*?[-a-bä,}!]{0,3}\\*?|\\PC{0,4}",
            name in "[-a-bä,}!]{0,4}|\\PC{0,4}",
        ) {
            if let Some(simple) = Simple::read(&pattern) {
                let compiled = Glob::parse(&pattern).unwrap();
                prop_assert_eq!(compiled.matches(&name), Ok(simple.matches(&name)));
            }
        }
    }
}
