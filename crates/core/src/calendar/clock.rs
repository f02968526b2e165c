//! What the wall clock shows, in seconds, at one instant after the other.

use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone, TimeZoneTransition};
use jiff::{SignedDuration, Timestamp};

use super::Effect;
use super::local::{end_of, instant, start_of, transition};

/// Readings of a wall clock are counted in seconds since this one, as if there
/// were no zones.
const ORIGIN: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);

/// A stretch of time in which a zone keeps its offset.
#[derive(Debug, Clone, Copy)]
struct Stretch {
    offset: Offset,
    // The instants `[from, to)`.
    from: Timestamp,
    to: Timestamp,
    // The readings `[first, last)` that come once only, at this offset.
    first: i64,
    last: i64,
}

impl Stretch {
    fn around(at: Timestamp, zone: &TimeZone) -> Self {
        let offset = zone.to_offset(at);
        // `preceding` leaves out a change at the very instant.
        let next = at.checked_add(SignedDuration::from_nanos(1)).unwrap_or(at);
        let from = zone
            .preceding(next)
            .next()
            .map_or(Timestamp::MIN, |change| change.timestamp());
        let following = zone.following(at).next();
        let to = following
            .as_ref()
            .map_or(Timestamp::MAX, TimeZoneTransition::timestamp);
        let earlier = from
            .checked_sub(SignedDuration::from_nanos(1))
            .map_or(offset, |before| zone.to_offset(before));
        let later = following.map_or(offset, |change| change.offset());
        let seconds = |offset: Offset| i64::from(offset.seconds());
        Self {
            offset,
            from,
            to,
            first: from.as_second() + seconds(offset).max(seconds(earlier)),
            last: to.as_second() + seconds(offset).min(seconds(later)),
        }
    }

    fn shows_once(&self, reading: i64) -> bool {
        self.first <= reading && reading < self.last
    }
}

/// How far the wall clock has come at an instant: whatever was to start up to
/// this reading has started.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reached {
    /// The reading, in whole seconds.
    pub(super) reading: i64,
    /// Whether the reading itself has been reached, or only those before it.
    inclusive: bool,
    stretch: Stretch,
}

impl Reached {
    fn new(at: Timestamp, zone: &TimeZone, stretch: Stretch) -> Self {
        let reading = at.as_second() + i64::from(stretch.offset.seconds());
        let plain = Self {
            reading,
            inclusive: true,
            stretch,
        };
        if stretch.shows_once(reading) {
            return plain;
        }
        let clock = stretch.offset.to_datetime(at);
        match zone.to_ambiguous_timestamp(clock).offset() {
            // The second time the clock shows this: all that the repeated hour
            // was to start has started when it was shown first.
            AmbiguousOffset::Fold { before, after } if after == stretch.offset => {
                let back = transition(zone, instant(before, clock), at, after);
                back.map_or(plain, |back| Self {
                    reading: back.as_second() + i64::from(before.seconds()),
                    inclusive: false,
                    stretch,
                })
            }
            _ => plain,
        }
    }

    /// Whether what was to start at this reading has started.
    pub(super) fn includes(&self, reading: i64) -> bool {
        reading < self.reading || (self.inclusive && reading == self.reading)
    }

    /// Whether what was to end at this reading has surely ended. Near a change
    /// of the clocks only the instants tell.
    pub(super) fn is_past(&self, reading: i64) -> bool {
        self.inclusive && self.stretch.shows_once(self.reading) && reading <= self.reading
    }

    /// The instant of a start; see [`start_of`].
    pub(super) fn start(&self, reading: i64, zone: &TimeZone) -> Timestamp {
        self.resolve(reading, |clock| start_of(clock, zone))
    }

    /// The instant of an end; see [`end_of`].
    pub(super) fn end(&self, reading: i64, zone: &TimeZone, effect: Effect) -> Timestamp {
        self.resolve(reading, |clock| end_of(clock, zone, effect))
    }

    // Most readings lie between the same two changes of the clocks, where no
    // zone needs to be asked.
    fn resolve(&self, reading: i64, ask: impl FnOnce(DateTime) -> Timestamp) -> Timestamp {
        if self.stretch.shows_once(reading) {
            let second = reading - i64::from(self.stretch.offset.seconds());
            return Timestamp::from_second(second).unwrap_or(Timestamp::MAX);
        }
        ask(ORIGIN.saturating_add(SignedDuration::from_secs(reading)))
    }
}

/// The wall clocks of several zones at one instant, so that entries in the same
/// zone share the reckoning.
#[derive(Debug)]
pub(super) struct Clocks<'a> {
    at: Timestamp,
    clocks: Vec<Clock<'a>>,
}

#[derive(Debug)]
struct Clock<'a> {
    zone: &'a str,
    stretch: Stretch,
    reached: Option<Reached>,
}

impl<'a> Clocks<'a> {
    pub(super) fn new(at: Timestamp) -> Self {
        Self {
            at,
            clocks: Vec::new(),
        }
    }

    pub(super) fn at(&self) -> Timestamp {
        self.at
    }

    /// Moves to another instant.
    pub(super) fn set(&mut self, at: Timestamp) {
        if self.at != at {
            self.at = at;
            for clock in &mut self.clocks {
                clock.reached = None;
            }
        }
    }

    /// How far the clock of a zone has come.
    pub(super) fn reached(&mut self, zone: &'a TimeZone) -> Reached {
        let at = self.at;
        // Every zone of a calendar has a name: it was looked up by it.
        let name = zone.iana_name().unwrap_or_default();
        let known = self.clocks.iter().position(|clock| clock.zone == name);
        let index = known.unwrap_or_else(|| {
            let stretch = Stretch::around(at, zone);
            self.clocks.push(Clock {
                zone: name,
                stretch,
                reached: None,
            });
            self.clocks.len() - 1
        });
        let Some(clock) = self.clocks.get_mut(index) else {
            return Reached::new(at, zone, Stretch::around(at, zone));
        };
        if let Some(reached) = clock.reached {
            return reached;
        }
        if at < clock.stretch.from || clock.stretch.to <= at {
            clock.stretch = Stretch::around(at, zone);
        }
        *clock.reached.insert(Reached::new(at, zone, clock.stretch))
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZoneDatabase;

    use super::*;

    #[test]
    fn what_starts_in_a_repeated_hour_has_started_when_it_repeats() {
        let zone = TimeZoneDatabase::bundled().get("Europe/Zurich").unwrap();
        let reached = |text: &str| Clocks::new(text.parse().unwrap()).reached(&zone);
        let reading = |text: &str| -> i64 {
            text.parse::<DateTime>()
                .unwrap()
                .duration_since(ORIGIN)
                .as_secs()
        };
        let clock = reading("2026-10-25T02:45");
        assert!(
            !reached("2026-10-25T00:44:59.999999999Z").includes(clock),
            "the first time"
        );
        assert!(
            reached("2026-10-25T00:45Z").includes(clock),
            "the first time"
        );
        assert!(
            reached("2026-10-25T01:00Z").includes(clock),
            "the second 02:00"
        );
        let three = reading("2026-10-25T03:00");
        assert!(!reached("2026-10-25T01:59:59.999999999Z").includes(three));
        assert!(reached("2026-10-25T02:00Z").includes(three));
    }
}
