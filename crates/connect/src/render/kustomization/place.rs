//! What a refusal says.

use std::fmt;
use std::io;

use tidegate_yaml::YamlError;

/// A line of a file of the repository, shown as `path/kustomization.yaml:4`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file's path in the repository.
    pub file: String,
    /// The line, counted from 1.
    pub line: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.file, self.line)
    }
}

/// Why an overlay is not rendered.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The overlay's path is no path in the repository.
    #[error("the overlay \"{overlay}\" cannot be rendered: {reason}")]
    Overlay {
        /// The path as given.
        overlay: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A directory that has no kustomization file.
    #[error("{directory} has no kustomization file{}", named(.named_at.as_ref()))]
    NoKustomization {
        /// The directory.
        directory: String,
        /// Where it is named; `None` for the overlay itself.
        named_at: Option<Place>,
    },
    /// A directory that has more than one.
    #[error("{directory} has several kustomization files: keep one")]
    SeveralKustomizations {
        /// The directory.
        directory: String,
    },
    /// An entry that would be fetched from elsewhere.
    #[error("{place}: {field}: \"{entry}\" is remote: copy it into the repository")]
    Remote {
        /// Where it is.
        place: Place,
        /// The field it is in.
        field: String,
        /// The entry, without credentials.
        entry: String,
    },
    /// An entry that names nothing.
    #[error("{place}: {field}: \"{entry}\" does not exist")]
    Missing {
        /// Where it is.
        place: Place,
        /// The field it is in.
        field: String,
        /// The entry.
        entry: String,
    },
    /// An entry that leads out of the repository.
    #[error("{place}: {field}: \"{entry}\" leads out of the repository")]
    Outside {
        /// Where it is.
        place: Place,
        /// The field it is in.
        field: String,
        /// The entry.
        entry: String,
    },
    /// A file where a directory should be, or the other way round.
    #[error("{place}: {field}: \"{entry}\" is not {expected}")]
    WrongKind {
        /// Where it is.
        place: Place,
        /// The field it is in.
        field: String,
        /// The entry.
        entry: String,
        /// What it should be.
        expected: &'static str,
    },
    /// Helm charts are fetched, and rendered by another program.
    #[error("{place}: {field} is not supported: render the chart into the repository")]
    Helm {
        /// Where it is.
        place: Place,
        /// The field it is in.
        field: String,
    },
    /// A generator, transformer or validator that is a program.
    #[error("{place}: {field}: the plugin {plugin} is not one of kustomize's own")]
    Plugin {
        /// Where it is named.
        place: Place,
        /// The field it is in.
        field: String,
        /// Its kind.
        plugin: String,
    },
    /// A field that is not known, so that nobody can say what it reads.
    #[error("{place}: the field \"{field}\" is not known")]
    UnknownField {
        /// Where it is.
        place: Place,
        /// Its name.
        field: String,
    },
    /// A value of another kind than the field has.
    #[error("{place}: {field} is not {expected}")]
    Shape {
        /// Where it is.
        place: Place,
        /// The field.
        field: String,
        /// What it should be.
        expected: &'static str,
    },
    /// A file that is a link out of the repository.
    #[error("{file} leads out of the repository")]
    FileOutside {
        /// The file's path.
        file: String,
    },
    /// A file of a size that no person writes.
    #[error("{file} is larger than {limit} bytes")]
    FileTooLarge {
        /// The file's path.
        file: String,
        /// The largest that is read, in bytes.
        limit: u64,
    },
    /// A file that the operating system does not give out.
    #[error("{file} cannot be read")]
    Unreadable {
        /// The file's path.
        file: String,
        /// The operating system's answer.
        #[source]
        source: io::Error,
    },
    /// A file that is not YAML.
    #[error("{file} is not valid YAML")]
    Yaml {
        /// The file's path.
        file: String,
        /// What is wrong, and where.
        #[source]
        source: YamlError,
    },
}

fn named(place: Option<&Place>) -> String {
    place.map_or_else(String::new, |place| format!(" ({place} names it)"))
}
