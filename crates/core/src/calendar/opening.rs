//! When the gate opens, and for how long.

use std::fmt;
use std::sync::Arc;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::clock::Clocks;
use super::entry::Entry;
use super::local::Interval;
use super::passes::Passes;
use super::selection::{Selected, Selection};
use super::{Calendar, EARLIEST, HORIZON, LATEST, Subject, render};

/// A stretch of time `[opens, closes)` in which a change may start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// The first instant at which it is open, not before the time asked about.
    pub opens: Timestamp,
    /// The first instant at which it no longer is; `None` if it stays open
    /// beyond the horizon.
    pub closes: Option<Timestamp>,
    /// The window that opens it; `None` where no window is needed.
    pub window: Option<Arc<str>>,
    /// The window's zone, else UTC.
    pub zone: TimeZone,
}

impl Opening {
    /// Whether a change of this length can start at once and end in time.
    pub fn fits(&self, needed: SignedDuration) -> bool {
        self.closes
            .is_none_or(|closes| closes.duration_since(self.opens) >= needed)
    }
}

impl fmt::Display for Opening {
    /// Like `Thu 2026-11-26 02:00 CET, closes 06:00`, in the window's zone.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&render::opening(self, &self.zone))
    }
}

impl Calendar {
    /// The earliest instant, not before `after`, at which the gate is open and
    /// stays so for as long as `needed`; `None` if there is none within
    /// [`HORIZON`] or if an error shuts the gate. Agrees with
    /// [`Calendar::decision`] at every instant.
    pub fn next_opening(
        &self,
        subject: &Subject<'_>,
        passes: Passes<'_>,
        needed: SignedDuration,
        after: Timestamp,
    ) -> Option<Opening> {
        self.openings(subject, passes, after, LATEST)
            .find(|opening| opening.fits(needed))
    }

    /// All stretches of time that are open at some instant in `[from, to)`, in
    /// order and apart from each other. The first starts at `from` if it is
    /// open then; the last may close after `to`. Nothing is found beyond
    /// [`HORIZON`] after `from`.
    pub fn openings<'a>(
        &'a self,
        subject: &Subject<'_>,
        passes: Passes<'a>,
        from: Timestamp,
        to: Timestamp,
    ) -> Openings<'a> {
        let selection = self.select(subject, passes);
        let answers = !selection.is_shut() && EARLIEST <= from;
        Openings::new(&selection, from, if answers { to } else { from })
    }
}

/// Looks for openings from edge to edge; see [`Calendar::openings`].
#[derive(Debug)]
pub struct Openings<'a> {
    windows: Vec<Cursor<'a>>,
    freezes: Vec<Cursor<'a>>,
    // The freeze that was active last is likely to be so again.
    last_freeze: usize,
    needs_window: bool,
    clocks: Clocks<'a>,
    at: Option<Timestamp>,
    to: Timestamp,
    horizon: Timestamp,
}

impl Iterator for Openings<'_> {
    type Item = Opening;

    fn next(&mut self) -> Option<Opening> {
        // Only what is found below sets the place to go on from.
        let mut at = self.at.take()?;
        while at < self.to {
            self.clocks.set(at);
            if let Some(end) = self.frozen() {
                at = end;
                continue;
            }
            let (window, end) = if self.needs_window {
                let Some(found) = self.open_window() else {
                    at = self.windows.iter().filter_map(Cursor::start).min()?;
                    continue;
                };
                (Some(found.0), found.1)
            } else {
                (None, self.horizon)
            };
            let freeze = self.freezes.iter().filter_map(Cursor::start).min();
            let bound = freeze.unwrap_or(self.horizon);
            let closes = self.extend(end, bound).min(bound);
            self.at = (closes < self.horizon).then_some(closes);
            return Some(Opening {
                opens: at,
                closes: self.at,
                window: window.map(|window| window.name.clone()),
                zone: window.map_or(TimeZone::UTC, |window| window.zone.clone()),
            });
        }
        None
    }
}

impl<'a> Openings<'a> {
    fn new(selection: &Selection<'a>, from: Timestamp, to: Timestamp) -> Self {
        let horizon = from.checked_add(HORIZON).unwrap_or(LATEST).min(LATEST);
        let cursors = |chosen: fn(&Selected<'a>) -> bool| {
            let chosen = selection.entries.iter().filter(|selected| chosen(selected));
            chosen
                .map(|selected| Cursor::new(selected, from, horizon))
                .collect()
        };
        Self {
            windows: cursors(Selected::is_window),
            freezes: cursors(Selected::holds),
            last_freeze: 0,
            needs_window: selection.needs_window,
            clocks: Clocks::new(from),
            at: Some(from),
            to: to.min(horizon),
            horizon,
        }
    }

