//! How a commit gets into a mirror.

use tidegate_core::revision::Revision;

use super::command::Git;
use super::mirror::{Mirror, object_format, remove};
use super::{GitError, Mirrors, Repository};
use crate::subprocess::Output;

/// Whether the commit is in the mirror.
enum Present {
    Commit,
    Other(String),
    No,
}

impl Mirrors {
    /// Brings the commit into the mirror unless it is kept there already.
    pub(super) async fn obtain(
        &self,
        mirror: &Mirror,
        repository: &Repository,
        revision: &Revision,
    ) -> Result<(), GitError> {
        self.create(mirror, revision).await?;
        if self.keeps(mirror, revision).await? {
            return Ok(());
        }
        let everything = ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"];
        let fetched = self.fetch(mirror, repository, &everything).await?;
        if !fetched.status.success() {
            return Err(fetch_error(repository, &fetched));
        }
        let mut present = self.present(mirror, revision).await?;
        if matches!(present, Present::No) {
            let fetched = self.fetch(mirror, repository, &[revision.as_str()]).await?;
            if !fetched.status.success() && !is_unknown_object(&fetched.stderr) {
                return Err(fetch_error(repository, &fetched));
            }
            present = self.present(mirror, revision).await?;
        }
        match present {
            Present::Commit => self.keep(mirror, revision).await,
            Present::Other(kind) => Err(GitError::NotACommit {
                repository: repository.url().to_owned(),
                revision: revision.clone(),
                kind,
            }),
            Present::No => Err(GitError::RevisionNotFound {
                repository: repository.url().to_owned(),
                revision: revision.clone(),
            }),
        }
    }

    async fn create(&self, mirror: &Mirror, revision: &Revision) -> Result<(), GitError> {
        if mirror.directory.join("HEAD").is_file() {
            return Ok(());
        }
        // Made beside its place and moved there whole, so that a crash leaves nothing half made.
        let unfinished = mirror.directory.with_extension("new");
        remove(&unfinished).await?;
        remove(&mirror.directory).await?;
        let write_error = |source| GitError::Write {
            path: mirror.directory.clone(),
            source,
        };
        tokio::fs::create_dir_all(&self.directory)
            .await
            .map_err(write_error)?;
        let mut command = self.git.command();
        command
            .args(["init", "--quiet", "--bare", "--template="])
            .arg(format!("--object-format={}", object_format(revision)))
            .arg("--")
            .arg(&unfinished);
        let output = self.run("making a mirror", command).await?;
        if !output.status.success() {
            return Err(GitError::failed("making a mirror", &output));
        }
        tokio::fs::rename(&unfinished, &mirror.directory)
            .await
            .map_err(write_error)
    }

    async fn fetch(
        &self,
        mirror: &Mirror,
        repository: &Repository,
        what: &[&str],
    ) -> Result<Output, GitError> {
        let mut command = self.git.in_mirror(&mirror.directory);
        command
            .args(["fetch", "--quiet", "--no-tags", "--no-write-fetch-head"])
            .args(["--no-recurse-submodules", "--prune", "--"])
            .arg(repository.url())
            .args(what);
        Git::log_in(&mut command, repository);
        let operation = format!("fetching from {repository}");
        self.run_within(&operation, command, self.time_limits().fetch)
            .await
    }

    async fn present(&self, mirror: &Mirror, revision: &Revision) -> Result<Present, GitError> {
        let mut command = self.git.in_mirror(&mirror.directory);
        command.args(["cat-file", "-t", revision.as_str()]);
        let output = self.run("looking for a commit", command).await?;
        if !output.status.success() {
            return Ok(Present::No);
        }
        let kind = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        Ok(if kind == "commit" {
            Present::Commit
        } else {
            Present::Other(kind)
        })
    }

    /// Whether an earlier call saw the commit arrive whole.
    async fn keeps(&self, mirror: &Mirror, revision: &Revision) -> Result<bool, GitError> {
        let mut command = self.git.in_mirror(&mirror.directory);
        command.args(["rev-parse", "--quiet", "--verify", "--end-of-options"]);
        command.arg(kept_ref(revision));
        let output = self.run("looking for a commit", command).await?;
        Ok(output.status.success())
    }

    /// Keeps a commit of the mirror for good.
    pub(super) async fn keep(&self, mirror: &Mirror, revision: &Revision) -> Result<(), GitError> {
        let mut command = self.git.in_mirror(&mirror.directory);
        command.args(["update-ref", &kept_ref(revision), revision.as_str()]);
        let output = self.run("keeping a commit", command).await?;
        if output.status.success() {
            Ok(())
        } else {
            Err(GitError::failed("keeping a commit", &output))
        }
    }
}

fn fetch_error(repository: &Repository, output: &Output) -> GitError {
    if output.stderr.contains(STALE_LOCK) {
        return GitError::failed(&format!("fetching from {repository}"), output);
    }
    GitError::remote(repository.url(), &output.stderr)
}

/// Below `refs/tidegate/`, where no fetch prunes.
fn kept_ref(revision: &Revision) -> String {
    format!("refs/tidegate/{revision}")
}

/// What git says about a lock file that is in its way.
const STALE_LOCK: &str = ".lock': File exists";

pub(super) fn is_stale_lock(error: &GitError) -> bool {
    matches!(error, GitError::Failed { detail, .. } if detail.contains(STALE_LOCK))
}

/// Whether the other side says that it does not have, or not give out, the object.
fn is_unknown_object(stderr: &str) -> bool {
    [
        "not our ref",
        "unadvertised object",
        "couldn't find remote ref",
    ]
    .iter()
    .any(|text| stderr.contains(text))
}
