//! Markdown files that are the specification of a check and its test: texts in
//! fenced blocks, and beneath them, in a block `findings`, what is found in them,
//! one finding a line. `UPDATE=1` writes down what is found now.

#![allow(
    clippy::unwrap_used,
    dead_code,
    unreachable_pub,
    reason = "each test target uses a part of it, and says what failed by failing"
)]

use std::fmt::Write as _;
use std::path::Path;

use tidegate_preflight::Finding;
use tidegate_preflight::finding::Severity;

/// The fenced blocks since the last `findings`.
#[derive(Debug, Default)]
pub struct Case<'a> {
    blocks: Vec<(&'a str, &'a str)>,
}

impl<'a> Case<'a> {
    /// The block of YAML with these words behind `yaml`; none is written as "".
    pub fn block(&self, words: &str) -> Option<&'a str> {
        let block = self.blocks.iter().find(|(info, _)| *info == words);
        block.map(|(_, text)| *text)
    }

    /// All blocks: the words behind `yaml`, and the text.
    pub fn blocks(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.blocks.iter().copied()
    }
}

/// A finding on a line.
pub fn line(finding: &Finding) -> String {
    let severity = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let object = finding.object.as_ref();
    let object = object.map_or_else(
        || "-".to_owned(),
        |key| format!("{}/{}", key.kind, key.name),
    );
    let line = finding.place.as_ref().map_or(0, |place| place.line);
    let mut text = format!(
        "{severity} {} line {line} {object} {}: {}",
        finding.id, finding.path, finding.message
    );
    if let Some(hint) = &finding.hint {
        let _ = write!(text, " ({hint})");
    }
    text.push('\n');
    text
}

/// Holds every Markdown file of `tests/FOLDER` against what `found` says of each of
/// its cases; at least so many cases there must be.
pub fn hold(folder: &str, at_least: usize, found: impl Fn(&Case<'_>) -> String) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests")
        .join(folder);
    let update = std::env::var_os("UPDATE").is_some();
    let mut cases = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let told = told_anew(&text, &mut cases, &found);
        if update {
            std::fs::write(&path, told).unwrap();
            continue;
        }
        let name = path.file_name().map(Path::new).unwrap().display();
        for (number, (is, should)) in told.lines().zip(text.lines()).enumerate() {
            assert_eq!(is, should, "{name}:{}", number + 1);
        }
        assert_eq!(told.lines().count(), text.lines().count(), "{name}");
    }
    assert!(cases >= at_least, "only {cases} cases were found");
}

/// The file with what is found now in each block of findings.
fn told_anew(text: &str, cases: &mut usize, found: &impl Fn(&Case<'_>) -> String) -> String {
    let mut told = String::new();
    let mut case = Case::default();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("```") {
        let (info, after) = after.split_once('\n').unwrap();
        let end = if after.starts_with("```") {
            0
        } else {
            after.find("\n```").unwrap() + 1
        };
        let (inside, after) = after.split_at(end);
        let after = after.strip_prefix("```").unwrap();
        let inside = if info == "findings" {
            *cases += 1;
            found(&std::mem::take(&mut case))
        } else {
            if let Some(words) = info.strip_prefix("yaml") {
                case.blocks.push((words.trim(), inside));
            }
            inside.to_owned()
        };
        let _ = write!(told, "{before}```{info}\n{inside}```");
        rest = after;
    }
    assert!(case.blocks.is_empty(), "a case without a block of findings");
    told + rest
}
