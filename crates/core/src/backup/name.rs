//! What backups and restores are called.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Velero cuts longer names where it uses them as labels (`pkg/label/label.go`).
const LONGEST: usize = 63;

/// The name of the backup of a change: `pre-change-chg-1234-20260408-020000`, the
/// moment in UTC. A ticket too long for that is cut; the label has it whole.
pub fn backup_name(ticket: &str, at: Timestamp) -> String {
    named("pre-change", ticket, at)
}

/// The name of a restore of a change, named by its own:
/// `bring-back-chg-1234-20260408-020000`.
pub fn restore_name(change: &str, at: Timestamp) -> String {
    named("bring-back", change, at)
}

fn named(what: &str, whose: &str, at: Timestamp) -> String {
    let at = at
        .to_zoned(TimeZone::UTC)
        .strftime("%Y%m%d-%H%M%S")
        .to_string();
    let left = LONGEST.saturating_sub(what.len() + 2 + at.len());
    let whose: String = whose.to_lowercase().chars().take(left).collect();
    let whose = whose.trim_end_matches(['-', '.']);
    format!("{what}-{whose}-{at}")
}
