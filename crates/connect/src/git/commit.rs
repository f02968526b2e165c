//! Making commits in a mirror, without a work tree.

use jiff::Timestamp;
use tidegate_core::argo_cd::branch::message::COMMITTER;
use tidegate_core::revision::Revision;

use super::mirror::Mirror;
use super::{GitError, Mirrors, Repository};

/// A commit to be made.
#[derive(Debug, Clone, Copy)]
pub struct NewCommit<'a> {
    /// What it follows, the branch that it is for first. Never empty.
    pub parents: &'a [&'a Revision],
    /// The commit whose files it has, all of them.
    pub content: &'a Revision,
    /// What it says.
    pub message: &'a str,
    /// When it was made. The same commit is the same again only with the same
    /// moment, so that this is one that is kept.
    pub at: Timestamp,
}

impl Mirrors {
    /// Makes a commit in the mirror. The same is made again by the same call.
    pub async fn make(
        &self,
        repository: &Repository,
        commit: &NewCommit<'_>,
    ) -> Result<Revision, GitError> {
        for parent in commit.parents {
            self.ensure(repository, parent).await?;
        }
        let mirror = self.open(repository, commit.content).await?;
        let tree = self.tree(&mirror, commit.content).await?;
        self.make_of_tree(&mirror, &tree, commit).await
    }

    /// Makes a commit with these files in place of those of its `content`.
    pub(super) async fn make_of_tree(
        &self,
        mirror: &Mirror,
        tree: &str,
        commit: &NewCommit<'_>,
    ) -> Result<Revision, GitError> {
        let (name, email) = COMMITTER;
        let at = format!("@{} +0000", commit.at.as_second());
        let mut command = self.command(mirror);
        command
            .env("GIT_AUTHOR_NAME", name)
            .env("GIT_AUTHOR_EMAIL", email)
            .env("GIT_AUTHOR_DATE", &at)
            .env("GIT_COMMITTER_NAME", name)
            .env("GIT_COMMITTER_EMAIL", email)
            .env("GIT_COMMITTER_DATE", &at)
            .args(["commit-tree", "--no-gpg-sign"])
            .args(commit.parents.iter().flat_map(|one| ["-p", one.as_str()]))
            .args(["-m", commit.message, tree]);
        let made = self.ask_for_object("making a commit", command).await?;
        let revision = Revision::parse(&made).map_err(|_| GitError::Output {
            operation: "making a commit".to_owned(),
        })?;
        self.keep(mirror, &revision).await?;
        Ok(revision)
    }

    /// Whether two commits have the same files. Fetches what is missing.
    pub async fn same_content(
        &self,
        repository: &Repository,
        one: &Revision,
        other: &Revision,
    ) -> Result<bool, GitError> {
        if one == other {
            return Ok(true);
        }
        self.ensure(repository, one).await?;
        let mirror = self.open(repository, other).await?;
        Ok(self.tree(&mirror, one).await? == self.tree(&mirror, other).await?)
    }

    /// Whether a commit is the other, or one that it follows. Fetches what is
    /// missing.
    pub async fn is_among_ancestors(
        &self,
        repository: &Repository,
        ancestor: &Revision,
        of: &Revision,
    ) -> Result<bool, GitError> {
        self.ensure(repository, ancestor).await?;
        let mirror = self.open(repository, of).await?;
        let operation = "comparing two commits";
        let mut command = self.command(&mirror);
        command.args(["merge-base", "--is-ancestor", "--end-of-options"]);
        command.args([ancestor.as_str(), of.as_str()]);
        let output = self.run(operation, command).await?;
        match output.status.code() {
            Some(0) => Ok(true),
            Some(1) => Ok(false),
            _ => Err(GitError::failed(operation, &output)),
        }
    }

    /// The commit with this line in its message among those that lead to `head`
    /// and not to `base`.
    pub(super) async fn marked(
        &self,
        mirror: &Mirror,
        line: &str,
        base: &Revision,
        head: &Revision,
    ) -> Result<Option<Revision>, GitError> {
        let mut command = self.command(mirror);
        command
            .args(["log", "--format=%H", "--max-count=1", "--fixed-strings"])
            .arg(format!("--grep={line}"))
            .args(["--end-of-options", head.as_str()])
            .arg(format!("^{base}"))
            .arg("--");
        let found = self.ask_for_object("looking for a commit", command).await?;
        Ok(Revision::parse(&found).ok())
    }

    /// The object that a commit's files are.
    pub(super) async fn tree(
        &self,
        mirror: &Mirror,
        revision: &Revision,
    ) -> Result<String, GitError> {
        let mut command = self.command(mirror);
        command.args(["rev-parse", "--verify", "--end-of-options"]);
        command.arg(format!("{revision}^{{tree}}"));
        self.ask_for_object("reading a commit", command).await
    }

    /// The only line of an answer.
    pub(super) async fn ask_for_object(
        &self,
        operation: &str,
        command: tokio::process::Command,
    ) -> Result<String, GitError> {
        let output = self.run(operation, command).await?;
        if !output.status.success() {
            return Err(GitError::failed(operation, &output));
        }
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }
}
