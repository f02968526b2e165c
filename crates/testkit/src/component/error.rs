use std::{io, path::PathBuf, process::ExitStatus};

use thiserror::Error;

use super::Program;

/// Why a program is not there.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ComponentError {
    /// Neither `XDG_CACHE_HOME` nor a home directory is known.
    #[error("no place for built programs: set XDG_CACHE_HOME or HOME")]
    NoHome,
    /// The cache cannot be written.
    #[error("cannot write to the cache at {}", path.display())]
    Cache {
        /// The file or folder of the cache.
        path: PathBuf,
        /// What the file system said.
        source: io::Error,
    },
    /// The module file of a program cannot be read.
    #[error("cannot read {}", path.display())]
    ReadModule {
        /// The `go.mod`.
        path: PathBuf,
        /// What the file system said.
        source: io::Error,
    },
    /// The module file does not ask for the program.
    #[error("{} does not require {required}", path.display())]
    NoVersion {
        /// The `go.mod`.
        path: PathBuf,
        /// The Go module that it should ask for.
        required: &'static str,
    },
    /// The program is not one that Go builds.
    #[error("{program} has no Go module")]
    NoModule {
        /// The program.
        program: Program,
    },
    /// Go is needed and is not installed.
    #[error(
        "cannot {what}: the command go is not in PATH; install Go (https://go.dev/doc/install) and try again"
    )]
    NoGo {
        /// What Go was needed for.
        what: String,
    },
    /// A program of the build cannot be started.
    #[error("cannot {what}")]
    Run {
        /// What it was needed for.
        what: String,
        /// What the operating system said.
        source: io::Error,
    },
    /// A program of the build ended with an error.
    #[error("{what} failed ({status}):\n{output}")]
    Failed {
        /// What it was to do.
        what: String,
        /// How it ended.
        status: ExitStatus,
        /// The last lines of its standard error.
        output: String,
    },
    /// Go's answer to a download is not the JSON it documents.
    #[error("cannot read what go says about a download")]
    ReadDownload(#[source] serde_json::Error),
    /// A program that the distribution brings is not there, and we may not install it.
    #[error("{program} is not in PATH; install it (on Debian: apt-get install {package})")]
    NotInstalled {
        /// The program.
        program: &'static str,
        /// Its package in Debian.
        package: &'static str,
    },
}
