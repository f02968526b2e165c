//! A Git repository for a test or the demo.
//!
//! Commits are dated by a clock of the repository's own, so that the same steps give the same commit ids in every run.
//! No configuration of the machine or the user is read.

mod edit;
mod error;

pub use self::{edit::Edit, error::RepositoryError};

use std::{ffi::OsStr, path::Path, process::Command};

use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;

/// When the first commit is made, unless [`GitRepository::set_time`] says otherwise: 2026-11-23 09:00:00 UTC.
const FIRST_COMMIT: Timestamp = Timestamp::constant(1_795_424_400, 0);

/// How much later each further commit is.
const BETWEEN_COMMITS: SignedDuration = SignedDuration::from_secs(60);

/// Who wrote a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Author<'a> {
    /// The name, such as `Dana`.
    pub name: &'a str,
    /// The e-mail address, such as `dana@example.com`.
    pub email: &'a str,
}

/// A Git repository with a work tree in a temporary folder, removed on drop. Its path can be fetched from, by branch,
/// tag or any full commit id.
#[derive(Debug)]
pub struct GitRepository {
    directory: TempDir,
    next_commit: Timestamp,
}

impl GitRepository {
    /// A repository without commits, on the branch `main`.
    pub fn empty() -> Result<Self, RepositoryError> {
        let directory = tempfile::Builder::new()
            .prefix("tidegate-repository-")
            .tempdir()
            .map_err(|source| RepositoryError::Write {
                path: std::env::temp_dir(),
                source,
            })?;
        let repository = Self {
            directory,
            next_commit: FIRST_COMMIT,
        };
        repository.git(["init", "--quiet", "--initial-branch=main", "--template="])?;
        repository.git(["config", "uploadpack.allowAnySHA1InWant", "true"])?;
        Ok(repository)
    }

    /// A repository whose work tree holds a copy of the files under `source`, none of them committed yet: the first
    /// [`GitRepository::commit`] commits them all.
    pub fn from_directory(source: &Path) -> Result<Self, RepositoryError> {
        let repository = Self::empty()?;
        edit::copy_directory(source, repository.path())?;
        Ok(repository)
    }

    /// The folder of the work tree, which can be used as the repository's URL.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Dates the next commit `time`, in UTC to the second; the ones after it a minute later each.
    pub const fn set_time(&mut self, time: Timestamp) {
        self.next_commit = time;
    }

    /// Makes the edits and commits everything in the work tree to the current branch, even if nothing has changed.
    /// Returns the full commit id: 40 lower-case hexadecimal digits.
    pub fn commit(
        &mut self,
        author: Author<'_>,
        message: &str,
        edits: &[Edit],
    ) -> Result<String, RepositoryError> {
        for edit in edits {
            edit.apply(self.path())?;
        }
        self.git(["add", "--all"])?;
        self.as_author(
            author,
            &["commit", "--quiet", "--allow-empty", "--message", message],
        )?;
        self.head()
    }

    /// Merges the branch `name` into the current one with a merge commit, even where none is needed. Returns its id.
    pub fn merge(
        &mut self,
        author: Author<'_>,
        name: &str,
        message: &str,
    ) -> Result<String, RepositoryError> {
        self.as_author(
            author,
            &["merge", "--quiet", "--no-ff", "-m", message, name],
        )?;
        self.head()
    }

    /// Starts the branch `name` at the current commit and goes to it.
    pub fn branch(&self, name: &str) -> Result<(), RepositoryError> {
        self.git(["switch", "--quiet", "--create", name]).map(drop)
    }

    /// Goes to the branch `name`.
    pub fn switch(&self, name: &str) -> Result<(), RepositoryError> {
        self.git(["switch", "--quiet", name]).map(drop)
    }

    /// Removes the branch `name`, merged or not; it must not be the current one.
    pub fn remove_branch(&self, name: &str) -> Result<(), RepositoryError> {
        self.git(["branch", "--quiet", "-D", name]).map(drop)
    }

    /// Puts the lightweight tag `name` on the current commit; moves it if it exists.
    pub fn tag(&self, name: &str) -> Result<(), RepositoryError> {
        self.git(["tag", "--force", name]).map(drop)
    }

    /// The full id of the current commit.
    pub fn head(&self) -> Result<String, RepositoryError> {
        self.revision("HEAD")
    }

    /// The full id of the commit that a branch, tag or other expression of `git rev-parse` names.
    pub fn revision(&self, name: &str) -> Result<String, RepositoryError> {
        self.git(["rev-parse", "--verify", &format!("{name}^{{commit}}")])
    }

    /// What `git` says to these arguments in the work tree, such as `log`.
    pub fn says(&self, arguments: &[&str]) -> Result<String, RepositoryError> {
        let mut command = self.command();
        command.args(arguments);
        run(command)
    }

    fn as_author(&mut self, author: Author<'_>, arguments: &[&str]) -> Result<(), RepositoryError> {
        let date = format!("{} +0000", self.next_commit.as_second());
        let mut command = self.command();
        command
            .env("GIT_AUTHOR_NAME", author.name)
            .env("GIT_AUTHOR_EMAIL", author.email)
            .env("GIT_AUTHOR_DATE", &date)
            .env("GIT_COMMITTER_NAME", author.name)
            .env("GIT_COMMITTER_EMAIL", author.email)
            .env("GIT_COMMITTER_DATE", &date)
            .args(arguments);
        run(command)?;
        self.next_commit += BETWEEN_COMMITS;
        Ok(())
    }

    fn git<const N: usize>(
        &self,
        arguments: [impl AsRef<OsStr>; N],
    ) -> Result<String, RepositoryError> {
        let mut command = self.command();
        command.args(arguments);
        run(command)
    }

    fn command(&self) -> Command {
        let mut command = Command::new("git");
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.path())
            .env("LC_ALL", "C")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_TERMINAL_PROMPT", "0")
            .current_dir(self.path());
        command
    }
}

/// Runs `git` and returns its standard output without the line end.
fn run(mut command: Command) -> Result<String, RepositoryError> {
    let output = command.output().map_err(RepositoryError::Run)?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout)
            .trim_end()
            .to_owned());
    }
    let arguments: Vec<_> = command
        .get_args()
        .map(|argument| argument.to_string_lossy())
        .collect();
    Err(RepositoryError::Git {
        arguments: arguments.join(" "),
        output: String::from_utf8_lossy(&output.stderr)
            .trim_end()
            .to_owned(),
    })
}

#[cfg(test)]
mod tests;
