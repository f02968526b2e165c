//! A calendar as sync windows that Argo CD obeys in the same way.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;

use super::once::{Piece, is_near, pieces, rounded};
use super::pattern::Lists;
use super::schedule;
use crate::calendar::local::Interval;
use crate::calendar::{BrokenEntry, Calendar, Effect, Entry, Recurrence, When, render};
use crate::sync_window::SyncWindow;

/// The most windows that an entry may need at a time.
const MOST_PIECES: usize = 500;

/// How long a description may be that Argo CD accepts, in characters.
const LONGEST_DESCRIPTION: usize = 255;

/// A calendar as sync windows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    /// The windows, in the calendar's order; none if anything is refused. Each
    /// says `tidegate.dev/CALENDAR/ENTRY` in its description.
    pub windows: Vec<SyncWindow>,
    /// Where Argo CD will answer something else than the calendar, each in a
    /// sentence without a full stop.
    pub differences: Vec<String>,
    /// What cannot be expressed. If there is anything nothing may be written:
    /// without a freeze the gate would be open.
    pub refused: Vec<Refused>,
    /// The first instant at which the windows will be others, because a time
    /// with a year draws near or is over; `None` if they stay. Windows that are
    /// not written again by then come back a year later.
    pub next_export_at: Option<Timestamp>,
}

/// What Argo CD's windows cannot express.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The entry or exception.
    pub entry: Arc<str>,
    /// Why not, as one sentence without a full stop.
    pub why: String,
}

/// The calendar as sync windows for the instant `at`.
///
/// Argo CD then allows a sync when the calendar lets a normal change start at
/// the Application's cluster, namespace and name, without any exception and
/// where the policy leaves nothing open without a window; but for
/// [`Export::differences`].
///
/// An entry that is broken shuts the gate here too: it becomes a window that
/// denies always, for all that the entry might select.
pub fn sync_windows(calendar: &Calendar, at: Timestamp) -> Export {
    let mut draft = Draft::new(calendar, at);
    for entry in &calendar.entries {
        match entry {
            Ok(entry) => draft.entry(entry),
            Err(broken) => draft.broken(broken),
        }
    }
    draft.exceptions();
    draft.otherwise();
    draft.finished()
}

struct Draft<'a> {
    calendar: &'a Calendar,
    at: Timestamp,
    windows: Vec<SyncWindow>,
    /// Some window that stays selects everything.
    opens_all: bool,
    differences: Vec<String>,
    zones: BTreeSet<&'a str>,
    /// Some entry has a time with a year.
    has_years: bool,
    refused: Vec<Refused>,
    changes: Option<Timestamp>,
}

impl<'a> Draft<'a> {
    fn new(calendar: &'a Calendar, at: Timestamp) -> Self {
        Self {
            calendar,
            at,
            windows: Vec::new(),
            opens_all: false,
            differences: Vec::new(),
            zones: BTreeSet::new(),
            has_years: false,
            refused: Vec::new(),
            changes: None,
        }
    }

    fn entry(&mut self, entry: &'a Entry) {
        if !entry.exempt.is_empty() {
            let why = "it lets some changes through, and a window of Argo CD holds all or none";
            self.refuse(&entry.name, why);
        }
        let lists = match Lists::exactly(&entry.selector) {
            Ok(lists) => lists,
            Err(why) => return self.refuse(&entry.name, why),
        };
        match &entry.when {
            When::Recurring(recurrence) => self.recurring(entry, recurrence, lists),
            When::OneOff(interval) => self.once(entry, std::slice::from_ref(interval), &lists),
            When::Listed(listing) => self.once(entry, listing.blocks(), &lists),
        }
    }

