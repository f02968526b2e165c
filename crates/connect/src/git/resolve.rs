//! What a branch or tag stands for at this moment.

use tidegate_core::revision::{Revision, SourceRef};

use super::command::Git;
use super::{GitError, Mirrors, Repository};

impl Mirrors {
    /// Asks the repository which commit the branch or tag is. The mirror has no part in it.
    ///
    /// An annotated tag resolves to the commit it is on. A short name that is both
    /// a branch and a tag is an error, as one of them would win unseen.
    pub async fn resolve(
        &self,
        repository: &Repository,
        reference: &SourceRef,
    ) -> Result<Revision, GitError> {
        let branch = reference.as_branch();
        let tag = reference.as_tag();
        // For an annotated tag, git lists the commit under this name.
        let peeled = tag.as_ref().map(|tag| format!("{tag}^{{}}"));

        let mut command = self.command_outside();
        command
            .args(["ls-remote", "--quiet", "--"])
            .arg(repository.url())
            .args([&branch, &tag, &peeled].into_iter().flatten());
        Git::log_in(&mut command, repository);
        let operation = format!("asking {repository} for its refs");
        let output = self
            .run_within(&operation, command, self.time_limits().ask)
            .await?;
        if !output.status.success() {
            return Err(GitError::remote(repository.url(), &output.stderr));
        }
        let listing = String::from_utf8_lossy(&output.stdout);
        // The patterns match the ends of names too, so compare whole names.
        let find = |name: &Option<String>| {
            let name = name.as_deref()?;
            listing.lines().find_map(|line| {
                let (sha, listed) = line.split_once('\t')?;
                (listed == name).then_some(sha)
            })
        };
        let sha = match (find(&branch), find(&peeled).or_else(|| find(&tag))) {
            (Some(sha), None) | (None, Some(sha)) => sha,
            (Some(_), Some(_)) => {
                return Err(GitError::AmbiguousRef {
                    repository: repository.url().to_owned(),
                    reference: reference.clone(),
                });
            }
            (None, None) => {
                return Err(GitError::RefGone {
                    repository: repository.url().to_owned(),
                    reference: reference.clone(),
                });
            }
        };
        Revision::parse(sha).map_err(|_| GitError::Output { operation })
    }
}
