//! How a change goes out in stages, and how the health of each is judged.
//!
//! Everything here is a function of Kubernetes objects as JSON: what to apply
//! ([`stageable`], [`stage`]), in which order ([`order`]), whether it is well ([`health`]),
//! whether what runs is what was approved ([`difference`]), what to delete
//! ([`prune`]) and what to go back to ([`baseline`]).

pub mod baseline;
pub mod difference;
pub mod drift;
pub(crate) mod field;
pub mod health;
pub mod object;
pub mod order;
pub mod prune;
pub mod share;
pub mod stage;
pub mod stageable;
mod template;
