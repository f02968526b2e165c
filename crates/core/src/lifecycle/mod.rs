//! The life of a change, from submission to its end.
//!
//! [`step()`] is the only door: everything else here is a part of its answer.
//! One file holds one part of the life:
//!
//! | file | phases |
//! |---|---|
//! | `gates` | Draft, Assessing, Approving, Scheduled: what must hold before anything is touched |
//! | `prepare` | BackingUp: the target is taken, the way back is stored |
//! | `backup` | Scheduled, BackingUp: backups are made, and known to be good |
//! | `rolling_out` | RollingOut: stage by stage |
//! | `settling` | RollingOut: a stage that is applied becomes healthy and stays so |
//! | `verifying` | Verifying |
//! | `rolling_back` | RollingBack, and the end of every change that took its targets |
//! | `restoring` | RollingBack, RollingOut: data is brought back from a backup |
//! | `reverting` | RollingBack: the branch that the change came from says again what runs |
//! | `rollback_point` | what ran before, from which a later change undoes this one |
//! | `owed` | all after the start: what an emergency still owes |

mod backup;
mod context;
pub mod effect;
pub mod explain;
pub mod facts;
mod gates;
mod health;
pub mod owed;
pub mod phase;
mod prepare;
mod questions;
mod restoring;
mod reverting;
pub mod rollback_point;
mod rolling_back;
mod rolling_out;
mod settling;
pub mod status;
mod step;
mod verifying;
pub mod wait;
mod written;

pub use effect::Effect;
pub use facts::{EffectState, Facts};
pub use phase::Phase;
pub use questions::{Question, questions};
pub use rollback_point::RollbackPoint;
pub use status::Status;
pub use step::{Step, Transition, step, zone};
pub use wait::WaitReason;
