use std::{io, path::PathBuf};

use thiserror::Error;

/// Why a fixture repository could not be made or changed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RepositoryError {
    /// A file cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the file system said.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the file system said.
        source: io::Error,
    },
    /// The text to replace is not in the file.
    #[error("{} does not contain {wanted:?}", path.display())]
    NoSuchText {
        /// The file.
        path: PathBuf,
        /// The text that was looked for.
        wanted: String,
    },
    /// Git cannot be started.
    #[error("cannot run git; install it (on Debian: apt-get install git)")]
    Run(#[source] io::Error),
    /// Git refused.
    #[error("git {arguments} failed: {output}")]
    Git {
        /// What it was asked for.
        arguments: String,
        /// What it said.
        output: String,
    },
}
