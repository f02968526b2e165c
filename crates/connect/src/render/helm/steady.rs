//! Whether a chart renders to the same again.
//!
//! Random values and generated certificates show at once. The time shows when a second
//! has passed; a date shows only the day after, when the digest is another and
//! approvals no longer count.

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

/// When the clock shows another second for sure.
pub(super) const NEXT_SECOND: Duration = Duration::from_millis(1_100);

/// Files of a template that are rendered, and thrown away.
const NOTES: &str = "NOTES.txt";

/// Whether a template of the chart, or of one in it, may ask for the time. A packed
/// chart is not looked into, and may.
pub(super) fn reads_clock(chart: &Path) -> bool {
    if !chart.is_dir() {
        return true;
    }
    in_folder(&chart.join("templates"), &mentions_now)
        || in_folder(&chart.join("charts"), &|path| {
            let extension = path.extension().and_then(|extension| extension.to_str());
            extension == Some("tgz") || mentions_now(path)
        })
}

/// Whether this is so of any file in the folder and below it.
fn in_folder(folder: &Path, is_so: &impl Fn(&Path) -> bool) -> bool {
    let entries = fs::read_dir(folder);
    entries.into_iter().flatten().flatten().any(|entry| {
        let path = entry.path();
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => in_folder(&path, is_so),
            Ok(_) => is_so(&path),
            Err(_) => true,
        }
    })
}

fn mentions_now(path: &Path) -> bool {
    if path.file_name().is_some_and(|name| name == NOTES) {
        return false;
    }
    let Ok(text) = fs::read(path) else {
        return true;
    };
    let is_of_word = |letter: &u8| letter.is_ascii_alphanumeric() || *letter == b'_';
    text.split(|letter| !is_of_word(letter))
        .any(|word| word == b"now")
}

/// The first object that the other rendering does not have, by its kind and name.
pub(super) fn difference(one: &[Value], other: &[Value]) -> Option<String> {
    let missing = |of: &[Value], from: &[Value]| {
        let object = of.iter().find(|object| !from.contains(object))?;
        let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str);
        Some(format!(
            "{}/{}",
            text("/kind").unwrap_or("an object"),
            text("/metadata/name").unwrap_or_default()
        ))
    };
    missing(one, other).or_else(|| missing(other, one))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_object_that_differs_is_named() {
        let secret = |value: &str| json!({"kind": "Secret", "metadata": {"name": "db"}, "data": {"a": value}});
        let service = json!({"kind": "Service", "metadata": {"name": "db"}});
        let one = [service.clone(), secret("x")];
        assert_eq!(difference(&one, &[secret("x"), service.clone()]), None);
        let other = [service.clone(), secret("y")];
        assert_eq!(difference(&one, &other), Some("Secret/db".to_owned()));
        let fewer = [service];
        assert_eq!(difference(&fewer, &one), Some("Secret/db".to_owned()));
    }

    #[test]
    fn a_template_that_may_ask_for_the_time_is_known() {
        let chart = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = chart.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("templates/NOTES.txt", "You can now open it");
        write("templates/a.yaml", "a: {{ .Values.nowhere }}");
        write("values.yaml", "# now");
        assert!(!reads_clock(chart.path()));
        write("charts/b/templates/b.yaml", "a: {{ now | date \"15:04\" }}");
        assert!(reads_clock(chart.path()));
    }
}
