//! What an emergency may skip, and what it owes afterwards.

use jiff::SignedDuration;

/// The rules of a policy for changes of type `emergency`.
///
/// An emergency starts with fewer approvals than a normal change and may pass a
/// closed window; the rest of the approvals and a post-implementation review
/// are owed afterwards, each by a moment of its own. A backup is never skipped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmergencyRules {
    /// How many people must agree before it starts.
    pub now: u32,
    /// How many more must agree afterwards.
    pub later: u32,
    /// By when, counted from the start.
    pub later_within: SignedDuration,
    /// Groups whose members may let it start: an approval before the start
    /// counts only from one of them. Empty: anybody who counts otherwise.
    pub groups: Vec<String>,
    /// It passes closed windows.
    pub passes_windows: bool,
    /// It passes freezes that exempt emergencies.
    pub passes_freezes: bool,
    /// By when somebody has reviewed it, counted from the start.
    pub review_within: SignedDuration,
}
