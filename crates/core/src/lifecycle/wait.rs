//! Why a change does not go on, in sentences people understand.

use std::fmt;

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
            Self::Approvals { .. } => "ApprovalsMissing",
            Self::Held { .. } => "Held",
            Self::NotBefore { .. } => "NotBefore",
            Self::CalendarMissing { .. } => "CalendarMissing",
            Self::Calendar { .. } => "CalendarShut",
            Self::DependsOn { .. } => "DependsOn",
            Self::TargetBusy { .. } => "TargetBusy",
            Self::LimitReached { .. } => "LimitReached",
            Self::Preview => "PreviewPending",
            Self::Refused { .. } => "Refused",
            Self::Drifted { .. } => "Drifted",
            Self::Trouble { .. } => "Trouble",
            Self::Health { .. } => "NotHealthy",
            Self::Soak { .. } => "Soaking",
            Self::Check { .. } => "CheckPending",
        }
    }

    /// A few words for the board.
    pub fn summary(&self) -> String {
        match self {
            Self::TicketTaken { by } | Self::TargetBusy { by, .. } => format!("change {by}"),
            Self::Ungoverned { .. } => "a policy".to_owned(),
            Self::GovernedTwice { policies, .. } | Self::PolicySplit { policies } => {
                format!("one policy, not {}", policies.len())
            }
            Self::PolicyNotReady { policy, .. } => format!("policy {policy}"),
            Self::Source { .. } => "source".to_owned(),
            Self::Manifests { .. } => "manifests".to_owned(),
            Self::IdentityUnproven { .. } => "admission policies".to_owned(),
            Self::Approvals { missing, .. } => missing.to_string(),
            Self::Held { reason } => format!("hold: {reason}"),
            Self::NotBefore { at } => format!("not before {at}"),
            Self::CalendarMissing { calendar, .. } => format!("calendar {calendar}"),
            Self::Calendar { summary, .. } => summary.clone(),
            Self::DependsOn { change, .. } => format!("change {change}"),
            Self::LimitReached { limit, .. } => format!("limit of {limit} running"),
            Self::Preview => "dry run".to_owned(),
            Self::Refused { .. } => "API server refuses".to_owned(),
            Self::Drifted { .. } => "drift".to_owned(),
            Self::Trouble { .. } => "trouble, trying again".to_owned(),
            Self::Health { stage, .. } => format!("{stage} to be healthy"),
            Self::Soak { stage, .. } => format!("{stage} soaking"),
            Self::Check { check, .. } => format!("check {check}"),
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

impl fmt::Display for WaitReason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TicketTaken { by } => write!(
                formatter,
                "waits for {by}, which has the same ticket and has not ended; cancel it or use another ticket"
            ),
            Self::Ungoverned { target } => write!(
                formatter,
                "no ChangePolicy governs namespace {} of cluster {}, so Tidegate changes nothing there; somebody who may write policies has to add it to `governs`",
                target.namespace, target.cluster
            ),
            Self::GovernedTwice { target, policies } => write!(
                formatter,
                "{} policies govern {target} ({}); it cannot start until all but one let go of it",
                policies.len(),
                policies.join(", ")
            ),
            Self::PolicySplit { policies } => write!(
                formatter,
                "its targets are governed by different policies ({}); submit one change for each",
                policies.join(", ")
            ),
            Self::PolicyNotReady { policy, problems } => write!(
                formatter,
                "policy {policy} is not ready, and until it is nothing starts under it: {}",
                problems.join("; ")
            ),
            Self::Source { problem: None } => formatter.write_str("the commit is being looked up"),
            Self::Source {
                problem: Some(problem),
            } => write!(formatter, "waits for its source: {problem}"),
            Self::Manifests { problem: None } => {
                formatter.write_str("the manifests are being rendered")
            }
            Self::Manifests {
                problem: Some(problem),
            } => {
                write!(formatter, "its manifests do not render: {problem}")
            }
            Self::IdentityUnproven { missing } => write!(
                formatter,
                "no approval counts while the API server does not prove who signs: {}; an administrator restores it with `tidegate crds | kubectl apply --server-side -f -`",
                missing.join(", ")
            ),
            Self::Approvals {
                missing,
                digest,
                voided,
                outlook,
            } => {
                approvals(formatter, missing, *digest, *voided)?;
                match outlook {
                    Some(outlook) => write!(formatter, "; {outlook}"),
                    None => Ok(()),
                }
            }
            Self::Held { reason } => {
                write!(
                    formatter,
                    "is held ({reason}); `tidegate change hold --release` lets it go on"
                )
            }
            Self::NotBefore { at } => write!(formatter, "is not wanted before {at}"),
            Self::CalendarMissing { calendar, policy } => write!(
                formatter,
                "calendar {calendar}, which policy {policy} names, does not exist, so nothing may start"
            ),
            Self::Calendar { shut, next, .. } => match next {
                Some(next) => write!(formatter, "{shut}; {next}"),
                None => write!(
                    formatter,
                    "{shut}; no window of the next five years is long enough, so the calendar has to change"
                ),
            },
            Self::DependsOn { change, phase } => match phase {
                None => write!(formatter, "depends on {change}, which does not exist"),
                Some(phase) if phase.is_final() => write!(
                    formatter,
                    "depends on {change}, which ended {phase}; cancel this change and submit it again without it"
                ),
                Some(phase) => write!(formatter, "waits for {change} to succeed, which is {phase}"),
            },
            Self::TargetBusy { target, by } => {
                write!(formatter, "waits for {by}, which is at work on {target}")
            }
            Self::LimitReached { policy, limit } => {
                write!(
                    formatter,
                    "waits because policy {policy} lets {limit} of its changes run at once"
                )
            }
            Self::Preview => formatter.write_str("waits for a dry run of these manifests"),
            Self::Refused { problems } => {
                write!(
                    formatter,
                    "the API server would refuse it: {}",
                    problems.join("; ")
                )
            }
            Self::Drifted { fields } => write!(
                formatter,
                "what runs is not what was last deployed, in fields this change touches: {}; bring it back or deploy what runs first",
                fields.join("; ")
            ),
            Self::Trouble { problem } => write!(formatter, "{problem}; it is tried again"),
            Self::Health {
                stage,
                problem,
                until,
            } => {
                write!(
                    formatter,
                    "waits for {stage} to be healthy until {until}: {problem}"
                )
            }
            Self::Soak { stage, until } => {
                write!(
                    formatter,
                    "{stage} is healthy and must stay so until {until}"
                )
            }
            Self::Check {
                check,
                problem,
                until,
            } => {
                write!(
                    formatter,
                    "waits for {check} to pass until {until}: {problem}"
                )
            }
        }
    }
}

