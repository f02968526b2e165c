//! From an [`crate::Approval`] to what it says in the core's terms.

use tidegate_core::approval;
use tidegate_core::calendar::exception::{ExceptionApproval, ExceptionDigest};
use tidegate_core::digest::Digest;
use tidegate_core::lifecycle::facts::SignedException;
use tidegate_core::revision::Revision;

use super::{FieldError, created_at, wrong};
use crate::Approval;

/// What an Approval speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    /// A change: its commit and its manifests.
    Change(approval::Approval),
    /// An exception from a freeze.
    Exception(SignedException),
}

/// Reads an Approval.
///
/// # Errors
///
/// A commit or a digest that is missing or is not one: such an approval speaks
/// of nothing.
pub fn word(object: &Approval) -> Result<Word, FieldError> {
    let spec = &object.spec;
    let at = created_at(object.metadata.creation_timestamp.as_ref());
    if let Some(exception) = &spec.exception {
        let digest = exception.digest.parse::<ExceptionDigest>();
        return Ok(Word::Exception(SignedException {
            at,
            approval: ExceptionApproval {
                calendar: exception.calendar.clone(),
                exception: exception.name.clone(),
                digest: digest
                    .map_err(|error| wrong("spec.exception.digest", error.to_string()))?,
                approver: spec.approver.clone(),
                groups: spec.groups.clone(),
            },
        }));
    }
    let missing = |field: &str| wrong(field, "is missing");
    let revision = spec.revision.as_deref();
    let digest = spec.digest.as_deref();
    Ok(Word::Change(approval::Approval {
        name: object.metadata.name.clone().unwrap_or_default(),
        approver: spec.approver.clone(),
        groups: spec.groups.clone(),
        revision: Revision::parse(revision.ok_or_else(|| missing("spec.revision"))?)
            .map_err(|error| wrong("spec.revision", error.to_string()))?,
        digest: digest
            .ok_or_else(|| missing("spec.digest"))?
            .parse::<Digest>()
            .map_err(|error| wrong("spec.digest", error.to_string()))?,
        decision: spec.decision,
        at,
        comment: spec.comment.clone().unwrap_or_default(),
    }))
}

/// Everything that these Approvals say of changes and of exceptions. What speaks
/// of nothing is left out.
pub fn words<'a>(
    objects: impl IntoIterator<Item = &'a Approval>,
) -> (Vec<approval::Approval>, Vec<SignedException>) {
    let mut of_changes = Vec::new();
    let mut of_exceptions = Vec::new();
    for object in objects {
        match word(object) {
            Ok(Word::Change(approval)) => of_changes.push(approval),
            Ok(Word::Exception(signed)) => of_exceptions.push(signed),
            Err(_) => {}
        }
    }
    (of_changes, of_exceptions)
}
