//! Outside systems: Git, charts, rendering, the target cluster, probes, feeds.
//!
//! Each folder speaks to one of them and decides nothing: it answers with facts, or
//! with an error that says what a person could do. [`yaml`] is how all of them read
//! what people wrote.

pub mod argo_cd;
pub mod chart;
pub mod cluster;
pub mod feed;
pub mod git;
mod http_error;
pub mod probe;
pub mod prometheus;
pub mod render;
pub mod secret;
mod subprocess;
pub mod velero;

pub use subprocess::SubprocessError;