fn approvals(
    formatter: &mut fmt::Formatter<'_>,
    missing: &Missing,
    digest: Digest,
    voided: usize,
) -> fmt::Result {
    let short = missing.need.saturating_sub(missing.have);
    let from: Vec<String> = missing
        .groups
        .iter()
        .map(|(group, count)| format!("{count} from @{group}"))
        .collect();
    if short > 0 {
        write!(
            formatter,
            "waits for {} of {}",
            ordinals(missing.have + 1, short),
            digest.short()
        )?;
    } else {
        write!(formatter, "waits for an approval of {}", digest.short())?;
    }
    if !from.is_empty() {
        write!(formatter, ", {}", from.join(" and "))?;
    }
    match voided {
        0 => Ok(()),
        1 => formatter.write_str("; one approval was made that does not count"),
        several => write!(
            formatter,
            "; {several} approvals were made that do not count"
        ),
    }
}

/// `a second approval`, or `2 more approvals`.
fn ordinals(first: u32, count: u32) -> String {
    match (first, count) {
        (1, 1) => "an approval".to_owned(),
        (2, 1) => "a second approval".to_owned(),
        (3, 1) => "a third approval".to_owned(),
        (1, several) => format!("{several} approvals"),
        (_, several) => format!("{several} more approvals"),
    }
}
