//! What ran before a change, which is where its undoing goes.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::argo_cd::{ChartVersion, Pin};
use crate::revision::Revision;
use crate::target::TargetKey;

/// What ran in a target when a change took it. Neither a commit nor a version:
/// nobody knows which, since nothing was delivered there by a change before.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RollbackPoint {
    /// Which target.
    #[serde(flatten)]
    pub target: TargetKey,
    /// The commit, of its manifests or of its chart's values. Where it is
    /// delivered from a branch of its own it is the commit whose content that has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<Revision>,
    /// The version of its chart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<ChartVersion>,
}

impl RollbackPoint {
    /// What ran in this target. None: nobody knows.
    pub fn new(target: TargetKey, ran: Option<&Pin>) -> Self {
        let version = match ran {
            Some(Pin::Chart { version, .. }) => Some(version.clone()),
            Some(Pin::Commit(_)) | None => None,
        };
        Self {
            target,
            revision: ran.and_then(Pin::commit).cloned(),
            version,
        }
    }

    /// What ran. None: nobody knows.
    pub fn pin(&self) -> Option<Pin> {
        match (&self.version, &self.revision) {
            (Some(version), values) => Some(Pin::Chart {
                version: version.clone(),
                values: values.clone(),
            }),
            (None, Some(commit)) => Some(Pin::Commit(commit.clone())),
            (None, None) => None,
        }
    }
}

/// `api-gateway ran 9f1c2d3`.
impl fmt::Display for RollbackPoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.target.name;
        match self.pin() {
            Some(pin) => write!(formatter, "{name} ran {}", pin.short()),
            None => write!(formatter, "nobody knows what {name} ran"),
        }
    }
}
