//! Between the wall clock and instants, and back.

use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone, TimeZoneTransition};
use jiff::{SignedDuration, Timestamp};
use thiserror::Error;

use super::Effect;

/// A half-open stretch of time `[start, end)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval {
    /// The first instant that belongs to it.
    pub start: Timestamp,
    /// The first instant that no longer does.
    pub end: Timestamp,
}

impl Interval {
    /// All of time.
    pub(super) const ALWAYS: Self = Self {
        start: Timestamp::MIN,
        end: Timestamp::MAX,
    };

    /// Whether the instant belongs to it.
    pub fn contains(&self, at: Timestamp) -> bool {
        self.start <= at && at < self.end
    }
}

/// Why a text is not a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum MomentError {
    /// It is not written as a date and a time.
    #[error(
        "a moment is written like `2026-12-18T18:00`, with an offset such as `+01:00` or `Z` if it is not local"
    )]
    Malformed,
    /// The year is beyond what can be reckoned with.
    #[error("the date is out of range")]
    OutOfRange,
}

/// A moment as a person writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// By the wall clock of the entry's zone.
    Local(DateTime),
    /// With an offset, so in no need of a zone.
    Exact(Timestamp),
}

impl Moment {
    /// Reads `YYYY-MM-DDTHH:MM`, with seconds and a fraction if wanted, and
    /// with an offset (`Z` or `+HH:MM`) if it is not local (RFC 3339). A date
    /// alone is refused: it leaves open at what time.
    pub fn parse(text: &str) -> Result<Self, MomentError> {
        let clock = text.get(11..).ok_or(MomentError::Malformed)?;
        let punctuation = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':')];
        let shaped = punctuation
            .iter()
            .all(|(index, sign)| text.as_bytes().get(*index) == Some(sign))
            && clock.len() >= 5
            && clock
                .bytes()
                .all(|byte| byte.is_ascii_digit() || b":.Z+-".contains(&byte));
        if !shaped {
            return Err(MomentError::Malformed);
        }
        if clock.contains(['Z', '+', '-']) {
            return text
                .parse()
                .map(Self::Exact)
                .map_err(|_| MomentError::Malformed);
        }
        text.parse()
            .map(Self::Local)
            .map_err(|_| MomentError::Malformed)
    }

    pub(super) fn start(self, zone: &TimeZone) -> Result<Timestamp, MomentError> {
        self.instant(|clock| start_of(clock, zone))
    }

    pub(super) fn end(self, zone: &TimeZone, effect: Effect) -> Result<Timestamp, MomentError> {
        self.instant(|clock| end_of(clock, zone, effect))
    }

    fn instant(self, resolve: impl Fn(DateTime) -> Timestamp) -> Result<Timestamp, MomentError> {
        match self {
            Self::Exact(at) => Ok(at),
            Self::Local(clock) if clock.year() < 9999 && clock.year() > 0 => Ok(resolve(clock)),
            Self::Local(_) => Err(MomentError::OutOfRange),
        }
    }
}

/// The instant at which something starts that is to start at this reading of
/// the wall clock: the first at which the clock shows it or something later.
pub(super) fn start_of(clock: DateTime, zone: &TimeZone) -> Timestamp {
    match zone.to_ambiguous_timestamp(clock).offset() {
        AmbiguousOffset::Unambiguous { offset } => instant(offset, clock),
        AmbiguousOffset::Fold { before, .. } => instant(before, clock),
        AmbiguousOffset::Gap { before, after } => {
            let latest = instant(before, clock);
            transition(zone, instant(after, clock), latest, after).unwrap_or(latest)
        }
    }
}

/// The instant at which something ends that is to end at this reading of the
/// wall clock. A reading that comes twice ends a window the first time and a
/// freeze the second time: in doubt the gate is shut.
pub(super) fn end_of(clock: DateTime, zone: &TimeZone, effect: Effect) -> Timestamp {
    match zone.to_ambiguous_timestamp(clock).offset() {
        AmbiguousOffset::Fold { after, .. } if effect == Effect::Deny => instant(after, clock),
        _ => start_of(clock, zone),
    }
}

// The last instant stands for all that lie beyond what can be reckoned with.
pub(super) fn instant(offset: Offset, clock: DateTime) -> Timestamp {
    offset.to_timestamp(clock).unwrap_or(Timestamp::MAX)
}

