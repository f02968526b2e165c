//! Which state of the source: a full commit SHA, or a name that resolves to one.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A commit by its full SHA: 40 (SHA-1) or 64 (SHA-256) lower-case hexadecimal digits.
///
/// Branch names and short SHAs are not revisions: what they stand for can change
/// after people approved it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(
    feature = "schema",
    schemars(extend("pattern" = r"^([0-9a-f]{40}|[0-9a-f]{64})$"))
)]
#[serde(try_from = "String", into = "String")]
pub struct Revision(String);

/// Why a text is not a [`Revision`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RevisionError {
    /// Nothing was given.
    #[error("the revision is empty: give the full commit SHA")]
    Empty,
    /// Some name, or a SHA that was cut short.
    #[error("\"{0}\" is a branch name or short SHA: give the full commit")]
    NotAFullSha(String),
    /// A full SHA, in upper or mixed case.
    #[error("\"{0}\" has upper-case letters: write the commit SHA in lower case")]
    UpperCase(String),
}

impl Revision {
    /// Reads a full commit SHA, without spaces around it.
    pub fn parse(text: &str) -> Result<Self, RevisionError> {
        if text.is_empty() {
            return Err(RevisionError::Empty);
        }
        if !is_full_sha(text) {
            return Err(RevisionError::NotAFullSha(text.to_owned()));
        }
        if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(RevisionError::UpperCase(text.to_owned()));
        }
        Ok(Self(text.to_owned()))
    }

    /// The full SHA.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first 7 digits, for people. Never a key: it need not be unique.
    pub fn short(&self) -> &str {
        &self.0[..7]
    }
}

