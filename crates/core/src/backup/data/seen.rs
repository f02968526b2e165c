//! How far the bringing back of data is, as it is seen in the cluster.

use super::DataWork;
use crate::backup::ClaimKey;

/// How the data of a target does while it is brought back.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DataSeen {
    /// What was stopped and kept. None: nothing yet.
    pub work: Option<DataWork>,
    /// What was stopped and runs again, each in a few words.
    pub started: Vec<String>,
    /// What still uses the claims, each in a few words.
    pub users: Vec<String>,
    /// Those of its claims that are there.
    pub claims: Vec<ClaimSeen>,
    /// The namespace that Velero is in.
    pub velero: String,
}

/// A claim as it was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimSeen {
    /// Which.
    pub key: ClaimKey,
    /// It is on its way out.
    pub is_going: bool,
    /// The restore that made it.
    pub restore: Option<String>,
    /// It has a volume, or waits for a pod to get one.
    pub is_ready: bool,
    /// The phase that it is in.
    pub phase: String,
}

/// How the claims stand after a restore.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Restored {
    /// Every one is back.
    All,
    /// Not yet; what is missing.
    NotYet(String),
    /// It will not be: somebody else made a claim in the restore's place.
    Not(String),
}

impl DataSeen {
    /// How many claims are to come back.
    pub fn expected(&self) -> usize {
        self.work.as_ref().map_or(0, |work| work.claims.len())
    }

    /// How its claims stand after these restores, by their names.
    pub fn restored(&self, restores: &[&str]) -> Restored {
        let claims = self.work.iter().flat_map(|work| &work.claims);
        for kept in claims {
            let found = self.claims.iter().find(|seen| seen.key == kept.claim);
            let Some(found) = found.filter(|seen| !seen.is_going) else {
                return Restored::Not(format!("no restore made claim {}", kept.claim));
            };
            match &found.restore {
                Some(restore) if restores.contains(&restore.as_str()) => {}
                _ => {
                    return Restored::Not(format!(
                        "claim {} was made by somebody else before it could be restored, so it does not have the data",
                        kept.claim
                    ));
                }
            }
            if !found.is_ready {
                return Restored::NotYet(format!("claim {} is {}", kept.claim, found.phase));
            }
        }
        Restored::All
    }
}
