//! Time zones as Go finds them, and how Go turns a wall clock into an instant.

use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};

/// A time zone of the database compiled into the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Zone(Option<TimeZone>);

impl Zone {
    /// UTC.
    pub(super) const UTC: Self = Self(None);

    /// The zone of a name. None is UTC, as is `Local`, which is the zone of the
    /// machine that Argo CD runs on: its images know no other. Unlike
    /// elsewhere, the case of letters counts.
    pub(super) fn load(name: &str) -> Option<Self> {
        if matches!(name, "" | "UTC" | "Local") {
            return Some(Self::UTC);
        }
        let zone = TimeZoneDatabase::bundled().get(name).ok()?;
        (zone.iana_name() == Some(name)).then_some(Self(Some(zone)))
    }

    /// Whether it is UTC by name.
    pub(super) fn is_utc(&self) -> bool {
        self.0.is_none()
    }

    /// By how many seconds the wall clock is ahead of UTC at an instant, in
    /// seconds since 1970.
    pub(super) fn offset(&self, second: i64) -> i64 {
        let Some(zone) = &self.0 else {
            return 0;
        };
        zone.to_offset(timestamp(second)).seconds().into()
    }

    /// The first instant after one at which the offset changes.
    pub(super) fn change_after(&self, second: i64) -> Option<i64> {
        let following = self.0.as_ref()?.following(timestamp(second));
        let before = self.offset(second);
        following
            .map(|change| (change.timestamp().as_second(), change.offset()))
            .find(|(_, offset)| i64::from(offset.seconds()) != before)
            .map(|(at, _)| at)
    }

    /// The instant at which the wall clock shows a reading, in seconds since
    /// 1970 as if there were no zones. In an hour that the clocks skip or
    /// repeat, the one that Go's `time.Date` takes.
    pub(super) fn instant(&self, reading: i64) -> i64 {
        Self::instant_by(reading, |second| self.offset(second))
    }

    /// Likewise, by offsets that are asked for elsewhere.
    pub(super) fn instant_by(reading: i64, offset: impl Fn(i64) -> i64) -> i64 {
        match offset(reading) {
            0 => reading,
            guess => reading - offset(reading - guess),
        }
    }
}

fn timestamp(second: i64) -> Timestamp {
    let second = second.clamp(Timestamp::MIN.as_second(), Timestamp::MAX.as_second());
    Timestamp::from_second(second).unwrap_or_default()
}
