//! Times as people type them.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use crate::exit::Exit;
use crate::failure::Explain;

/// A text that is no time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{text}\" is not a time")]
pub(crate) struct MomentError {
    text: String,
}

impl Explain for MomentError {
    fn exit(&self) -> Exit {
        Exit::WrongInput
    }

    fn hint(&self) -> Option<String> {
        Some(
            "write 2026-11-26T02:00 for your own time zone, 2026-11-26T01:00Z for UTC, or \
             2026-11-26T02:00[Europe/Zurich]"
                .to_owned(),
        )
    }
}

/// Reads a time: with an offset, with an IANA zone in brackets (RFC 9557), or by
/// the wall clock of `zone`. In an hour that the clocks repeat it is the first,
/// in one that they skip the first that exists after it.
pub(crate) fn parse(text: &str, zone: &TimeZone) -> Result<Timestamp, MomentError> {
    let trimmed = text.trim();
    if let Ok(zoned) = trimmed.parse::<Zoned>() {
        return Ok(zoned.timestamp());
    }
    if let Ok(at) = trimmed.parse::<Timestamp>() {
        return Ok(at);
    }
    trimmed
        .parse::<DateTime>()
        .and_then(|local| zone.to_ambiguous_zoned(local).compatible())
        .map(|zoned| zoned.timestamp())
        .map_err(|_| MomentError {
            text: text.to_owned(),
        })
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZoneDatabase;

    use super::*;

    #[test]
    fn a_time_without_a_zone_is_by_the_clock_on_the_wall() {
        let zurich = TimeZoneDatabase::bundled().get("Europe/Zurich").unwrap();
        let expected: Timestamp = "2026-11-26T01:00:00Z".parse().unwrap();
        for text in [
            "2026-11-26T02:00",
            "2026-11-26 02:00",
            "2026-11-26T02:00:00",
            "2026-11-26T01:00Z",
            "2026-11-26T03:00+02:00",
            "2026-11-26T02:00[Europe/Zurich]",
        ] {
            assert_eq!(parse(text, &zurich), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in ["", "tomorrow", "02:00", "2026-13-01T00:00"] {
            assert!(parse(text, &TimeZone::UTC).is_err(), "{text}");
        }
    }
}
