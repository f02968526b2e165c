//! Named exceptions: one change that may pass one freeze.
//!
//! An exception that is written opens nothing. It counts once somebody of the
//! group that the calendar names, and who neither asked for the change nor
//! wrote any of it, has approved exactly this exception: the approval is bound
//! to a digest of what the exception says, so whoever edits it needs another.

mod verdict;

pub use verdict::{Asking, ExceptionApproval, NotGranted, Refused, Verdict, granted};

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
use super::{Calendar, spec};
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
    #[error("exception {name}: `until: {text}` is not usable: {problem}")]
    Until {
        /// The exception's name.
        name: String,
        /// The text as it was written.
        text: String,
        /// What is wrong with it.
        problem: MomentError,
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
            .map_err(|problem| ExceptionError::Until {
                name: name(),
                text: spec.until.clone(),
                problem,
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

#[cfg(test)]
mod tests;
