//! What is so, as the shell found it.
//!
//! A fact that was not asked for (see [`super::questions()`]) or is not known yet
//! is `None`; a fact that could not be established is an error with a sentence.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::phase::Phase;
use crate::approval::Approval;
use crate::approval::counts::Head;
use crate::argo_cd::{Application, Pin};
use crate::argo_rollouts::Workloads;
use crate::backup::data::DataSeen;
use crate::calendar::Calendar;
use crate::calendar::exception::ExceptionApproval;
use crate::digest::Digest;
use crate::policy::PolicyFact;
use crate::revision::Revision;
use crate::sync_window::{SyncWindow, SyncWindows};
use crate::target::TargetKey;

/// What is so.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// The ticket.
    pub ticket: Ticket,
    /// Every policy of the cluster.
    pub policies: Arc<[PolicyFact]>,
    /// Every calendar of the cluster, by name.
    pub calendars: Arc<BTreeMap<String, Calendar>>,
    /// The policies that prove who signed and who asked. Read after the change
    /// was, unless its requester is proven already.
    pub identity: Identity,
    /// The commit that the change brings.
    pub source: Option<Result<Source, String>>,
    /// What that commit renders to.
    pub rendered: Option<Result<Rendered, String>>,
    /// What a dry run of the change said.
    pub preview: Option<Preview>,
    /// Every approval that names the change.
    pub approvals: Vec<Approval>,
    /// Every approval of an exception that names the change.
    pub exception_approvals: Vec<SignedException>,
    /// The labels of the targets, as far as they could be read. What is missing
    /// is unknown.
    pub labels: BTreeMap<TargetKey, BTreeMap<String, String>>,
    /// The Applications of Argo CD among the targets; `Err`: why one cannot be
    /// delivered to.
    pub applications: BTreeMap<TargetKey, Result<ApplicationFact, String>>,
    /// Every other change.
    pub others: Vec<OtherChange>,
    /// What the ledger says of the effects of this change, by key.
    pub effects: BTreeMap<String, EffectState>,
    /// What the ledger says in words of effects that are done, by key, where
    /// people are told of them.
    pub told: BTreeMap<String, String>,
    /// What the ledger says ran in a target before it was taken, by the key of that
    /// effect. What is missing nobody knows.
    pub ran_before: BTreeMap<String, Pin>,
    /// Why an effect could not be begun or ended just now.
    pub trouble: Option<String>,
    /// How the backup does that the change asked for in each cluster.
    pub backups: BTreeMap<String, BackupFact>,
    /// How the backup does whose data is brought back, in each cluster.
    pub restorable: BTreeMap<String, BackupFact>,
    /// How the restore does that was asked for last in each cluster.
    pub restores: BTreeMap<String, RestoreFact>,
    /// How far the data of each target is that is brought back; or why that cannot
    /// be seen.
    pub data: BTreeMap<TargetKey, Result<DataSeen, String>>,
    /// How each target does.
    pub observations: BTreeMap<TargetKey, Observation>,
    /// How each verification check does, by its position.
    pub checks: BTreeMap<u32, CheckResult>,
}

/// The ticket, wherever it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Ticket {
    /// Open, and of the right kind.
    #[default]
    Open,
    /// Another change with this ticket has not ended.
    Taken {
        /// The other change's name.
        by: String,
    },
}

/// Whether the API server proves who writes an approval or a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    /// Every admission policy and binding is there, exactly as it was made.
    Proven {
        /// When the last of them was made. Whole seconds: the API server cuts
        /// the rest off.
        since: Timestamp,
    },
    /// Something is missing or altered, so anybody may have written anything.
    Unproven {
        /// What, each in a few words.
        missing: Vec<String>,
        /// The commands with which an administrator puts it right. Empty: none
        /// are known.
        restore: String,
    },
}

impl Identity {
    /// How long after it was made a policy may not bite yet. An API server looks
    /// for new ones every second (`policyRefreshInterval` of its admission
    /// plugins) and hears of them over a watch; the rest is a margin for
    /// replicas that lag and for the seconds that times are cut to.
    pub const BITES_WITHIN: SignedDuration = SignedDuration::from_secs(5);

    /// What was written after this moment, and not in it, names its writer
    /// truly. None: nothing that was ever written is known to.
    pub fn proves_after(&self) -> Option<Timestamp> {
        match self {
            Self::Proven { since } => {
                let bites = since.checked_add(Self::BITES_WITHIN);
                Some(bites.unwrap_or(Timestamp::MAX))
            }
            Self::Unproven { .. } => None,
        }
    }

    /// Whether something written at this moment names its writer truly.
    pub fn proves(&self, written_at: Timestamp) -> bool {
        self.proves_after().is_some_and(|after| written_at > after)
    }
}

/// Nobody has looked.
impl Default for Identity {
    fn default() -> Self {
        Self::Unproven {
            missing: vec!["the admission policies have not been read yet".to_owned()],
            restore: String::new(),
        }
    }
}

/// An approval of an exception.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedException {
    /// When the API server stored it.
    pub at: Timestamp,
    /// What was signed, and by whom.
    pub approval: ExceptionApproval,
}

/// An Application of Argo CD with what binds it.
#[derive(Debug, Clone)]
pub struct ApplicationFact {
    /// The object.
    pub application: Arc<Application>,
    /// The sync windows that bind it.
    pub windows: Arc<SyncWindows>,
    /// Those of them that Tidegate did not publish.
    pub foreign: Arc<ForeignWindows>,
    /// Why nothing should be begun in its cluster now: the cluster does not
    /// answer.
    pub unreachable: Option<String>,
    /// Argo CD may still judge by what global AppProjects said before.
    pub is_outdated: bool,
}