    fn recurring(&mut self, entry: &'a Entry, recurrence: &Recurrence, lists: Lists) {
        let text = match schedule::cron(recurrence.schedule()) {
            Ok(text) => text,
            Err(why) => return self.refuse(&entry.name, why),
        };
        // Every zone of a calendar has a name: it was looked up by it.
        let zone = entry.zone.iana_name().unwrap_or("UTC");
        if entry.zone.following(self.at).next().is_some() {
            self.zones.insert(zone);
        }
        self.opens_all |= entry.effect == Effect::Allow && lists.is_all();
        let window = SyncWindow {
            schedule: text,
            duration: schedule::duration(recurrence.duration()),
            time_zone: zone.to_owned(),
            ..self.window(entry.effect, &entry.name, lists)
        };
        self.push(window);
    }

    fn once(&mut self, entry: &Entry, intervals: &[Interval], lists: &Lists) {
        self.has_years = true;
        let mut count = 0;
        for interval in intervals {
            let rounded = rounded(*interval, entry.effect);
            let written: Vec<Piece> = rounded
                .into_iter()
                .flat_map(|rounded| pieces(rounded, entry.effect))
                .filter(|piece| {
                    let is_written = piece.is_written(self.at);
                    self.changes_at(piece.nears());
                    if is_written {
                        self.changes_at(piece.ends());
                    }
                    is_written
                })
                .collect();
            let left_out = rounded.is_none() && is_near(*interval, self.at);
            if rounded != Some(*interval) && (left_out || !written.is_empty()) {
                self.moved(entry, *interval, rounded);
            }
            count += written.len();
            if count > MOST_PIECES {
                let why = format!(
                    "it is on more than {MOST_PIECES} times within 30 days, each of which would need a window of its own"
                );
                return self.refuse(&entry.name, why);
            }
            for piece in written {
                let window = SyncWindow {
                    schedule: piece.schedule(),
                    duration: schedule::duration(piece.duration()),
                    time_zone: "UTC".to_owned(),
                    ..self.window(entry.effect, &entry.name, lists.clone())
                };
                self.push(window);
            }
        }
    }

    /// Says that edges are not where they were written.
    fn moved(&mut self, entry: &Entry, written: Interval, rounded: Option<Interval>) {
        let name = &entry.name;
        let moment = |at| render::moment(at, &entry.zone);
        let sentence = match rounded {
            None => format!(
                "window {name} is left out {}: it holds no full minute",
                moment(written.start)
            ),
            Some(rounded) => format!(
                "{name} is on from {} to {} instead of from {} to {}: Argo CD starts windows on full minutes",
                moment(rounded.start),
                moment(rounded.end),
                moment(written.start),
                moment(written.end)
            ),
        };
        self.differences.push(sentence);
    }

    /// Shuts the gate for all that an entry might select which cannot be read.
    fn broken(&mut self, broken: &BrokenEntry) {
        self.differences.push(format!(
            "{} cannot be used and denies always, for all that it might select: {}",
            broken.name,
            broken.error.in_one_line()
        ));
        let lists = Lists::at_least(&broken.selector);
        let window = self.always(Effect::Deny, &broken.name, lists);
        self.push(window);
    }

    fn exceptions(&mut self) {
        let calendar = self.calendar;
        for exception in calendar.exceptions.usable() {
            if exception.until <= self.at {
                continue;
            }
            self.changes_at(exception.until);
            let why = format!(
                "it lets {} through freeze {}, and a window of Argo CD holds all or none",
                exception.change, exception.freeze
            );
            self.refuse(&exception.name, why);
        }
    }

    /// Shuts the gate where no window selects, as the calendar does.
    fn otherwise(&mut self) {
        let calendar = self.calendar;
        if !calendar.has_windows() {
            // Outside of its freezes, a calendar of freezes alone leaves open
            // what one of them selects, and nothing else.
            let freezes = calendar
                .entries
                .iter()
                .filter_map(|entry| entry.as_ref().ok());
            let open: Vec<(&Arc<str>, Lists)> = freezes
                .filter_map(|freeze| {
                    let lists = Lists::exactly(&freeze.selector).ok()?;
                    Some((&freeze.name, lists))
                })
                .collect();
            if open.iter().any(|(_, lists)| lists.is_all()) {
                return;
            }
            for (name, lists) in open {
                let window = self.always(Effect::Allow, name, lists);
                self.push(window);
            }
        }
        if !self.opens_all {
            let never = SyncWindow {
                duration: "0s".to_owned(),
                ..self.always(Effect::Allow, "*", Lists::all())
            };
            self.push(never);
        }
    }

