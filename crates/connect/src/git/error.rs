//! What can go wrong with a repository.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use tidegate_core::branch::Branch;
use tidegate_core::revision::{Revision, SourceRef};

use crate::subprocess::{Output, SubprocessError};

/// Why a repository could not be read, or written. `detail` is git's own message in one line.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// The `git` program is not there.
    #[error("git could not be started: install it and put it in PATH")]
    GitMissing(#[source] io::Error),
    /// Nothing is there, or the forge hides it from us.
    #[error("there is no repository at {repository}, or it may not be seen: {detail}")]
    RepositoryNotFound {
        /// Its address.
        repository: String,
        /// Git's message.
        detail: String,
    },
    /// It wants other credentials, or any.
    #[error("access to {repository} is refused: {detail}")]
    AccessRefused {
        /// Its address.
        repository: String,
        /// Git's message.
        detail: String,
    },
    /// No answer, or not one that git understands.
    #[error("{repository} cannot be reached: {detail}")]
    RepositoryUnreachable {
        /// Its address.
        repository: String,
        /// Git's message.
        detail: String,
    },
    /// The branch or tag is not, or no longer, in the repository.
    #[error("{repository} has no branch or tag \"{reference}\"")]
    RefGone {
        /// The repository's address.
        repository: String,
        /// The ref that was asked for.
        reference: SourceRef,
    },
    /// A short name with two meanings.
    #[error(
        "\"{reference}\" is both a branch and a tag of {repository}: write refs/heads/{reference} or refs/tags/{reference}"
    )]
    AmbiguousRef {
        /// The repository's address.
        repository: String,
        /// The ref that was asked for.
        reference: SourceRef,
    },
    /// What is checked out has no commit in common with it, or only beyond what was
    /// fetched.
    #[error(
        "what is checked out and \"{name}\" have no commit in common{}",
        if *is_shallow { ": this clone is shallow, so fetch the whole history (fetch-depth: 0)" } else { "" }
    )]
    NothingInCommon {
        /// As it was given.
        name: String,
        /// The clone does not have the whole history.
        is_shallow: bool,
    },
    /// The checkout has no such branch, tag or commit.
    #[error("there is no commit \"{name}\" here: fetch it, or write another")]
    UnknownCommit {
        /// As it was given.
        name: String,
    },
    /// The commit is not in the repository.
    #[error("{repository} has no commit {revision}")]
    RevisionNotFound {
        /// The repository's address.
        repository: String,
        /// The commit that was asked for.
        revision: Revision,
    },
    /// The SHA is that of a tag object, a tree or a file.
    #[error("{revision} is a {kind} in {repository}, not a commit")]
    NotACommit {
        /// The repository's address.
        repository: String,
        /// The SHA that was asked for.
        revision: Revision,
        /// What it is, in git's word.
        kind: String,
    },
    /// There is no such branch.
    #[error("{repository} has no branch {branch}")]
    BranchGone {
        /// The repository's address.
        repository: String,
        /// The branch.
        branch: Branch,
    },
    /// Somebody else pushed to it, so nothing was.
    #[error("somebody else pushed to {branch} of {repository} at the same moment")]
    BranchMoved {
        /// The repository's address.
        repository: String,
        /// The branch.
        branch: Branch,
    },
    /// The repository does not take a push.
    #[error(
        "{repository} does not let Tidegate push to {branch}, so nothing was: {detail}; let the account of its Connection push there"
    )]
    PushRefused {
        /// The repository's address.
        repository: String,
        /// The branch.
        branch: Branch,
        /// What it says.
        detail: String,
    },
    /// Git was ended because it took too long.
    #[error("{operation} took longer than {} s", .limit.as_secs_f32())]
    TimedOut {
        /// What git was doing.
        operation: String,
        /// How long it might have taken.
        limit: Duration,
    },
    /// More commits than a change can sensibly hold.
    #[error("more than {limit} commits lie between the two revisions")]
    TooManyCommits {
        /// The most that are read.
        limit: usize,
    },
    /// The commit has more files than may be written.
    #[error("the commit has more than {limit} files")]
    TooManyFiles {
        /// The most that are written.
        limit: usize,
    },
    /// The commit's files are larger than may be written.
    #[error("the files of the commit are larger than {limit} bytes together")]
    TooManyBytes {
        /// The most that is written.
        limit: u64,
    },
    /// A path that would be written outside the directory, or into a `.git`.
    #[error("the commit has a file at the unsafe path \"{path}\"")]
    UnsafePath {
        /// The path as the commit has it.
        path: String,
    },
    /// A symbolic link that leads out of the tree.
    #[error("the link \"{path}\" leads out of the repository: it points to \"{target}\"")]
    LinkLeadsOut {
        /// The link's path.
        path: String,
        /// What it points to.
        target: String,
    },
    /// Files were already there.
    #[error("{} is not empty", .path.display())]
    DestinationNotEmpty {
        /// The directory.
        path: PathBuf,
    },
    /// The disk refused.
    #[error("{} could not be written", .path.display())]
    Write {
        /// The file or directory.
        path: PathBuf,
        /// The operating system's answer.
        #[source]
        source: io::Error,
    },
    /// Git failed in a way that has no name here.
    #[error("{operation} failed: {detail}")]
    Failed {
        /// What git was doing.
        operation: String,
        /// Git's message.
        detail: String,
    },
    /// Git's output was not as documented.
    #[error("the output of git could not be read while {operation}")]
    Output {
        /// What git was doing.
        operation: String,
    },
    /// Git started, and something else kept it from ending by itself.
    #[error("{operation} was broken off")]
    Subprocess {
        /// What git was doing.
        operation: String,
        /// What happened.
        #[source]
        source: SubprocessError,
    },
}

