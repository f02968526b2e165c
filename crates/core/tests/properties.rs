//! Random histories of random worlds, longer and richer than those the model
//! explores to their end, under the same invariants; and what holds of any set
//! of approvals.

#[cfg(test)]
#[path = "model/mod.rs"]
mod model;

#[cfg(test)]
#[path = "properties/approvals.rs"]
mod approvals;

#[cfg(test)]
#[path = "properties/histories.rs"]
mod histories;
