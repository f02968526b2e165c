//! Words of the command line: checks, waivers, how images are written.

use tidegate_preflight::images::Wants;
use tidegate_preflight::{Check, Waiver};

/// Not a check and a reason.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum WaiverError {
    /// There is no reason.
    #[error("say why: CHECK=REASON")]
    NoReason,
    /// There is no such check.
    #[error("{0:?} is no check; there are schema, quota, policy, diff, parity, images and refs")]
    NoCheck(String),
    /// Images are not written in such a way.
    #[error("{0:?} is no way to write an image; there are anything, fixed-tags and digests")]
    NoReference(String),
}

/// Reads `schema=the operator checks its own kinds`.
pub(super) fn parse(text: &str) -> Result<Waiver, WaiverError> {
    let (word, reason) = text.split_once('=').unwrap_or((text, ""));
    let check = check(word)?;
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(WaiverError::NoReason);
    }
    Ok(Waiver {
        check,
        reason: reason.to_owned(),
    })
}

/// Reads `schema`.
pub(super) fn check(word: &str) -> Result<Check, WaiverError> {
    let check = Check::ALL.into_iter().find(|check| check.word() == word);
    check.ok_or_else(|| WaiverError::NoCheck(word.to_owned()))
}

/// Reads `digests`.
pub(super) fn wants(word: &str) -> Result<Wants, WaiverError> {
    match word {
        "anything" => Ok(Wants::Anything),
        "fixed-tags" => Ok(Wants::FixedTags),
        "digests" => Ok(Wants::Digests),
        _ => Err(WaiverError::NoReference(word.to_owned())),
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
        assert_eq!(parse("schema"), Err(WaiverError::NoReason));
        assert_eq!(parse("schema= "), Err(WaiverError::NoReason));
        assert_eq!(parse("all=x"), Err(WaiverError::NoCheck("all".to_owned())));
    }
}