    /// When an entry is active and none of the freezes is, whatever they select.
    pub(super) fn between(
        entry: &'a Entry,
        freezes: &[&'a Entry],
        from: Timestamp,
        to: Timestamp,
    ) -> Self {
        let horizon = from.checked_add(HORIZON).unwrap_or(LATEST).min(LATEST);
        let cursor = |entry: &'a Entry| Cursor {
            entry,
            upcoming: None,
            asked: false,
        };
        Self {
            windows: vec![cursor(entry)],
            freezes: freezes.iter().map(|freeze| cursor(freeze)).collect(),
            last_freeze: 0,
            needs_window: true,
            clocks: Clocks::new(from),
            at: Some(from),
            to: to.min(horizon),
            horizon,
        }
    }

    /// When a gate that is open at `at` shuts; `None` if not within [`HORIZON`].
    pub(super) fn closing(selection: &Selection<'a>, at: Timestamp) -> Option<Timestamp> {
        let just_after = at.checked_add(SignedDuration::from_nanos(1)).unwrap_or(at);
        Self::new(selection, at, just_after).next()?.closes
    }

    /// The end of a freeze that is active, if one is. If none is, every freeze
    /// has been brought up to date.
    fn frozen(&mut self) -> Option<Timestamp> {
        let (clocks, horizon) = (&mut self.clocks, self.horizon);
        if let Some(last) = self.freezes.get_mut(self.last_freeze)
            && let Some(interval) = last.active(clocks, horizon)
        {
            return Some(interval.end);
        }
        for (index, freeze) in self.freezes.iter_mut().enumerate() {
            if let Some(interval) = freeze.active(clocks, horizon) {
                self.last_freeze = index;
                return Some(interval.end);
            }
        }
        None
    }

    /// The open window that ends last, with its end. Every window has been
    /// brought up to date after this.
    fn open_window(&mut self) -> Option<(&'a Entry, Timestamp)> {
        let (clocks, horizon) = (&mut self.clocks, self.horizon);
        let mut best: Option<(&Entry, Timestamp)> = None;
        for window in &mut self.windows {
            if let Some(interval) = window.active(clocks, horizon)
                && best.is_none_or(|(_, end)| end < interval.end)
            {
                best = Some((window.entry, interval.end));
            }
        }
        best
    }

    /// Follows windows that touch or overlap, but not past `bound`.
    fn extend(&mut self, mut end: Timestamp, bound: Timestamp) -> Timestamp {
        while end < bound {
            self.clocks.set(end);
            match self.open_window() {
                Some((_, further)) => end = further,
                None => break,
            }
        }
        end
    }
}

/// An entry with the stretch of time that is active or comes next.
#[derive(Debug)]
struct Cursor<'a> {
    entry: &'a Entry,
    upcoming: Option<Interval>,
    asked: bool,
}

impl<'a> Cursor<'a> {
    fn new(selected: &Selected<'a>, from: Timestamp, horizon: Timestamp) -> Self {
        let entry = selected.entry;
        let lifted = selected.from().filter(|until| from < *until);
        // What an exception lifts begins where the exception ends.
        let upcoming = lifted.and_then(|until| {
            let reached = Clocks::new(until).reached(&entry.zone);
            let held = entry.active(until, &reached).map(|interval| Interval {
                start: until,
                ..interval
            });
            held.or_else(|| entry.next(until, &reached, horizon))
        });
        Self {
            entry,
            upcoming,
            asked: lifted.is_some(),
        }
    }

    /// The stretch that is active now. Instants must be asked for in order.
    fn active(&mut self, clocks: &mut Clocks<'a>, horizon: Timestamp) -> Option<Interval> {
        let at = clocks.at();
        let over = self.upcoming.is_some_and(|interval| interval.end <= at);
        if over || !self.asked {
            self.asked = true;
            let reached = clocks.reached(&self.entry.zone);
            let active = self.entry.active(at, &reached);
            self.upcoming = active.or_else(|| self.entry.next(at, &reached, horizon));
        }
        self.upcoming.filter(|interval| interval.contains(at))
    }

    /// When the next stretch starts, if it has been established that none is
    /// active.
    fn start(&self) -> Option<Timestamp> {
        self.upcoming.map(|interval| interval.start)
    }
}
