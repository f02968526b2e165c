//! Environment branches: an Application whose pin is a commit on a branch of its
//! own, so that Git says what runs.
//!
//! The Application follows the branch, and only Tidegate puts commits there. A
//! deployment is a commit with the content of what was approved, and the way
//! back is one with the content of what was there before. No commit is ever
//! taken away.
//!
//! | file | what it answers |
//! |---|---|
//! | `adoption` | may Tidegate take it by this branch |
//! | `guard` | is the branch still at what it should be |
//! | `message` | what a commit of Tidegate says |
//! | `operation` | the object with an operation that syncs the commit |
//! | `seen` | how it does after a commit was put there |

pub mod adoption;
pub mod guard;
pub mod message;
pub mod operation;
pub mod seen;

use super::application::Application;
use crate::branch::Branch;

/// The annotation of an adopted Application whose pin is a commit on a branch:
/// the branch's name.
pub const BRANCH: &str = "tidegate.dev/branch";

impl Application {
    /// The branch that its pin is on. None: it is pinned by itself, or was not
    /// given to Tidegate.
    pub fn branch(&self) -> Option<Branch> {
        let name = self.metadata.annotations.get(BRANCH);
        let name = name.filter(|_| self.is_adopted())?;
        Branch::parse(name).ok()
    }

    /// Whether what it renders comes from this branch, as it is at any time.
    pub fn follows(&self, branch: &Branch) -> bool {
        branch.is(self.pointed_at())
    }
}
