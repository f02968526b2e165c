//! One window or freeze.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::clock::{Clocks, Reached};
use super::error::CalendarError;
use super::listing::Listing;
use super::local::Interval;
use super::recurrence::Recurrence;
use super::selector::{Exemption, Selector, Subject};
use super::spec::EntrySpec;

/// What an entry does while it is active.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// A window: changes may start.
    Allow,
    /// A freeze: changes may not start. It beats every window.
    Deny,
}

/// When an entry is active.
#[derive(Debug, Clone)]
pub enum When {
    /// Again and again by the wall clock.
    Recurring(Recurrence),
    /// Once.
    OneOff(Interval),
    /// On dates, or at the events of a feed.
    Listed(Arc<Listing>),
}

/// One window or freeze, checked and ready to be asked.
#[derive(Debug, Clone)]
pub struct Entry {
    /// What people call it.
    pub name: Arc<str>,
    /// Window or freeze.
    pub effect: Effect,
    /// When it is active.
    pub when: When,
    /// The zone whose wall clock counts.
    pub zone: TimeZone,
    /// Which targets it concerns.
    pub selector: Selector,
    /// Which changes a freeze lets through.
    pub exempt: Exemption,
    /// Why it exists.
    pub reason: Option<Arc<str>>,
}

impl Entry {
    /// Checks what was written. The error names the entry and the first thing
    /// that is wrong with it.
    pub fn parse(spec: &EntrySpec) -> Result<Self, CalendarError> {
        spec.read()
    }

    /// Why it is active at an instant: its reason, and what a feed calls it.
    pub(super) fn reason(&self, at: Timestamp) -> Option<Arc<str>> {
        let title = match &self.when {
            When::Listed(listing) => listing.title(at),
            When::Recurring(_) | When::OneOff(_) => None,
        };
        match (&self.reason, title) {
            (Some(reason), Some(title)) => Some(format!("{reason}: {title}").into()),
            (one, other) => one.as_ref().or(other).cloned(),
        }
    }

    /// The stretch of time around `at` in which it is active, if it is.
    /// Another that overlaps or touches it may follow.
    pub(super) fn active(&self, at: Timestamp, reached: &Reached) -> Option<Interval> {
        match &self.when {
            When::Recurring(recurrence) => recurrence.active(at, reached),
            When::OneOff(interval) => Some(*interval).filter(|interval| interval.contains(at)),
            When::Listed(listing) => listing.active(at),
        }
    }

    /// The next stretch of time that starts after `at` and before `until`.
    pub(super) fn next(
        &self,
        at: Timestamp,
        reached: &Reached,
        until: Timestamp,
    ) -> Option<Interval> {
        match &self.when {
            When::Recurring(recurrence) => recurrence.next(reached, until),
            When::OneOff(interval) => {
                Some(*interval).filter(|interval| at < interval.start && interval.start < until)
            }
            When::Listed(listing) => listing.next(at, until),
        }
    }

    /// Until when it stays active without a break, once it is active up to
    /// `end`; not earlier than `limit` if it goes on until then.
    pub(super) fn unbroken(&self, mut end: Timestamp, limit: Timestamp) -> Timestamp {
        let mut clocks = Clocks::new(end);
        while end < limit {
            clocks.set(end);
            match self.active(end, &clocks.reached(&self.zone)) {
                Some(next) => end = next.end,
                None => break,
            }
        }
        end
    }
}

/// An entry that cannot be used. It shuts the gate for all it might select.
#[derive(Debug, Clone)]
pub struct BrokenEntry {
    /// What people call it.
    pub name: Arc<str>,
    /// Window or freeze.
    pub effect: Effect,
    /// Which targets it concerns; all, if that is what cannot be read.
    pub selector: Selector,
    /// What is wrong with it.
    pub error: CalendarError,
}

impl BrokenEntry {
    pub(super) fn new(spec: &EntrySpec, error: CalendarError) -> Self {
        Self {
            name: spec.name.as_str().into(),
            effect: spec.effect,
            selector: spec.selector().unwrap_or_default(),
            error,
        }
    }

    /// Whether it might concern the subject.
    pub(super) fn may_select(&self, subject: &Subject<'_>) -> bool {
        self.selector.selects(subject, Effect::Deny)
    }
}
