//! TG117: an Application that follows what moves.

use super::delivery::{Delivery, Followed, Origin};
use super::{Finding, Rule};

pub(super) fn look(delivery: &Delivery) -> impl Iterator<Item = Finding> + '_ {
    let moving = delivery
        .revisions
        .iter()
        .filter_map(|followed| Some((followed, moving(followed)?)));
    moving.map(|(followed, moving)| {
        let when = if delivery.automated.is_some() {
            "goes out by itself"
        } else {
            "goes out with the next sync"
        };
        delivery.place.finding(
            Rule::MovingRevision,
            followed.revision.line,
            format!("`{}` follows {}", delivery.name(), moving.what),
            format!(
                "what is {} next {when}, whoever approved something else",
                moving.happens
            ),
            moving.fix,
        )
    })
}

/// What a revision follows.
pub(super) struct Moving {
    /// After "follows".
    pub(super) what: String,
    /// What makes it move.
    happens: &'static str,
    fix: &'static str,
}

/// Nothing where the revision is one commit or one version. A tag that is no
/// version cannot be told from a branch.
pub(super) fn moving(followed: &Followed) -> Option<Moving> {
    let revision = followed.revision.text.trim();
    match followed.origin {
        Origin::Git => git(revision),
        Origin::Versions => version(revision),
    }
}

fn git(revision: &str) -> Option<Moving> {
    if is_commit(revision) || revision.starts_with("refs/tags/") || has_version(revision) {
        return None;
    }
    let commit = "point `targetRevision` at a commit, and let an approved change move it \
                  (`tidegate adopt`)";
    let (what, happens) = match revision {
        "" | "HEAD" => ("the repository's default branch".to_owned(), "merged"),
        range if is_range(range) => (format!("the newest tag of `{range}`"), "tagged"),
        branch => {
            let short = branch.strip_prefix("refs/heads/").unwrap_or(branch);
            (format!("the branch `{short}`"), "merged")
        }
    };
    Some(Moving {
        what,
        happens,
        fix: commit,
    })
}

fn version(revision: &str) -> Option<Moving> {
    let is_digest = revision.starts_with("sha256:");
    if is_digest || (has_version(revision) && !is_range(revision)) {
        return None;
    }
    let what = match revision {
        "" | "*" => "the newest version".to_owned(),
        range if is_range(range) => format!("the newest version of `{range}`"),
        name => format!("the version `{name}`, which may be another tomorrow"),
    };
    Some(Moving {
        what,
        happens: "published",
        fix: "write one whole version, such as `1.4.2`, and let an approved change raise it",
    })
}

/// A commit, or enough of its beginning for Argo CD (`IsTruncatedCommitSHA` in
/// its `util/git`).
fn is_commit(revision: &str) -> bool {
    revision.len() >= 7 && revision.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// `v1.4`, `1.4.2-rc.1`, or one with the name of a part before it, such as
/// `api/v1.4.2` or `api-1.4.2`. A branch may have a name such as `release-1.4`,
/// so a name needs all three numbers.
fn has_version(revision: &str) -> bool {
    let after = |mark: char| revision.rsplit_once(mark).map(|(_, rest)| rest);
    let is_whole = |text: &str| numbers(text) >= 3;
    numbers(revision) >= 1
        || ['/', '@'].into_iter().filter_map(after).any(is_whole)
        || revision
            .char_indices()
            .any(|(at, letter)| letter == '-' && revision.get(at + 1..).is_some_and(is_whole))
}

/// How many numbers a version has; none where it is no version (Semantic
/// Versioning 2.0.0, with a `v` before it and with fewer numbers, as Argo CD
/// reads it).
fn numbers(text: &str) -> usize {
    let bare = text.strip_prefix('v').unwrap_or(text);
    let core = bare.split(['-', '+']).next().unwrap_or_default();
    let parts: Vec<&str> = core.split('.').collect();
    let is_number =
        |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if parts.len() <= 3 && parts.iter().all(is_number) {
        parts.len()
    } else {
        0
    }
}

/// A range of versions, of which Argo CD takes the newest (`MaxVersion` in its
/// `util/versions`).
fn is_range(revision: &str) -> bool {
    let is_part = |part: &str| {
        let bare = part.strip_prefix('v').unwrap_or(part);
        matches!(bare, "*" | "x" | "X") || bare.bytes().all(|byte| byte.is_ascii_digit())
    };
    let is_wild = revision.contains(['*', 'x', 'X']) && revision.split('.').all(is_part);
    is_wild || revision.starts_with(['^', '~', '>', '<', '=', '!']) || revision.contains("||")
}
