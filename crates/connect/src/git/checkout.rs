//! The repository that a person is working in.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use tidegate_core::revision::Revision;
use tokio::process::Command;

use super::command::Git;
use super::mirror::run;
use super::{ExportLimits, Exported, GitError, TimeLimits, export};
use crate::subprocess::Output;

/// A work tree, as it lies there: what is committed, what is not yet, and what git does
/// not know yet. Nothing of it is changed.
#[derive(Debug)]
pub struct Checkout {
    root: PathBuf,
    git: Git,
    limits: TimeLimits,
}

impl Checkout {
    /// The work tree that this folder is in. None: it is in none.
    ///
    /// # Errors
    ///
    /// Git cannot be run, or does not want to read it because it is somebody else's.
    pub async fn around(folder: &Path) -> Result<Option<Self>, GitError> {
        let git = Git::of_user().map_err(|source| GitError::Write {
            path: std::env::temp_dir(),
            source,
        })?;
        let mut checkout = Self {
            root: folder.to_owned(),
            git,
            limits: TimeLimits::default(),
        };
        let operation = "looking for a repository";
        let output = checkout
            .ask(operation, ["rev-parse", "--show-toplevel"])
            .await?;
        if output.status.success() {
            let line = output.stdout.strip_suffix(b"\n").unwrap_or(&output.stdout);
            checkout.root = PathBuf::from(OsStr::from_bytes(line));
            return Ok(Some(checkout));
        }
        if output.stderr.contains("not a git repository") || output.stderr.contains("work tree") {
            return Ok(None);
        }
        Err(GitError::failed(operation, &output))
    }

    /// Its uppermost folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The commit that is checked out. None: there is no commit yet.
    pub async fn head(&self) -> Result<Option<Revision>, GitError> {
        self.commit("HEAD").await
    }

    /// Where what is checked out has parted from a branch, a tag or a commit.
    pub async fn parted_from(&self, name: &str) -> Result<Revision, GitError> {
        let Some(commit) = self.commit(name).await? else {
            return Err(GitError::UnknownCommit {
                name: name.to_owned(),
            });
        };
        let operation = "looking for a commit in common";
        let words = ["merge-base", commit.as_str(), "HEAD"];
        let output = self.ask(operation, words).await?;
        if output.status.success() {
            return revision(operation, &output);
        }
        let words = ["rev-parse", "--is-shallow-repository"];
        let shallow = self.ask(operation, words).await?;
        Err(GitError::NothingInCommon {
            name: name.to_owned(),
            is_shallow: shallow.stdout.starts_with(b"true"),
        })
    }

    /// Every path that differs from a commit: changed, new or gone, committed or not.
    pub async fn changed_since(&self, commit: &Revision) -> Result<BTreeSet<String>, GitError> {
        let words = [
            "diff",
            "--name-only",
            "-z",
            "--no-renames",
            commit.as_str(),
            "--",
        ];
        let mut changed = self.paths("comparing with a commit", words).await?;
        let words = ["ls-files", "-z", "--others", "--exclude-standard"];
        changed.extend(self.paths("listing new files", words).await?);
        Ok(changed)
    }

    /// The messages of all commits since one, the newest first.
    pub async fn messages_since(&self, commit: &Revision) -> Result<Vec<String>, GitError> {
        let operation = "reading the messages of commits";
        let range = format!("{commit}..HEAD");
        let words = ["log", "-z", "--format=%B", &range, "--"];
        let output = self.ask(operation, words).await?;
        if !output.status.success() {
            return Err(GitError::failed(operation, &output));
        }
        let messages = output.stdout.split(|byte| *byte == 0);
        Ok(messages
            .map(|message| String::from_utf8_lossy(message).into_owned())
            .filter(|message| !message.trim().is_empty())
            .collect())
    }

    /// Every path that is there and that git does not ignore.
    pub async fn paths_here(&self) -> Result<BTreeSet<String>, GitError> {
        let words = [
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ];
        let mut paths = self.paths("listing files", words).await?;
        paths.retain(|path| self.root.join(path).symlink_metadata().is_ok());
        Ok(paths)
    }

    /// Writes all files of a commit into an empty or new directory, as
    /// [`super::Mirrors::export`] does.
    pub async fn export(
        &self,
        commit: &Revision,
        into: &Path,
        limits: &ExportLimits,
    ) -> Result<Exported, GitError> {
        export::export(|| self.command(), self.limits.local, commit, into, limits).await
    }

    async fn commit(&self, name: &str) -> Result<Option<Revision>, GitError> {
        let operation = "looking for a commit";
        let commit = format!("{name}^{{commit}}");
        let words = [
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            &commit,
        ];
        let output = self.ask(operation, words).await?;
        if !output.status.success() {
            return Ok(None);
        }
        revision(operation, &output).map(Some)
    }

    async fn paths<'a>(
        &self,
        operation: &str,
        words: impl IntoIterator<Item = &'a str>,
    ) -> Result<BTreeSet<String>, GitError> {
        let output = self.ask(operation, words).await?;
        if !output.status.success() {
            return Err(GitError::failed(operation, &output));
        }
        let paths = output.stdout.split(|byte| *byte == 0);
        Ok(paths
            .filter(|path| !path.is_empty())
            .map(|path| String::from_utf8_lossy(path).into_owned())
            .collect())
    }

    async fn ask<'a>(
        &self,
        operation: &str,
        words: impl IntoIterator<Item = &'a str>,
    ) -> Result<Output, GitError> {
        let mut command = self.command();
        command.args(words);
        run(operation, command, self.limits.local).await
    }

    fn command(&self) -> Command {
        let mut command = self.git.command();
        command.current_dir(&self.root);
        command
    }
}

/// The full name of a commit on a line.
fn revision(operation: &str, output: &Output) -> Result<Revision, GitError> {
    let line = String::from_utf8_lossy(&output.stdout);
    Revision::parse(line.trim()).map_err(|_| GitError::Output {
        operation: operation.to_owned(),
    })
}
