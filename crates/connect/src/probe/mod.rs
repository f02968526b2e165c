//! Asks what was rolled out whether it works.

mod http;

pub use self::http::{ProbeFailure, Prober};
pub use ::http::StatusCode;
