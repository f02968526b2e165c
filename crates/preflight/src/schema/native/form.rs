//! Forms that a text can be asked to have.

use super::rule::Rule;
use crate::schema::format;

/// Whether a text has the form that a rule asks for, the id of the finding if it has
/// not, and what was wanted. None: the rule asks for no form.
pub(super) fn form(rule: Rule, text: &str) -> Option<(bool, &'static str, &'static str)> {
    name(rule, text)
        .map(|(holds, wanted)| (holds, "bad-name", wanted))
        .or_else(|| other(rule, text))
}

fn name(rule: Rule, text: &str) -> Option<(bool, &'static str)> {
    let wildcard = text.strip_prefix("*.").unwrap_or(text);
    let form = match rule {
        Rule::DnsLabel => (
            format::is_dns_label(text),
            "a name of at most 63 small letters, digits and hyphens",
        ),
        Rule::DnsLabel1035 => (
            format::is_dns_label_1035(text),
            "a name of at most 63 small letters, digits and hyphens that begins with a letter",
        ),
        Rule::DnsSubdomainPrefix => (
            format::is_dns_subdomain_prefix(text),
            "a name of small letters, digits, hyphens and dots",
        ),
        Rule::DnsSubdomain => (
            format::is_dns_subdomain(text),
            "a name of small letters, digits, hyphens and dots",
        ),
        Rule::Host => (
            format::is_dns_subdomain(wildcard),
            "a host such as www.example.com or *.example.com",
        ),
        Rule::Port | Rule::TargetPort | Rule::PortName => (
            format::is_port_name(text),
            "a port's name: at most 15 small letters, digits and hyphens, with a letter",
        ),
        Rule::FileKey => (
            format::is_file_key(text),
            "a key of letters, digits, - _ and .",
        ),
        Rule::PathSegment => (format::is_path_segment(text), "a name without / and %"),
        Rule::LabelValue => (
            format::is_label_value(text),
            "at most 63 letters, digits, - _ and ., not at its ends",
        ),
        Rule::QualifiedName => (
            format::is_qualified_name(text),
            "a name such as example.com/name",
        ),
        Rule::Variable => (
            text.bytes()
                .all(|byte| matches!(byte, b' '..=b'~') && byte != b'='),
            "a variable's name, without =",
        ),
        Rule::Driver => (
            text.len() <= 63 && format::is_dns_subdomain(&text.to_lowercase()),
            "a driver's name such as csi.example.com",
        ),
        Rule::Header => (
            text.bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'),
            "a header's name",
        ),
        Rule::SearchDomain => (
            text == "." || format::is_dns_subdomain(&plain_domain(text)),
            "a domain such as example.com",
        ),
        Rule::Sysctl => (
            text.split(['.', '/'])
                .all(|part| format::is_dns_label(&part.replace('_', "-"))),
            "a parameter such as net.core.somaxconn",
        ),
        Rule::Trimmed => (text.trim() == text, "text without blanks around it"),
        _ => return None,
    };
    Some(form)
}

fn other(rule: Rule, text: &str) -> Option<(bool, &'static str, &'static str)> {
    let form = match rule {
        Rule::Something => (!text.is_empty(), "missing-field", "something"),
        Rule::RelativePath => (
            !text.starts_with('/') && text.split('/').all(|part| part != ".."),
            "bad-path",
            "a relative path without ..",
        ),
        Rule::Cidr => (
            format::is_cidr(text),
            "bad-address",
            "a range such as 10.0.0.0/8",
        ),
        Rule::AbsolutePath => (
            text.starts_with('/') && text.split('/').all(|part| part != ".."),
            "bad-path",
            "a path from the root without ..",
        ),
        Rule::JsonPath => (
            text.starts_with('.') && !text.contains(char::is_whitespace),
            "bad-path",
            "a path such as .spec.replicas",
        ),
        Rule::Cron => (
            format::is_cron(text),
            "bad-schedule",
            "a schedule of five fields such as \"0 2 * * *\"",
        ),
        Rule::Share => (
            format::is_percentage(text),
            "out-of-range",
            "a number or a percentage such as 25%",
        ),
        Rule::Ip => (
            format::address(text).is_some(),
            "bad-address",
            "an IP address",
        ),
        _ => return None,
    };
    Some(form)
}

/// Newer releases take an underscore, and a dot at the end.
fn plain_domain(text: &str) -> String {
    text.strip_suffix('.').unwrap_or(text).replace('_', "a")
}
