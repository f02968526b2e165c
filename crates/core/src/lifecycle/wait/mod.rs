//! Why a change does not go on, in sentences people understand.

mod application;
mod sentence;
mod summary;

use super::phase::Phase;
use super::status::Waiting;
use crate::approval::Missing;
use crate::digest::Digest;
use crate::target::TargetKey;

/// Something a change waits for. Its `Display` is one sentence that names what
/// is missing, who can supply it and when it could go on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum WaitReason {
    /// Another change with the same ticket has not ended.
    TicketTaken {
        /// The other change.
        by: String,
    },
    /// No policy governs this target, so it is not Tidegate's to change.
    Ungoverned {
        /// The target.
        target: TargetKey,
    },
    /// Several policies govern this target.
    GovernedTwice {
        /// The target.
        target: TargetKey,
        /// The policies.
        policies: Vec<String>,
    },
    /// The targets are governed by different policies.
    PolicySplit {
        /// The policies.
        policies: Vec<String>,
    },
    /// The policy cannot be used.
    PolicyNotReady {
        /// The policy.
        policy: String,
        /// Everything that is wrong with it.
        problems: Vec<String>,
    },
    /// The commit is not established.
    Source {
        /// What is wrong. None: it is being looked up.
        problem: Option<String>,
    },
    /// The manifests are not established.
    Manifests {
        /// What is wrong. None: they are being rendered.
        problem: Option<String>,
    },
    /// Nothing proves who signs approvals.
    IdentityUnproven {
        /// What is missing or altered.
        missing: Vec<String>,
        /// The commands that put it right. Empty: none are known.
        restore: String,
    },
    /// Nothing proved who asked for the change, so nobody can be told from them.
    RequesterUnproven {
        /// When the policies that do so came into force.
        since: String,
    },
    /// Too few approvals count.
    Approvals {
        /// How many, and from whom.
        missing: Missing,
        /// Of which manifests.
        digest: Digest,
        /// How many were made that do not count.
        voided: usize,
        /// When it could start, once they are there.
        outlook: Option<String>,
    },
    /// An emergency owes approvals.
    ApprovalsOwed {
        /// How many.
        missing: Missing,
        /// By when.
        by: String,
        /// That time is over.
        is_overdue: bool,
        /// Who says that it should not have run.
        objection: Option<String>,
    },
    /// An emergency owes a review.
    ReviewOwed {
        /// By when.
        by: String,
        /// That time is over.
        is_overdue: bool,
        /// How many were made that do not count.
        voided: usize,
    },
    /// The policy that says which names belong to one person cannot be read, so
    /// nothing settles what an emergency owes.
    PeopleUnknown {
        /// Which.
        policy: String,
    },
    /// Somebody asked to wait.
    Held {
        /// Why.
        reason: String,
    },
    /// The requester wants it later.
    NotBefore {
        /// When.
        at: String,
    },
    /// The calendar that the policy names is not there.
    CalendarMissing {
        /// Its name.
        calendar: String,
        /// The policy.
        policy: String,
    },
    /// The calendar lets nothing start now.
    Calendar {
        /// Why it is shut now.
        shut: String,
        /// A few words for the board.
        summary: String,
        /// When it could start. None: in no foreseeable time.
        next: Option<String>,
    },
    /// Another change must have succeeded before.
    DependsOn {
        /// The other change.
        change: String,
        /// Where it is. None: it is not there.
        phase: Option<Phase>,
    },
    /// Another change is at work on this target.
    TargetBusy {
        /// The target.
        target: TargetKey,
        /// The other change.
        by: String,
    },
    /// The policy lets no more changes run at once.
    LimitReached {
        /// The policy.
        policy: String,
        /// Its limit.
        limit: u32,
    },
    /// An Application of Argo CD cannot be delivered to.
    ApplicationUnready {
        /// Its name.
        application: String,
        /// Why, and what to do; goes on from its name.
        problem: String,
    },
    /// Somebody else's operation runs on an Application.
    ApplicationBusy {
        /// Its name.
        application: String,
        /// Who asked for it.
        by: String,
        /// What it does.
        message: String,
    },
    /// Argo CD's sync windows do not allow a sync of an Application.
    ApplicationWindow {
        /// Its name.
        application: String,
        /// Why.
        shut: String,
        /// When they do. None: in no foreseeable time.
        next: Option<String>,
    },
    /// Sync windows are being lifted.
    WindowsLifting {
        /// The Application that they are in the way of.
        application: String,
        /// Its AppProject.
        project: String,
        /// Others than Tidegate published are among them.
        foreign: bool,
    },
    /// A backup is not known to be usable yet.
    Backup {
        /// Its name.
        name: String,
        /// The cluster that it is in.
        cluster: String,
        /// How far it is, or what is in the way.
        says: String,
        /// How long that may take.
        until: String,
    },
    /// Data is being brought back.
    Data {
        /// How far it is, or what is in the way.
        says: String,
        /// How long that may take.
        until: String,
    },
    /// The change would bring data back, and its policy does not allow that.
    DataNotAllowed {
        /// The policy.
        policy: String,
        /// Why not.
        why: String,
    },
    /// The dry run of the change has not been made for these manifests yet.
    Preview,
    /// The API server would refuse the change.
    Refused {
        /// What it says.
        problems: Vec<String>,
    },
    /// The live objects are not what was last deployed.
    Drifted {
        /// Where.
        fields: Vec<String>,
    },
    /// An effect could not be carried out just now; it is tried again.
    Trouble {
        /// What, and why.
        problem: String,
    },
    /// A target is not healthy yet.
    Health {
        /// Where: a stage, or `the previous revision`.
        stage: String,
        /// What is missing.
        problem: String,
        /// Until when it may take.
        until: String,
    },
    /// The stage is healthy and must stay so.
    Soak {
        /// The stage.
        stage: String,
        /// Until when.
        until: String,
    },
    /// A verification check has not passed.
    Check {
        /// Which.
        check: String,
        /// What it says.
        problem: String,
        /// Until when it may take.
        until: String,
    },
}

