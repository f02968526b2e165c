//! Decides everything Tidegate does, and does nothing itself.
//!
//! [`lifecycle::step()`] takes a change, the facts about the world and the time,
//! and answers with the new status, what the change waits for, at most one
//! effect, and when to ask again. There is no clock, no I/O and no randomness
//! in this crate: the manifest and `clippy.toml` see to it.

pub mod approval;
pub mod argo_cd;
pub mod argo_rollouts;
pub mod backup;
pub mod branch;
pub mod calendar;
pub mod causes;
pub mod change;
pub mod digest;
pub mod doctor;
pub mod lifecycle;
pub mod policy;
pub mod request;
pub mod revision;
pub mod rollout;
pub mod sync_window;
pub mod target;
