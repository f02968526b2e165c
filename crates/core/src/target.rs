//! Where a change lands.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Identifies one target: two changes with equal keys touch the same thing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TargetKey {
    /// The cluster's name as Tidegate knows it.
    pub cluster: String,
    /// The namespace that receives the objects.
    pub namespace: String,
    /// The target's own name, such as `api-gateway`.
    pub name: String,
}

impl fmt::Display for TargetKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{}/{}/{}",
            self.cluster, self.namespace, self.name
        )
    }
}

/// One place that a change delivers to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Target {
    /// What it is called and where it lies.
    pub key: TargetKey,
    /// The overlay in the repository that renders to its objects, relative to
    /// the repository's root.
    pub path: String,
}
