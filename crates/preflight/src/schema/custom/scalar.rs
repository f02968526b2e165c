//! Holds texts, numbers and counts against the schema of a custom kind.

use tidegate_yaml::Node;

use super::schema::{Bounds, Kind, Range, Schema};
use super::value::Unjudged;
use super::{format, lists};
use crate::schema::suggest::nearest;
use crate::schema::walk::{Walk, quoted, told};

pub(super) fn text(
    walk: &mut Walk<'_>,
    unjudged: &mut Unjudged,
    schema: &Schema,
    node: &Node,
    given: &str,
) {
    let letters = given.chars().count();
    range(walk, node, &schema.bounds.letters, letters, "letters");
    if let Some(pattern) = &schema.pattern {
        match &pattern.compiled {
            Some(compiled) if compiled.is_match(given) => {}
            Some(_) => {
                let message = format!("{} does not match {}", quoted(given), pattern.text);
                walk.error("wrong-pattern", node, message);
            }
            None => unjudged.push(format!(
                "the pattern {} is too large to be tried here",
                quoted(&pattern.text)
            )),
        }
    }
    if let Some(format) = schema
        .format
        .as_deref()
        .filter(|_| schema.kind != Some(Kind::IntOrText))
        && !format::holds(format, given)
    {
        let message = format!("{} is not of the format {format}", quoted(given));
        walk.error("wrong-format", node, message);
    }
}

pub(super) fn number(
    walk: &mut Walk<'_>,
    schema: &Schema,
    node: &Node,
    given: &serde_json::Number,
) {
    let Some(amount) = given.as_f64() else { return };
    let Bounds {
        least,
        is_above_least,
        most,
        is_below_most,
        multiple_of,
        ..
    } = &schema.bounds;
    if let Some(least) = least
        && (amount < *least || (*is_above_least && amount <= *least))
    {
        let which = if *is_above_least {
            "more than"
        } else {
            "at least"
        };
        let message = format!("{given} is too small: it must be {which} {least}");
        walk.error("out-of-range", node, message);
    }
    if let Some(most) = most
        && (amount > *most || (*is_below_most && amount >= *most))
    {
        let which = if *is_below_most {
            "less than"
        } else {
            "at most"
        };
        let message = format!("{given} is too large: it must be {which} {most}");
        walk.error("out-of-range", node, message);
    }
    if let Some(factor) = multiple_of
        && *factor > 0.0
        && (amount / factor).fract() != 0.0
    {
        let message = format!("{given} is no multiple of {factor}");
        walk.error("out-of-range", node, message);
    }
    let is_small = matches!(schema.format.as_deref(), Some("int32"));
    if is_small && !(f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&amount) {
        let message = format!("{given} does not fit into 32 bits");
        walk.error("out-of-range", node, message);
    }
}

pub(super) fn range(walk: &mut Walk<'_>, node: &Node, range: &Range, count: usize, of: &str) {
    let count = u64::try_from(count).unwrap_or(u64::MAX);
    if let Some(least) = range.least.filter(|least| count < *least) {
        let message = format!("it has {count} {of}: {least} are the least");
        walk.error("out-of-range", node, message);
    }
    if let Some(most) = range.most.filter(|most| count > *most) {
        let message = format!("it has {count} {of}: {most} are the most");
        walk.error("out-of-range", node, message);
    }
}

pub(super) fn choices(walk: &mut Walk<'_>, schema: &Schema, node: &Node) {
    if schema.choices.is_empty() {
        return;
    }
    let given = node.clone().into_json();
    if schema
        .choices
        .iter()
        .any(|choice| lists::is_same(choice, &given))
    {
        return;
    }
    let words: Vec<String> = schema
        .choices
        .iter()
        .map(|choice| {
            choice
                .as_str()
                .map_or_else(|| choice.to_string(), ToOwned::to_owned)
        })
        .collect();
    let message = format!("{} is none of {}", told(node), words.join(", "));
    let hint = node
        .as_str()
        .and_then(|text| nearest(text, words.iter().map(String::as_str)))
        .map(|word| format!("write {word}"));
    walk.error_with_hint("not-a-choice", node, message, hint);
}
