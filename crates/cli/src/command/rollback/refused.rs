//! Why a change is not undone, and what to do instead.

use tidegate_core::lifecycle::{Phase, RollbackPoint};

use crate::exit::Exit;
use crate::failure::Explain;

/// Why a change is not undone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refused {
    /// It waits.
    #[error("{name} is {phase} and has not started, so there is nothing to undo")]
    NotStarted {
        /// The change.
        name: String,
        /// Where it is.
        phase: Phase,
    },
    /// It is on its way back.
    #[error("{0} goes back already")]
    GoesBack(String),
    /// A running change goes back as a whole.
    #[error("{0} is running, and is called off as a whole: leave out --target")]
    OnlyWhole(String),
    /// It ended and had not written anything.
    #[error("{name} ended {phase} and wrote nothing, so there is nothing to undo")]
    Untouched {
        /// The change.
        name: String,
        /// How it ended.
        phase: Phase,
    },
    /// What it brought was taken back.
    #[error("{name} ended {phase}: what ran before runs again, so there is nothing to undo")]
    IsBack {
        /// The change.
        name: String,
        /// How it ended.
        phase: Phase,
        /// It has a backup.
        has_data: bool,
    },
    /// Its targets ran the same before.
    #[error("{name} brought what ran before it as well, so there is nothing to undo")]
    BroughtTheSame {
        /// The change.
        name: String,
    },
    /// The status was written before it kept what ran.
    #[error("the status of {name} does not say what ran before it")]
    NothingKept {
        /// The change.
        name: String,
    },
    /// Nothing had been delivered there by a change.
    #[error("nobody knows which commit {target} ran before {name}: no change had been there")]
    NobodyKnows {
        /// The change.
        name: String,
        /// The target.
        target: String,
        /// Its ticket.
        ticket: String,
    },
    /// One change brings one commit.
    #[error(
        "before {name} {}, and one change brings one of them",
        in_words(points)
    )]
    Differ {
        /// The change.
        name: String,
        /// What each target ran.
        points: Vec<RollbackPoint>,
    },
    /// A target that the change does not have.
    #[error("{name} has no target {target}")]
    NoTarget {
        /// The change.
        name: String,
        /// What was asked for.
        target: String,
        /// What there is.
        targets: Vec<String>,
    },
    /// No backup of it could be brought back.
    #[error("{name} has no backup whose data could be brought back")]
    NoBackup {
        /// The change.
        name: String,
        /// What its status says of backups.
        told: Option<String>,
    },
    /// The policy lets nobody discard data.
    #[error("policy {policy} allows no data of {name} to be brought back")]
    Never {
        /// The change.
        name: String,
        /// The policy that it went by.
        policy: String,
    },
    /// The backup is gone.
    #[error("backup {backup} in {cluster} expired {at}, so its data is gone")]
    Expired {
        /// The backup.
        backup: String,
        /// Where it was.
        cluster: String,
        /// When.
        at: String,
    },
}

fn in_words(points: &[RollbackPoint]) -> String {
    let points: Vec<String> = points.iter().map(ToString::to_string).collect();
    points.join(" and ")
}

impl Explain for Refused {
    fn exit(&self) -> Exit {
        match self {
            Self::NoTarget { .. } | Self::OnlyWhole(_) => Exit::WrongInput,
            _ => Exit::No,
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NotStarted { name, .. } => {
                format!("to keep it from starting: tidegate change cancel {name} --reason …")
            }
            Self::GoesBack(name) => format!("tidegate change watch {name}"),
            Self::OnlyWhole(_) | Self::BroughtTheSame { .. } => return None,
            Self::IsBack {
                name,
                has_data: true,
                ..
            } => format!("to bring its data back as well: tidegate rollback {name} --to backup"),
            Self::Untouched { name, .. } | Self::IsBack { name, .. } => {
                format!("tidegate record {name} says what was done")
            }
            Self::NothingKept { name } => format!(
                "tidegate record {name} has it where the targets are taken; submit a change of that commit: tidegate change new --help"
            ),
            Self::NobodyKnows { ticket, .. } => format!(
                "find a commit that is known to be good, and submit it: tidegate change new --ticket {ticket} --revision …"
            ),
            Self::Differ { name, points } => {
                let undo = |point: &RollbackPoint| {
                    format!("tidegate rollback {name} --target {}", point.target.name)
                };
                let commands: Vec<String> = points.iter().map(undo).collect();
                format!("undo each by itself: {}", commands.join("; "))
            }
            Self::NoTarget { targets, .. } => format!("it has {}", targets.join(", ")),
            Self::NoBackup { name, told } => match told {
                Some(told) => format!("its backup: {told}"),
                None => format!("to bring back the code alone: tidegate rollback {name}"),
            },
            Self::Never { .. } => {
                "its backup.restoreData is never; to bring back the code alone leave out --to backup"
                    .to_owned()
            }
            Self::Expired { .. } => "to bring back the code alone leave out --to backup".to_owned(),
        })
    }
}
