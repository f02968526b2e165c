//! Where a change is in its life.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Where a change is in its life.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Phase {
    /// Its ticket, its commit or its manifests are not established yet.
    #[default]
    Draft,
    /// Its required checks have not all passed.
    Assessing,
    /// Too few people have approved.
    Approving,
    /// It waits for its time.
    Scheduled,
    /// Its targets are taken and made safe.
    BackingUp,
    /// Its stages go out.
    RollingOut,
    /// It is out, and its success is being established.
    Verifying,
    /// It goes back.
    RollingBack,
    /// It is out and verified.
    Succeeded,
    /// It went back: the previous revision runs and is healthy.
    RolledBack,
    /// A person is needed.
    Failed,
    /// Somebody who may decide said no, or it can never run as it stands.
    Rejected,
    /// It was called off before or while it ran; nothing of it remains.
    Cancelled,
    /// It did not start in the time it was wanted for.
    Expired,
}

impl Phase {
    /// No step leads out of it.
    pub fn is_final(self) -> bool {
        matches!(
            self,
            Self::Succeeded
                | Self::RolledBack
                | Self::Failed
                | Self::Rejected
                | Self::Cancelled
                | Self::Expired
        )
    }

    /// It holds its targets, and may be writing to them.
    pub fn is_running(self) -> bool {
        matches!(
            self,
            Self::BackingUp | Self::RollingOut | Self::Verifying | Self::RollingBack
        )
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{self:?}")
    }
}
