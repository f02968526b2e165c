//! Named exceptions: one change that may pass one freeze.
//!
//! An exception that is written opens nothing. It counts once somebody of the
//! group that the calendar names, and who neither asked for the change nor
//! wrote any of it, has approved exactly this exception: the approval is bound
//! to a digest of what the exception says, so whoever edits it needs another.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

use super::entry::Effect;
use super::local::{Moment, MomentError};
use super::passes::Granted;
use super::{Calendar, render, spec};
use crate::approval::People;
use crate::digest::{Digest, ParseDigestError};

/// An exception as it is written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExceptionSpec {
    /// What people call it.
    pub name: String,
    /// The freeze that lets the change through.
    pub freeze: String,
    /// The change's name.
    pub change: String,
    /// Why the change cannot wait.
    pub reason: String,
    /// The first moment at which it no longer counts; see [`Moment::parse`].
    pub until: String,
}

/// An exception that can be approved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    /// What people call it.
    pub name: Arc<str>,
    /// The freeze that lets the change through.
    pub freeze: Arc<str>,
    /// The change's name.
    pub change: Arc<str>,
    /// Why the change cannot wait.
    pub reason: Arc<str>,
    /// The first instant at which it no longer counts.
    pub until: Timestamp,
    /// What an approval of it must name.
    pub digest: ExceptionDigest,
}

/// The exceptions of a calendar.
#[derive(Debug, Clone)]
pub struct Exceptions {
    /// The group whose members may approve them; none counts without one.
    pub by: Option<Arc<str>>,
    /// In the order they were written. One that is broken opens nothing and
    /// shuts nothing.
    pub list: Vec<Result<Exception, ExceptionError>>,
    /// The zone in which their times are told.
    zone: TimeZone,
}

impl Default for Exceptions {
    fn default() -> Self {
        Self {
            by: None,
            list: Vec::new(),
            zone: TimeZone::UTC,
        }
    }
}

/// Why an exception cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ExceptionError {
    /// `until` is not a date and time.
    #[error("exception {name}: `until: {text}` is not usable: {source}")]
    Until {
        /// The exception's name.
        name: String,
        /// The text as it was written.
        text: String,
        /// What is wrong with it.
        source: MomentError,
    },
    /// The calendar has no freeze of this name.
    #[error("exception {name}: the calendar has no freeze {freeze}")]
    NoFreeze {
        /// The exception's name.
        name: String,
        /// The freeze as it was written.
        freeze: String,
    },
    /// Several freezes have the name.
    #[error("exception {name}: the calendar has several freezes {freeze}")]
    SeveralFreezes {
        /// The exception's name.
        name: String,
        /// Their name.
        freeze: String,
    },
    /// A field is empty.
    #[error("exception {name}: `{field}` is empty")]
    Empty {
        /// The exception's name.
        name: String,
        /// The field.
        field: &'static str,
    },
    /// Another exception has the same name.
    #[error("exception {name}: another one has this name")]
    Twice {
        /// The exception's name.
        name: String,
    },
    /// The calendar does not say who may approve it.
    #[error("exception {name}: nobody can approve it until `exceptionsBy` names a group")]
    NoGroup {
        /// The exception's name.
        name: String,
    },
    /// The calendar's zone does not exist.
    #[error("exception {name}: time zone `{zone}` does not exist")]
    UnknownZone {
        /// The exception's name.
        name: String,
        /// The zone as it was written.
        zone: String,
    },
}

impl ExceptionError {
    /// The exception's name.
    pub fn name(&self) -> &str {
        match self {
            Self::Until { name, .. }
            | Self::NoFreeze { name, .. }
            | Self::SeveralFreezes { name, .. }
            | Self::Empty { name, .. }
            | Self::Twice { name }
            | Self::NoGroup { name }
            | Self::UnknownZone { name, .. } => name,
        }
    }
}

impl Exceptions {
    pub(super) fn parse(
        specs: &[ExceptionSpec],
        by: Option<&str>,
        time_zone: &str,
        calendar: &Calendar,
    ) -> Self {
        let by = by.filter(|group| !group.trim().is_empty());
        let known = spec::zone(time_zone);
        let read = |(index, written): (usize, &ExceptionSpec)| {
            let name = || written.name.clone();
            let earlier = specs.iter().take(index);
            if earlier.into_iter().any(|other| other.name == written.name) {
                return Err(ExceptionError::Twice { name: name() });
            }
            if by.is_none() {
                return Err(ExceptionError::NoGroup { name: name() });
            }
            let zone = known.as_ref().ok_or_else(|| ExceptionError::UnknownZone {
                name: name(),
                zone: time_zone.to_owned(),
            })?;
            Exception::parse(written, zone, calendar)
        };
        Self {
            by: by.map(Into::into),
            list: specs.iter().enumerate().map(read).collect(),
            zone: known.unwrap_or(TimeZone::UTC),
        }
    }

    /// Those that can be approved.
    pub fn usable(&self) -> impl Iterator<Item = &Exception> {
        self.list
            .iter()
            .filter_map(|exception| exception.as_ref().ok())
    }

