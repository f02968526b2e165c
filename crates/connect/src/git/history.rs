//! Which commits a change brings, and who wrote them.

use jiff::Timestamp;
use tidegate_core::revision::Revision;

use super::{GitError, Mirrors, Repository};

/// The most commits that [`Mirrors::history`] reads.
pub const MAX_COMMITS: usize = 10_000;

/// One commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// Its SHA.
    pub revision: Revision,
    /// The commits it follows, the branch it was made on first.
    pub parents: Vec<Revision>,
    /// Everybody who had a hand in it, each once: author, committer, and whom its
    /// `Co-authored-by` lines name, wherever in the message they stand. A forge that
    /// committed in somebody's name is one of them. A name or e-mail may be empty.
    pub authors: Vec<Identity>,
    /// The first line of its message.
    pub subject: String,
    /// When it was committed, by the committer's own clock.
    pub committed_at: Timestamp,
}

/// A person, or a program, as a commit states it. Nobody has checked it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Identity {
    /// The name.
    pub name: String,
    /// The e-mail address.
    pub email: String,
}

impl Commit {
    /// Whether it joins two or more lines of commits.
    pub fn is_merge(&self) -> bool {
        self.parents.len() > 1
    }

    /// The commit it was made on top of; `None` for the first of a repository.
    pub fn first_parent(&self) -> Option<&Revision> {
        self.parents.first()
    }
}

const OPERATION: &str = "reading the history";

/// Fields of a commit, each ended by NUL, which no part of a commit can contain:
/// SHA, parents, author, committer, time, subject, message.
const FORMAT: &str = "--format=tformat:%H%x00%P%x00%an%x00%ae%x00%cn%x00%ce%x00%ct%x00%s%x00%B";
const FIELDS: usize = 9;

impl Mirrors {
    /// The commits that lead to `head` and not to `base`, children before parents;
    /// all that lead to `head` without a base. Fetches what is missing.
    ///
    /// More than [`MAX_COMMITS`] are an error.
    pub async fn history(
        &self,
        repository: &Repository,
        base: Option<&Revision>,
        head: &Revision,
    ) -> Result<Vec<Commit>, GitError> {
        if let Some(base) = base {
            self.ensure(repository, base).await?;
        }
        let commits = self.log(repository, head, base, MAX_COMMITS + 1).await?;
        if commits.len() > MAX_COMMITS {
            return Err(GitError::TooManyCommits { limit: MAX_COMMITS });
        }
        Ok(commits)
    }

    /// One commit, however much leads to it. Fetches what is missing.
    pub async fn commit(
        &self,
        repository: &Repository,
        revision: &Revision,
    ) -> Result<Commit, GitError> {
        let commits = self.log(repository, revision, None, 1).await?;
        commits.into_iter().next().ok_or_else(|| GitError::Output {
            operation: OPERATION.to_owned(),
        })
    }

    async fn log(
        &self,
        repository: &Repository,
        head: &Revision,
        base: Option<&Revision>,
        most: usize,
    ) -> Result<Vec<Commit>, GitError> {
        let mirror = self.open(repository, head).await?;
        let mut command = self.command(&mirror);
        command
            .args([
                "log",
                "-z",
                "--no-color",
                "--no-show-signature",
                "--no-patch",
            ])
            .args(["--topo-order", "--encoding=UTF-8", FORMAT])
            .arg(format!("--max-count={most}"))
            .args(["--end-of-options", head.as_str()])
            .args(base.map(|base| format!("^{base}")))
            .arg("--");
        let output = self.run(OPERATION, command).await?;
        drop(mirror);
        if !output.status.success() {
            return Err(GitError::failed(OPERATION, &output));
        }
        parse(&String::from_utf8_lossy(&output.stdout)).ok_or_else(|| GitError::Output {
            operation: OPERATION.to_owned(),
        })
    }
}

fn parse(listing: &str) -> Option<Vec<Commit>> {
    if listing.is_empty() {
        return Some(Vec::new());
    }
    let fields: Vec<&str> = listing.strip_suffix('\0')?.split('\0').collect();
    let (commits, rest) = fields.as_chunks::<FIELDS>();
    if !rest.is_empty() {
        return None;
    }
    commits.iter().map(parse_commit).collect()
}

fn parse_commit(fields: &[&str; FIELDS]) -> Option<Commit> {
    let [
        sha,
        parents,
        author,
        author_email,
        committer,
        committer_email,
        time,
        subject,
        message,
    ] = *fields;
    let mut authors = Vec::new();
    let signed =
        [(author, author_email), (committer, committer_email)].map(|(name, email)| Identity {
            name: name.trim().to_owned(),
            email: email.trim().to_owned(),
        });
    for identity in signed.into_iter().chain(co_authors(message)) {
        if !authors.contains(&identity) {
            authors.push(identity);
        }
    }
    Some(Commit {
        revision: Revision::parse(sha).ok()?,
        parents: parents
            .split_ascii_whitespace()
            .map(|parent| Revision::parse(parent).ok())
            .collect::<Option<_>>()?,
        authors,
        subject: subject.to_owned(),
        committed_at: Timestamp::from_second(time.parse().ok()?).ok()?,
    })
}

/// Whom the `Co-authored-by` lines of a message name. Git counts those in the last
/// paragraph only; here a line anywhere counts, because a hand in the work is not
/// undone by a blank line after it.
fn co_authors(message: &str) -> impl Iterator<Item = Identity> {
    const KEY: &str = "co-authored-by:";
    message.lines().filter_map(|line| {
        let line = line.trim();
        let key = line.get(..KEY.len())?;
        if !key.eq_ignore_ascii_case(KEY) {
            return None;
        }
        let value = line.get(KEY.len()..)?.trim();
        let (name, email) = match value.rsplit_once('<') {
            Some((name, email)) => (name, email.trim_end_matches('>')),
            None => (value, ""),
        };
        (!value.is_empty()).then(|| Identity {
            name: name.trim().to_owned(),
            email: email.trim().to_owned(),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn co_authors_are_found_in_any_case_and_place() {
        let message = "Subject\n\nCo-authored-by: Dana Example <dana@example.com>\n\n\
                       CO-AUTHORED-BY:marc <marc@example.com>\nco-authored-by: Somebody\n\
                       Co-authored-by:\nNot-co-authored-by: x <x@example.com>";
        let identities: Vec<(String, String)> = co_authors(message)
            .map(|identity| (identity.name, identity.email))
            .collect();
        let expected = [
            ("Dana Example", "dana@example.com"),
            ("marc", "marc@example.com"),
            ("Somebody", ""),
        ];
        assert_eq!(
            identities,
            expected.map(|(name, email)| (name.to_owned(), email.to_owned()))
        );
    }

    #[test]
    fn a_listing_that_is_cut_short_is_not_taken_for_history() {
        assert_eq!(parse(""), Some(Vec::new()));
        assert_eq!(parse("9f1c\0"), None);
        assert_eq!(parse("9f1c"), None);
    }
}
