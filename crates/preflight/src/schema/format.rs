//! Forms of text that the API server reads.

use std::net::IpAddr;

/// RFC 3339, as Go reads `metav1.Time`.
pub(crate) fn is_time(text: &str) -> bool {
    let has_zone = text.ends_with('Z') || text.rfind(['+', '-']).is_some_and(|at| at > 10);
    has_zone && text.get(10..11) == Some("T") && text.parse::<jiff::Timestamp>().is_ok()
}

/// Base64 with padding; Go passes over line ends.
pub(crate) fn is_base64(text: &str) -> bool {
    let letters = || text.bytes().filter(|byte| !matches!(byte, b'\r' | b'\n'));
    let length = letters().count();
    let padding = letters().rev().take_while(|byte| *byte == b'=').count();
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    length.is_multiple_of(4) && padding <= 2 && letters().take(length - padding).all(is_letter)
}

/// RFC 1123, label: `a-z`, `0-9` and `-`, not at its ends, at most 63.
pub(crate) fn is_dns_label(text: &str) -> bool {
    text.len() <= 63 && is_dns_word(text)
}

/// RFC 1035, label: as one of RFC 1123 that begins with a letter.
pub(crate) fn is_dns_label_1035(text: &str) -> bool {
    is_dns_label(text) && text.starts_with(|letter: char| letter.is_ascii_lowercase())
}

/// What a subdomain may begin with: a hyphen may be its last letter.
pub(crate) fn is_dns_subdomain_prefix(text: &str) -> bool {
    let begin = text.strip_suffix('-').filter(|begin| !begin.is_empty());
    begin.map_or_else(
        || is_dns_subdomain(text),
        |_| {
            let masked: String = text.chars().take(text.len() - 2).chain(['a']).collect();
            is_dns_subdomain(&masked)
        },
    )
}

/// An IP address. Old fields take numbers that begin with zeros.
pub(crate) fn address(text: &str) -> Option<IpAddr> {
    text.parse().ok().or_else(|| {
        let numbers: Vec<&str> = text
            .split('.')
            .map(|number| match number.trim_start_matches('0') {
                "" if !number.is_empty() => "0",
                rest => rest,
            })
            .collect();
        numbers.join(".").parse().ok().filter(IpAddr::is_ipv4)
    })
}

/// A range of addresses: `10.0.0.0/8`.
pub(crate) fn is_cidr(text: &str) -> bool {
    text.split_once('/').is_some_and(|(given, bits)| {
        let most = match address(given) {
            Some(IpAddr::V4(_)) => 32,
            Some(IpAddr::V6(_)) => 128,
            None => return false,
        };
        bits.parse::<u8>().is_ok_and(|bits| bits <= most)
    })
}

/// A path behind a domain: `example.com/path`.
pub(crate) fn is_domain_prefixed_path(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~%!$&'()*+,;=:".contains(&byte);
    text.split_once('/').is_some_and(|(domain, path)| {
        is_dns_subdomain(domain) && !path.is_empty() && path.bytes().all(is_plain)
    })
}

/// RFC 1123, subdomain: labels with dots between, at most 253.
pub(crate) fn is_dns_subdomain(text: &str) -> bool {
    text.len() <= 253 && text.split('.').all(is_dns_word)
}

fn is_dns_word(text: &str) -> bool {
    let is_end = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = text.as_bytes();
    bytes.first().is_some_and(is_end)
        && bytes.last().is_some_and(is_end)
        && bytes.iter().all(|byte| is_end(byte) || *byte == b'-')
}

/// `name` or `example.com/name`.
pub(crate) fn is_qualified_name(text: &str) -> bool {
    match text.split_once('/') {
        Some((prefix, name)) => is_dns_subdomain(prefix) && is_label_name(name),
        None => is_label_name(text),
    }
}

/// A label's value: empty, or like its name.
pub(crate) fn is_label_value(text: &str) -> bool {
    text.is_empty() || is_label_name(text)
}

fn is_label_name(text: &str) -> bool {
    let bytes = text.as_bytes();
    text.len() <= 63
        && bytes.first().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.last().is_some_and(u8::is_ascii_alphanumeric)
        && bytes
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

/// A port's name (RFC 6335): at most 15, with a letter, no two hyphens together.
pub(crate) fn is_port_name(text: &str) -> bool {
    text.len() <= 15
        && is_dns_word(text)
        && text.bytes().any(|byte| byte.is_ascii_lowercase())
        && !text.contains("--")
}

/// The key of a ConfigMap or Secret.
pub(crate) fn is_file_key(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    !text.is_empty()
        && text.len() <= 253
        && text.bytes().all(is_plain)
        && text != "."
        && !text.starts_with("..")
}

/// A name that is part of a path, as RBAC's are.
pub(crate) fn is_path_segment(text: &str) -> bool {
    !matches!(text, "" | "." | "..") && !text.contains(['/', '%'])
}

/// `25%`.
pub(crate) fn is_percentage(text: &str) -> bool {
    text.strip_suffix('%').is_some_and(|number| {
        !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// Whether a CronJob takes it: five fields, or a word such as `@daily`.
pub(crate) fn is_cron(text: &str) -> bool {
    let text = text.trim();
    if let Some(word) = text.strip_prefix('@') {
        return word.starts_with("every ")
            || matches!(
                word,
                "yearly" | "annually" | "monthly" | "weekly" | "daily" | "midnight" | "hourly"
            );
    }
    // Kubernetes' reader knows `?` where ours wants a star.
    text.split_whitespace().count() == 5 && text.replace('?', "*").parse::<croner::Cron>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_told_apart() {
        assert!(is_time("2026-11-28T02:00:00Z") && is_time("2026-11-28T02:00:00.123456+01:00"));
        assert!(!is_time("2026-11-28") && !is_time("2026-11-28 02:00:00Z") && !is_time("now"));
        assert!(is_base64("aGFsbG8=") && is_base64("") && is_base64("aGFs\nbG8="));
        assert!(!is_base64("hallo") && !is_base64("a===") && !is_base64("aGFsbG8"));
        assert!(is_dns_subdomain("a.b-c.d1") && !is_dns_subdomain("a..b") && !is_dns_label("A"));
        assert!(is_qualified_name("example.com/a_b.C") && !is_qualified_name("/a"));
        assert!(is_label_value("") && !is_label_value("-a") && !is_label_value("a b"));
        assert!(is_port_name("http-2") && !is_port_name("80") && !is_port_name("a--b"));
        assert!(is_file_key("app.properties") && !is_file_key("..a") && !is_file_key("a/b"));
        assert!(is_dns_label_1035("a1") && !is_dns_label_1035("1a"));
        assert!(is_dns_subdomain_prefix("web-") && !is_dns_subdomain_prefix("Web-"));
        assert!(address("010.0.0.1").is_some() && address("fe80::1").is_some());
        assert!(address("10.0.0").is_none() && address("a").is_none() && address("").is_none());
        assert!(is_domain_prefixed_path("example.com/a/b") && !is_domain_prefixed_path("a"));
        assert!(is_percentage("25%") && !is_percentage("25") && !is_percentage("-1%"));
        assert!(is_cron("*/5 * * * *") && is_cron("@hourly") && is_cron("0 0 ? * MON-FRI"));
        assert!(!is_cron("* * * *") && !is_cron("61 * * * *") && !is_cron("@fortnightly"));
    }
}
