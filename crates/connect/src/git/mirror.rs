//! The copies of repositories that we keep.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use tidegate_core::revision::Revision;
use tokio::process::Command;
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

use super::command::Git;
use super::{GitError, Repository, fetch};
use crate::subprocess::{self, Limits, Output};

/// How long one call of git may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeLimits {
    /// Asking a repository what its refs are.
    pub ask: Duration,
    /// Fetching from a repository.
    pub fetch: Duration,
    /// Anything that stays on this machine.
    pub local: Duration,
}

impl Default for TimeLimits {
    /// A minute to ask, five to fetch, one for the rest.
    fn default() -> Self {
        Self {
            ask: Duration::from_mins(1),
            fetch: Duration::from_mins(5),
            local: Duration::from_mins(1),
        }
    }
}

/// Bare mirrors of repositories below one directory, one a URL.
///
/// They are a cache: any may be deleted while no call runs. One process may use
/// a directory at a time; within it, calls on one mirror wait for each other.
#[derive(Debug)]
pub struct Mirrors {
    pub(super) directory: PathBuf,
    pub(super) git: Git,
    limits: TimeLimits,
    locks: Mutex<BTreeMap<PathBuf, Arc<AsyncMutex<()>>>>,
}

/// A mirror while nobody else uses it.
pub(super) struct Mirror {
    pub(super) directory: PathBuf,
    _alone: OwnedMutexGuard<()>,
}

impl Mirrors {
    /// Uses the directory, which is made when first needed.
    ///
    /// Fails if no temporary directory can be made for git's settings.
    pub fn new(directory: impl Into<PathBuf>) -> Result<Self, GitError> {
        let directory = directory.into();
        // Git runs in another directory, where a relative path would mean another place.
        let directory = std::path::absolute(&directory).map_err(|source| GitError::Write {
            path: directory,
            source,
        })?;
        Ok(Self {
            directory,
            git: Git::new().map_err(|source| GitError::Write {
                path: std::env::temp_dir(),
                source,
            })?,
            limits: TimeLimits::default(),
            locks: Mutex::default(),
        })
    }

    /// The same with the settings and the credentials of the person who runs the
    /// program, for what a person asks.
    pub fn of_user(directory: impl Into<PathBuf>) -> Result<Self, GitError> {
        let mut mirrors = Self::new(directory)?;
        mirrors.git = Git::of_user().map_err(|source| GitError::Write {
            path: std::env::temp_dir(),
            source,
        })?;
        Ok(mirrors)
    }

    /// Sets other time limits.
    #[must_use]
    pub fn with_time_limits(mut self, limits: TimeLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Makes sure that the mirror has the commit, and keeps it for good.
    ///
    /// A commit that was here before needs no network. Otherwise all branches and
    /// tags are fetched, and then that very commit if none of them leads to it.
    pub async fn ensure(
        &self,
        repository: &Repository,
        revision: &Revision,
    ) -> Result<(), GitError> {
        self.open(repository, revision).await.map(drop)
    }

    /// Locks the mirror, with the commit in it.
    pub(super) async fn open(
        &self,
        repository: &Repository,
        revision: &Revision,
    ) -> Result<Mirror, GitError> {
        let mirror = self.lock(repository, revision).await;
        match self.obtain(&mirror, repository, revision).await {
            // A git that was killed leaves lock files, and later ones wait for
            // them for ever. Nothing else can hold one here: start afresh.
            Err(error) if fetch::is_stale_lock(&error) => {
                tracing::warn!(%repository, "the mirror was left locked and is made again");
                remove(&mirror.directory).await?;
                self.obtain(&mirror, repository, revision).await?;
            }
            outcome => outcome?,
        }
        Ok(mirror)
    }

    async fn lock(&self, repository: &Repository, revision: &Revision) -> Mirror {
        let mut name = String::new();
        for byte in Sha256::digest(repository.url().as_bytes()) {
            // Writing to a string cannot fail.
            let _ = write!(name, "{byte:02x}");
        }
        let directory = self
            .directory
            .join(format!("{name}.{}.git", object_format(revision)));
        let lock = self
            .locks
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(directory.clone())
            .or_default()
            .clone();
        Mirror {
            directory,
            _alone: lock.lock_owned().await,
        }
    }

    /// A call on an opened mirror.
    pub(super) fn command(&self, mirror: &Mirror) -> Command {
        self.git.in_mirror(&mirror.directory)
    }

    /// A call without a mirror.
    pub(super) fn command_outside(&self) -> Command {
        self.git.command()
    }

    /// The time limits in force.
    pub(super) fn time_limits(&self) -> &TimeLimits {
        &self.limits
    }

    /// Runs a call that stays on this machine.
    pub(super) async fn run(&self, operation: &str, command: Command) -> Result<Output, GitError> {
        self.run_within(operation, command, self.limits.local).await
    }

    pub(super) async fn run_within(
        &self,
        operation: &str,
        command: Command,
        time: Duration,
    ) -> Result<Output, GitError> {
        run(operation, command, time).await
    }
}

/// Runs a call of git to its end, whatever it says.
pub(super) async fn run(
    operation: &str,
    command: Command,
    time: Duration,
) -> Result<Output, GitError> {
    let limits = Limits {
        time,
        stdout: 64 * 1024 * 1024,
        memory: None,
    };
    subprocess::run(command, &limits)
        .await
        .map_err(|source| GitError::broken_off(operation, source))
}

pub(super) fn object_format(revision: &Revision) -> &'static str {
    if revision.as_str().len() == 64 {
        "sha256"
    } else {
        "sha1"
    }
}

pub(super) async fn remove(directory: &Path) -> Result<(), GitError> {
    match tokio::fs::remove_dir_all(directory).await {
        Err(source) if source.kind() != io::ErrorKind::NotFound => Err(GitError::Write {
            path: directory.to_owned(),
            source,
        }),
        _ => Ok(()),
    }
}
