//! What Argo CD decides about a sync by the sync windows of an AppProject.
//!
//! [`SyncWindows`] answers what Argo CD 3.5 and later answer, surprises
//! included; what Tidegate itself takes for a window is in
//! [`calendar`](crate::calendar). The surprises, each met in practice:
//!
//! * A window is open at both ends: at the very instant of its start and of its
//!   end it is not active. A daily window of 24 hours has a hole at midnight,
//!   and `* * * * *` with `1m` at every full minute.
//! * The time zone's offset is that of the instant asked about, for the whole
//!   wall clock. So a window keeps its wall-clock ends over a change of the
//!   clocks; in autumn one that is over may open again.
//! * A schedule that does not fire within five years, such as the 30th of
//!   February, is active always.
//! * A pattern that does not compile matches nothing, so a deny window may
//!   vanish. A kind other than `allow` and `deny` does nothing. An unknown time
//!   zone is UTC.
//! * A schedule or duration that cannot be read, in any window that selects the
//!   application, blocks every sync of it.
//! * An allow window that is not active blocks manual syncs too, unless it says
//!   `manualSync`; an active deny window that says so lets them through again.
//!
//! Where Argo CD itself fails or never answers, the answer is an error.
//!
//! Zones come from the database compiled into the program.

mod agreement;
mod civil;
mod cron;
mod decision;
mod duration;
mod edges;
mod error;
mod gate;
mod glob;
pub mod lint;
mod located;
mod moment;
mod reason;
mod selection;
mod timing;
mod window;
mod zone;

pub(crate) use agreement::{Agreement, agreement};
pub use cron::ScheduleError;
pub use decision::{Decision, Verdict};
pub use duration::{DurationError, parse_duration};
pub use error::SyncWindowError;
pub use glob::{Glob, GlobError};
pub use window::{Application, SyncWindow, Trigger};

use self::cron::Schedule;
use self::selection::Selector;
use self::timing::Timing;
use self::window::Kind;
use self::zone::Zone;

/// Whether Argo CD knows a time zone by this name. It takes UTC for one that it
/// does not know.
pub fn is_time_zone(name: &str) -> bool {
    Zone::load(name).is_some()
}

/// The sync windows of one AppProject, read once.
///
/// Windows of Argo CD's global projects count as well; who has them appends
/// them to the project's own, as Argo CD does.
#[derive(Debug, Clone)]
pub struct SyncWindows {
    windows: Vec<Loaded>,
    /// Each zone once.
    zones: Vec<Zone>,
}

/// One window, read.
#[derive(Debug, Clone)]
struct Loaded {
    kind: Kind,
    /// The kind as it was written, where it has no effect.
    odd_kind: Option<String>,
    description: String,
    /// The schedule as it was written.
    schedule: String,
    selector: Selector,
    /// Whether it lets manual syncs through.
    manual: bool,
    overrun: bool,
    /// Where its zone is among all zones.
    zone: usize,
    /// The error is raised only for applications that it selects.
    timing: Result<Timing, SyncWindowError>,
}

impl SyncWindows {
    /// Reads `spec.syncWindows`. Nothing is refused here: what cannot be read
    /// counts when it concerns an application.
    pub fn load(windows: &[SyncWindow]) -> Self {
        let mut zones: Vec<Zone> = vec![Zone::UTC];
        let mut names: Vec<(&str, usize)> = vec![("", 0)];
        let mut loaded = Vec::with_capacity(windows.len());
        for (position, window) in windows.iter().enumerate() {
            let name = window.time_zone.as_str();
            let known = names.iter().find(|(known, _)| *known == name);
            let zone = if let Some((_, place)) = known {
                *place
            } else {
                let zone = Zone::load(name).unwrap_or(Zone::UTC);
                let place = if zone.is_utc() { 0 } else { zones.len() };
                if place > 0 {
                    zones.push(zone);
                }
                names.push((name, place));
                place
            };
            let kind = Kind::of(&window.kind);
            loaded.push(Loaded {
                kind,
                odd_kind: (kind == Kind::Other).then(|| window.kind.clone()),
                description: window.description.clone(),
                schedule: window.schedule.clone(),
                selector: Selector::load(window),
                manual: window.manual_sync,
                overrun: window.sync_overrun,
                zone,
                timing: timing(window, position),
            });
        }
        Self {
            windows: loaded,
            zones,
        }
    }

    /// Whether one of the windows concerns the application. What cannot be tried
    /// does not.
    pub fn concern(&self, application: &Application) -> bool {
        let mut windows = self.windows.iter();
        windows.any(|window| window.selector.selects(application).unwrap_or(false))
    }

    /// The same windows, each letting manual syncs through.
    #[must_use]
    pub fn with_manual_sync(&self) -> Self {
        let mut lifted = self.clone();
        for window in &mut lifted.windows {
            window.manual = true;
        }
        lifted
    }

    /// How many windows there are.
    pub fn len(&self) -> usize {
        self.windows.len()
    }

    /// Whether there are none, so that every sync is allowed.
    pub fn is_empty(&self) -> bool {
        self.windows.is_empty()
    }
}

fn timing(window: &SyncWindow, position: usize) -> Result<Timing, SyncWindowError> {
    let schedule =
        Schedule::parse(&window.schedule).map_err(|source| SyncWindowError::Schedule {
            window: position,
            schedule: window.schedule.clone(),
            source,
        })?;
    let duration =
        parse_duration(&window.duration).map_err(|source| SyncWindowError::Duration {
            window: position,
            duration: window.duration.clone(),
            source,
        })?;
    Ok(Timing { schedule, duration })
}

#[cfg(test)]
mod tests;
