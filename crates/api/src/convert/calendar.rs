//! From a [`crate::ChangeCalendar`] to [`tidegate_core::calendar::Calendar`].

use std::collections::BTreeMap;

use jiff::SignedDuration;
use tidegate_core::calendar::exception::ExceptionSpec;
use tidegate_core::calendar::{Calendar, Effect, EntrySpec, ExemptSpec, Feed};

use super::{FieldError, duration_or, wrong};
use crate::change_calendar::{ChangeCalendar, Entry, Exception, Exempt, Ical};

const REFRESH: SignedDuration = SignedDuration::from_hours(1);
const STALE_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// The feeds of a calendar's entries, by the entry's name. One that is missing
/// has not been fetched yet.
pub type Feeds = BTreeMap<String, Feed>;

/// Reads a calendar. Entries that are broken stay in it and shut the gate, and
/// so does one whose feed is missing, cannot be read or is stale.
pub fn calendar(object: &ChangeCalendar, feeds: &Feeds) -> Calendar {
    let spec = &object.spec;
    let read = |entry: &Entry, effect| {
        let mut read = written(entry, effect, &spec.time_zone);
        if let Some(ical) = &entry.ical {
            read.feed = Some(feed(object, entry, ical, feeds));
        }
        read
    };
    let windows = spec
        .windows
        .iter()
        .map(|window| read(window, Effect::Allow));
    let freezes = spec.freezes.iter().map(|freeze| read(freeze, Effect::Deny));
    let entries: Vec<EntrySpec> = windows.chain(freezes).collect();
    let exceptions: Vec<ExceptionSpec> = spec.exceptions.iter().map(exception).collect();
    let name = object.metadata.name.clone().unwrap_or_default();
    Calendar::parse(name, &entries).with_exceptions(
        &exceptions,
        spec.exceptions_by.as_deref(),
        &spec.time_zone,
    )
}

/// Every problem of a calendar, each in a sentence.
pub fn problems(calendar: &Calendar) -> Vec<String> {
    let entries = calendar.broken().map(|broken| broken.error.in_one_line());
    let exceptions = calendar.exceptions.broken().map(ToString::to_string);
    entries.chain(exceptions).collect()
}

/// A feed that an entry wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The entry's name, which is its key among the [`Feeds`].
    pub entry: String,
    /// Where the feed is served.
    pub url: String,
    /// How often it is to be fetched.
    pub refresh: SignedDuration,
    /// For how long what was fetched may be relied on.
    pub stale_after: SignedDuration,
}

/// The feeds that a calendar's entries want. Those whose times cannot be read
/// are left out: fetched or not, their entry is broken.
pub fn wanted(object: &ChangeCalendar) -> Vec<Wanted> {
    let entries = object.spec.windows.iter().chain(&object.spec.freezes);
    entries
        .filter_map(|entry| {
            let ical = entry.ical.as_ref()?;
            let (refresh, stale_after) = times(ical).ok()?;
            Some(Wanted {
                entry: entry.name.clone(),
                url: ical.url.clone(),
                refresh,
                stale_after,
            })
        })
        .collect()
}

fn times(ical: &Ical) -> Result<(SignedDuration, SignedDuration), FieldError> {
    let refresh = duration_or("ical.refresh", ical.refresh.as_deref(), REFRESH)?;
    let otherwise = STALE_AFTER.max(refresh);
    let stale_after = duration_or("ical.staleAfter", ical.stale_after.as_deref(), otherwise)?;
    if stale_after < refresh {
        return Err(wrong(
            "ical.staleAfter",
            format!(
                "{stale_after:#} is over before the next fetch after {refresh:#}; make it longer than refresh"
            ),
        ));
    }
    Ok((refresh, stale_after))
}

fn feed(object: &ChangeCalendar, entry: &Entry, ical: &Ical, feeds: &Feeds) -> Feed {
    if let Err(error) = times(ical) {
        return Feed::Unreadable(error.to_string());
    }
    // A window and a freeze may share a name, but not what was fetched for one
    // of them.
    let entries = object.spec.windows.iter().chain(&object.spec.freezes);
    if entries.filter(|other| other.name == entry.name).count() > 1 {
        let problem = "another entry has the same name, so nobody can tell whose feed it is";
        return Feed::Unreadable(problem.to_owned());
    }
    feeds
        .get(&entry.name)
        .cloned()
        .unwrap_or_else(|| Feed::Unreadable("it has not been fetched yet".to_owned()))
}

fn exception(exception: &Exception) -> ExceptionSpec {
    ExceptionSpec {
        name: exception.name.clone(),
        freeze: exception.freeze.clone(),
        change: exception.change.clone(),
        reason: exception.reason.clone(),
        until: exception.until.clone(),
    }
}

/// An entry as the core reads it, but for its feed.
fn written(entry: &Entry, effect: Effect, zone: &str) -> EntrySpec {
    let zone = entry.time_zone.clone().unwrap_or_else(|| zone.to_owned());
    EntrySpec {
        schedule: entry.schedule.clone(),
        duration: entry.duration.clone(),
        from: entry.from.clone(),
        to: entry.to.clone(),
        dates: entry.dates.clone(),
        start_time: entry.start_time.clone(),
        clusters: entry.clusters.clone(),
        namespaces: entry.namespaces.clone(),
        applications: entry.applications.clone(),
        labels: entry.labels.clone(),
        exempt: entry.exempt.as_ref().map(exempt).unwrap_or_default(),
        reason: entry.reason.clone(),
        ..EntrySpec::new(entry.name.clone(), effect, zone)
    }
}

fn exempt(exempt: &Exempt) -> ExemptSpec {
    ExemptSpec {
        types: exempt.types.clone(),
        clusters: exempt.clusters.clone(),
        namespaces: exempt.namespaces.clone(),
        applications: exempt.applications.clone(),
        labels: exempt.labels.clone(),
    }
}

#[cfg(test)]
mod tests;
