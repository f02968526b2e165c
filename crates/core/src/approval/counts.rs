//! Whether one approval counts. This is the only place that decides it.

use std::fmt;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::people::{People, Person};
use crate::calendar::render::moment;
use crate::digest::Digest;
use crate::revision::Revision;

/// What somebody said about a change, as the API server recorded it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Approval {
    /// The object's name.
    pub name: String,
    /// The authenticated user who wrote it.
    pub approver: String,
    /// Groups that the authenticator says the user is in.
    pub groups: Vec<String>,
    /// The commit they looked at.
    pub revision: Revision,
    /// The rendered manifests they looked at.
    pub digest: Digest,
    /// Yes or no.
    pub decision: Decision,
    /// When the API server stored it.
    pub at: Timestamp,
    /// What else they said; the findings of a review.
    pub comment: String,
}

/// Yes or no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Decision {
    /// The change may run.
    Approved,
    /// The change must not run.
    Rejected,
    /// What an emergency did was looked at afterwards. Neither yes nor no.
    Reviewed,
}

/// What an approval is held against.
#[derive(Debug, Clone)]
pub struct Subject<'a> {
    /// The commit that would run.
    pub revision: &'a Revision,
    /// What is known of that commit.
    pub head: &'a Head,
    /// The manifests that would run.
    pub digest: &'a Digest,
    /// The tool that renders them, with its version.
    pub tool: &'a str,
    /// What earlier looks rendered to.
    pub renderings: &'a [Rendering],
    /// Who asked for the change.
    pub requester: &'a str,
    /// The API server proved that they did.
    pub requester_proven: bool,
    /// The API server proved who signed what was written after this moment, and
    /// not in it. None: it proves nothing.
    pub proven_after: Option<Timestamp>,
    /// E-mail addresses of everybody who wrote a commit that the change brings.
    /// An empty one is an author nobody can name.
    pub authors: &'a [String],
    /// Which names belong to one person.
    pub people: &'a People,
    /// How long an approval counts.
    pub valid_for: Option<SignedDuration>,
}

/// What a commit was once rendered to.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Rendering {
    /// The manifests.
    pub digest: Digest,
    /// The tool that rendered them, with its version.
    pub rendered_by: String,
}

/// The commit that would run, as far as it matters to approvals.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Head {
    /// Its parents: more than one makes it a merge.
    pub parents: Vec<Revision>,
    /// Its subject line.
    pub subject: String,
    /// Its author's address.
    pub author: String,
}

/// Why an approval does not count.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum NotCounted {
    /// It is for another commit.
    OtherRevision {
        /// The commit approved.
        approved: Revision,
        /// The commit that would run.
        now: Revision,
        /// Its subject line.
        subject: String,
        /// Its author. Empty: a chart has none.
        author: String,
    },
    /// The commit renders to other manifests than those approved.
    OtherManifests {
        /// What was approved.
        approved: Digest,
        /// What would run.
        now: Digest,
        /// The tool that rendered what was approved, and the one that renders
        /// now, where they are different ones.
        tools: Option<(String, String)>,
    },
    /// The approver wrote one of the commits.
    Author,
    /// The approver asked for the change.
    Requester,
    /// Nothing says which person asked for the change, so anybody could have.
    RequesterUnknown,
    /// Nothing proved who asked for the change when it was submitted.
    RequesterUnproven,
    /// A service account is not a person.
    ServiceAccount,
    /// The approver has no name.
    Nameless,
    /// Nothing says which person this user name is.
    Unmapped,
    /// It is older than the policy lets approvals become.
    Expired {
        /// When it stopped counting.
        at: Timestamp,
    },
    /// A commit names no author, so anybody could be its author.
    AuthorUnknown,
    /// The same person has approved already.
    SamePerson,
    /// The approver is in none of the groups that may let an emergency start.
    OtherGroup {
        /// These groups.
        groups: Vec<String>,
    },
    /// The checks that bind approvals to people are not in force.
    Unprotected,
    /// They were not when it was written.
    SignedBefore {
        /// When they came into force.
        since: Timestamp,
    },
}