    /// What is wrong with the others.
    pub fn broken(&self) -> impl Iterator<Item = &ExceptionError> {
        self.list
            .iter()
            .filter_map(|exception| exception.as_ref().err())
    }
}

impl Exception {
    fn parse(
        spec: &ExceptionSpec,
        zone: &TimeZone,
        calendar: &Calendar,
    ) -> Result<Self, ExceptionError> {
        let name = || spec.name.clone();
        for (field, text) in [
            ("name", &spec.name),
            ("freeze", &spec.freeze),
            ("change", &spec.change),
            ("reason", &spec.reason),
        ] {
            if text.trim().is_empty() {
                return Err(ExceptionError::Empty {
                    name: name(),
                    field,
                });
            }
        }
        let freezes = calendar.entries.iter().filter(|entry| {
            let (effect, name) = match entry {
                Ok(entry) => (entry.effect, &entry.name),
                Err(broken) => (broken.effect, &broken.name),
            };
            effect == Effect::Deny && **name == *spec.freeze
        });
        let freeze = spec.freeze.clone();
        match freezes.count() {
            1 => {}
            0 => {
                return Err(ExceptionError::NoFreeze {
                    name: name(),
                    freeze,
                });
            }
            _ => {
                return Err(ExceptionError::SeveralFreezes {
                    name: name(),
                    freeze,
                });
            }
        }
        // A time that comes twice ends it the first time: in doubt the gate is
        // shut.
        let until = Moment::parse(&spec.until)
            .and_then(|moment| moment.end(zone, Effect::Allow))
            .map_err(|source| ExceptionError::Until {
                name: name(),
                text: spec.until.clone(),
                source,
            })?;
        Ok(Self {
            name: spec.name.as_str().into(),
            freeze: freeze.into(),
            change: spec.change.as_str().into(),
            reason: spec.reason.as_str().into(),
            until,
            digest: ExceptionDigest::new(&calendar.name, spec, until),
        })
    }
}

/// What an exception says, as a SHA-256.
///
/// It is the SHA-256 of the canonical JSON (RFC 8785) of one array of texts:
///
/// ```json
/// ["tidegate.dev/exception", "CALENDAR", "NAME", "FREEZE", "CHANGE", "REASON", "UNTIL"]
/// ```
///
/// `UNTIL` is the instant in UTC (RFC 3339, `Z`), so that another zone of the
/// calendar voids an approval when it moves the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ExceptionDigest(Digest);

impl ExceptionDigest {
    fn new(calendar: &str, spec: &ExceptionSpec, until: Timestamp) -> Self {
        let until = until.to_string();
        // An array of texts has only one compact form, and it is the canonical
        // one.
        let array: Value = [
            "tidegate.dev/exception",
            calendar,
            &spec.name,
            &spec.freeze,
            &spec.change,
            &spec.reason,
            &until,
        ]
        .into_iter()
        .collect();
        Self(Digest::of(array.to_string().as_bytes()))
    }
}

impl fmt::Display for ExceptionDigest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl FromStr for ExceptionDigest {
    type Err = ParseDigestError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// That somebody has approved an exception, as the API server recorded it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExceptionApproval {
    /// The calendar's name.
    pub calendar: String,
    /// The exception's name.
    pub exception: String,
    /// What the exception said when it was approved.
    pub digest: ExceptionDigest,
    /// The authenticated user who wrote it.
    pub approver: String,
    /// Groups that the authenticator says the user is in.
    pub groups: Vec<String>,
}

/// The change that asks, and who is behind it.
#[derive(Debug, Clone, Copy)]
pub struct Asking<'a> {
    /// The change's name.
    pub change: &'a str,
    /// Who asked for the change.
    pub requester: &'a str,
    /// The addresses of everybody who wrote a commit that it brings.
    pub authors: &'a [String],
    /// Which names belong to one person.
    pub people: &'a People,
    /// The policies that prove who signed are in force; without them no
    /// approval counts.
    pub protected: bool,
}

/// What became of the exceptions for a change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Those that count, for [`Passes::granted`](super::Passes::granted).
    pub granted: Vec<Granted>,
    /// The others, each with every reason.
    pub refused: Vec<Refused>,
}

/// An exception that does not count. It displays as one sentence without a full
/// stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The exception's name.
    pub exception: Arc<str>,
    /// Why, never empty.
    pub why: Vec<NotGranted>,
}

/// Why an exception, or one approval of it, does not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotGranted {
    /// Its time is over.
    Over {
        /// Since when, by the calendar's zone.
        since: String,
    },
    /// Nobody has approved it.
    Nobody {
        /// The group whose members could.
        group: Arc<str>,
    },
    /// The approver is not in the group.
    NotInGroup {
        /// Who approved.
        approver: String,
        /// The group whose members could.
        group: Arc<str>,
    },
    /// The exception has been edited since.
    OtherText {
        /// Who approved.
        approver: String,
    },
    /// The approver asked for the change.
    Requester {
        /// Who approved.
        approver: String,
    },
    /// The approver wrote one of the commits.
    Author {
        /// Who approved.
        approver: String,
    },
    /// Nothing says which person the approver is.
    Unmapped {
        /// Who approved.
        approver: String,
    },
    /// Nothing says who asked for the change or wrote a commit of it, so it
    /// could be the approver.
    OriginUnknown {
        /// Who approved.
        approver: String,
    },
    /// The checks that bind approvals to people are not in force.
    Unprotected,
}

