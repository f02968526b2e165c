//! Whether a change may start at an instant, and why not.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::clock::Clocks;
use super::local::Interval;
use super::opening::Openings;
use super::passes::{Granted, Passes};
use super::selection::Selected;
use super::{Calendar, EARLIEST, Effect, HORIZON, LATEST, Shut, Subject, render};

/// What a calendar answers for one subject at one instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Every reason that shuts the gate; it is open if there is none.
    pub shut: Vec<Shut>,
    /// Every usable entry that selects the subject, in the calendar's order.
    pub matched: Vec<Matched>,
    /// When an open gate shuts, `None` if not within [`HORIZON`]; always
    /// `None` for a shut one.
    pub closes_at: Option<Timestamp>,
}

impl Decision {
    /// Whether the change may start.
    pub fn is_open(&self) -> bool {
        self.shut.is_empty()
    }
}

/// An entry that selects the subject, and what it does at the instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matched {
    /// The entry's name.
    pub entry: Arc<str>,
    /// Window or freeze.
    pub effect: Effect,
    /// Present if the entry is active.
    pub active: Option<Active>,
    /// It is a freeze that lets the subject through.
    pub exempt: bool,
    /// It is a freeze that this exception lets the change through at the
    /// instant.
    pub exception: Option<Granted>,
    /// The entry's zone.
    pub zone: TimeZone,
}

/// Since and until when an entry is active without a break.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Active {
    /// When the latest occurrence started; `None` if it is active always.
    pub since: Option<Timestamp>,
    /// When it ends, following occurrences that touch or overlap included;
    /// `None` if not within [`HORIZON`].
    pub until: Option<Timestamp>,
}

impl Calendar {
    /// Whether the subject's change may start at an instant.
    ///
    /// The gate is open if no freeze that selects the subject without
    /// exempting it is active, but for those that an exception granted in
    /// `passes` lifts, and a window that selects it is, unless the change is an
    /// emergency that `passes` windows. A target that no window selects finds
    /// the gate shut; in a calendar without any window, one that no freeze
    /// selects; unless `passes` leaves it open otherwise. Entries that are broken shut it as well, for
    /// emergencies too, and so does a time outside of [`EARLIEST`] and
    /// [`LATEST`].
    pub fn decision(&self, subject: &Subject<'_>, passes: Passes<'_>, at: Timestamp) -> Decision {
        if at < EARLIEST || at >= LATEST {
            let shut = vec![Shut::OutOfRange { at }];
            return Decision {
                shut,
                matched: Vec::new(),
                closes_at: None,
            };
        }
        let selection = self.select(subject, passes);
        let mut shut = selection.shut();
        let mut clocks = Clocks::new(at);
        let mut matched = Vec::with_capacity(selection.entries.len());
        let mut open_window = false;
        for selected in &selection.entries {
            let entry = selected.entry;
            let active = entry.active(at, &clocks.reached(&entry.zone));
            let active = active.map(|interval| activity(selected, interval, at));
            let exception = selected.granted.filter(|granted| at < granted.until);
            let holds = selected.holds() && exception.is_none();
            if let Some(active) = active.filter(|_| holds) {
                shut.push(Shut::Freeze {
                    name: entry.name.clone(),
                    until: active.until.map(|until| until.to_zoned(entry.zone.clone())),
                    reason: entry.reason(at),
                });
            }
            open_window |= selected.is_window() && active.is_some();
            matched.push(Matched {
                entry: entry.name.clone(),
                effect: entry.effect,
                active,
                exempt: selected.exempt,
                exception: exception.cloned(),
                zone: entry.zone.clone(),
            });
        }
        // Where no window exists at all, that is the reason and not that none
        // is open.
        let windows = || {
            matched
                .iter()
                .filter(|matched| matched.effect == Effect::Allow)
        };
        if selection.needs_window && !open_window && windows().next().is_some() {
            let windows = windows().map(|window| window.entry.clone()).collect();
            shut.push(Shut::NoWindow { windows });
        }
        let closes_at = if shut.is_empty() {
            Openings::closing(&selection, at)
        } else {
            None
        };
        Decision {
            shut,
            matched,
            closes_at,
        }
    }
}

fn activity(selected: &Selected<'_>, interval: Interval, at: Timestamp) -> Active {
    let limit = at.checked_add(HORIZON).unwrap_or(Timestamp::MAX);
    let until = selected.entry.unbroken(interval.end, limit);
    Active {
        since: (interval != Interval::ALWAYS).then_some(interval.start),
        until: (until < limit).then_some(until),
    }
}

impl fmt::Display for Matched {
    /// One sentence without a full stop, times in the entry's zone.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (noun, state) = match self.effect {
            Effect::Allow => ("window", "open"),
            Effect::Deny => ("freeze", "active"),
        };
        let Some(active) = self.active else {
            return write!(formatter, "{noun} {} is not {state}", self.entry);
        };
        write!(formatter, "{noun} {} is {state}", self.entry)?;
        if let Some(until) = active.until {
            write!(formatter, " until {}", render::moment(until, &self.zone))?;
            if let Some(since) = active.since {
                let span = Interval {
                    start: since,
                    end: until,
                };
                formatter.write_str(&render::clock_change(span, &self.zone))?;
            }
        }
        if self.exempt {
            return formatter.write_str(", which exempts this change");
        }
        let Some(granted) = &self.exception else {
            return Ok(());
        };
        let until = render::moment(granted.until, &self.zone);
        let (name, change) = (&granted.exception, &granted.change);
        write!(
            formatter,
            ", but exception {name} lets {change} through until {until}"
        )
    }
}
