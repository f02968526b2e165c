//! What was submitted, and what may still be said about it.

use std::collections::BTreeMap;
use std::fmt;

use jiff::{SignedDuration, Timestamp};

use crate::argo_cd::{ChartVersion, Move};
use crate::change::{ChangeType, Risk};
use crate::lifecycle::Status;
use crate::revision::Revision;
use crate::target::Target;

/// Which commit a change brings, or which version of a chart.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Wanted {
    /// Exactly this commit.
    Revision(Revision),
    /// Whatever this branch or tag points at, looked up again until the change
    /// starts.
    Reference(String),
    /// Exactly this version of a chart of a Helm repository. The digest of its archive
    /// is looked up again until the change starts.
    Chart {
        /// The chart's name.
        name: String,
        /// Its version.
        version: ChartVersion,
    },
}

impl fmt::Display for Wanted {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Revision(revision) => formatter.write_str(revision.short()),
            Self::Reference(reference) => formatter.write_str(reference),
            Self::Chart { name, version } => write!(formatter, "{name} {version}"),
        }
    }
}

/// When the requester wants the change to start.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct WantedWindow {
    /// It does not start earlier, whatever the calendar says.
    pub not_before: Option<Timestamp>,
    /// It has expired when it has not started by then.
    pub not_after: Option<Timestamp>,
}

/// The frozen part of a change: what was submitted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Request {
    /// The ticket, in its own case: `CHG-1234`.
    pub ticket: String,
    /// Its ITIL kind.
    pub kind: ChangeType,
    /// One line that says what it is for.
    pub title: String,
    /// The user who submitted it, as the API server knows them.
    pub requested_by: String,
    /// Where the manifests come from: a URL or a path of a Git repository, or the
    /// URL of a Helm repository.
    pub repository: String,
    /// Which commit of the repository, or which chart.
    pub wanted: Wanted,
    /// Where it lands. Never empty.
    pub targets: Vec<Target>,
    /// The requester's judgement.
    pub risk: Risk,
    /// How long it takes from its start to full health; it starts only where a
    /// window stays open for so long.
    pub expected_duration: SignedDuration,
    /// Changes that must have succeeded before this one starts, by name.
    pub depends_on: Vec<String>,
    /// The earlier change that it undoes. None: it undoes none.
    pub rolls_back: Option<RollsBack>,
}

/// The undoing of an earlier change by a change of its own.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RollsBack {
    /// The earlier change's name.
    pub change: String,
    /// The backups whose data is brought back: the cluster, and the backup's name.
    /// Empty: the data stays as it is.
    pub data: BTreeMap<String, String>,
}

/// What people may still say after submission. None of it voids an approval.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Control {
    /// Stop, and roll back what is half out. Holds the reason.
    pub cancel: Option<String>,
    /// On the way back of a change that is called off, its data is brought back
    /// from its backup as well, where the policy allows that.
    pub restore_data: bool,
    /// Do not start yet. Holds the reason. A change that has started goes on.
    pub hold: Option<String>,
    /// When somebody asked for a backup now, in place of its time. None: nobody
    /// did. It counts only before the start.
    pub backup_requested_at: Option<Timestamp>,
    /// When it is wanted.
    pub window: WantedWindow,
    /// The object is being deleted, which is a cancellation.
    pub deleted: bool,
}

/// One change, with all that Tidegate remembers of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Change {
    /// The object's name: `chg-1234`.
    pub name: String,
    /// The object's identity for as long as it exists.
    pub uid: String,
    /// When it was submitted.
    pub submitted_at: Timestamp,
    /// What was submitted.
    pub request: Request,
    /// What was said since.
    pub control: Control,
    /// How far it has come.
    pub status: Status,
}

impl Change {
    /// The backup of a cluster whose data is brought back this time: that of the
    /// change that it undoes, on the way out of one, and else its own.
    pub fn data_from(&self, cluster: &str, round: u32) -> Option<&str> {
        let undoes = self.request.rolls_back.as_ref();
        if let Some(undoes) = undoes.filter(|undoes| round == 1 && !undoes.data.is_empty()) {
            return undoes.data.get(cluster).map(String::as_str);
        }
        let mut backups = self.status.backups.iter();
        let backup = backups.find(|backup| backup.cluster == cluster)?;
        Some(&backup.name)
    }

    /// What it moves of an Application's pin. None: its commit is not established.
    pub fn moves(&self) -> Option<Move<'_>> {
        match &self.request.wanted {
            Wanted::Chart { version, .. } => Some(Move::Version(version)),
            Wanted::Revision(_) | Wanted::Reference(_) => {
                self.status.revision.as_ref().map(Move::Commit)
            }
        }
    }
}
