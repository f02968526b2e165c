//! How long a recurring entry lasts.

use jiff::SignedDuration;
use thiserror::Error;

/// The longest duration a recurring entry may have: 366 days.
pub const LONGEST_DURATION: SignedDuration = SignedDuration::from_hours(366 * 24);

/// In seconds.
const UNITS: [(char, i64); 4] = [('d', 24 * 60 * 60), ('h', 60 * 60), ('m', 60), ('s', 1)];

/// Why a text is not a duration.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DurationError {
    /// It is not written as days, hours, minutes and seconds.
    #[error("a duration is written like `4h`, `90m`, `1h30m`, `45s` or `2d`")]
    Malformed,
    /// It is zero or negative.
    #[error("a duration must be longer than zero")]
    NotPositive,
    /// It is longer than [`LONGEST_DURATION`].
    #[error("a duration may be 366 days at most")]
    TooLong,
}

/// Reads a duration by the wall clock: days of 24 hours, hours, minutes and
/// seconds in this order, each at most once, like `2d`, `4h`, `90m` or `1h30m`.
pub fn parse_duration(text: &str) -> Result<SignedDuration, DurationError> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let mut units = UNITS.iter();
    let mut total = 0i64;
    if rest.is_empty() {
        return Err(DurationError::Malformed);
    }
    while !rest.is_empty() {
        let end = rest.find(|letter: char| !letter.is_ascii_digit());
        let (digits, tail) = end
            .and_then(|end| rest.split_at_checked(end))
            .ok_or(DurationError::Malformed)?;
        let letter = tail.chars().next().ok_or(DurationError::Malformed)?;
        let (_, seconds) = units
            .find(|(unit, _)| *unit == letter)
            .ok_or(DurationError::Malformed)?;
        if digits.is_empty() {
            return Err(DurationError::Malformed);
        }
        // Only digits are left, so what does not fit is too large.
        let count: i64 = digits.parse().map_err(|_| DurationError::TooLong)?;
        total = count
            .checked_mul(*seconds)
            .and_then(|seconds| total.checked_add(seconds))
            .ok_or(DurationError::TooLong)?;
        rest = tail.strip_prefix(letter).unwrap_or_default();
    }
    if negative || total == 0 {
        return Err(DurationError::NotPositive);
    }
    let longest = LONGEST_DURATION.as_secs();
    if total > longest {
        Err(DurationError::TooLong)
    } else {
        Ok(SignedDuration::from_secs(total))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn days_hours_and_minutes_add_up() {
        for (text, minutes) in [
            ("4h", 240),
            ("90m", 90),
            ("1h30m", 90),
            ("2d", 2880),
            ("1d0h1m", 1441),
            ("366d", 527_040),
        ] {
            assert_eq!(
                parse_duration(text),
                Ok(SignedDuration::from_mins(minutes)),
                "{text}"
            );
        }
    }

    #[test]
    fn seconds_add_up_too() {
        assert_eq!(parse_duration("45s"), Ok(SignedDuration::from_secs(45)));
        assert_eq!(parse_duration("1m30s"), Ok(SignedDuration::from_secs(90)));
    }

    #[test]
    fn what_cannot_be_a_duration_says_why() {
        use DurationError::{Malformed, NotPositive, TooLong};
        for (text, error) in [
            ("", Malformed),
            ("-", Malformed),
            ("4", Malformed),
            ("h", Malformed),
            ("4 h", Malformed),
            ("4H", Malformed),
            ("30m1h", Malformed),
            ("1h1h", Malformed),
            ("30s1m", Malformed),
            ("1.5h", Malformed),
            ("+4h", Malformed),
            ("٤h", Malformed),
            ("0h", NotPositive),
            ("0h0m", NotPositive),
            ("-4h", NotPositive),
            ("367d", TooLong),
            ("99999999999999999999h", TooLong),
            ("9223372036854775807d", TooLong),
        ] {
            assert_eq!(parse_duration(text), Err(error), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[-0-9dhms. ]{0,24}|\\PC{0,16}") {
            if let Ok(duration) = parse_duration(&text) {
                prop_assert!(duration > SignedDuration::ZERO && duration <= LONGEST_DURATION);
            }
        }
    }
}
