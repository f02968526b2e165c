//! Names matched by pattern.

use globset::{GlobBuilder, GlobSet};
use thiserror::Error;

/// The longest pattern that is read, in bytes.
const LONGEST: usize = 1024;

/// Why a text is not a glob.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum GlobError {
    /// It is empty and could match nothing.
    #[error("it is empty and would match nothing")]
    Empty,
    /// It is longer than any name could need.
    #[error("it is longer than 1024 bytes")]
    TooLong,
    /// It does not compile, such as an unclosed `[`.
    #[error("{0}")]
    Malformed(globset::ErrorKind),
}

/// A pattern for a whole name: `*` matches any characters, `?` one character,
/// `[a-z]` one of a class, `{a,b}` alternatives, `\` escapes. No character
/// separates: `*` also matches `/`. Letters match in their case only.
#[derive(Debug, Clone)]
pub struct Glob {
    text: String,
    form: Form,
}

// Most patterns are a name or the start of one; comparing these takes a tenth
// of the time a compiled pattern does.
#[derive(Debug, Clone)]
enum Form {
    Name,
    Prefix,
    Pattern(GlobSet),
}

impl Glob {
    /// Reads and compiles a pattern.
    pub fn parse(text: &str) -> Result<Self, GlobError> {
        if text.is_empty() {
            return Err(GlobError::Empty);
        }
        if text.len() > LONGEST {
            return Err(GlobError::TooLong);
        }
        let is_plain = |text: &str| !text.contains(['*', '?', '[', ']', '{', '}', '\\']);
        let form = if is_plain(text) {
            Form::Name
        } else if text.strip_suffix('*').is_some_and(is_plain) {
            Form::Prefix
        } else {
            Form::Pattern(
                compile(text).map_err(|error| GlobError::Malformed(error.kind().clone()))?,
            )
        };
        Ok(Self {
            text: text.to_owned(),
            form,
        })
    }

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether every name that another pattern matches is surely matched too.
    pub(super) fn covers(&self, other: &Self) -> bool {
        match (&self.form, &other.form) {
            _ if self.text == other.text || self.text == "*" => true,
            (_, Form::Name) => self.matches(&other.text),
            (Form::Prefix, Form::Prefix) => other.start().starts_with(self.start()),
            _ => false,
        }
    }

    /// Whether there surely is a name that both patterns match.
    pub(super) fn meets(&self, other: &Self) -> bool {
        self.covers(other) || other.covers(self)
    }

    fn start(&self) -> &str {
        self.text.strip_suffix('*').unwrap_or(&self.text)
    }

    /// Whether the whole name matches.
    pub fn matches(&self, name: &str) -> bool {
        match &self.form {
            Form::Name => self.text == name,
            Form::Prefix => name.starts_with(self.start()),
            Form::Pattern(pattern) => pattern.is_match(name),
        }
    }
}

// A set of one pattern: unlike a single matcher, building it can fail instead
// of panicking when the pattern grows too large.
fn compile(text: &str) -> Result<GlobSet, globset::Error> {
    let glob = GlobBuilder::new(text)
        .literal_separator(false)
        .backslash_escape(true)
        .build()?;
    GlobSet::builder().add(glob).build()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_pattern_matches_whole_names() {
        for (pattern, name, expected) in [
            ("production", "production", true),
            ("production", "production-eu", false),
            ("production-*", "production-", true),
            ("production-*", "production", false),
            ("*", "anything", true),
            ("*-eu", "production-eu", true),
            ("*-eu", "production-eu-1", false),
            ("a*z", "a/b/z", true),
            ("p?d", "pod", true),
            ("p?d", "pd", false),
            ("{web,api}-*", "api-1", true),
            ("{web,api}-*", "db-1", false),
            ("web-[0-9]", "web-7", true),
            ("web-[!0-9]", "web-7", false),
            (r"web\*", "web*", true),
            (r"web\*", "webs", false),
            ("Prod", "prod", false),
        ] {
            assert_eq!(
                Glob::parse(pattern).unwrap().matches(name),
                expected,
                "{pattern} {name}"
            );
        }
    }

    #[test]
    fn a_pattern_that_does_not_compile_is_an_error() {
        for pattern in [
            "",
            "[",
            "web-[z-a]",
            "{a,b",
            "a}",
            "\\",
            &"{".repeat(900),
            &"a".repeat(1025),
        ] {
            assert!(Glob::parse(pattern).is_err(), "{pattern}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(pattern in "[-a-c*?!,{}\\[\\]\\\\]{0,24}|\\PC{0,24}", name in "\\PC{0,12}") {
            if let Ok(glob) = Glob::parse(&pattern) {
                glob.matches(&name);
            }
        }

        #[test]
        fn the_short_forms_agree_with_the_compiled_pattern(text in "[a-b-]{1,4}\\*?", name in "[a-b-]{0,5}") {
            let compiled = compile(&text).unwrap();
            prop_assert_eq!(Glob::parse(&text).unwrap().matches(&name), compiled.is_match(&name));
        }
    }
}
