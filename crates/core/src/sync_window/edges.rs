//! When what Argo CD decides changes.
//!
//! Every window stays as it is until a known time, and only some windows can
//! change what is decided now. So the search leaps to the first time at which
//! one of them may, instead of going through all edges.

use super::gate::{Actives, Gate, Offsets};
use super::moment::Moment;
use super::timing::Timing;
use super::window::Kind;
use super::{Loaded, SyncWindowError, SyncWindows};

/// How far ahead edges are looked for, in seconds: five years.
const HORIZON: i64 = 5 * 366 * 24 * 60 * 60;

/// How much may be done before the search is given up: so many looks at a
/// window with a plain schedule, some 20 ms.
const LOOKS: usize = 200_000;

/// A window that can allow or deny, and how long it stays what it is.
#[derive(Debug)]
struct Track<'a> {
    position: usize,
    window: &'a Loaded,
    timing: &'a Timing,
    active: bool,
    /// `None` is for ever.
    until: Option<Moment>,
}

/// From `from` on, the first edge just after which the sync is allowed, or if
/// `allowed` is false, is not; `None` if there is none.
pub(super) fn find(
    windows: &SyncWindows,
    gate: &Gate<'_>,
    from: Moment,
    allowed: bool,
) -> Result<Option<Moment>, SyncWindowError> {
    let mut tracks = Vec::with_capacity(gate.selected.len());
    for (position, window) in gate.selected() {
        if window.kind == Kind::Other {
            continue;
        }
        tracks.push(Track {
            position,
            window,
            timing: window.timing.as_ref().map_err(Clone::clone)?,
            active: false,
            until: Some(from),
        });
    }
    let mut search = Search {
        windows,
        gate,
        tracks,
        looks: 0,
    };
    let mut at = from;
    loop {
        let change = search.change_after(at.second);
        if let Some(edge) = search.within(at, change, allowed)? {
            return Ok(Some(edge));
        }
        match change {
            Some(change) if change < from.second + HORIZON && search.looks < LOOKS => {
                at = Moment::of_second(change);
            }
            _ => return Ok(None),
        }
        for track in &mut search.tracks {
            track.until = Some(at);
        }
    }
}

struct Search<'a> {
    windows: &'a SyncWindows,
    gate: &'a Gate<'a>,
    tracks: Vec<Track<'a>>,
    looks: usize,
}

impl Search<'_> {
    /// The first instant after one at which a zone changes its offset.
    fn change_after(&self, second: i64) -> Option<i64> {
        let zones = self.windows.zones.iter().enumerate();
        let used = |zone: usize| self.tracks.iter().any(|track| track.window.zone == zone);
        let changes = zones
            .filter(|(place, zone)| !zone.is_utc() && used(*place))
            .filter_map(|(_, zone)| zone.change_after(second));
        changes.min()
    }

    /// Within a time in which no zone changes its offset.
    fn within(
        &mut self,
        from: Moment,
        change: Option<i64>,
        allowed: bool,
    ) -> Result<Option<Moment>, SyncWindowError> {
        let end = change.map(Moment::of_second);
        let horizon = from.plus_seconds(HORIZON);
        let went_on = self.gate.went_on(from.second)?;
        let mut at = from;
        loop {
            self.look(at)?;
            let mut actives = Actives::default();
            for track in self.tracks.iter().filter(|track| track.active) {
                actives.add(track.window);
            }
            if self.gate.allows(actives, went_on) == allowed {
                return Ok(Some(at));
            }
            let next = if allowed {
                self.may_open(actives, went_on)
            } else {
                self.may_shut(at, went_on)
            };
            match next {
                Some(next)
                    if end.is_none_or(|end| next < end) && next < horizon && self.looks < LOOKS =>
                {
                    at = next.max(at.plus(1));
                }
                _ => return Ok(None),
            }
        }
    }

    /// Looks again at the windows whose time is over.
    fn look(&mut self, at: Moment) -> Result<(), SyncWindowError> {
        let mut offsets = Offsets::new(self.windows, at.second, at);
        for track in &mut self.tracks {
            if track.until.is_none_or(|until| until > at) {
                continue;
            }
            let reading = offsets.reading(track.window);
            let stretch = track.timing.after(&reading);
            let stretch = stretch.map_err(|_| track.window.endless(track.position))?;
            self.looks += stretch.cost;
            track.active = stretch.active;
            track.until = stretch.until.map(|until| reading.instant_of(until));
        }
        Ok(())
    }

    /// When a gate that is shut may open.
    fn may_open(&self, actives: Actives, went_on: bool) -> Option<Moment> {
        if !actives.deny {
            // It waits for an allow window, or for a deny window that lets it
            // through.
            return self.earliest(|_| true);
        }
        let manual = self.latest(|window| self.stops_manual(window));
        let overrun = self.latest(|window| stops_overrun(window, went_on));
        soonest(manual, overrun)
    }

    /// When a gate that is open may shut.
    fn may_shut(&self, at: Moment, went_on: bool) -> Option<Moment> {
        let gate = self.gate;
        let always = !gate.allows.any
            || (gate.manual && gate.allows.manual)
            || (went_on && gate.allows.overrun);
        let loses = if always { None } else { self.latest(|_| true) };
        let manual = self.gets(at, |window| self.stops_manual(window));
        let overrun = self.gets(at, |window| stops_overrun(window, went_on));
        let stopped = manual
            .zip(overrun)
            .map(|(manual, overrun)| manual.max(overrun));
        soonest(loses, stopped)
    }

    /// A deny window that by itself stops the sync, unless it may go on.
    fn stops_manual(&self, window: &Loaded) -> bool {
        window.kind == Kind::Deny && !(self.gate.manual && window.manual)
    }

    /// When the last of those that are active ends; `None` if one never does.
    fn latest(&self, of: impl Fn(&Loaded) -> bool) -> Option<Moment> {
        let active = self
            .tracks
            .iter()
            .filter(|track| track.active && of(track.window));
        active
            .map(|track| track.until)
            .try_fold(None, |latest: Option<Moment>, until| {
                until.map(|until| Some(latest.map_or(until, |latest| latest.max(until))))
            })
            .flatten()
    }

    /// When the first of them changes.
    fn earliest(&self, of: impl Fn(&Loaded) -> bool) -> Option<Moment> {
        let tracks = self.tracks.iter().filter(|track| of(track.window));
        tracks.filter_map(|track| track.until).min()
    }

    /// When one of them may be active: now, or when the first changes.
    fn gets(&self, at: Moment, of: impl Fn(&Loaded) -> bool) -> Option<Moment> {
        let now = |track: &Track<'_>| track.active && of(track.window);
        if self.tracks.iter().any(now) {
            return Some(at);
        }
        self.earliest(of)
    }
}

/// A deny window that by itself stops a sync that is under way.
fn stops_overrun(window: &Loaded, went_on: bool) -> bool {
    window.kind == Kind::Deny && !(went_on && window.overrun)
}

/// `None` is never.
fn soonest(one: Option<Moment>, other: Option<Moment>) -> Option<Moment> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}
