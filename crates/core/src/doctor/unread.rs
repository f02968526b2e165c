//! TG113 and TG114: files that could not be looked at.

use super::{Finding, Rule, Source};

/// A file that is not YAML from a line on.
pub fn broken_yaml(file: String, line: usize, problem: &str) -> Finding {
    Finding {
        rule: Rule::BrokenYaml,
        source: Source::File,
        file,
        line,
        what: "the file is not YAML".to_owned(),
        why: format!("{problem}, so nothing from here on was looked at"),
        fix: "correct it, or give the file another ending if it is not meant to be YAML".to_owned(),
    }
}

/// A file or folder that was passed over, with the reason.
pub fn not_looked_at(file: String, line: usize, problem: &str) -> Finding {
    Finding {
        rule: Rule::NotLookedAt,
        source: Source::File,
        file,
        line,
        what: "this was not looked at".to_owned(),
        why: format!("{problem}, so mistakes in it are not found"),
        fix: "make it readable, or look at it by hand".to_owned(),
    }
}
