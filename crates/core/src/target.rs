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
    /// How the objects get there.
    pub delivery: Delivery,
}

/// How the objects of a target get there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Delivery {
    /// Tidegate applies them itself.
    BuiltIn {
        /// The overlay in the repository that renders to them, relative to the
        /// repository's root.
        path: String,
    },
    /// Argo CD syncs them. The target's name is that of the Application.
    ArgoCd {
        /// The namespace that the Application is in.
        namespace: String,
    },
}

impl Target {
    /// Argo CD delivers it.
    pub fn is_application(&self) -> bool {
        matches!(self.delivery, Delivery::ArgoCd { .. })
    }

    /// The namespace and the name of the Application that delivers it. None:
    /// Tidegate does.
    pub fn application(&self) -> Option<(&str, &str)> {
        match &self.delivery {
            Delivery::ArgoCd { namespace } => Some((namespace, &self.key.name)),
            Delivery::BuiltIn { .. } => None,
        }
    }
}
