//! What a check found.

use std::fmt;

use serde::{Deserialize, Serialize};
use tidegate_core::rollout::object::ObjectKey;

/// What is checked. Each can be asked for, and waived, by its word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Check {
    /// Would the API server take it?
    Schema,
    /// Is there room for it, also while it rolls out?
    Quota,
    /// Do the policies of the cluster allow it?
    Policy,
    /// What would change, and what has changed by itself?
    Diff,
    /// Do environments differ only where they may?
    Parity,
    /// Is the image the one that was announced?
    Images,
    /// Is everything there that it names?
    Refs,
}

impl Check {
    /// All of them, in the order they are told.
    pub const ALL: [Self; 7] = [
        Self::Schema,
        Self::Quota,
        Self::Policy,
        Self::Diff,
        Self::Parity,
        Self::Images,
        Self::Refs,
    ];

    /// As people and programs write it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Schema => "schema",
            Self::Quota => "quota",
            Self::Policy => "policy",
            Self::Diff => "diff",
            Self::Parity => "parity",
            Self::Images => "images",
            Self::Refs => "refs",
        }
    }
}

impl fmt::Display for Check {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.word())
    }
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// It would not do what is meant, or not be taken at all.
    Error,
    /// It would, and may surprise.
    Warning,
}

/// Where something stands in a file that a person wrote, or in a rendered text.
/// Counted from 1; columns in characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Place {
    /// The file, relative to the repository's root where it is in one.
    pub file: String,
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

/// Where in an object: `spec.template.spec.containers[0].image`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize)]
pub struct Path(String);

impl Path {
    /// The object itself.
    pub const fn root() -> Self {
        Self(String::new())
    }

    /// A field of what is here. A name that is no word is quoted:
    /// `metadata.labels["app.kubernetes.io/name"]`.
    #[must_use]
    pub fn field(&self, name: &str) -> Self {
        let is_word = name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'$'));
        Self(match (is_word && !name.is_empty(), self.0.is_empty()) {
            (true, true) => name.to_owned(),
            (true, false) => format!("{}.{name}", self.0),
            (false, _) => format!("{}[{name:?}]", self.0),
        })
    }

    /// An item of the list that is here.
    #[must_use]
    pub fn item(&self, position: usize) -> Self {
        Self(format!("{}[{position}]", self.0))
    }

    /// The item of the list that is here which has this key:
    /// `spec.template.spec.containers[web]`.
    #[must_use]
    pub fn keyed(&self, key: &str) -> Self {
        Self(format!("{}[{key}]", self.0))
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Path {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding {
    /// Which check found it.
    pub check: Check,
    /// A word that never changes its meaning: `unknown-field`.
    pub id: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// The object. None: it is about a file, or about several objects.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<ObjectKey>,
    /// Where in the object.
    #[serde(skip_serializing_if = "is_root")]
    pub path: Path,
    /// Where a person wrote it, as far as that can be traced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// What is wrong, in one sentence.
    pub message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

fn is_root(path: &Path) -> bool {
    path.0.is_empty()
}
