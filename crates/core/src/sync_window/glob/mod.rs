//! The patterns of applications, namespaces and clusters.
//!
//! Argo CD matches them with gobwas/glob 0.2.3, without separators: `*` and
//! `**` match any characters, `/` too, `?` one character, `[abc]`, `[a-c]`,
//! `[!abc]` and `[!a-c]` one of a class, `{a,b}` alternatives, which nest and
//! may be left unclosed, and `\` escapes. Letters match in their case only.
//!
//! That program deviates from its own description, and patterns that people
//! write meet it:
//!
//! * `ab*ba` matches `aba`, because the two ends may overlap;
//! * `{team-*,shared}-prod` matches only names as long as `shared-prod`,
//!   because the last alternative's length is taken for that of all;
//! * `?` and `[!a]` alone match an empty text, and in alternatives beside a
//!   fixed text too;
//! * `[!ab][!ab]` matches `aa`: glued, they only exclude the sequence `ab`;
//! * parts of known length that follow each other are cut at bytes, so that `ä?`
//!   does not match `äö`;
//! * `a{}` stops the program at the name `a`, which is an error here.

mod bytes;
mod compile;
mod lexer;
mod matcher;
mod simple;
mod tree;

use thiserror::Error;

use self::matcher::{Effort, Matcher};
pub(super) use self::simple::Simple;
use self::simple::is_plain;

/// The longest pattern that is read, in bytes. Argo CD has no limit.
const LONGEST: usize = 1024;

/// Why a pattern cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum GlobError {
    /// `[` without `]`.
    #[error("`[` is not closed")]
    Unclosed,
    /// `[]` or `[!]`.
    #[error("`[]` holds nothing")]
    EmptyList,
    /// `[c-a]`.
    #[error("the range from `{low}` to `{high}` runs backwards")]
    Backwards {
        /// Its first character.
        low: char,
        /// Its last character.
        high: char,
    },
    /// `[a-cx]`.
    #[error("a range in `[]` stands alone")]
    AfterRange,
    /// U+FFFD, which Argo CD takes for a broken text.
    #[error("it holds the replacement character U+FFFD")]
    Replacement,
    /// Longer than is read here; Argo CD would read it.
    #[error("it is longer than 1024 bytes")]
    TooLong,
    /// Braces nest deeper than is read here; Argo CD would read it.
    #[error("braces nest deeper than 64 levels")]
    TooDeep,
    /// Argo CD's matcher stops the program at a name.
    #[error("Argo CD fails on it")]
    Panics,
    /// Trying a name takes too long.
    #[error("trying it takes too long")]
    TooCostly,
}

impl GlobError {
    /// Whether Argo CD ignores the pattern, so that it matches nothing. The
    /// others cannot be answered.
    pub(super) const fn is_ignored(self) -> bool {
        match self {
            Self::Unclosed
            | Self::EmptyList
            | Self::Backwards { .. }
            | Self::AfterRange
            | Self::Replacement => true,
            Self::TooLong | Self::TooDeep | Self::Panics | Self::TooCostly => false,
        }
    }
}

/// A compiled pattern for a whole name.
#[derive(Debug, Clone)]
pub struct Glob(Matcher);

impl Glob {
    /// Reads and compiles a pattern. An empty one matches only an empty name.
    pub fn parse(pattern: &str) -> Result<Self, GlobError> {
        if is_plain(pattern) {
            return Ok(Self(Matcher::text(pattern)));
        }
        if pattern.len() > LONGEST {
            return Err(GlobError::TooLong);
        }
        let tree = tree::tree(lexer::tokens(pattern)?)?;
        Ok(Self(compile::compile(&tree)))
    }

    /// Whether a name matches; an error where Argo CD has no answer either.
    pub fn matches(&self, name: &str) -> Result<bool, GlobError> {
        self.0.matches(name.as_bytes(), &mut Effort::default())
    }
}

#[cfg(test)]
mod tests;
