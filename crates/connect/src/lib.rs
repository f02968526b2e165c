//! Outside systems: Git, rendering, the target cluster, probes.
//!
//! Each folder speaks to one of them and decides nothing: it answers with facts, or
//! with an error that says what a person could do.

pub mod cluster;
pub mod git;
pub mod probe;
pub mod render;
pub mod secret;
mod subprocess;

pub use subprocess::SubprocessError;
