//! Formats of text that the API server knows in the schemas of custom kinds. What it
//! does not know it lets through, and so do we with what is seldom used.

use std::net::IpAddr;

use crate::schema::format;

/// Whether a text is of a format.
pub(super) fn holds(name: &str, text: &str) -> bool {
    match name.replace('-', "").as_str() {
        "byte" => !text.is_empty() && format::is_base64(text),
        "date" => is_date(text),
        "datetime" => is_time(text),
        "duration" => is_duration(text),
        "ipv4" => matches!(text.parse(), Ok(IpAddr::V4(_))),
        "ipv6" => matches!(text.parse(), Ok(IpAddr::V6(_))),
        "cidr" => is_cidr(text),
        "uuid" => is_uuid(text),
        "uri" => is_uri(text),
        "email" => text.contains('@') && !text.starts_with('@') && !text.ends_with('@'),
        _ => true,
    }
}

fn is_date(text: &str) -> bool {
    text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok()
}

/// With a blank in place of the T, and without a zone, too.
fn is_time(text: &str) -> bool {
    let text = text.trim();
    text.is_char_boundary(10)
        && text.get(..10).is_some_and(is_date)
        && text.get(10..).is_some_and(|time| {
            let time = time.strip_prefix(['T', 't', ' ']).unwrap_or_default();
            let clock = time.get(..8).unwrap_or_default();
            clock.parse::<jiff::civil::Time>().is_ok()
        })
}

/// As Go reads it, `1h30m`, or a number with a word, `3 days`.
fn is_duration(text: &str) -> bool {
    const UNITS: [&str; 8] = ["ns", "us", "µs", "μs", "ms", "s", "m", "h"];
    const WORDS: [&str; 23] = [
        "nanosecond",
        "nano",
        "ns",
        "microsecond",
        "micro",
        "us",
        "µs",
        "millisecond",
        "milli",
        "ms",
        "second",
        "sec",
        "s",
        "minute",
        "min",
        "m",
        "hour",
        "hr",
        "h",
        "day",
        "d",
        "week",
        "w",
    ];
    let mut rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    if rest == "0" {
        return true;
    }
    let number = |text: &str| {
        text.find(|letter: char| !letter.is_ascii_digit() && letter != '.')
            .unwrap_or(text.len())
    };
    if let Some((count, word)) = rest.split_at_checked(number(rest)) {
        let word = word.trim();
        let one = word
            .strip_suffix('s')
            .filter(|one| one.len() > 1)
            .unwrap_or(word);
        if count.parse::<f64>().is_ok() && (WORDS.contains(&word) || WORDS.contains(&one)) {
            return true;
        }
    }
    while !rest.is_empty() {
        let (count, after) = rest.split_at(number(rest));
        let unit = after
            .find(|letter: char| letter.is_ascii_digit() || letter == '.')
            .unwrap_or(after.len());
        let (unit, after) = after.split_at(unit);
        if count.parse::<f64>().is_err() || !UNITS.contains(&unit) {
            return false;
        }
        rest = after;
    }
    !text.is_empty()
}

fn is_cidr(text: &str) -> bool {
    text.split_once('/').is_some_and(|(address, bits)| {
        let most = match address.parse() {
            Ok(IpAddr::V4(_)) => 32,
            Ok(IpAddr::V6(_)) => 128,
            Err(_) => return false,
        };
        bits.parse::<u8>().is_ok_and(|bits| bits <= most)
    })
}

fn is_uuid(text: &str) -> bool {
    let digits = text.bytes().filter(|byte| *byte != b'-').count();
    digits == 32
        && text
            .bytes()
            .all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

/// With a scheme, or a path from the root.
fn is_uri(text: &str) -> bool {
    let has_scheme = text.split_once(':').is_some_and(|(scheme, _)| {
        let is_plain =
            |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
        scheme.starts_with(|letter: char| letter.is_ascii_alphabetic())
            && scheme.bytes().all(is_plain)
    });
    (has_scheme || text.starts_with('/')) && !text.bytes().any(|byte| byte.is_ascii_control())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_told_apart() {
        for (name, good, bad) in [
            ("date", "2026-11-28", "28.11.2026"),
            ("date-time", "2026-11-28T02:00:00Z", "tomorrow"),
            ("duration", "1h30m", "soon"),
            ("duration", "3 days", "3 moons"),
            ("ipv4", "10.0.0.1", "10.0.0"),
            ("ipv6", "fe80::1", "10.0.0.1"),
            ("cidr", "10.0.0.0/8", "10.0.0.0/33"),
            ("uuid", "123e4567-e89b-12d3-a456-426614174000", "123e"),
            ("uri", "https://example.com", "example"),
            ("byte", "aGFsbG8=", "hallo"),
        ] {
            assert!(holds(name, good), "{name} {good}");
            assert!(!holds(name, bad), "{name} {bad}");
        }
        assert!(holds("of-somebody", "anything"));
    }
}
