//! Wait reasons in a few words.

use super::WaitReason;

impl WaitReason {
    /// A few words for the board.
    pub fn summary(&self) -> String {
        match self {
            Self::TicketTaken { by } | Self::TargetBusy { by, .. } => format!("change {by}"),
            Self::Ungoverned { .. } => "a policy".to_owned(),
            Self::GovernedTwice { policies, .. } | Self::PolicySplit { policies } => {
                format!("one policy, not {}", policies.len())
            }
            Self::PolicyNotReady { policy, .. } | Self::PeopleUnknown { policy } => {
                format!("policy {policy}")
            }
            Self::Source { .. } => "source".to_owned(),
            Self::Manifests { .. } => "manifests".to_owned(),
            Self::IdentityUnproven { .. } => "admission policies".to_owned(),
            Self::RequesterUnproven { .. } => "proof of its requester".to_owned(),
            Self::Approvals { missing, .. } => missing.to_string(),
            Self::ApprovalsOwed { by, is_overdue, .. } => owed("approval", *is_overdue, by),
            Self::ReviewOwed { by, is_overdue, .. } => owed("review", *is_overdue, by),
            Self::Held { reason } => format!("hold: {reason}"),
            Self::NotBefore { at } => format!("not before {at}"),
            Self::CalendarMissing { calendar, .. } => format!("calendar {calendar}"),
            Self::Calendar { summary, .. } => summary.clone(),
            Self::DependsOn { change, .. } => format!("change {change}"),
            Self::LimitReached { limit, .. } => format!("limit of {limit} running"),
            Self::ApplicationUnready { application, .. } => format!("Application {application}"),
            Self::ApplicationBusy { application, .. } => {
                format!("a sync of {application}")
            }
            Self::ApplicationWindow { application, .. } => {
                format!("sync window of {application}")
            }
            Self::WindowsLifting { project, .. } => format!("windows of {project} to lift"),
            Self::Backup { cluster, .. } => format!("backup in {cluster}"),
            Self::Data { .. } => "data to be back".to_owned(),
            Self::DataNotAllowed { policy, .. } => format!("policy {policy}"),
            Self::Preview => "dry run".to_owned(),
            Self::Refused { .. } => "API server refuses".to_owned(),
            Self::Drifted { .. } => "drift".to_owned(),
            Self::Trouble { .. } => "trouble, trying again".to_owned(),
            Self::Health { stage, .. } => format!("{stage} to be healthy"),
            Self::Soak { stage, .. } => format!("{stage} soaking"),
            Self::Check { check, .. } => format!("check {check}"),
        }
    }
}

fn owed(what: &str, is_overdue: bool, by: &str) -> String {
    if is_overdue {
        format!("{what} overdue")
    } else {
        format!("{what} owed by {by}")
    }
}