/// 40 or 64 hexadecimal digits in either case.
fn is_full_sha(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

impl fmt::Display for Revision {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl FromStr for Revision {
    type Err = RevisionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl TryFrom<String> for Revision {
    type Error = RevisionError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<Revision> for String {
    fn from(revision: Revision) -> Self {
        revision.0
    }
}

/// A branch or tag by name: `main`, `refs/heads/main` or `refs/tags/v2.5.0`.
///
/// Valid by the rules of git-check-ref-format(1). It stands for whatever commit
/// the repository says at the moment it is asked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "String", into = "String")]
pub struct SourceRef(String);

/// Why a text is not a [`SourceRef`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceRefError {
    /// Nothing was given.
    #[error("the ref is empty: give a branch or a tag")]
    Empty,
    /// A commit SHA, which belongs into `revision`.
    #[error("\"{0}\" is a commit SHA: give it as the revision, not as the ref")]
    Revision(String),
    /// A ref that is neither a branch nor a tag, such as `refs/pull/7/head` or `HEAD`.
    #[error("\"{0}\" is neither a branch nor a tag: write a name, refs/heads/… or refs/tags/…")]
    NotABranchOrTag(String),
    /// Git itself would refuse the name.
    #[error("\"{name}\" is not a valid ref name: {rule}")]
    Invalid {
        /// The name as given.
        name: String,
        /// The rule of git-check-ref-format(1) that it breaks.
        rule: &'static str,
    },
}

impl SourceRef {
    /// Reads a short name, or a full name below `refs/heads/` or `refs/tags/`.
    pub fn parse(text: &str) -> Result<Self, SourceRefError> {
        if text.is_empty() {
            return Err(SourceRefError::Empty);
        }
        if is_full_sha(text) {
            return Err(SourceRefError::Revision(text.to_owned()));
        }
        let name = text
            .strip_prefix("refs/heads/")
            .or_else(|| text.strip_prefix("refs/tags/"));
        if text == "HEAD" || (name.is_none() && (text == "refs" || text.starts_with("refs/"))) {
            return Err(SourceRefError::NotABranchOrTag(text.to_owned()));
        }
        match broken_rule(name.unwrap_or(text)) {
            Some(rule) => Err(SourceRefError::Invalid {
                name: text.to_owned(),
                rule,
            }),
            None => Ok(Self(text.to_owned())),
        }
    }

    /// The name as given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The full name if this is read as a branch; `None` when it names a tag outright.
    pub fn as_branch(&self) -> Option<String> {
        if self.0.starts_with("refs/tags/") {
            return None;
        }
        let name = self.0.strip_prefix("refs/heads/").unwrap_or(&self.0);
        Some(format!("refs/heads/{name}"))
    }

    /// The full name if this is read as a tag; `None` when it names a branch outright.
    pub fn as_tag(&self) -> Option<String> {
        if self.0.starts_with("refs/heads/") {
            return None;
        }
        let name = self.0.strip_prefix("refs/tags/").unwrap_or(&self.0);
        Some(format!("refs/tags/{name}"))
    }
}

/// The first rule of git-check-ref-format(1) that the part after `refs/heads/`
/// or `refs/tags/` breaks.
fn broken_rule(name: &str) -> Option<&'static str> {
    if name.starts_with('-') {
        return Some("it begins with a dash");
    }
    if name.split('/').any(str::is_empty) {
        return Some("it begins or ends with a slash, or has two in a row");
    }
    if name.split('/').any(|part| part.starts_with('.')) {
        return Some("a part of it begins with a dot");
    }
    // Git compares this suffix by case.
    if name
        .split('/')
        .any(|part| part.strip_suffix(".lock").is_some())
    {
        return Some("a part of it ends with .lock");
    }
    if name.contains("..") {
        return Some("it has two dots in a row");
    }
    if name.ends_with('.') {
        return Some("it ends with a dot");
    }
    if name == "@" || name.contains("@{") {
        return Some("it is @ or has @{ in it");
    }
    if name.chars().any(|character| {
        character.is_ascii_control()
            || matches!(character, ' ' | '~' | '^' | ':' | '?' | '*' | '[' | '\\')
    }) {
        return Some("it has a space, a control character or one of ~ ^ : ? * [ \\ in it");
    }
    None
}

impl fmt::Display for SourceRef {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl FromStr for SourceRef {
    type Err = SourceRefError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl TryFrom<String> for SourceRef {
    type Error = SourceRefError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<SourceRef> for String {
    fn from(reference: SourceRef) -> Self {
        reference.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHA: &str = "9f1c2d3a4b5c6d7e8f9012345678901234567890";

    #[test]
    fn a_full_sha_is_a_revision() {
        let revision = Revision::parse(SHA).unwrap();
        assert_eq!(revision.to_string(), SHA);
        assert_eq!(revision.short(), "9f1c2d3");
        assert!(Revision::parse(&"a".repeat(64)).is_ok());
    }

    #[test]
    fn anything_shorter_or_named_says_to_give_the_full_commit() {
        for text in [
            "main",
            "9f1c2d3",
            "HEAD",
            "v2.5.0",
            &SHA[..39],
            &"a".repeat(41),
        ] {
            assert_eq!(
                Revision::parse(text).unwrap_err().to_string(),
                format!("\"{text}\" is a branch name or short SHA: give the full commit")
            );
        }
        assert_eq!(Revision::parse(""), Err(RevisionError::Empty));
        assert!(matches!(
            Revision::parse(&SHA.to_uppercase()),
            Err(RevisionError::UpperCase(_))
        ));
    }

    #[test]
    fn a_revision_is_checked_when_it_is_read_from_an_object() {
        let json = format!("\"{SHA}\"");
        let revision: Revision = serde_json::from_str(&json).unwrap();
        assert_eq!(serde_json::to_string(&revision).unwrap(), json);
        assert!(serde_json::from_str::<Revision>("\"main\"").is_err());
        assert!(serde_json::from_str::<SourceRef>("\"-x\"").is_err());
    }

    #[test]
    fn a_short_name_may_be_a_branch_or_a_tag() {
        let name = SourceRef::parse("release/2.5").unwrap();
        assert_eq!(name.as_branch().unwrap(), "refs/heads/release/2.5");
        assert_eq!(name.as_tag().unwrap(), "refs/tags/release/2.5");

        let branch = SourceRef::parse("refs/heads/main").unwrap();
        assert_eq!(branch.as_branch().unwrap(), "refs/heads/main");
        assert_eq!(branch.as_tag(), None);

        let tag = SourceRef::parse("refs/tags/v1").unwrap();
        assert_eq!(tag.as_branch(), None);
        assert_eq!(tag.as_tag().unwrap(), "refs/tags/v1");
    }

    #[test]
    fn names_git_refuses_are_refused() {
        for name in [
            "-main",
            "refs/heads/-x",
            "/main",
            "main/",
            "a//b",
            ".hidden",
            "a/.b",
            "a.lock",
            "a.lock/b",
            "a..b",
            "a.",
            "@",
            "a@{1}",
            "a b",
            "a~1",
            "a^",
            "a:b",
            "a?",
            "a*",
            "a[b",
            "a\\b",
            "a\nb",
            "a\u{7f}",
            "refs/heads/",
        ] {
            assert!(
                matches!(SourceRef::parse(name), Err(SourceRefError::Invalid { .. })),
                "{name:?}"
            );
        }
        for name in [
            "main",
            "a@b",
            "feature/x-1_2",
            "v1.2.3",
            "ümläut",
            "a.lockb",
            "@x",
        ] {
            assert!(SourceRef::parse(name).is_ok(), "{name:?}");
        }
    }

    #[test]
    fn a_ref_is_a_branch_or_a_tag_and_nothing_else() {
        for name in ["HEAD", "refs/pull/7/head", "refs/x", "refs"] {
            assert!(
                matches!(
                    SourceRef::parse(name),
                    Err(SourceRefError::NotABranchOrTag(_))
                ),
                "{name:?}"
            );
        }
        assert!(matches!(
            SourceRef::parse(SHA),
            Err(SourceRefError::Revision(_))
        ));
        assert_eq!(SourceRef::parse(""), Err(SourceRefError::Empty));
    }
}