impl fmt::Display for NotCounted {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherRevision {
                approved,
                now,
                subject,
                author,
            } => {
                write!(
                    formatter,
                    "approved {}; now it would run {}",
                    approved.short(),
                    now.short()
                )?;
                if subject.is_empty() {
                    return Ok(());
                }
                if author.is_empty() {
                    return write!(formatter, " ({subject})");
                }
                write!(formatter, " ({subject}, by {author})")
            }
            Self::OtherManifests {
                approved,
                now,
                tools,
            } => {
                write!(
                    formatter,
                    "approved manifests {}; the same commit now renders to {}",
                    approved.short(),
                    now.short()
                )?;
                match tools {
                    Some((then, now)) => {
                        write!(formatter, ", with {now} and no longer {then}")
                    }
                    None => Ok(()),
                }
            }
            Self::Author => formatter.write_str("wrote a commit of this change"),
            Self::Requester => formatter.write_str("asked for this change"),
            Self::RequesterUnknown => formatter.write_str(
                "cannot be told from whoever asked for this change: the policy does not say whose name that is",
            ),
            Self::RequesterUnproven => formatter.write_str(
                "cannot be told from whoever asked for this change: nothing proved who that was",
            ),
            Self::ServiceAccount => formatter.write_str("is a service account, not a person"),
            Self::Nameless => formatter.write_str("has no user name"),
            Self::Unmapped => formatter
                .write_str("is not an e-mail address and the policy does not say whose name it is"),
            Self::Expired { at } => {
                write!(formatter, "expired {}", moment(*at, &TimeZone::UTC))
            }
            Self::AuthorUnknown => {
                formatter.write_str("cannot be told from the author of a commit without an address")
            }
            Self::SamePerson => formatter.write_str("has approved already"),
            Self::OtherGroup { groups } => write!(
                formatter,
                "does not speak for {}, who may let an emergency start",
                groups.join(" or ")
            ),
            Self::Unprotected => formatter.write_str(
                "is not protected: the policies that prove who signed are missing or altered",
            ),
            Self::SignedBefore { since } => write!(
                formatter,
                "was written before the policies that prove who signed came into force ({}); approve again",
                moment(*since, &TimeZone::UTC)
            ),
        }
    }
}

/// Decides whether this approval speaks for the change, and for whom.
///
/// A rejection is judged by the same rules: what nobody provable said, or said
/// of something else, stops nothing either.
pub fn counts(
    approval: &Approval,
    subject: &Subject<'_>,
    now: Timestamp,
) -> Result<Person, NotCounted> {
    match subject.proven_after {
        None => return Err(NotCounted::Unprotected),
        Some(since) if approval.at <= since => return Err(NotCounted::SignedBefore { since }),
        Some(_) => {}
    }
    let name = approval.approver.trim();
    if name.is_empty() {
        return Err(NotCounted::Nameless);
    }
    if name.starts_with("system:serviceaccount:") {
        return Err(NotCounted::ServiceAccount);
    }
    let person = subject.people.person(name).ok_or(NotCounted::Unmapped)?;
    if approval.revision != *subject.revision && !merged_unchanged(approval, subject) {
        return Err(NotCounted::OtherRevision {
            approved: approval.revision.clone(),
            now: subject.revision.clone(),
            subject: subject.head.subject.clone(),
            author: subject.head.author.clone(),
        });
    }
    if approval.digest != *subject.digest {
        return Err(NotCounted::OtherManifests {
            approved: approval.digest,
            now: *subject.digest,
            tools: other_tool(approval, subject),
        });
    }
    if !subject.requester_proven {
        return Err(NotCounted::RequesterUnproven);
    }
    match subject.people.person(subject.requester) {
        None => return Err(NotCounted::RequesterUnknown),
        Some(requester) if requester == person => return Err(NotCounted::Requester),
        Some(_) => {}
    }
    for author in subject.authors {
        match subject.people.person(author) {
            None => return Err(NotCounted::AuthorUnknown),
            Some(author) if author == person => return Err(NotCounted::Author),
            Some(_) => {}
        }
    }
    if let Some(end) = expiry(approval, subject.valid_for)
        && now >= end
    {
        return Err(NotCounted::Expired { at: end });
    }
    Ok(person)
}

/// The tools, if another one rendered what was approved.
fn other_tool(approval: &Approval, subject: &Subject<'_>) -> Option<(String, String)> {
    let mut renderings = subject.renderings.iter();
    let then = renderings.find(|rendering| rendering.digest == approval.digest)?;
    (then.rendered_by != subject.tool).then(|| (then.rendered_by.clone(), subject.tool.to_owned()))
}

/// When an approval stops counting by age. None: never.
pub fn expiry(approval: &Approval, valid_for: Option<SignedDuration>) -> Option<Timestamp> {
    valid_for.map(|age| approval.at.checked_add(age).unwrap_or(Timestamp::MAX))
}

/// A merge that changes nothing of what was approved keeps the approval: the
/// approved commit is a parent of the merge, and the manifests are the same.
fn merged_unchanged(approval: &Approval, subject: &Subject<'_>) -> bool {
    subject.head.parents.len() > 1
        && subject.head.parents.contains(&approval.revision)
        && approval.digest == *subject.digest
}