/// The sync windows of one AppProject that bind an Application: of its own, or of
/// a global one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProjectWindows {
    /// The AppProject's name.
    pub project: String,
    /// Its windows, in its order.
    pub windows: Vec<SyncWindow>,
    /// Argo CD applies the AppProject from Git, so what is written into it is
    /// undone.
    pub from_git: bool,
}

/// The sync windows that bind an Application and that Tidegate did not publish.
#[derive(Debug, Clone)]
pub struct ForeignWindows {
    /// The windows.
    pub windows: SyncWindows,
    /// Where each stands: the AppProject, and the position in it, which is how
    /// Argo CD names it.
    pub places: Vec<(String, usize)>,
    /// All of them stand where it would last to lift them.
    pub can_be_written: bool,
}

impl ApplicationFact {
    /// An Application with the windows of its own AppProject and of the global
    /// ones, in Argo CD's order.
    pub fn new(application: Application, projects: &[ProjectWindows]) -> Self {
        let all: Vec<SyncWindow> = projects
            .iter()
            .flat_map(|project| project.windows.iter().cloned())
            .collect();
        let mut foreign = Vec::new();
        let mut places = Vec::new();
        let mut can_be_written = true;
        for project in projects {
            for (position, window) in project.windows.iter().enumerate() {
                if window.is_published() {
                    continue;
                }
                foreign.push(window.clone());
                places.push((project.project.clone(), position));
                can_be_written &= !project.from_git;
            }
        }
        Self {
            application: Arc::new(application),
            windows: Arc::new(SyncWindows::load(&all)),
            foreign: Arc::new(ForeignWindows {
                windows: SyncWindows::load(&foreign),
                places,
                can_be_written,
            }),
            unreachable: None,
            is_outdated: false,
        }
    }
}

/// The commit that the change brings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The full commit.
    pub revision: Revision,
    /// What is known of it.
    pub head: Head,
    /// Addresses of everybody who wrote a commit that is not deployed yet.
    pub authors: Vec<String>,
}

/// What a commit renders to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The commit.
    pub revision: Revision,
    /// Over all targets.
    pub digest: Digest,
    /// Of each target.
    pub targets: BTreeMap<TargetKey, Digest>,
    /// The tool and its version, as evidence.
    pub tool: String,
    /// Objects that cannot go out by share, each with the reason.
    pub unstageable: Vec<Unstageable>,
    /// What of each Application's manifests decides whether it can go out by
    /// share.
    pub workloads: BTreeMap<TargetKey, Workloads>,
}

/// An object that cannot go out by share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unstageable {
    /// The kind, as a policy would name it.
    pub kind: String,
    /// `StatefulSet/db: …`.
    pub why: String,
}

/// What a server-side dry run of the approved manifests said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// When it was made.
    pub at: Timestamp,
    /// Of which manifests.
    pub digest: Digest,
    /// What the API server refuses, each in a sentence.
    pub refused: Vec<String>,
    /// Where the live objects differ from the deployed revision in fields that
    /// the change touches.
    pub drifted: Vec<String>,
}

impl Preview {
    /// When it has to be made again: after five minutes, or after one where it
    /// found something that people are likely mending.
    pub fn stale_at(&self) -> Timestamp {
        let clean = self.refused.is_empty() && self.drifted.is_empty();
        let age = SignedDuration::from_mins(if clean { 5 } else { 1 });
        self.at.checked_add(age).unwrap_or(Timestamp::MAX)
    }
}

/// Another change, as far as it matters to this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherChange {
    /// Its name.
    pub name: String,
    /// Its ticket.
    pub ticket: String,
    /// Where it is.
    pub phase: Phase,
    /// The policy that governs it.
    pub policy: Option<String>,
    /// What it touches.
    pub targets: Vec<TargetKey>,
}

/// What the ledger says of one effect.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EffectState {
    /// It was begun; whether it was done is unknown.
    Begun,
    /// It was done.
    Done,
    /// It was tried and refused, with the reason; trying again would not help.
    Failed(String),
}

/// How a target does, seen after the last effect on it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Observation {
    /// Everything runs, and is what was approved.
    Healthy,
    /// Not yet; what is missing.
    Progressing(String),
    /// Argo CD has found it degraded since then. That may be of a moment ago, so
    /// it counts once it lasts.
    Degraded {
        /// Since when.
        since: Timestamp,
        /// What is wrong.
        why: String,
    },
    /// It will not become healthy, and why.
    Failed(String),
    /// It goes back step by step and would stop on the way; where.
    Halted(String),
    /// It runs, but differs from what was approved.
    Differs(String),
    /// It cannot be seen just now, and why.
    Unknown(String),
}

/// How a backup does.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum BackupFact {
    /// It has not ended; how far it is.
    Progressing(String),
    /// It is complete, and has the data of every claim.
    Usable {
        /// When it was complete.
        completed_at: Timestamp,
        /// When it is deleted.
        expires_at: Option<Timestamp>,
        /// The claims whose data it has.
        volumes: u32,
        /// Warnings that Velero counted.
        warnings: u32,
    },
    /// Nothing may be started on it, and why.
    Unusable(String),
    /// It cannot be seen just now, and why.
    Unknown(String),
}

/// How a restore does.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum RestoreFact {
    /// It has not ended; how far it is.
    Progressing(String),
    /// It has ended without an error.
    Completed {
        /// Warnings that Velero counted.
        warnings: u32,
    },
    /// It failed, and why.
    Broken(String),
    /// It cannot be seen just now, and why.
    Unknown(String),
}

/// How a verification check does.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CheckResult {
    /// It passed.
    Passed,
    /// Not yet; what it said.
    Pending(String),
    /// It can no longer pass.
    Failed(String),
}