impl GitError {
    /// Trying again without anybody having done anything may help.
    pub fn is_passing(&self) -> bool {
        matches!(
            self,
            Self::RepositoryUnreachable { .. }
                | Self::BranchMoved { .. }
                | Self::TimedOut { .. }
                | Self::Subprocess { .. }
                | Self::Write { .. }
        )
    }

    /// Names what git was doing when it did not come to its own end.
    pub(super) fn broken_off(operation: &str, source: SubprocessError) -> Self {
        match source {
            SubprocessError::Start(error) if error.kind() == io::ErrorKind::NotFound => {
                Self::GitMissing(error)
            }
            SubprocessError::TimedOut(limit) => Self::TimedOut {
                operation: operation.to_owned(),
                limit,
            },
            source => Self::Subprocess {
                operation: operation.to_owned(),
                source,
            },
        }
    }

    /// Names a local operation that git refused.
    pub(super) fn failed(operation: &str, output: &Output) -> Self {
        Self::Failed {
            operation: operation.to_owned(),
            detail: message(&output.stderr),
        }
    }

    /// Reads from git's message why it did not get anything from the repository.
    pub(super) fn remote(repository: &str, stderr: &str) -> Self {
        const REFUSED: [&str; 7] = [
            "authentication failed",
            "could not read username",
            "could not read password",
            "permission denied",
            "host key verification failed",
            "returned error: 401",
            "returned error: 403",
        ];
        const NOT_FOUND: [&str; 4] = [
            "does not appear to be a git repository",
            "does not exist",
            "not found",
            "no such file or directory",
        ];

        let repository = repository.to_owned();
        let detail = message(stderr);
        let lower = stderr.to_lowercase();
        let says = |any: &[&str]| any.iter().any(|text| lower.contains(text));
        if says(&REFUSED) {
            Self::AccessRefused { repository, detail }
        } else if says(&NOT_FOUND) {
            Self::RepositoryNotFound { repository, detail }
        } else {
            Self::RepositoryUnreachable { repository, detail }
        }
    }
}

/// Git's message in one line, without its advice, prefixes and control characters.
fn message(stderr: &str) -> String {
    let lines = stderr
        .lines()
        .filter(|line| !line.starts_with("hint:"))
        .map(|line| {
            let line = line
                .strip_prefix("fatal: ")
                .or_else(|| line.strip_prefix("error: "))
                .unwrap_or(line);
            let line: String = line.chars().filter(|c| !c.is_control()).collect();
            line.trim().to_owned()
        })
        .take_while(|line| !line.starts_with("Please make sure you have the correct access"))
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join("; ");
    if lines.is_empty() {
        "git gave no reason".to_owned()
    } else {
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_of_git_become_one_line() {
        assert_eq!(
            message(
                "hint: try this\nfatal: '/x' does not appear to be a git repository\n\
                 fatal: Could not read from remote repository.\n\n\
                 Please make sure you have the correct access rights\nand the repository exists.\n"
            ),
            "'/x' does not appear to be a git repository; Could not read from remote repository."
        );
        assert_eq!(message("\u{1b}[31m\n"), "[31m");
        assert_eq!(message(""), "git gave no reason");
    }

    #[test]
    fn the_reason_is_read_from_the_message() {
        let kind = |stderr| GitError::remote("https://git.example.com/x", stderr);
        assert!(matches!(
            kind(
                "remote: Repository not found.\nfatal: repository 'https://git.example.com/x/' not found"
            ),
            GitError::RepositoryNotFound { .. }
        ));
        assert!(matches!(
            kind("fatal: could not read Username for 'https://x': terminal prompts disabled"),
            GitError::AccessRefused { .. }
        ));
        assert!(matches!(
            kind("fatal: unable to access 'https://x/': Could not resolve host: x"),
            GitError::RepositoryUnreachable { .. }
        ));
    }
}
