//! What the shell is asked to do.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::target::TargetKey;

/// One thing done outside. Each is idempotent: done twice, or half done and
/// then done again, it ends the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Effect {
    /// Takes the target for this change by compare-and-set, and stores what
    /// runs there now as the point to go back to. Fails when another change
    /// holds it.
    Claim {
        /// The target to take.
        target: TargetKey,
    },
    /// Asks Velero for the backup that the status names.
    BackUp {
        /// The cluster whose namespaces are backed up.
        cluster: String,
        /// Its number in the change's life.
        number: u32,
    },
    /// Applies the approved manifests at this stage's share. Where Argo CD
    /// delivers, the first stage moves the pin, and a later one lets the Rollouts
    /// go on from the share before.
    Apply {
        /// Where to.
        target: TargetKey,
        /// The stage's position in the plan.
        stage: u32,
    },
    /// Deletes what the previous revision had and this one lacks.
    Prune {
        /// Where.
        target: TargetKey,
    },
    /// Starts a verification Job.
    RunJob {
        /// The check's position in the plan.
        check: u32,
    },
    /// Applies the point to go back to, and deletes what it did not have.
    RollBack {
        /// Where.
        target: TargetKey,
    },
    /// Lets Rollouts of Argo Rollouts skip their steps on the way back.
    PromoteBack {
        /// Where.
        target: TargetKey,
    },
    /// Stops what uses the claims whose data is brought back, and remembers how it
    /// ran; where Argo CD delivers, its syncs as well. The volumes of the claims
    /// are kept from then on, whatever becomes of the claims.
    Stop {
        /// Where.
        target: TargetKey,
        /// Which time it is in the change's life.
        round: u32,
        /// How many times it was stopped before in this round: somebody may start it
        /// again meanwhile.
        again: u32,
    },
    /// Deletes the claims whose data is brought back.
    RemoveClaims {
        /// Where.
        target: TargetKey,
        /// Which time it is in the change's life.
        round: u32,
    },
    /// Asks Velero for the restore that the status names.
    Restore {
        /// The cluster whose claims are restored.
        cluster: String,
        /// Its number in the change's life.
        number: u32,
    },
    /// Starts again what was stopped.
    Start {
        /// Where.
        target: TargetKey,
        /// Which time it is in the change's life.
        round: u32,
    },
    /// Keeps the volumes of the claims that were removed no longer than their
    /// class says.
    DiscardVolumes {
        /// Where.
        target: TargetKey,
        /// Which time it is in the change's life.
        round: u32,
    },
    /// Takes what the change brought out of the branch that it came from, as its
    /// policy wants it after a way back. It is about Git alone: the targets are
    /// free by then.
    Revert,
    /// Gives the target free, and where the change succeeded records it as what
    /// runs there.
    Conclude {
        /// Which target.
        target: TargetKey,
        /// The change succeeded.
        deployed: bool,
    },
}

impl Effect {
    /// Names this effect once in the life of a change. `attempt` tells apart
    /// the starts of a change that had to wait again.
    pub fn key(&self, attempt: u32) -> String {
        match self {
            Self::Claim { target } => format!("{attempt}/claim/{target}"),
            // One that was made before the change started is its backup as well.
            Self::BackUp { cluster, number } => format!("backup/{number}/{cluster}"),
            Self::Apply { target, stage } => format!("{attempt}/apply/{stage}/{target}"),
            Self::Prune { target } => format!("{attempt}/prune/{target}"),
            Self::RunJob { check } => format!("{attempt}/job/{check}"),
            Self::RollBack { target } => format!("{attempt}/rollback/{target}"),
            Self::PromoteBack { target } => format!("{attempt}/promote-back/{target}"),
            Self::Stop {
                target,
                round,
                again: 0,
            } => format!("{attempt}/stop/{round}/{target}"),
            Self::Stop {
                target,
                round,
                again,
            } => format!("{attempt}/stop/{round}/again-{again}/{target}"),
            Self::RemoveClaims { target, round } => {
                format!("{attempt}/remove-claims/{round}/{target}")
            }
            Self::Restore { cluster, number } => format!("{attempt}/restore/{number}/{cluster}"),
            Self::Start { target, round } => format!("{attempt}/start/{round}/{target}"),
            Self::DiscardVolumes { target, round } => {
                format!("{attempt}/discard-volumes/{round}/{target}")
            }
            Self::Revert => format!("{attempt}/revert"),
            Self::Conclude { target, .. } => format!("{attempt}/conclude/{target}"),
        }
    }

    /// It changes something in a target, so the shell asks again with facts
    /// fresh from the API server before it does it.
    pub fn writes_to_target(&self) -> bool {
        match self {
            Self::Apply { .. }
            | Self::Prune { .. }
            | Self::RollBack { .. }
            | Self::PromoteBack { .. }
            | Self::Stop { .. }
            | Self::RemoveClaims { .. }
            | Self::Restore { .. }
            | Self::Start { .. }
            | Self::DiscardVolumes { .. }
            | Self::RunJob { .. } => true,
            Self::Claim { .. } | Self::BackUp { .. } | Self::Revert | Self::Conclude { .. } => {
                false
            }
        }
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Claim { target } => write!(formatter, "take {target}"),
            Self::BackUp { cluster, .. } => write!(formatter, "ask for a backup in {cluster}"),
            Self::Apply { target, stage } => {
                write!(
                    formatter,
                    "apply stage {} to {target}",
                    stage.saturating_add(1)
                )
            }
            Self::Prune { target } => write!(formatter, "prune {target}"),
            Self::RunJob { .. } => formatter.write_str("run a verification job"),
            Self::RollBack { target } => write!(formatter, "roll back {target}"),
            Self::PromoteBack { target } => write!(formatter, "let {target} skip its steps"),
            Self::Stop { target, .. } => write!(formatter, "stop what uses the claims of {target}"),
            Self::RemoveClaims { target, .. } => write!(formatter, "remove the claims of {target}"),
            Self::Restore { cluster, .. } => write!(formatter, "ask for a restore in {cluster}"),
            Self::Start { target, .. } => write!(formatter, "start {target} again"),
            Self::DiscardVolumes { target, .. } => {
                write!(formatter, "keep the volumes of {target} no longer")
            }
            Self::Revert => formatter.write_str("take the change out of Git"),
            Self::Conclude { target, .. } => write!(formatter, "release {target}"),
        }
    }
}
