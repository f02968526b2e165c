//! Taking out of a branch what a change brought to it.

use jiff::Timestamp;
use tidegate_core::branch::Branch;
use tidegate_core::revision::Revision;

use super::commit::NewCommit;
use super::mirror::Mirror;
use super::{GitError, Mirrors, Repository};

/// What is to be taken out of a branch.
#[derive(Debug, Clone, Copy)]
pub struct Undo<'a> {
    /// The branch that has it.
    pub from: &'a Branch,
    /// The branch that gets the commit that takes it out: the same, or a new one.
    pub onto: &'a Branch,
    /// The commit with which it came.
    pub brought: &'a Revision,
    /// The commit that ran before.
    pub before: &'a Revision,
    /// What the commit says.
    pub message: &'a str,
    /// A line of the message by which the commit is known again.
    pub mark: &'a str,
    /// When it was made.
    pub at: Timestamp,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Undone {
    /// This commit takes it out.
    Pushed {
        /// The commit.
        commit: Revision,
        /// Where the repository says that a pull request can be opened.
        address: Option<String>,
    },
    /// The branch does not have it.
    NeverThere,
    /// The branch has nothing of it any more.
    Nothing,
    /// Later commits changed the same lines, or one that git cannot tell from
    /// them: in these files.
    Conflict(Vec<String>),
    /// The new branch is there already, and is somebody else's.
    Taken,
}

impl Mirrors {
    /// Takes out what lies between two commits, as a three-way merge does: what
    /// came later stays. A second call changes nothing.
    ///
    /// # Errors
    ///
    /// [`GitError::BranchMoved`] where somebody pushed at the same moment.
    pub async fn undo(&self, repository: &Repository, undo: &Undo<'_>) -> Result<Undone, GitError> {
        let head = self.head(repository, undo.from).await?;
        let head = head.ok_or_else(|| GitError::BranchGone {
            repository: repository.url().to_owned(),
            branch: undo.from.clone(),
        })?;
        let is_there = self.is_among_ancestors(repository, undo.brought, &head);
        if !is_there.await? {
            return Ok(Undone::NeverThere);
        }
        self.ensure(repository, undo.before).await?;
        if let Some(done) = self.done(repository, undo, &head).await? {
            return Ok(done);
        }
        let mirror = self.open(repository, &head).await?;
        let tree = match self.merge(&mirror, undo, &head).await? {
            Merged::Clean(tree) => tree,
            Merged::Conflict(files) => return Ok(Undone::Conflict(files)),
        };
        if tree == self.tree(&mirror, &head).await? {
            return Ok(Undone::Nothing);
        }
        let commit = NewCommit {
            parents: &[&head],
            content: undo.before,
            message: undo.message,
            at: undo.at,
        };
        let commit = self.make_of_tree(&mirror, &tree, &commit).await?;
        drop(mirror);
        let expected = (undo.onto == undo.from).then_some(&head);
        let pushed = self.push(repository, undo.onto, expected, &commit).await?;
        Ok(Undone::Pushed {
            commit,
            address: pushed.address,
        })
    }

    /// What an earlier call has done already.
    async fn done(
        &self,
        repository: &Repository,
        undo: &Undo<'_>,
        head: &Revision,
    ) -> Result<Option<Undone>, GitError> {
        let onto = if undo.onto == undo.from {
            head.clone()
        } else {
            match self.head(repository, undo.onto).await? {
                Some(onto) => onto,
                None => return Ok(None),
            }
        };
        let mirror = self.open(repository, &onto).await?;
        let marked = self.marked(&mirror, undo.mark, undo.brought, &onto).await?;
        Ok(match marked {
            Some(commit) => Some(Undone::Pushed {
                commit,
                address: None,
            }),
            None if undo.onto == undo.from => None,
            None => Some(Undone::Taken),
        })
    }

    /// Merges as if the branch and what ran before had both been made on top of
    /// what came: two commits say so, which nobody else ever sees. `git
    /// merge-tree` could be told the base itself only from 2.40 on.
    async fn merge(
        &self,
        mirror: &Mirror,
        undo: &Undo<'_>,
        head: &Revision,
    ) -> Result<Merged, GitError> {
        let mut sides = Vec::new();
        for side in [head, undo.before] {
            let commit = NewCommit {
                parents: &[undo.brought],
                content: side,
                message: "a side of a merge",
                at: undo.at,
            };
            let tree = self.tree(mirror, side).await?;
            sides.push(self.make_of_tree(mirror, &tree, &commit).await?);
        }
        let operation = "taking out what the change brought";
        let mut command = self.command(mirror);
        command
            .args(["merge-tree", "--write-tree", "--name-only", "-z"])
            .args(["--no-messages", "--end-of-options"])
            .args(sides.iter().map(Revision::as_str));
        let output = self.run(operation, command).await?;
        let text = String::from_utf8_lossy(&output.stdout);
        let mut parts = text.split('\0').filter(|part| !part.is_empty());
        match (output.status.code(), parts.next()) {
            (Some(0), Some(tree)) => Ok(Merged::Clean(tree.trim().to_owned())),
            (Some(1), Some(_)) => Ok(Merged::Conflict(parts.map(ToOwned::to_owned).collect())),
            _ => Err(GitError::failed(operation, &output)),
        }
    }
}

enum Merged {
    /// Into these files.
    Clean(String),
    /// In these files it cannot.
    Conflict(Vec<String>),
}
