//! A backup by Velero, and whether it is known to be good.
//!
//! Velero ends many a backup without an error that brings nothing back: a volume
//! that no snapshot class covers is left out in silence. So what counts as usable
//! is decided here, from the backup and from what it says of every volume.

pub mod data;
mod judge;
mod name;
mod restore;
mod seen;

pub use judge::judge;
pub use name::{backup_name, restore_name};
pub use restore::{Restore, judge_restore};
pub use seen::{Backup, ClaimKey, Volume};

#[cfg(test)]
mod tests;