    /// A window that is always active: one of each day begins before that of
    /// the day before ends.
    fn always(&self, effect: Effect, name: &str, lists: Lists) -> SyncWindow {
        SyncWindow {
            schedule: "0 0 * * *".to_owned(),
            duration: "48h".to_owned(),
            time_zone: "UTC".to_owned(),
            ..self.window(effect, name, lists)
        }
    }

    /// A window that still lacks its times.
    fn window(&self, effect: Effect, name: &str, lists: Lists) -> SyncWindow {
        let kind = match effect {
            Effect::Allow => "allow",
            Effect::Deny => "deny",
        };
        let description = format!("tidegate.dev/{}/{name}", self.calendar.name);
        SyncWindow {
            kind: kind.to_owned(),
            applications: lists.applications,
            namespaces: lists.namespaces,
            clusters: lists.clusters,
            and_operator: true,
            description: description.chars().take(LONGEST_DESCRIPTION).collect(),
            ..SyncWindow::default()
        }
    }

    /// Adds a window, unless one that differs in its description alone is
    /// there: Argo CD's API refuses the second of such.
    fn push(&mut self, window: SyncWindow) {
        let is_same = |other: &SyncWindow| {
            other.kind == window.kind
                && other.schedule == window.schedule
                && other.duration == window.duration
                && other.time_zone == window.time_zone
                && other.applications == window.applications
                && other.namespaces == window.namespaces
                && other.clusters == window.clusters
        };
        if !self.windows.iter().any(is_same) {
            self.windows.push(window);
        }
    }

    fn refuse(&mut self, entry: &Arc<str>, why: impl Into<String>) {
        self.refused.push(Refused {
            entry: entry.clone(),
            why: why.into(),
        });
    }

    fn changes_at(&mut self, change: Timestamp) {
        if self.at < change {
            self.changes = Some(self.changes.map_or(change, |first| first.min(change)));
        }
    }

    fn finished(mut self) -> Export {
        let uses = |list: fn(&SyncWindow) -> &Vec<String>| {
            self.windows.iter().any(|window| {
                let patterns = list(window);
                !patterns.is_empty() && *patterns != ["*"]
            })
        };
        let mut general = vec![
            "at the very instant at which a window or freeze begins Argo CD does not yet take it for active, so two freezes that touch leave a gap of one instant".to_owned(),
            "an emergency waits like any other change, and a target that no window selects is shut whatever its policy says: Argo CD knows neither types of change nor policies".to_owned(),
        ];
        if uses(|window| &window.applications) {
            general.push(
                "patterns for applications are compared with the names of Applications".to_owned(),
            );
        }
        if uses(|window| &window.clusters) {
            general.push(
                "patterns for clusters are compared with the name and the address in an Application's destination, so an Application that gives only the other one is not selected, not even by a freeze".to_owned(),
            );
        }
        if !self.zones.is_empty() {
            let zones: Vec<&str> = self.zones.iter().copied().collect();
            general.push(format!(
                "in an hour that the clocks of {} repeat, Argo CD goes by what they show: a window or freeze that is over may be on again, and a freeze may break off",
                zones.join(", ")
            ));
        }
        if self.has_years {
            let until = self
                .changes
                .map(|change| format!("; write them again at {change}"))
                .unwrap_or_default();
            general.push(format!(
                "times with a year are written only while they are on and {} days before, since Argo CD would repeat them every year{until}",
                super::NEAR.as_hours() / 24
            ));
        }
        general.append(&mut self.differences);
        if !self.refused.is_empty() {
            self.windows.clear();
        }
        Export {
            windows: self.windows,
            differences: general,
            refused: self.refused,
            next_export_at: self.changes,
        }
    }
}
