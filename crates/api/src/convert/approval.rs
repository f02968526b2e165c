//! From an [`crate::Approval`] to [`tidegate_core::approval::Approval`].

use tidegate_core::approval;
use tidegate_core::digest::Digest;
use tidegate_core::revision::Revision;

use super::{FieldError, created_at, wrong};
use crate::Approval;

/// Reads an Approval.
///
/// # Errors
///
/// A commit or a digest that is not one: such an approval speaks of nothing.
pub fn approval(object: &Approval) -> Result<approval::Approval, FieldError> {
    let spec = &object.spec;
    Ok(approval::Approval {
        name: object.metadata.name.clone().unwrap_or_default(),
        approver: spec.approver.clone(),
        groups: spec.groups.clone(),
        revision: Revision::parse(&spec.revision)
            .map_err(|error| wrong("spec.revision", error.to_string()))?,
        digest: spec
            .digest
            .parse::<Digest>()
            .map_err(|error| wrong("spec.digest", error.to_string()))?,
        decision: spec.decision,
        at: created_at(object.metadata.creation_timestamp.as_ref()),
        comment: spec.comment.clone().unwrap_or_default(),
    })
}
