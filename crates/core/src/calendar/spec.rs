//! A window or freeze as it is written, and how it is read.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::SignedDuration;
use jiff::tz::{TimeZone, TimeZoneDatabase};

use super::cron::Schedule;
use super::dates::{self, Daily, parse_clock};
use super::duration::parse_duration;
use super::entry::{Effect, Entry, When};
use super::error::CalendarError;
use super::feed::Feed;
use super::glob::Glob;
use super::ical;
use super::local::{Interval, Moment};
use super::recurrence::Recurrence;
use super::selector::{Exemption, Selector};
use crate::change::ChangeType;

/// An entry as it is written, before anything is checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntrySpec {
    /// What people call it.
    pub name: String,
    /// Window or freeze.
    pub effect: Effect,
    /// Five cron fields; see [`Schedule`].
    pub schedule: Option<String>,
    /// With `schedule` or `start_time`: how long it lasts by the wall clock,
    /// like `4h`.
    pub duration: Option<String>,
    /// The start of a one-off entry; see [`Moment::parse`].
    pub from: Option<String>,
    /// The end of a one-off entry, which no longer belongs to it.
    pub to: Option<String>,
    /// Local dates like `2026-12-24`, each from midnight to midnight unless
    /// `start_time` is given.
    pub dates: Vec<String>,
    /// With `dates`: the time of day at which it starts, like `22:00`.
    pub start_time: Option<String>,
    /// An iCalendar feed, whose events are the times.
    pub feed: Option<Feed>,
    /// The IANA zone whose wall clock counts, like `Europe/Zurich`.
    pub time_zone: String,
    /// Patterns for the cluster, any if empty; see [`Glob`].
    pub clusters: Vec<String>,
    /// Patterns for the namespace, any if empty.
    pub namespaces: Vec<String>,
    /// Patterns for the application or target, any if empty.
    pub applications: Vec<String>,
    /// Patterns for the values of labels, all of which must be there.
    pub labels: BTreeMap<String, String>,
    /// Which changes a freeze lets through.
    pub exempt: ExemptSpec,
    /// Why it exists, shown to whoever is shut out.
    pub reason: Option<String>,
}

/// Which changes a freeze lets through, as it is written; see [`Exemption`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExemptSpec {
    /// Kinds of change.
    pub types: Vec<ChangeType>,
    /// Patterns for the cluster.
    pub clusters: Vec<String>,
    /// Patterns for the namespace.
    pub namespaces: Vec<String>,
    /// Patterns for the application or target.
    pub applications: Vec<String>,
    /// Patterns for the values of labels.
    pub labels: BTreeMap<String, String>,
}