/// The word for an effect that did not work just now.
pub(super) const TROUBLE: &str = "Trouble";

impl WaitReason {
    /// A stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TicketTaken { .. } => "TicketTaken",
            Self::Ungoverned { .. } => "Ungoverned",
            Self::GovernedTwice { .. } => "GovernedTwice",
            Self::PolicySplit { .. } => "PolicySplit",
            Self::PolicyNotReady { .. } => "PolicyNotReady",
            Self::Source { .. } => "SourceUnknown",
            Self::Manifests { .. } => "ManifestsUnknown",
            Self::IdentityUnproven { .. } => "IdentityUnproven",
            Self::RequesterUnproven { .. } => "RequesterUnproven",
            Self::Approvals { .. } => "ApprovalsMissing",
            Self::ApprovalsOwed { .. } => "ApprovalsOwed",
            Self::ReviewOwed { .. } => "ReviewOwed",
            Self::PeopleUnknown { .. } => "PeopleUnknown",
            Self::Held { .. } => "Held",
            Self::NotBefore { .. } => "NotBefore",
            Self::CalendarMissing { .. } => "CalendarMissing",
            Self::Calendar { .. } => "CalendarShut",
            Self::DependsOn { .. } => "DependsOn",
            Self::TargetBusy { .. } => "TargetBusy",
            Self::LimitReached { .. } => "LimitReached",
            Self::ApplicationUnready { .. } => "ApplicationUnready",
            Self::ApplicationBusy { .. } => "ApplicationBusy",
            Self::ApplicationWindow { .. } => "SyncWindowShut",
            Self::WindowsLifting { .. } => "WindowsLifting",
            Self::Backup { .. } => "BackupPending",
            Self::Data { .. } => "DataPending",
            Self::DataNotAllowed { .. } => "DataNotAllowed",
            Self::Preview => "PreviewPending",
            Self::Refused { .. } => "Refused",
            Self::Drifted { .. } => "Drifted",
            Self::Trouble { .. } => TROUBLE,
            Self::Health { .. } => "NotHealthy",
            Self::Soak { .. } => "Soaking",
            Self::Check { .. } => "CheckPending",
        }
    }

    /// The three renderings in one value, as they stand in a status.
    pub fn to_waiting(&self) -> Waiting {
        Waiting {
            reason: self.code().to_owned(),
            summary: self.summary(),
            message: self.to_string(),
        }
    }
}
