//! When a window is active by its schedule and duration.

use super::civil;
use super::cron::{Minute, Schedule, YEARS, start_of_year};
use super::located::{self, Endless};
use super::moment::Moment;
use super::zone::Zone;

/// A longer offset than any zone has, in nanoseconds.
const DAY: i64 = 24 * 60 * 60 * 1_000_000_000;

/// How many steps are taken at once where a schedule has to be walked.
const STEPS: usize = 64;

/// What such a step costs, in looks at a plain schedule.
const STEP: usize = 16;

/// Schedule and duration of a window.
#[derive(Debug, Clone)]
pub(super) struct Timing {
    pub(super) schedule: Schedule,
    /// In nanoseconds; zero and less are never active.
    pub(super) duration: i64,
}

/// What a wall clock shows at an instant.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading {
    /// As if the wall clock were UTC's.
    pub(super) at: Moment,
    /// By how many seconds it is ahead of UTC's.
    offset: i64,
    /// The last minute that began before.
    minute: Minute,
}

impl Reading {
    pub(super) fn new(instant: Moment, offset: i64) -> Self {
        let at = instant.plus_seconds(offset);
        Self {
            at,
            offset,
            minute: Minute::of(at.minute_before()),
        }
    }

    fn instant(&self) -> Moment {
        self.instant_of(self.at)
    }

    /// The instant at which this wall clock shows something.
    pub(super) fn instant_of(&self, at: Moment) -> Moment {
        at.plus_seconds(-self.offset)
    }

    /// A nanosecond later, the first instant that can differ.
    fn just_after(&self) -> Self {
        Self::new(self.instant().plus(1), self.offset)
    }
}

/// What a window is just after an instant, and until when it surely stays so;
/// `None` is for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) active: bool,
    /// By the same wall clock.
    pub(super) until: Option<Moment>,
    /// How much was done to find it.
    pub(super) cost: usize,
}

impl Timing {
    /// Whether the window is active at a reading.
    ///
    /// Argo CD asks for the first fire after the reading less the duration, and
    /// whether it comes before the reading: so the window is shut at both its
    /// ends. Where nothing fires in the five years that are looked at, that
    /// fire is taken for long past, and the window is active.
    pub(super) fn is_active(&self, reading: &Reading) -> Result<bool, Endless> {
        if self.schedule.never() && self.schedule.zone.is_none() {
            return Ok(true);
        }
        let from = self.earliest(reading);
        if self.schedule.zone.is_some() {
            let next = self.next(from)?;
            return Ok(next.is_none_or(|fire| fire < reading.at));
        }
        // Fires are whole seconds, so the first one after `from` comes after
        // its second.
        let earliest = from.second.div_euclid(60) + 1;
        let fired = from < reading.at && self.schedule.last(&reading.minute, earliest).is_some();
        Ok(fired || (!self.schedule.every_year() && self.next(from)?.is_none()))
    }

    /// The reading less the duration, with the overflow that Go has.
    fn earliest(&self, reading: &Reading) -> Moment {
        if self.duration.abs() < i64::MAX - DAY {
            return reading.at.plus(-self.duration);
        }
        let offset = reading.offset * 1_000_000_000;
        reading.instant().plus(offset.wrapping_sub(self.duration))
    }

    /// The first fire after a reading; `None` if there is none within five
    /// years.
    fn next(&self, after: Moment) -> Result<Option<Moment>, Endless> {
        let fire = if let Some(zone) = &self.schedule.zone {
            located::next(&self.schedule, zone, after.second)?
        } else {
            let second = after.second + 1;
            let last_year = Minute::of(second.div_euclid(60)).date.year + YEARS;
            let minute = Minute::of((second + 59).div_euclid(60));
            self.schedule.next(&minute, last_year).map(|fire| fire * 60)
        };
        Ok(fire.map(Moment::of_second))
    }

