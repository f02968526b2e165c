//! Which exceptions count.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

use super::{Exception, ExceptionDigest};
use crate::approval::People;
use crate::calendar::passes::Granted;
use crate::calendar::{Calendar, render};

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
    /// Those that count, for [`Passes::granted`](crate::calendar::Passes::granted).
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

impl Refused {
    /// Its time is over, so that no approval helps it any more.
    pub fn is_over(&self) -> bool {
        self.why
            .iter()
            .any(|why| matches!(why, NotGranted::Over { .. }))
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
            // Somebody who says the same twice is told about once.
            Err(reason) if why.contains(&reason) => {}
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
