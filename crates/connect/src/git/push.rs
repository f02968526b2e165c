//! Putting commits on a branch of a repository, never over anybody's.

use tidegate_core::branch::Branch;
use tidegate_core::revision::Revision;

use super::command::Git;
use super::{GitError, Mirrors, Repository};
use crate::subprocess::Output;

/// What a repository answers to a push, besides that it took it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pushed {
    /// An address that it names. Forges name the one at which a pull request of
    /// the branch can be opened.
    pub address: Option<String>,
}

impl Mirrors {
    /// The commit at a branch now. None: there is no such branch.
    pub async fn head(
        &self,
        repository: &Repository,
        branch: &Branch,
    ) -> Result<Option<Revision>, GitError> {
        let full = branch.full();
        let listing = self.list(repository, &[], &full).await?;
        let found = listing.lines().find_map(|line| {
            let (sha, name) = line.split_once('\t')?;
            (name == full).then_some(sha)
        });
        let revision = found.map(Revision::parse).transpose();
        revision.map_err(|_| GitError::Output {
            operation: asking(repository),
        })
    }

    /// The branch that the repository calls its own.
    pub async fn default_branch(&self, repository: &Repository) -> Result<Branch, GitError> {
        let listing = self.list(repository, &["--symref"], "HEAD").await?;
        let named = listing.lines().find_map(|line| {
            let (target, name) = line.strip_prefix("ref: ")?.split_once('\t')?;
            (name == "HEAD").then_some(target)
        });
        let unreadable = || GitError::Output {
            operation: asking(repository),
        };
        Branch::parse(named.ok_or_else(unreadable)?).map_err(|_| unreadable())
    }

