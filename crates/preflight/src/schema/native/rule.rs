//! What can be asked of a single value.

use serde_json::Value;
use tidegate_yaml::{Content, Node};

use super::form::form;
use super::{labels, number, text};
use crate::manifest::Step;
use crate::schema::format;
use crate::schema::quantity::Quantity;
use crate::schema::suggest::nearest;
use crate::schema::walk::{Walk, quoted};

/// What is asked of a value. Of a list its items are asked, and of a map its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rule {
    /// One of these words. None at all is a default.
    OneOf(&'static [&'static str]),
    /// The same, and an empty text is no default: Go keeps a pointer to it.
    Given(&'static Self),
    /// A whole number from and to these.
    Between(i64, i64),
    /// A whole number from this on.
    From(i64),
    /// A whole number, or a share of something in percent, not negative.
    Share,
    /// A port's number or name.
    Port,
    /// That, or 0 for a default.
    TargetPort,
    /// RFC 1123, label.
    DnsLabel,
    /// RFC 1035, label: it begins with a letter.
    DnsLabel1035,
    /// RFC 1123, subdomain.
    DnsSubdomain,
    /// The beginning of a subdomain.
    DnsSubdomainPrefix,
    /// A subdomain that may begin with `*.`.
    Host,
    /// RFC 6335.
    PortName,
    /// The key of a ConfigMap or Secret.
    FileKey,
    /// A map whose keys are such keys.
    FileKeys,
    /// A name that can stand in a path.
    PathSegment,
    /// `example.com/name`.
    QualifiedName,
    /// A label's value.
    LabelValue,
    /// The name of a variable.
    Variable,
    /// A path without `..` that does not begin with a slash.
    RelativePath,
    /// Labels that select.
    Labels,
    /// Two of these.
    Both(&'static Self, &'static Self),
    /// No item is there twice.
    Distinct,
    /// No two items have the same in this field.
    DistinctBy(&'static str),
    /// No blanks around it.
    Trimmed,
    /// When a CronJob runs.
    Cron,
    /// Not less than nothing.
    Amounts,
    /// An IP address.
    Ip,
    /// A range of addresses.
    Cidr,
    /// The name of a driver: a subdomain of at most 63, capitals let through.
    Driver,
    /// A path from the root.
    AbsolutePath,
    /// The name of a header.
    Header,
    /// A domain in which names are looked up.
    SearchDomain,
    /// The name of a kernel's parameter.
    Sysctl,
    /// Where a value is in an object: `.spec.replicas`.
    JsonPath,
    /// Not nothing.
    Something,
}

/// Notes where a value is not what is asked.
pub(crate) fn hold<'a>(walk: &mut Walk<'a>, rule: Rule, node: &'a Node) {
    match (&node.content, rule) {
        (_, Rule::Given(rule)) if node.as_str() == Some("") => text_rule(walk, *rule, node, ""),
        (_, Rule::Given(rule)) => hold(walk, *rule, node),
        (_, Rule::Labels) => labels::labels(walk, node),
        (_, Rule::Both(one, other)) => {
            hold(walk, *one, node);
            hold(walk, *other, node);
        }
        (Content::Sequence(items), Rule::Distinct) => {
            distinct(walk, items, |item| item.as_str().unwrap_or_default());
        }
        (Content::Sequence(items), Rule::DistinctBy(field)) => {
            distinct(walk, items, |item| text(item, field));
        }
        (Content::Mapping(entries), Rule::FileKeys) => {
            for (key, value) in entries {
                if !format::is_file_key(key) {
                    let message =
                        format!("{} is no key: letters, digits, - _ and . are", quoted(key));
                    walk.within(Step::Field(key), |walk| {
                        walk.error("bad-name", value, message);
                    });
                }
            }
        }
        (Content::Mapping(entries), _) => {
            for (key, value) in entries {
                walk.within(Step::Field(key), |walk| hold(walk, rule, value));
            }
        }
        (Content::Sequence(items), _) => {
            for (position, item) in items.iter().enumerate() {
                walk.within(Step::Item(position), |walk| match item.as_str() {
                    // An item is never a default.
                    Some("") => text_rule(walk, rule, item, ""),
                    None if item.is_null() => text_rule(walk, rule, item, ""),
                    _ => hold(walk, rule, item),
                });
            }
        }
        (Content::Scalar(Value::Number(number)), Rule::Amounts) => {
            amount(walk, node, &number.to_string());
        }
        (Content::Scalar(Value::String(text)), Rule::Amounts) => amount(walk, node, text),
        (Content::Scalar(Value::Number(_)), _) => number_rule(walk, rule, node),
        // Nothing is a default, and where it is not the field is required.
        (Content::Scalar(Value::String(text)), _) if !text.is_empty() => {
            text_rule(walk, rule, node, text);
        }
        _ => {}
    }
}

fn distinct<'a>(walk: &mut Walk<'a>, items: &'a [Node], name: impl Fn(&'a Node) -> &'a str) {
    let mut seen = std::collections::HashSet::new();
    for (position, item) in items.iter().enumerate() {
        let name = name(item);
        if !seen.insert(name) {
            walk.within(Step::Item(position), |walk| {
                walk.error(
                    "duplicate-name",
                    item,
                    format!("{} is there twice", quoted(name)),
                );
            });
        }
    }
}

fn amount(walk: &mut Walk<'_>, node: &Node, text: &str) {
    if Quantity::read(text.trim()).is_some_and(Quantity::is_negative) {
        walk.error("out-of-range", node, format!("{text} is less than nothing"));
    }
}

/// Whether a rule refuses what Go leaves where there is no number.
pub(crate) fn refuses_zero(rule: Rule) -> bool {
    match rule {
        Rule::Between(least, _) | Rule::From(least) => least > 0,
        Rule::Port => true,
        Rule::Given(rule) => refuses_zero(*rule),
        _ => false,
    }
}

fn number_rule(walk: &mut Walk<'_>, rule: Rule, node: &Node) {
    let Some(number) = number(node) else { return };
    let (least, most) = match rule {
        Rule::Between(least, most) => (least, most),
        Rule::From(least) => (least, i64::MAX),
        Rule::Share => (0, i64::MAX),
        Rule::Port => (1, 65535),
        Rule::TargetPort => (0, 65535),
        _ => return,
    };
    if (least..=most).contains(&number) {
        return;
    }
    let message = if most == i64::MAX {
        format!("{number} is too small: {least} is the least")
    } else {
        format!("{number} is not between {least} and {most}")
    };
    walk.error("out-of-range", node, message);
}

fn text_rule(walk: &mut Walk<'_>, rule: Rule, node: &Node, text: &str) {
    if let Rule::OneOf(words) = rule {
        if !words.contains(&text) {
            let message = format!("{} is none of {}", quoted(text), words.join(", "));
            let hint = nearest(text, words.iter().copied()).map(|word| format!("write {word}"));
            walk.error_with_hint("not-a-choice", node, message, hint);
        }
        return;
    }
    let Some((holds, id, wanted)) = form(rule, text) else {
        return;
    };
    if !holds {
        walk.error(id, node, format!("{} is not {wanted}", quoted(text)));
    }
}
