//! The kinds of change and of risk.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The ITIL kind of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum ChangeType {
    /// Pre-authorised by a template.
    Standard,
    /// Approved and scheduled one by one.
    Normal,
    /// Approved afterwards in part, and let through closed windows where the
    /// calendar says so.
    Emergency,
}

impl fmt::Display for ChangeType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Standard => "standard",
            Self::Normal => "normal",
            Self::Emergency => "emergency",
        })
    }
}

/// How much harm a change could do, as its requester judges it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Risk {
    /// Nobody would notice a failure.
    Low,
    /// A failure is noticed and quickly undone.
    Medium,
    /// A failure harms users.
    High,
    /// A failure harms the business.
    Critical,
}

impl fmt::Display for Risk {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Low => "Low",
            Self::Medium => "Medium",
            Self::High => "High",
            Self::Critical => "Critical",
        })
    }
}