/// The instant in `(after, until]` at which the zone changes to an offset.
pub(super) fn transition(
    zone: &TimeZone,
    after: Timestamp,
    until: Timestamp,
    to: Offset,
) -> Option<Timestamp> {
    zone.following(after)
        .take_while(|change| change.timestamp() <= until)
        .find(|change: &TimeZoneTransition<'_>| change.offset() == to)
        .map(|change| change.timestamp())
}

/// By how much an interval is longer (positive) or shorter than the wall clock
/// of the zone says, because the clocks change in between.
pub(super) fn clock_change(interval: Interval, zone: &TimeZone) -> SignedDuration {
    let from = zone.to_offset(interval.start);
    let to = zone.to_offset(interval.end);
    SignedDuration::from_secs(i64::from(from.seconds()) - i64::from(to.seconds()))
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZoneDatabase;
    use proptest::prelude::*;

    use super::*;

    fn zone(name: &str) -> TimeZone {
        TimeZoneDatabase::bundled().get(name).unwrap()
    }

    #[test]
    fn readings_of_the_wall_clock_become_instants() {
        // Zone, reading, start, end of a window, end of a freeze.
        for row in [
            "Europe/Zurich 2026-03-29T02:00 2026-03-29T01:00Z 2026-03-29T01:00Z 2026-03-29T01:00Z",
            "Europe/Zurich 2026-03-29T02:59:59 2026-03-29T01:00Z 2026-03-29T01:00Z 2026-03-29T01:00Z",
            "Europe/Zurich 2026-03-29T03:00 2026-03-29T01:00Z 2026-03-29T01:00Z 2026-03-29T01:00Z",
            "Europe/Zurich 2026-10-25T02:00 2026-10-25T00:00Z 2026-10-25T00:00Z 2026-10-25T01:00Z",
            "Europe/Zurich 2026-10-25T02:30 2026-10-25T00:30Z 2026-10-25T00:30Z 2026-10-25T01:30Z",
            "Europe/Zurich 2026-10-25T03:00 2026-10-25T02:00Z 2026-10-25T02:00Z 2026-10-25T02:00Z",
            "America/New_York 2026-03-08T02:30 2026-03-08T07:00Z 2026-03-08T07:00Z 2026-03-08T07:00Z",
            "America/New_York 2026-11-01T01:30 2026-11-01T05:30Z 2026-11-01T05:30Z 2026-11-01T06:30Z",
            // Lord Howe moves by half an hour, Samoa skipped a whole day.
            "Australia/Lord_Howe 2026-10-04T02:15 2026-10-03T15:30Z 2026-10-03T15:30Z 2026-10-03T15:30Z",
            "Australia/Lord_Howe 2026-04-05T01:45 2026-04-04T14:45Z 2026-04-04T14:45Z 2026-04-04T15:15Z",
            "Pacific/Apia 2011-12-30T12:00 2011-12-30T10:00Z 2011-12-30T10:00Z 2011-12-30T10:00Z",
        ] {
            let columns: Vec<&str> = row.split(' ').collect();
            let zone = zone(columns[0]);
            let clock: DateTime = columns[1].parse().unwrap();
            let expected: Vec<Timestamp> = columns[2..]
                .iter()
                .map(|text| text.parse().unwrap())
                .collect();
            let found = [
                start_of(clock, &zone),
                end_of(clock, &zone, Effect::Allow),
                end_of(clock, &zone, Effect::Deny),
            ];
            assert_eq!(found[..], expected[..], "{row}");
        }
    }

    #[test]
    fn moments_are_local_or_exact() {
        let local = |text: &str| Moment::Local(text.parse().unwrap());
        assert_eq!(
            Moment::parse("2026-12-18T18:00"),
            Ok(local("2026-12-18T18:00"))
        );
        assert_eq!(
            Moment::parse("2026-12-18T18:00:01.5"),
            Ok(local("2026-12-18T18:00:01.5"))
        );
        let exact = Moment::Exact("2026-12-18T17:00Z".parse().unwrap());
        assert_eq!(Moment::parse("2026-12-18T18:00+01:00"), Ok(exact));
        assert_eq!(Moment::parse("2026-12-18T17:00Z"), Ok(exact));
        for text in [
            "",
            "2026-12-18",
            "2026-12-18 18:00",
            "2026-12-18T18",
            "2026-13-18T18:00",
            "2026-02-30T18:00",
            "2026-12-18T25:00",
            "2026-12-18T18:00[Europe/Zurich]",
            "2026-12-18T18:00+01:00[Europe/Zurich]",
            "18.12.2026 18:00",
            "2026-12-18T18:00z",
            "tomorrow",
            "2026-12-18T18:0é",
        ] {
            assert_eq!(Moment::parse(text), Err(MomentError::Malformed), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[0-9]{4}-[0-9]{2}-[0-9]{2}T[-0-9:.+Z]{0,16}|\\PC{0,24}") {
            if let Ok(moment) = Moment::parse(&text) {
                let _ = moment.start(&TimeZone::UTC);
                let _ = moment.end(&TimeZone::UTC, Effect::Deny);
            }
        }
    }
}
