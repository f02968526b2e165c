//! Words of the command line: checks, waivers, how images are written.

use std::path::PathBuf;

use clap::ValueEnum as _;
use tidegate_preflight::images::Wants;
use tidegate_preflight::{Check, Waiver};

use crate::arguments::Format;

/// A word that means nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum WordError {
    /// There is no reason.
    #[error("say why: CHECK=REASON")]
    Unexplained,
    /// There is no such check.
    #[error("{0:?} is no check; there are schema, quota, policy, diff, parity, images and refs")]
    UnknownCheck(String),
    /// Images are not written in such a way.
    #[error("{0:?} is no way to write an image; there are anything, fixed-tags and digests")]
    UnknownReference(String),
    /// Not a form and a file.
    #[error("{0:?} is no form and file, such as markdown=summary.md")]
    Unwritable(String),
}

/// Reads `schema=the operator checks its own kinds`.
pub(super) fn parse(text: &str) -> Result<Waiver, WordError> {
    let (word, reason) = text.split_once('=').unwrap_or((text, ""));
    let check = check(word)?;
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(WordError::Unexplained);
    }
    Ok(Waiver {
        check,
        reason: reason.to_owned(),
    })
}

/// A file that the report is written into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Also {
    pub(super) format: Format,
    pub(super) file: PathBuf,
}

/// Reads `markdown=summary.md`.
pub(super) fn also(text: &str) -> Result<Also, WordError> {
    let unreadable = || WordError::Unwritable(text.to_owned());
    let (format, file) = text.split_once('=').ok_or_else(unreadable)?;
    if file.is_empty() {
        return Err(unreadable());
    }
    Ok(Also {
        format: Format::from_str(format, false).map_err(|_| unreadable())?,
        file: PathBuf::from(file),
    })
}

/// Reads `schema`.
pub(super) fn check(word: &str) -> Result<Check, WordError> {
    let check = Check::ALL.into_iter().find(|check| check.word() == word);
    check.ok_or_else(|| WordError::UnknownCheck(word.to_owned()))
}

/// Reads `digests`.
pub(super) fn wants(word: &str) -> Result<Wants, WordError> {
    match word {
        "anything" => Ok(Wants::Anything),
        "fixed-tags" => Ok(Wants::FixedTags),
        "digests" => Ok(Wants::Digests),
        _ => Err(WordError::UnknownReference(word.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_waiver_names_its_check_and_says_why() {
        let waiver = parse("schema= the operator checks its own = kinds ").unwrap();
        assert_eq!(waiver.check, Check::Schema);
        assert_eq!(waiver.reason, "the operator checks its own = kinds");
        assert_eq!(parse("schema"), Err(WordError::Unexplained));
        assert_eq!(parse("schema= "), Err(WordError::Unexplained));
        assert_eq!(
            parse("all=x"),
            Err(WordError::UnknownCheck("all".to_owned()))
        );
    }
}
