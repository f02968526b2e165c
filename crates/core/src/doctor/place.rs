//! Where an object was read.

use super::{Finding, Rule};

/// By what an object was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// A file, by line.
    File,
    /// The API server, where windows are counted.
    Cluster,
    /// The API server, an object as a whole.
    Object,
}

/// Where an object was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// A file or the API server.
    pub source: Source,
    /// The file, or the object's kind, namespace and name.
    pub file: String,
}

impl Place {
    /// A file.
    pub fn of_file(file: &str) -> Self {
        Self {
            source: Source::File,
            file: file.to_owned(),
        }
    }

    pub(super) fn finding(
        &self,
        rule: Rule,
        line: usize,
        what: impl Into<String>,
        why: impl Into<String>,
        fix: impl Into<String>,
    ) -> Finding {
        Finding {
            rule,
            source: self.source,
            file: self.file.clone(),
            line,
            what: what.into(),
            why: why.into(),
            fix: fix.into(),
        }
    }

    /// A line of it in a sentence.
    pub(super) fn told(&self, line: usize) -> String {
        match self.source {
            Source::File => format!("{}:{line}", self.file),
            Source::Cluster => format!("window {line} of {}", self.file),
            Source::Object => self.file.clone(),
        }
    }
}
