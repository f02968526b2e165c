//! The data of a target that is brought back from a backup: what has to stop for
//! it, and which claims are made anew.
//!
//! A claim's volume is never written over by a restore (Velero, "Restore
//! Reference"): the claim has to be gone first. So whatever uses it is stopped,
//! its volume is kept, and nothing of it is given up before the data is back.

mod by_hand;
mod seen;
mod survey;

pub use by_hand::{RESOURCES, by_hand};
pub use seen::{ClaimSeen, DataSeen, Restored};
pub use survey::{Found, Live, survey};

use serde::{Deserialize, Serialize};

use super::ClaimKey;
use crate::rollout::object::ObjectKey;

/// What was stopped, and kept, to bring the data of a target back. Stored before
/// anything of it is done.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct DataWork {
    /// Which time it is in the change's life, from 1.
    pub round: u32,
    /// What ran on the claims.
    pub stopped: Vec<Stopped>,
    /// The claims whose data comes back.
    pub claims: Vec<Kept>,
}

/// Something that ran on a claim.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stopped {
    /// What.
    pub key: ObjectKey,
    /// How it ran.
    pub ran: Ran,
}

/// How something ran before it was stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Ran {
    /// With so many replicas.
    Replicas(u32),
    /// By its schedule, as a `CronJob` does.
    Scheduled,
}

/// A claim whose volume is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Which claim.
    pub claim: ClaimKey,
    /// The volume that it had. None: it was gone, or had none.
    pub volume: Option<KeptVolume>,
}

/// A volume with the newer data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptVolume {
    /// Its name.
    pub name: String,
    /// What became of it without its claim before: `Delete`, or `Retain`.
    pub reclaimed: String,
}

#[cfg(test)]
mod tests;
