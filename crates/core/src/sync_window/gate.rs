//! Argo CD's rule: what the windows that concern an application come to.

use jiff::Timestamp;

use super::moment::Moment;
use super::timing::Reading;
use super::window::Kind;
use super::{Application, Loaded, SyncWindowError, SyncWindows, Trigger};

/// A sync to be judged, by the windows that concern it.
#[derive(Debug)]
pub(super) struct Gate<'a> {
    windows: &'a SyncWindows,
    /// Positions, ascending.
    pub(super) selected: Vec<usize>,
    pub(super) manual: bool,
    /// When a sync that is under way began.
    started: Option<Moment>,
    pub(super) allows: Allows,
}

/// What the allow windows come to while none of them is active.
#[derive(Debug, Clone, Copy)]
pub(super) struct Allows {
    /// There is one.
    pub(super) any: bool,
    /// All let manual syncs through.
    pub(super) manual: bool,
    /// All let syncs go on.
    pub(super) overrun: bool,
}

/// What the active windows come to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is asked for by itself")]
pub(super) struct Actives {
    pub(super) deny: bool,
    /// A deny window is active that lets no manual sync through.
    pub(super) deny_without_manual: bool,
    /// A deny window is active that lets no sync go on.
    pub(super) deny_without_overrun: bool,
    pub(super) allow: bool,
}

impl Actives {
    pub(super) fn add(&mut self, window: &Loaded) {
        match window.kind {
            Kind::Allow => self.allow = true,
            Kind::Deny => {
                self.deny = true;
                self.deny_without_manual |= !window.manual;
                self.deny_without_overrun |= !window.overrun;
            }
            Kind::Other => {}
        }
    }
}

/// The offsets of all zones at an instant, each asked for once.
#[derive(Debug)]
pub(super) struct Offsets<'a> {
    windows: &'a SyncWindows,
    /// When the offsets are taken; also for another instant that is asked about.
    taken: i64,
    at: Moment,
    readings: Vec<Option<Reading>>,
}

impl<'a> Offsets<'a> {
    pub(super) fn new(windows: &'a SyncWindows, taken: i64, at: Moment) -> Self {
        Self {
            windows,
            taken,
            at,
            readings: vec![None; windows.zones.len()],
        }
    }

    pub(super) fn reading(&mut self, window: &Loaded) -> Reading {
        let known = self.readings.get(window.zone).copied().flatten();
        known.unwrap_or_else(|| {
            let zone = self.windows.zones.get(window.zone);
            let offset = zone.map_or(0, |zone| zone.offset(self.taken));
            let reading = Reading::new(self.at, offset);
            if let Some(place) = self.readings.get_mut(window.zone) {
                *place = Some(reading);
            }
            reading
        })
    }
}

impl<'a> Gate<'a> {
    pub(super) fn new(
        windows: &'a SyncWindows,
        application: &Application,
        trigger: Trigger,
        started: Option<Timestamp>,
    ) -> Result<Self, SyncWindowError> {
        let mut selected = Vec::with_capacity(windows.windows.len());
        let mut allows = Allows {
            any: false,
            manual: true,
            overrun: true,
        };
        for (position, window) in windows.windows.iter().enumerate() {
            let selects = window.selector.selects(application);
            if !selects.map_err(|unusable| SyncWindowError::Glob {
                window: position,
                pattern: unusable.pattern,
                source: unusable.error,
            })? {
                continue;
            }
            selected.push(position);
            if window.kind == Kind::Allow {
                allows.any = true;
                allows.manual &= window.manual;
                allows.overrun &= window.overrun;
            }
        }
        Ok(Self {
            windows,
            selected,
            manual: trigger == Trigger::Manual,
            // Go's zero time stands for none.
            started: started
                .map(Moment::of)
                .filter(|started| *started != Moment::of_second(-62_135_596_800)),
            allows,
        })
    }

    /// The windows that concern the application.
    pub(super) fn selected(&self) -> impl Iterator<Item = (usize, &'a Loaded)> {
        let windows = &self.windows.windows;
        let positions = self.selected.iter();
        positions.filter_map(|position| windows.get(*position).map(|window| (*position, window)))
    }

    /// Which of them are active at `at`, by the offsets that hold at `taken`.
    pub(super) fn active(
        &self,
        taken: i64,
        at: Moment,
        mut note: impl FnMut(usize),
    ) -> Result<Actives, SyncWindowError> {
        let mut offsets = Offsets::new(self.windows, taken, at);
        let mut actives = Actives::default();
        for (position, window) in self.selected() {
            let timing = window.timing.as_ref().map_err(Clone::clone)?;
            let reading = offsets.reading(window);
            let active = timing.is_active(&reading);
            if active.map_err(|_| window.endless(position))? {
                note(position);
                actives.add(window);
            }
        }
        Ok(actives)
    }

    /// Whether the sync is allowed; `went_on` says that it is under way and was
    /// allowed when it started.
    pub(super) fn allows(&self, actives: Actives, went_on: bool) -> bool {
        if actives.deny {
            (self.manual && !actives.deny_without_manual)
                || (went_on && !actives.deny_without_overrun)
        } else {
            actives.allow
                || !self.allows.any
                || (self.manual && self.allows.manual)
                || (went_on && self.allows.overrun)
        }
    }

    /// Whether a sync that is under way was allowed when it started, by the
    /// offsets that hold at `taken`.
    pub(super) fn went_on(&self, taken: i64) -> Result<bool, SyncWindowError> {
        let Some(started) = self.started else {
            return Ok(false);
        };
        let actives = self.active(taken, started, |_| ())?;
        Ok(self.allows(actives, false))
    }

    /// Whether the sync is allowed only because it is under way.
    pub(super) fn overruns(&self, actives: Actives, taken: i64) -> Result<bool, SyncWindowError> {
        // The start is judged no sooner than it matters.
        Ok(!self.allows(actives, false) && self.allows(actives, true) && self.went_on(taken)?)
    }
}

impl Loaded {
    pub(super) fn endless(&self, position: usize) -> SyncWindowError {
        SyncWindowError::Endless {
            window: position,
            schedule: self.schedule.clone(),
        }
    }
}