    async fn list(
        &self,
        repository: &Repository,
        options: &[&str],
        pattern: &str,
    ) -> Result<String, GitError> {
        let mut command = self.command_outside();
        command
            .args(["ls-remote", "--quiet"])
            .args(options)
            .arg("--")
            .args([repository.url(), pattern]);
        Git::log_in(&mut command, repository);
        let operation = asking(repository);
        let time = self.time_limits().ask;
        let output = self.run_within(&operation, command, time).await?;
        if !output.status.success() {
            return Err(GitError::remote(repository.url(), &output.stderr));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Puts a commit of the mirror on a branch that is at `before`, or that is
    /// not there. A branch that is anywhere else is left alone, which the
    /// repository itself sees to.
    ///
    /// # Errors
    ///
    /// [`GitError::BranchMoved`] where it is somewhere else;
    /// [`GitError::PushRefused`] where the repository does not take it.
    pub async fn push(
        &self,
        repository: &Repository,
        branch: &Branch,
        before: Option<&Revision>,
        commit: &Revision,
    ) -> Result<Pushed, GitError> {
        let full = branch.full();
        let before = before.map_or("", Revision::as_str);
        let lease = format!("--force-with-lease={full}:{before}");
        let output = self.send(repository, branch, commit, &lease).await?;
        let address = address(&output.stderr);
        Ok(Pushed { address })
    }

    /// Whether a commit could be pushed to a branch, as far as the repository
    /// says that without one: nothing is pushed, and its hooks are not asked.
    ///
    /// # Errors
    ///
    /// As of a push.
    pub async fn may_push(
        &self,
        repository: &Repository,
        branch: &Branch,
        commit: &Revision,
    ) -> Result<(), GitError> {
        let only_asks = "--dry-run";
        let asked = self.send(repository, branch, commit, only_asks).await;
        asked.map(drop)
    }

    async fn send(
        &self,
        repository: &Repository,
        branch: &Branch,
        commit: &Revision,
        how: &str,
    ) -> Result<Output, GitError> {
        let mirror = self.open(repository, commit).await?;
        let mut command = self.command(&mirror);
        self.git.for_writing(&mut command);
        command
            .args(["push", "--porcelain", "--no-progress", "--no-verify"])
            .args(["--no-follow-tags", "--no-signed"])
            .args([how, "--", repository.url()])
            .arg(format!("{commit}:{}", branch.full()));
        Git::log_in(&mut command, repository);
        let operation = format!("pushing to {branch} of {repository}");
        let time = self.time_limits().fetch;
        let output = self.run_within(&operation, command, time).await?;
        drop(mirror);
        if output.status.success() {
            return Ok(output);
        }
        let answer = String::from_utf8_lossy(&output.stdout);
        let refused = answer.lines().find(|line| line.starts_with('!'));
        Err(match refused.and_then(|line| line.rsplit('\t').next()) {
            Some(why) if is_moved(why) => GitError::BranchMoved {
                repository: repository.url().to_owned(),
                branch: branch.clone(),
            },
            Some(why) => GitError::PushRefused {
                repository: repository.url().to_owned(),
                branch: branch.clone(),
                detail: in_full(why, &output.stderr),
            },
            None => unwritable(repository, branch, &output.stderr),
        })
    }
}

/// Why a repository was not written to that did not even answer the push.
fn unwritable(repository: &Repository, branch: &Branch, stderr: &str) -> GitError {
    let refused = |detail: String| GitError::PushRefused {
        repository: repository.url().to_owned(),
        branch: branch.clone(),
        detail,
    };
    if stderr.contains("dubious ownership") {
        return refused("it belongs to another user of this machine".to_owned());
    }
    match GitError::remote(repository.url(), stderr) {
        GitError::AccessRefused { detail, .. } => refused(detail),
        other => other,
    }
}

fn asking(repository: &Repository) -> String {
    format!("asking {repository} for its refs")
}

/// Whether a push was refused because the branch was not where it was believed
/// to be (`builtin/receive-pack.c` and `transport.c` of Git).
fn is_moved(why: &str) -> bool {
    [
        "stale info",
        "fetch first",
        "non-fast-forward",
        "failed to update ref",
        "reference already exists",
        "cannot lock ref",
        "failed to lock",
        "incorrect old value",
    ]
    .iter()
    .any(|text| why.contains(text))
}

/// What the repository said, with the reason of a hook if one spoke.
fn in_full(why: &str, stderr: &str) -> String {
    let remarks: Vec<&str> = remarks(stderr)
        .filter(|remark| !remark.is_empty())
        .collect();
    let text = if remarks.is_empty() {
        why.to_owned()
    } else {
        format!("{why}: {}", remarks.join(" "))
    };
    let plain = text.chars().filter(|letter| !letter.is_control());
    plain.take(500).collect()
}

/// What the repository says to people.
fn remarks(stderr: &str) -> impl Iterator<Item = &str> {
    stderr
        .lines()
        .filter_map(|line| line.strip_prefix("remote:"))
        .map(str::trim)
}

fn address(stderr: &str) -> Option<String> {
    let mut words = remarks(stderr).flat_map(str::split_whitespace);
    let found = words.find(|word| word.starts_with("https://") || word.starts_with("http://"))?;
    let plain = found.chars().all(|letter| letter.is_ascii_graphic());
    (plain && found.len() <= 500).then(|| found.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{address, in_full};

    #[test]
    fn forges_say_where_a_pull_request_can_be_opened() {
        let told = "remote: \nremote: Create a pull request for 'revert-chg-1' on GitHub by visiting:        \nremote:      https://github.com/a/b/pull/new/revert-chg-1        \nremote: \nTo https://github.com/a/b\n";
        assert_eq!(
            address(told).as_deref(),
            Some("https://github.com/a/b/pull/new/revert-chg-1")
        );
        assert_eq!(address("To https://github.com/a/b\n"), None);
    }

    #[test]
    fn a_refusal_is_told_with_the_words_of_the_hook() {
        let told = "remote: env/* is protected\u{7}\nerror: failed to push some refs\n";
        assert_eq!(
            in_full("[remote rejected] (pre-receive hook declined)", told),
            "[remote rejected] (pre-receive hook declined): env/* is protected"
        );
    }
}