/// The bundled zone of this name. `Etc/Unknown` is in the database and means
/// that no zone is known.
pub(super) fn zone(name: &str) -> Option<TimeZone> {
    let zone = TimeZoneDatabase::bundled().get(name).ok();
    zone.filter(|zone| !zone.is_unknown())
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
            dates: Vec::new(),
            start_time: None,
            feed: None,
            time_zone: time_zone.into(),
            clusters: Vec::new(),
            namespaces: Vec::new(),
            applications: Vec::new(),
            labels: BTreeMap::new(),
            exempt: ExemptSpec::default(),
            reason: None,
        }
    }

    fn glob(&self, field: &str, text: &str) -> Result<Glob, CalendarError> {
        Glob::parse(text).map_err(|source| CalendarError::Glob {
            entry: self.name.clone(),
            field: field.to_owned(),
            glob: text.to_owned(),
            source,
        })
    }

    fn globs(&self, field: &str, texts: &[String]) -> Result<Vec<Glob>, CalendarError> {
        texts.iter().map(|text| self.glob(field, text)).collect()
    }

    fn labels(
        &self,
        field: &str,
        labels: &BTreeMap<String, String>,
    ) -> Result<BTreeMap<String, Glob>, CalendarError> {
        let label = |(key, text): (&String, &String)| {
            let glob = self.glob(&format!("{field}.{key}"), text)?;
            Ok((key.clone(), glob))
        };
        labels.iter().map(label).collect()
    }

    pub(super) fn selector(&self) -> Result<Selector, CalendarError> {
        Ok(Selector {
            clusters: self.globs("clusters", &self.clusters)?,
            namespaces: self.globs("namespaces", &self.namespaces)?,
            applications: self.globs("applications", &self.applications)?,
            labels: self.labels("labels", &self.labels)?,
        })
    }

    fn exemption(&self) -> Result<Exemption, CalendarError> {
        let exempt = &self.exempt;
        let exemption = Exemption {
            types: exempt.types.clone(),
            targets: Selector {
                clusters: self.globs("exempt.clusters", &exempt.clusters)?,
                namespaces: self.globs("exempt.namespaces", &exempt.namespaces)?,
                applications: self.globs("exempt.applications", &exempt.applications)?,
                labels: self.labels("exempt.labels", &exempt.labels)?,
            },
        };
        if self.effect == Effect::Allow && !exemption.is_empty() {
            return Err(CalendarError::ExemptionOfWindow {
                entry: self.name.clone(),
            });
        }
        Ok(exemption)
    }

    /// Checks what was written. The error names the entry and the first thing
    /// that is wrong with it.
    pub(super) fn read(&self) -> Result<Entry, CalendarError> {
        let zone = zone(&self.time_zone).ok_or_else(|| CalendarError::UnknownZone {
            entry: self.name.clone(),
            zone: self.time_zone.clone(),
        })?;
        Ok(Entry {
            name: self.name.as_str().into(),
            effect: self.effect,
            when: self.when(&zone)?,
            zone,
            selector: self.selector()?,
            exempt: self.exemption()?,
            reason: self.reason.as_deref().map(Into::into),
        })
    }

    fn when(&self, zone: &TimeZone) -> Result<When, CalendarError> {
        let (schedule, feed) = (self.schedule.as_deref(), self.feed.as_ref());
        let once = self.from.is_some() || self.to.is_some();
        let listed = !self.dates.is_empty();
        let kinds = [schedule.is_some(), once, listed, feed.is_some()];
        if kinds.into_iter().filter(|given| *given).count() > 1 {
            return Err(CalendarError::TimeTwice {
                entry: self.name.clone(),
            });
        }
        // A time that is complete but for one field, or has one too many, means
        // something else than what is there.
        let stray = |field| {
            Err(CalendarError::Stray {
                entry: self.name.clone(),
                field,
            })
        };
        match (schedule, &self.from, &self.to, feed) {
            (Some(schedule), ..) => match (&self.duration, &self.start_time) {
                (Some(duration), None) => self.recurring(schedule, duration, zone),
                (_, Some(_)) => stray("startTime"),
                (None, None) => self.incomplete(),
            },
            _ if listed => match (&self.start_time, &self.duration) {
                (None, None) => self.listed(None, zone),
                (Some(start), Some(duration)) => self.listed(Some((start, duration)), zone),
                (None, Some(_)) => stray("duration"),
                (Some(_), None) => self.incomplete(),
            },
            _ if self.start_time.is_some() => stray("startTime"),
            _ if self.duration.is_some() => stray("duration"),
            (_, Some(from), Some(to), _) => self.one_off(from, to, zone),
            (.., Some(feed)) => self.fed(feed, zone),
            _ => self.incomplete(),
        }
    }

    fn incomplete(&self) -> Result<When, CalendarError> {
        Err(CalendarError::TimeIncomplete {
            entry: self.name.clone(),
        })
    }

    fn lasts(&self, duration: &str) -> Result<SignedDuration, CalendarError> {
        parse_duration(duration).map_err(|source| CalendarError::Duration {
            entry: self.name.clone(),
            duration: duration.to_owned(),
            source,
        })
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
        let length = self.lasts(duration)?;
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

    fn listed(
        &self,
        daily: Option<(&String, &String)>,
        zone: &TimeZone,
    ) -> Result<When, CalendarError> {
        let daily = match daily {
            None => None,
            Some((start, duration)) => Some(Daily {
                start: parse_clock(start).map_err(|source| CalendarError::StartTime {
                    entry: self.name.clone(),
                    text: start.clone(),
                    source,
                })?,
                duration: self.lasts(duration)?,
            }),
        };
        dates::listing(&self.dates, daily, zone, self.effect)
            .map(|listing| When::Listed(Arc::new(listing)))
            .map_err(|(date, source)| CalendarError::Date {
                entry: self.name.clone(),
                date,
                source,
            })
    }

    fn fed(&self, feed: &Feed, zone: &TimeZone) -> Result<When, CalendarError> {
        let entry = self.name.clone();
        match feed {
            Feed::Text(text) => ical::read(text, zone, self.effect)
                .map(|listing| When::Listed(Arc::new(listing)))
                .map_err(|source| CalendarError::Feed { entry, source }),
            Feed::Unreadable(problem) => Err(CalendarError::FeedUnreadable {
                entry,
                problem: problem.clone(),
            }),
            Feed::Stale { fetched, within } => Err(CalendarError::FeedStale {
                entry,
                fetched: *fetched,
                within: *within,
            }),
        }
    }
}
