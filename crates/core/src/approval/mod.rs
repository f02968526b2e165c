//! Who agreed to a change, and whether it counts.
//!
//! [`counts`] decides it for one approval, [`tally`] for the change.

pub mod counts;
pub mod people;
pub mod tally;

pub use counts::{Approval, Decision, NotCounted};
pub use people::{People, Person};
pub use tally::{Missing, Tally, Verdict};
