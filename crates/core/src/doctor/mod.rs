//! Mistakes in what a repository or a cluster holds that fail in silence.
//!
//! Each file holds one rule. A rule looks at objects that were read elsewhere,
//! with the line of everything a person would edit, and at what there is for
//! them to match. What a sync window does is asked of
//! [`sync_window`](crate::sync_window), from an instant that is given and for
//! the year after it.
//!
//! Every rule has a page under `docs/doctor`, named by its id.

mod delivery;
mod finding;
mod inventory;
mod pattern;
mod place;
mod subjects;
mod times;
mod week;

mod broken_pattern;
mod closes_on_sync;
mod duration;
mod kind;
mod moving_revision;
mod no_selector;
mod no_self_heal;
mod no_way_back;
mod ored_selectors;
mod retry_outlives_window;
mod schedule;
mod shadowed_allow;
mod time_zone;
mod too_short;
mod unmatched_pattern;
mod unread;
mod unrestricted_project;
mod written_rollback;

pub use delivery::{
    Automated, ClusterKind, Deliveries, Delivery, Destination, Followed, Origin, Permissions,
    Retry, WrittenRollback,
};
pub use finding::{Finding, Rule, Severity};
pub use inventory::{Inventory, KnownApplication, Project, Text, Window};
pub use place::{Place, Source};
pub use unread::{broken_yaml, not_looked_at};

use jiff::Timestamp;

use self::inventory::Sound;

/// Looks for every mistake in sync windows, and in how Applications are
/// delivered, by file and line.
///
/// A window whose timing is broken is left out where others are judged: it is a
/// finding of its own.
pub fn examine(inventory: &Inventory, now: Timestamp) -> Vec<Finding> {
    let mut findings = Vec::new();
    for project in &inventory.projects {
        for window in &project.windows {
            findings.extend(kind::look(project, window));
            findings.extend(time_zone::look(project, window));
            findings.extend(schedule::look(project, window, now));
            findings.extend(duration::look(project, window));
            findings.extend(no_selector::look(project, window));
            findings.extend(broken_pattern::look(project, window));
        }
        let sound = Sound::of(project, now);
        findings.extend(ored_selectors::look(project));
        findings.extend(unmatched_pattern::look(project, inventory, now));
        findings.extend(too_short::look(project, &sound, now));
        findings.extend(shadowed_allow::look(project, &sound, inventory, now));
        findings.extend(closes_on_sync::look(project, &sound, inventory, now));
    }
    for delivery in &inventory.deliveries.applications {
        findings.extend(no_way_back::look(delivery));
        findings.extend(moving_revision::look(delivery));
        findings.extend(retry_outlives_window::look(delivery, inventory, now));
        findings.extend(no_self_heal::look(delivery));
    }
    findings.extend(written_rollback::look(&inventory.deliveries));
    findings.extend(unrestricted_project::look(&inventory.deliveries));
    findings.sort_by(|one, other| one.place().cmp(&other.place()));
    findings
}

#[cfg(test)]
mod tests;