impl fmt::Display for NotGranted {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Over { since } => write!(formatter, "it is over since {since}"),
            Self::Nobody { group } => write!(formatter, "nobody of {group} has approved it"),
            Self::NotInGroup { approver, group } => {
                write!(formatter, "{approver} approved it and is not in {group}")
            }
            Self::OtherText { approver } => {
                write!(formatter, "{approver} approved it before it was edited")
            }
            Self::Requester { approver } => {
                write!(formatter, "{approver} approved it and asked for the change")
            }
            Self::Author { approver } => {
                write!(formatter, "{approver} approved it and wrote a commit of the change")
            }
            Self::Unmapped { approver } => write!(
                formatter,
                "{approver} approved it and is nobody that the policy knows as a person"
            ),
            Self::OriginUnknown { approver } => write!(
                formatter,
                "{approver} approved it and cannot be told from whoever asked for or wrote the change"
            ),
            Self::Unprotected => formatter.write_str(
                "no approval counts while the policies that prove who signed are missing or altered",
            ),
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let why: Vec<String> = self.why.iter().map(ToString::to_string).collect();
        write!(
            formatter,
            "exception {} does not count: {}",
            self.exception,
            why.join("; ")
        )
    }
}

/// Which exceptions of the calendar count for a change.
///
/// One counts while it is not over, for the change that it names (whose name is
/// compared without regard to case, since tickets are written in upper case),
/// with one approval of exactly its text by a person in the calendar's group
/// who neither asked for the change nor wrote any of it.
pub fn granted(
    calendar: &Calendar,
    asking: &Asking<'_>,
    approvals: &[ExceptionApproval],
    now: Timestamp,
) -> Verdict {
    let mut verdict = Verdict::default();
    let Some(group) = &calendar.exceptions.by else {
        return verdict;
    };
    let for_change = |exception: &&Exception| exception.change.eq_ignore_ascii_case(asking.change);
    for exception in calendar.exceptions.usable().filter(for_change) {
        match judge(calendar, exception, group, asking, approvals, now) {
            Ok(()) => verdict.granted.push(Granted {
                exception: exception.name.clone(),
                change: exception.change.clone(),
                freeze: exception.freeze.clone(),
                until: exception.until,
            }),
            Err(why) => verdict.refused.push(Refused {
                exception: exception.name.clone(),
                why,
            }),
        }
    }
    verdict
}

fn judge(
    calendar: &Calendar,
    exception: &Exception,
    group: &Arc<str>,
    asking: &Asking<'_>,
    approvals: &[ExceptionApproval],
    now: Timestamp,
) -> Result<(), Vec<NotGranted>> {
    if now >= exception.until {
        let since = render::moment(exception.until, &calendar.exceptions.zone);
        return Err(vec![NotGranted::Over { since }]);
    }
    if !asking.protected {
        return Err(vec![NotGranted::Unprotected]);
    }
    let mut why = Vec::new();
    let of_exception = |approval: &&ExceptionApproval| {
        approval.calendar == calendar.name && *approval.exception == *exception.name
    };
    for approval in approvals.iter().filter(of_exception) {
        match counts(approval, exception, group, asking) {
            Ok(()) => return Ok(()),
            Err(reason) => why.push(reason),
        }
    }
    if why.is_empty() {
        why.push(NotGranted::Nobody {
            group: group.clone(),
        });
    }
    Err(why)
}

fn counts(
    approval: &ExceptionApproval,
    exception: &Exception,
    group: &Arc<str>,
    asking: &Asking<'_>,
) -> Result<(), NotGranted> {
    let approver = || approval.approver.clone();
    if approval.digest != exception.digest {
        return Err(NotGranted::OtherText {
            approver: approver(),
        });
    }
    if !approval.groups.iter().any(|name| **name == **group) {
        return Err(NotGranted::NotInGroup {
            approver: approver(),
            group: group.clone(),
        });
    }
    let person = |name: &str| {
        // A service account may stand in a list of names; it is nobody.
        let account = name.trim().starts_with("system:serviceaccount:");
        asking.people.person(name).filter(|_| !account)
    };
    let Some(by) = person(&approval.approver) else {
        return Err(NotGranted::Unmapped {
            approver: approver(),
        });
    };
    let unknown = NotGranted::OriginUnknown {
        approver: approver(),
    };
    match asking.people.person(asking.requester) {
        None => return Err(unknown),
        Some(requester) if requester == by => {
            return Err(NotGranted::Requester {
                approver: approver(),
            });
        }
        Some(_) => {}
    }
    for author in asking.authors {
        match asking.people.person(author) {
            None => return Err(unknown),
            Some(author) if author == by => {
                return Err(NotGranted::Author {
                    approver: approver(),
                });
            }
            Some(_) => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
