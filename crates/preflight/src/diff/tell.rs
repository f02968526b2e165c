//! Differences as lines for people.

use serde_json::Value;
use similar::TextDiff;
use tidegate_core::rollout::object::ObjectKey;

use super::compare::Difference;
use super::steps::path;

/// So many lines of a value are told.
const LINES: usize = 24;
/// So many characters of a line are told.
const WIDTH: usize = 160;
/// Texts of more lines than this are not compared line by line.
const COMPARED: usize = 5_000;

/// An object as it is named: its namespace as well where another one is named the same.
pub(super) fn name(key: &ObjectKey, is_ambiguous: bool) -> String {
    match &key.namespace {
        Some(namespace) if is_ambiguous => format!("{key} in {namespace}"),
        _ => key.to_string(),
    }
}

/// `Deployment/web  spec.replicas`, with `- 3` and `+ 4` beneath. Of a value that is
/// null only that it is there is told.
pub(super) fn difference(name: &str, difference: &Difference, lines: &mut Vec<String>) {
    let path = path(&difference.steps);
    let told = match (&difference.before, &difference.after) {
        (Some(Value::Null), Some(Value::Null)) => " changes",
        (Some(Value::Null), None) => " is taken away",
        (None, Some(Value::Null)) => " is added",
        _ => "",
    };
    lines.push(format!("{name}  {path}{told}"));
    if let (Some(Value::String(before)), Some(Value::String(after))) =
        (&difference.before, &difference.after)
        && (before.contains('\n') || after.contains('\n'))
    {
        text(before, after, lines);
        return;
    }
    for (sign, value) in [('-', &difference.before), ('+', &difference.after)] {
        if let Some(value) = value.as_ref().filter(|value| !value.is_null()) {
            let mut said = Vec::new();
            match value {
                Value::String(text) if !text.is_empty() && !text.contains('\n') => {
                    said.push(text.clone());
                }
                value => write(value, 0, "", &mut said),
            }
            bounded(said.into_iter().map(|line| format!("{sign} {line}")), lines);
        }
    }
}

/// Two texts, with two lines around each place where they differ.
fn text(before: &str, after: &str, lines: &mut Vec<String>) {
    let count = |text: &str| text.lines().count();
    if count(before).max(count(after)) > COMPARED {
        let (before, after) = (count(before), count(after));
        lines.push(format!(
            "  {before} lines become {after}, too many to compare"
        ));
        return;
    }
    let compared = TextDiff::from_lines(before, after);
    let mut said = Vec::new();
    for (position, hunk) in compared
        .unified_diff()
        .context_radius(2)
        .iter_hunks()
        .enumerate()
    {
        if position > 0 {
            said.push("  …".to_owned());
        }
        for change in hunk.iter_changes() {
            let line = change.value();
            let line = line.strip_suffix('\n').unwrap_or(line);
            said.push(format!("{} {line}", change.tag()).trim_end().to_owned());
        }
    }
    if said.is_empty() {
        said.push("  only how its lines end".to_owned());
    }
    bounded(said, lines);
}

fn bounded(said: impl IntoIterator<Item = String>, lines: &mut Vec<String>) {
    let mut said = said.into_iter();
    lines.extend(said.by_ref().take(LINES).map(|line| {
        let line = match line.char_indices().nth(WIDTH) {
            Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
            None => line,
        };
        format!("  {line}")
    }));
    let more = said.count();
    if more > 0 {
        lines.push(format!("    … and {more} more lines"));
    }
}

/// A value much as YAML has it; `mark` is `- ` for the item of a list.
fn write(value: &Value, depth: usize, mark: &str, lines: &mut Vec<String>) {
    let indent = "  ".repeat(depth);
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            let below = depth + usize::from(!mark.is_empty());
            for (position, (name, value)) in fields.iter().enumerate() {
                let start = match position {
                    0 => format!("{indent}{mark}"),
                    _ => "  ".repeat(below),
                };
                if is_block(value) {
                    lines.push(format!("{start}{name}:"));
                    write(value, below + 1, "", lines);
                } else {
                    lines.push(format!("{start}{name}: {}", scalar(value)));
                }
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for item in items {
                write(item, depth, "- ", lines);
            }
        }
        Value::String(text) if text.contains('\n') => {
            let said = text.lines().map(|line| format!("{indent}{mark}{line}"));
            lines.extend(said);
        }
        value => lines.push(format!("{indent}{mark}{}", scalar(value))),
    }
}

fn is_block(value: &Value) -> bool {
    match value {
        Value::Object(fields) => !fields.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::String(text) => text.contains('\n'),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// A text is quoted where it would read as something else.
fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) if !text.is_empty() && serde_json::from_str::<Value>(text).is_err() => {
            text.clone()
        }
        other => other.to_string(),
    }
}
