//! Giving a branch the content of one of its earlier commits again.

use jiff::Timestamp;
use tidegate_core::branch::Branch;
use tidegate_core::revision::Revision;

use super::commit::NewCommit;
use super::{GitError, Mirrors, Repository};

/// What a branch was found at, and what it is at now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The commit that it was found at. None: the branch was gone.
    pub found: Option<Revision>,
    /// The commit that it is at now, whose content is the one asked for.
    pub now: Revision,
}

impl Mirrors {
    /// Sees to it that the content of a branch is that of `kept`, a commit that
    /// was there: by a commit on top of whatever is there, which says `message`
    /// of it. A branch that has the content is left alone, and one that is gone
    /// is made again.
    ///
    /// # Errors
    ///
    /// [`GitError::BranchMoved`] where somebody pushed at the same moment.
    pub async fn stand_at(
        &self,
        repository: &Repository,
        branch: &Branch,
        kept: &Revision,
        message: impl FnOnce(&Revision) -> String,
        at: Timestamp,
    ) -> Result<Standing, GitError> {
        let Some(found) = self.head(repository, branch).await? else {
            self.push(repository, branch, None, kept).await?;
            return Ok(Standing {
                found: None,
                now: kept.clone(),
            });
        };
        if self.same_content(repository, &found, kept).await? {
            return Ok(Standing {
                found: Some(found.clone()),
                now: found,
            });
        }
        // Where somebody took commits away they come back.
        let is_there = self.is_among_ancestors(repository, kept, &found).await?;
        let parents: &[&Revision] = if is_there { &[&found] } else { &[&found, kept] };
        let commit = NewCommit {
            parents,
            content: kept,
            message: &message(&found),
            at,
        };
        let now = self.make(repository, &commit).await?;
        self.push(repository, branch, Some(&found), &now).await?;
        Ok(Standing {
            found: Some(found),
            now,
        })
    }
}
