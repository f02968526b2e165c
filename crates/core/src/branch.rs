//! A branch by its name.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::revision::{SourceRef, SourceRefError};

/// A branch by its name, without `refs/heads/`: `env/gateway-canary`.
///
/// Valid by the rules of git-check-ref-format(1), and never read as a tag.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Branch(String);

/// What stands before the name of every branch.
const HEADS: &str = "refs/heads/";

impl Branch {
    /// Reads a name with or without `refs/heads/`.
    ///
    /// # Errors
    ///
    /// It is a tag, a commit, or no name that git takes.
    pub fn parse(text: &str) -> Result<Self, SourceRefError> {
        let full = SourceRef::parse(text)?.as_branch();
        let name = full.as_deref().and_then(|full| full.strip_prefix(HEADS));
        match name {
            Some(name) => Ok(Self(name.to_owned())),
            None => Err(SourceRefError::NotABranchOrTag(text.to_owned())),
        }
    }

    /// The name, without `refs/heads/`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name, with `refs/heads/`.
    pub fn full(&self) -> String {
        format!("{HEADS}{}", self.0)
    }

    /// Whether a text names this branch, in either form.
    pub fn is(&self, text: &str) -> bool {
        text.strip_prefix(HEADS).unwrap_or(text) == self.0
    }
}

impl fmt::Display for Branch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl TryFrom<String> for Branch {
    type Error = SourceRefError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<Branch> for String {
    fn from(branch: Branch) -> Self {
        branch.0
    }
}

#[cfg(test)]
mod tests {
    use super::Branch;

    #[test]
    fn a_branch_has_one_name_in_two_forms() {
        let branch = Branch::parse("refs/heads/env/canary").unwrap();
        assert_eq!(branch, Branch::parse("env/canary").unwrap());
        assert_eq!(branch.as_str(), "env/canary");
        assert_eq!(branch.full(), "refs/heads/env/canary");
        assert!(branch.is("env/canary") && branch.is("refs/heads/env/canary"));
        assert!(!branch.is("canary") && !branch.is("refs/tags/env/canary"));
    }

    #[test]
    fn what_is_no_branch_is_refused() {
        for text in ["", "refs/tags/v1", "a..b", "-f", &"a".repeat(40), "HEAD"] {
            assert!(Branch::parse(text).is_err(), "{text}");
        }
    }
}
