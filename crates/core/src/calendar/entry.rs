//! One window or freeze.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};

use super::clock::{Clocks, Reached};
use super::cron::Schedule;
use super::duration::parse_duration;
use super::error::CalendarError;
use super::glob::Glob;
use super::local::{Interval, Moment};
use super::recurrence::Recurrence;
use super::selector::{Exemption, Selector, Subject};
use crate::change::ChangeType;

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
}

/// An entry as it is written, before anything is checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntrySpec {
    /// What people call it.
    pub name: String,
    /// Window or freeze.
    pub effect: Effect,
    /// Five cron fields; see [`Schedule`].
    pub schedule: Option<String>,
    /// With `schedule`: how long it lasts by the wall clock, like `4h`.
    pub duration: Option<String>,
    /// The start of a one-off entry; see [`Moment::parse`].
    pub from: Option<String>,
    /// The end of a one-off entry, which no longer belongs to it.
    pub to: Option<String>,
    /// The IANA zone whose wall clock counts, like `Europe/Zurich`.
    pub time_zone: String,
    /// Patterns for the cluster, any if empty; see [`Glob`].
    pub clusters: Vec<String>,
    /// Patterns for the namespace, any if empty.
    pub namespaces: Vec<String>,
    /// Patterns for the application or target, any if empty.
    pub applications: Vec<String>,
    /// Kinds of change that a freeze lets through.
    pub exempt_types: Vec<ChangeType>,
    /// Patterns for applications that a freeze lets through.
    pub exempt_applications: Vec<String>,
    /// Why it exists, shown to whoever is shut out.
    pub reason: Option<String>,
}

impl EntrySpec {
    /// An entry for all targets that still lacks its times.
    pub fn new(name: impl Into<String>, effect: Effect, time_zone: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            effect,
            schedule: None,
            duration: None,
            from: None,
            to: None,
            time_zone: time_zone.into(),
            clusters: Vec::new(),
            namespaces: Vec::new(),
            applications: Vec::new(),
            exempt_types: Vec::new(),
            exempt_applications: Vec::new(),
            reason: None,
        }
    }

    fn globs(&self, field: &'static str, texts: &[String]) -> Result<Vec<Glob>, CalendarError> {
        Glob::parse_all(texts).map_err(|(glob, source)| CalendarError::Glob {
            entry: self.name.clone(),
            field,
            glob,
            source,
        })
    }

    fn selector(&self) -> Result<Selector, CalendarError> {
        Ok(Selector {
            clusters: self.globs("clusters", &self.clusters)?,
            namespaces: self.globs("namespaces", &self.namespaces)?,
            applications: self.globs("applications", &self.applications)?,
        })
    }

    fn exemption(&self) -> Result<Exemption, CalendarError> {
        let exempt = Exemption {
            types: self.exempt_types.clone(),
            applications: self.globs("exempt.applications", &self.exempt_applications)?,
        };
        if self.effect == Effect::Allow && !exempt.is_empty() {
            return Err(CalendarError::ExemptionOfWindow {
                entry: self.name.clone(),
            });
        }
        Ok(exempt)
    }

    fn zone(&self) -> Result<TimeZone, CalendarError> {
        // `Etc/Unknown` is in the database and means that no zone is known.
        TimeZoneDatabase::bundled()
            .get(&self.time_zone)
            .ok()
            .filter(|zone| !zone.is_unknown())
            .ok_or_else(|| CalendarError::UnknownZone {
                entry: self.name.clone(),
                zone: self.time_zone.clone(),
            })
    }

    fn when(&self, zone: &TimeZone) -> Result<When, CalendarError> {
        match (&self.schedule, &self.duration, &self.from, &self.to) {
            (Some(schedule), Some(duration), None, None) => {
                self.recurring(schedule, duration, zone)
            }
            (None, None, Some(from), Some(to)) => self.one_off(from, to, zone),
            (Some(_), _, Some(_), _)
            | (Some(_), _, _, Some(_))
            | (_, Some(_), Some(_), _)
            | (_, Some(_), _, Some(_)) => Err(CalendarError::TimeTwice {
                entry: self.name.clone(),
            }),
            _ => Err(CalendarError::TimeIncomplete {
                entry: self.name.clone(),
            }),
        }
    }

    fn recurring(
        &self,
        schedule: &str,
        duration: &str,
        zone: &TimeZone,
    ) -> Result<When, CalendarError> {
        let parsed = Schedule::parse(schedule).map_err(|source| CalendarError::Schedule {
            entry: self.name.clone(),
            schedule: schedule.to_owned(),
            source,
        })?;
        let length = parse_duration(duration).map_err(|source| CalendarError::Duration {
            entry: self.name.clone(),
            duration: duration.to_owned(),
            source,
        })?;
        Ok(When::Recurring(Recurrence::new(
            parsed,
            length,
            zone.clone(),
            self.effect,
        )))
    }

    fn one_off(&self, from: &str, to: &str, zone: &TimeZone) -> Result<When, CalendarError> {
        let failure = |field, text: &str| {
            let (entry, text) = (self.name.clone(), text.to_owned());
            move |source| CalendarError::Moment {
                entry,
                field,
                text,
                source,
            }
        };
        let start = Moment::parse(from)
            .and_then(|moment| moment.start(zone))
            .map_err(failure("from", from))?;
        let end = Moment::parse(to)
            .and_then(|moment| moment.end(zone, self.effect))
            .map_err(failure("to", to))?;
        if start >= end {
            return Err(CalendarError::FromNotBeforeTo {
                entry: self.name.clone(),
                from: from.to_owned(),
                to: to.to_owned(),
            });
        }
        Ok(When::OneOff(Interval { start, end }))
    }
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
        let zone = spec.zone()?;
        Ok(Self {
            name: spec.name.as_str().into(),
            effect: spec.effect,
            when: spec.when(&zone)?,
            zone,
            selector: spec.selector()?,
            exempt: spec.exemption()?,
            reason: spec.reason.as_deref().map(Into::into),
        })
    }

    /// The stretch of time around `at` in which it is active, if it is.
    /// Another that overlaps or touches it may follow.
    pub(super) fn active(&self, at: Timestamp, reached: &Reached) -> Option<Interval> {
        match &self.when {
            When::Recurring(recurrence) => recurrence.active(at, reached),
            When::OneOff(interval) => Some(*interval).filter(|interval| interval.contains(at)),
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
