//! From a [`crate::ChangeCalendar`] to [`tidegate_core::calendar::Calendar`].

use tidegate_core::calendar::{Calendar, Effect, EntrySpec};

use crate::change_calendar::{ChangeCalendar, Entry};

/// Reads a calendar. Entries that are broken stay in it and shut the gate; so
/// does a feed, which cannot be read yet.
pub fn calendar(object: &ChangeCalendar) -> Calendar {
    let spec = &object.spec;
    let windows = spec
        .windows
        .iter()
        .map(|window| entry(window, Effect::Allow, &spec.time_zone));
    let freezes = spec
        .freezes
        .iter()
        .map(|freeze| entry(freeze, Effect::Deny, &spec.time_zone));
    let entries: Vec<EntrySpec> = windows.chain(freezes).collect();
    Calendar::parse(object.metadata.name.clone().unwrap_or_default(), &entries)
}

/// Every problem of a calendar, each in a sentence.
pub fn problems(object: &ChangeCalendar, calendar: &Calendar) -> Vec<String> {
    let mut problems: Vec<String> = calendar
        .broken()
        .map(|broken| broken.error.in_one_line())
        .collect();
    let spec = &object.spec;
    for entry in spec
        .windows
        .iter()
        .chain(&spec.freezes)
        .filter(|entry| entry.ical.is_some())
    {
        problems.push(format!(
            "entry {}: iCalendar feeds cannot be read yet, so it shuts the gate",
            entry.name
        ));
    }
    problems
}

/// An entry as the core reads it. One with a feed has no times, which the core
/// finds broken: exactly what shuts the gate.
fn entry(entry: &Entry, effect: Effect, zone: &str) -> EntrySpec {
    let exempt = entry.exempt.clone().unwrap_or_default();
    let mut spec = EntrySpec::new(
        entry.name.clone(),
        effect,
        entry.time_zone.clone().unwrap_or_else(|| zone.to_owned()),
    );
    if entry.ical.is_none() {
        spec.schedule.clone_from(&entry.schedule);
        spec.duration.clone_from(&entry.duration);
        spec.from.clone_from(&entry.from);
        spec.to.clone_from(&entry.to);
    }
    spec.clusters.clone_from(&entry.clusters);
    spec.namespaces.clone_from(&entry.namespaces);
    spec.applications.clone_from(&entry.applications);
    spec.exempt_types = exempt.types;
    spec.exempt_applications = exempt.applications;
    spec.reason.clone_from(&entry.reason);
    spec
}
