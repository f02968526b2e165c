//! Durations as Go's `time.ParseDuration` reads them.

use thiserror::Error;

/// One more than the longest duration, in nanoseconds: the only one a minus
/// sign can stand before.
const LIMIT: u64 = 1 << 63;

/// In nanoseconds.
const UNITS: [(&str, u64); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("μs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// Why a text is not a duration.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DurationError {
    /// It is not numbers with units.
    #[error("a duration is written like `4h`, `1h30m` or `1.5h`")]
    Malformed,
    /// A unit is none of ns, us, ms, s, m and h.
    #[error("the unit `{0}` does not exist: there are ns, us, ms, s, m and h")]
    Unit(String),
    /// It exceeds 292 years.
    #[error("it is too long")]
    TooLong,
}

/// Reads a duration, in nanoseconds: numbers with units and perhaps decimals,
/// such as `1h30m` or `1.5h`, in any order, after at most one sign. Days and
/// weeks do not exist. A bare `0` may go without a unit.
pub fn parse_duration(text: &str) -> Result<i64, DurationError> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(DurationError::Malformed);
    }
    let mut total = 0u64;
    while !rest.is_empty() {
        let (amount, tail) = amount(rest)?;
        rest = tail;
        // Two halves of the limit add up to nothing, in Go too.
        total = total.wrapping_add(amount);
        if total > LIMIT {
            return Err(DurationError::TooLong);
        }
    }
    match (i64::try_from(total), negative) {
        (Ok(total), false) => Ok(total),
        (Ok(total), true) => Ok(-total),
        (Err(_), true) => Ok(i64::MIN),
        (Err(_), false) => Err(DurationError::TooLong),
    }
}

/// One number with its unit, in nanoseconds, and the rest.
fn amount(text: &str) -> Result<(u64, &str), DurationError> {
    let (digits, rest) = split_digits(text);
    let (decimals, rest) = match rest.strip_prefix('.') {
        Some(rest) => split_digits(rest),
        None => ("", rest),
    };
    if digits.is_empty() && decimals.is_empty() {
        return Err(DurationError::Malformed);
    }
    let end = rest.find(|letter: char| letter == '.' || letter.is_ascii_digit());
    let (name, rest) = rest.split_at(end.unwrap_or(rest.len()));
    if name.is_empty() {
        return Err(DurationError::Malformed);
    }
    let unit = UNITS.iter().find(|(unit, _)| *unit == name);
    let whole = whole(digits).ok_or(DurationError::TooLong)?;
    let (_, unit) = unit.ok_or_else(|| DurationError::Unit(name.to_owned()))?;
    if whole > LIMIT / unit {
        return Err(DurationError::TooLong);
    }
    let amount = (whole * unit).wrapping_add(part(decimals, *unit));
    if amount > LIMIT {
        Err(DurationError::TooLong)
    } else {
        Ok((amount, rest))
    }
}

fn split_digits(text: &str) -> (&str, &str) {
    let end = text.find(|letter: char| !letter.is_ascii_digit());
    text.split_at(end.unwrap_or(text.len()))
}

fn whole(digits: &str) -> Option<u64> {
    digits.bytes().try_fold(0u64, |value, digit| {
        let value = (value <= LIMIT / 10).then(|| value * 10 + u64::from(digit - b'0'))?;
        (value <= LIMIT).then_some(value)
    })
}

/// Decimals as Go reckons them: in binary floating point, and without those
/// that no longer fit.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "Go loses the same"
)]
fn part(decimals: &str, unit: u64) -> u64 {
    let (mut value, mut scale) = (0u64, 1f64);
    for digit in decimals.bytes() {
        if value > (LIMIT - 1) / 10 {
            break;
        }
        let more = value * 10 + u64::from(digit - b'0');
        if more > LIMIT {
            break;
        }
        value = more;
        scale *= 10.0;
    }
    (value as f64 * (unit as f64 / scale)) as u64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HOUR: i64 = 3_600_000_000_000;

    #[test]
    fn what_go_reads_is_read() {
        for (text, nanoseconds) in [
            ("4h", 4 * HOUR),
            ("90m", 3 * HOUR / 2),
            ("1.5h", 3 * HOUR / 2),
            ("30m1h", 3 * HOUR / 2),
            ("1h1h", 2 * HOUR),
            (".5h", HOUR / 2),
            ("1.h", HOUR),
            ("+1h", HOUR),
            ("-1h", -HOUR),
            ("0", 0),
            ("-0", 0),
            ("0s", 0),
            ("1ns", 1),
            ("1us", 1_000),
            ("1µs", 1_000),
            ("1μs", 1_000),
            ("1ms", 1_000_000),
            ("0.3333333333333333333h", 1_200_000_000_000),
            ("0.9223372036854775807h", 3_320_413_933_267),
            ("9223372036854775807ns", i64::MAX),
            ("-9223372036854775808ns", i64::MIN),
            ("9223372036854775808ns9223372036854775808ns", 0),
        ] {
            assert_eq!(parse_duration(text), Ok(nanoseconds), "{text}");
        }
    }

    #[test]
    fn what_go_refuses_is_refused() {
        for text in [
            "",
            "-",
            "+",
            "8",
            "00",
            ".",
            ".h",
            "h",
            "1d",
            "1w",
            "P1D",
            "4H",
            "1 h",
            " 1h",
            "1h ",
            "--1h",
            "1h-1m",
            "1e3s",
            "١h",
            "1h2",
            "2562048h",
            "9223372036854775808ns",
            "-9223372036854775809ns",
        ] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[-+0-9.nuµmsh ]{0,24}|\\PC{0,16}") {
            let _ = parse_duration(&text);
        }
    }
}
