//! What an Application of Argo CD says, and what Tidegate makes of it.
//!
//! A guarded Application points at a full commit, or at the exact version of a
//! chart. Moving that pin, together with an operation that syncs it, is the
//! deployment; moving it back is the rollback. Automated sync and self-heal stay on and keep what was approved.
//!
//! | file | what it answers |
//! |---|---|
//! | `application` | what stands in the object (argoproj.io/v1alpha1, Argo CD 3.5) |
//! | `source` | where its objects come from, and how they are rendered |
//! | `pinned` | what it is pinned to: a commit, or a chart's version |
//! | `adoption` | may Tidegate take it, and how it is given back |
//! | `branch` | all of it where the pin is a commit on a branch |
//! | `guard` | does it still point at what it should |
//! | `hook` | which manifests are nothing to stay |
//! | `paused` | does Argo CD leave it alone |
//! | `pin` | the object with another pin and an operation that syncs it |
//! | `obstacle` | why no operation may be started now |
//! | `pruned` | what it would delete that may hold data |
//! | `seen` | how it does after one was |

pub mod adoption;
pub mod application;
pub mod branch;
pub mod guard;
pub mod hook;
pub mod obstacle;
mod paused;
pub mod pin;
pub mod pinned;
pub mod pruned;
pub mod seen;
pub mod source;

pub use application::Application;
pub use paused::PAUSED;
pub use pinned::{ChartVersion, Move, Pin};

#[cfg(test)]
mod tests;
