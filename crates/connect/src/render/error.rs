//! Why an overlay does not render.

use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};

use rustix::process::Signal;

use super::helm::HelmError;
use super::kustomization::Refusal;
use super::manifests::ManifestError;
use crate::subprocess::{Output, SubprocessError};

/// Why an overlay did not render.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// There is no kustomize.
    #[error("kustomize is not in PATH: install it or say where it is")]
    ToolMissing,
    /// There is one, and it does not say its version.
    #[error("{} does not tell its version: {reason}", .program.display())]
    Version {
        /// The program.
        program: PathBuf,
        /// What it did.
        reason: String,
    },
    /// It would fetch or run something, or is no overlay.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Nobody could say what Argo CD would make of it.
    #[error("{path} cannot be rendered as Argo CD would: {message}")]
    Source {
        /// The folder's path.
        path: String,
        /// Why.
        message: String,
    },
    /// kustomize does not accept it.
    #[error("the overlay {overlay} does not render: {message}")]
    Failed {
        /// The overlay's path.
        overlay: String,
        /// kustomize's message, with paths as in the repository.
        message: String,
    },
    /// It took too much memory.
    #[error("the overlay {overlay} needs more than {limit} bytes of memory to render")]
    OutOfMemory {
        /// The overlay's path.
        overlay: String,
        /// The limit in bytes.
        limit: u64,
    },
    /// It took too long or wrote too much, or could not be started.
    #[error("rendering the overlay {overlay} was broken off")]
    BrokenOff {
        /// The overlay's path.
        overlay: String,
        /// What happened.
        #[source]
        source: SubprocessError,
    },
    /// It rendered to something that cannot be applied.
    #[error("the overlay {overlay} renders to manifests that cannot be applied")]
    Manifests {
        /// The overlay's path.
        overlay: String,
        /// What is wrong with them.
        #[source]
        source: ManifestError,
    },
    /// It rendered to nothing, which would mean to remove everything.
    #[error("the overlay {overlay} renders to no objects")]
    Empty {
        /// The overlay's path.
        overlay: String,
    },
    /// It is a chart, and does not render.
    #[error(transparent)]
    Helm(#[from] HelmError),
    /// No place for the program's home directory.
    #[error("a temporary directory could not be made")]
    Temporary(#[source] std::io::Error),
}

impl RenderError {
    /// Reads from kustomize's message and end why it failed.
    pub(super) fn failure(overlay: String, output: &Output, root: &Path, memory: u64) -> Self {
        if is_out_of_memory(output) {
            return Self::OutOfMemory {
                overlay,
                limit: memory,
            };
        }
        let message = message(&output.stderr, root);
        let message = if message.is_empty() {
            format!("kustomize ended with {}", output.status)
        } else {
            message
        };
        Self::Failed { overlay, message }
    }
}

/// Whether a program ended because it had no memory left.
pub(super) fn is_out_of_memory(output: &Output) -> bool {
    let says = |text| output.stderr.contains(text);
    // A Go program reports its own faults. One that a signal ended had no memory left
    // to do so (SEGV), or was picked by the kernel for want of memory (KILL).
    let ended_by = output.status.signal();
    says("cannot allocate memory")
        || says("out of memory")
        || says("failed to reserve")
        || ended_by == Some(Signal::SEGV.as_raw())
        || ended_by == Some(Signal::KILL.as_raw())
}

/// A program's message without its advice, and with paths as in the repository.
pub(super) fn message(stderr: &str, root: &Path) -> String {
    let root = root.display().to_string();
    let text = stderr
        .lines()
        .filter(|line| !line.starts_with("# Warning:"))
        .map(|line| line.strip_prefix("Error: ").unwrap_or(line).trim())
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join("; ");
    text.replace(&format!("{root}/"), "")
        .replace(&root, ".")
        .chars()
        .filter(|letter| !letter.is_control())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_name_paths_of_the_repository() {
        let stderr = "# Warning: 'bases' is deprecated.\n\
                      Error: accumulating '/tmp/x/base': no '/tmp/x' here\n";
        assert_eq!(
            message(stderr, Path::new("/tmp/x")),
            "accumulating 'base': no '.' here"
        );
    }
}
