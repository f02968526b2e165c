//! What is wrong with a text.

use crate::MAX_NODES;

/// Why a text is not the YAML that Kubernetes reads. Lines count from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum YamlError {
    /// Not YAML.
    #[error("line {line}: {reason}")]
    Syntax {
        /// Where.
        line: usize,
        /// What the parser found.
        reason: String,
    },
    /// Larger than anything a person writes; also how aliases of aliases end.
    #[error("line {line}: more than {MAX_NODES} values")]
    TooLarge {
        /// Where the limit was reached.
        line: usize,
    },
    /// One key twice in a mapping.
    #[error("line {line}: the key \"{key}\" is there twice")]
    DuplicateKey {
        /// Where the second is.
        line: usize,
        /// The key.
        key: String,
    },
    /// A key that JSON cannot have.
    #[error("line {line}: a key must be text, a whole number or a boolean")]
    Key {
        /// Where.
        line: usize,
    },
    /// `<<`, which not every reader knows.
    #[error("line {line}: merge keys (<<) are not read: write the fields out")]
    MergeKey {
        /// Where.
        line: usize,
    },
    /// A tag without meaning in JSON, such as `!!binary`.
    #[error("line {line}: the tag {tag} is not supported")]
    Tag {
        /// Where.
        line: usize,
        /// The tag.
        tag: String,
    },
    /// A number that JSON cannot have.
    #[error("line {line}: {text} is not a number that JSON has")]
    NotFinite {
        /// Where.
        line: usize,
        /// The number as written.
        text: String,
    },
}

impl YamlError {
    /// The line it was found on.
    pub const fn line(&self) -> usize {
        match self {
            Self::Syntax { line, .. }
            | Self::TooLarge { line }
            | Self::DuplicateKey { line, .. }
            | Self::Key { line }
            | Self::MergeKey { line }
            | Self::Tag { line, .. }
            | Self::NotFinite { line, .. } => *line,
        }
    }
}
