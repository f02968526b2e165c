//! What is done about the branch that a change came from after it went back.

use serde::{Deserialize, Serialize};

/// What is done about the branch that a change came from after it went back, so
/// that the branch says again what runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum Revert {
    /// Nothing: people see to it.
    #[default]
    None,
    /// A commit that takes the change out is put on a branch of its own, for a
    /// pull request.
    Branch,
    /// The commit is put on that branch itself.
    Commit,
}

impl Revert {
    /// Nothing is done.
    pub fn is_none(&self) -> bool {
        *self == Self::None
    }
}
