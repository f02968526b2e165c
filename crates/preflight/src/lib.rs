//! Judges rendered manifests before anybody approves them: would the API server
//! take them, is there room, does everything that they name exist, do they differ
//! only where they may?
//!
//! Pure over its inputs: whoever calls it renders, reads files and asks a cluster.
//! So a developer, a pipeline and the controller get the same verdict.
//!
//! Nothing is skipped in silence. A check that could not look says so, with what
//! would let it ([`Verdict::NotJudged`]), and that counts as a failure unless
//! somebody waives it by name and says why.

pub mod diff;
pub mod finding;
pub mod images;
pub mod manifest;
pub mod overlay;
pub mod parity;
pub mod policy;
pub mod quota;
pub mod read;
pub mod refs;
pub mod report;
pub mod schema;
pub mod target;
pub mod trace;

pub use finding::{Check, Finding, Path, Place, Severity};
pub use manifest::Manifest;
pub use report::{CheckReport, Judged, Report, Verdict, Waiver};
pub use target::Target;