    /// What the window is just after a reading.
    pub(super) fn after(&self, reading: &Reading) -> Result<Stretch, Endless> {
        let after = reading.just_after();
        let active = self.is_active(&after)?;
        let (until, cost) = match &self.schedule.zone {
            _ if !self.schedule.every_year() => self.walk(&after, active)?,
            None if active => (self.end(&after), 1),
            None => (self.start(reading), 1),
            Some(zone) => self.by_clock_of(zone, reading, &after, active)?,
        };
        Ok(Stretch {
            active,
            until,
            cost,
        })
    }

    /// Until when a window surely stays what it is, whose fires are those of a
    /// zone's clock. As long as that keeps its offset it is a clock like any.
    fn by_clock_of(
        &self,
        zone: &Zone,
        reading: &Reading,
        after: &Reading,
        active: bool,
    ) -> Result<(Option<Moment>, usize), Endless> {
        let from = self.earliest(after).second;
        let offset = zone.offset(from);
        let change = zone.change_after(from);
        if offset % 60 != 0 || change.is_some_and(|change| change <= reading.at.second + 1) {
            return self.walk(after, active);
        }
        let shifted = |reading: &Reading| Reading::new(reading.at, offset);
        let until = if active {
            self.end(&shifted(after))
        } else {
            self.start(&shifted(reading))
        };
        let until = until.map(|until| until.plus_seconds(-offset));
        let change = change.map(Moment::of_second);
        Ok((until.into_iter().chain(change).min(), STEP))
    }

    /// When a window that is not active becomes so.
    fn start(&self, reading: &Reading) -> Option<Moment> {
        // An interval that is open at both ends needs two nanoseconds to hold
        // an instant.
        if self.duration < 2 {
            return None;
        }
        let minute = Minute::of((reading.at.second_from() + 59).div_euclid(60));
        let fire = self.schedule.next(&minute, minute.date.year + YEARS)?;
        Some(Moment::of_second(fire * 60))
    }

    /// When a window that is active stops being so, as far as can be seen.
    fn end(&self, after: &Reading) -> Option<Moment> {
        let earliest = self.earliest(after).second.div_euclid(60) + 1;
        let fire = self.schedule.last(&after.minute, earliest)?;
        let reach = self.duration / 60_000_000_000;
        let last = self.schedule.row(fire, reach);
        Some(Moment::of_second(last * 60).plus(self.duration))
    }

    /// A fire not long before a reading, so that few steps lead far.
    fn recent(&self, reading: &Reading) -> Result<Option<Moment>, Endless> {
        for days in [1, 35] {
            let before = reading.at.plus_seconds(-days * civil::DAY);
            if before > self.earliest(reading)
                && let Some(fire) = self.next(before)?
                && fire < reading.at
            {
                return Ok(Some(fire));
            }
        }
        Ok(None)
    }

    /// Step by step, where fires are rare or depend on a zone's clock.
    fn walk(&self, after: &Reading, active: bool) -> Result<(Option<Moment>, usize), Endless> {
        let mut reading = *after;
        for step in 1.. {
            let from = self.earliest(&reading);
            let change = self.schedule.zone.as_ref();
            let change = change.and_then(|zone| zone.change_after(from.second));
            let edge = match self.next(from)? {
                Some(fire) if fire < reading.at => {
                    self.recent(&reading)?.unwrap_or(fire).plus(self.duration)
                }
                Some(fire) => fire,
                None if self.schedule.never() => return Ok((None, STEP)),
                // It is given up until the year turns.
                None => {
                    let second = from.second + 1;
                    let zone = self.schedule.zone.as_ref().unwrap_or(&Zone::UTC);
                    let local = second + zone.offset(second);
                    let year = Minute::of(local.div_euclid(60)).date.year + 1;
                    let turn = zone.instant(start_of_year(year));
                    Moment::of_second(turn - 1).plus(self.duration)
                }
            };
            let change = change.map(|change| Moment::of_second(change).plus(self.duration));
            // Near a change of the clocks the walk of the fires may change too.
            let edge = change
                .map_or(edge, |change| edge.min(change))
                .max(reading.at);
            let next = Reading::new(edge.plus_seconds(-reading.offset).plus(1), reading.offset);
            if self.is_active(&next)? != active || step >= STEPS {
                return Ok((Some(edge), step * STEP));
            }
            reading = next;
        }
        Ok((None, STEP))
    }
}
