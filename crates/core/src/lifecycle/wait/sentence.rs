//! Wait reasons as sentences: what is missing, who can supply it, and when it
//! could go on.

use std::fmt;

use super::WaitReason;
use crate::approval::Missing;
use crate::digest::Digest;

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
            Self::IdentityUnproven { missing, restore } => {
                write!(
                    formatter,
                    "no approval counts that is made before the API server proves who signs: {}",
                    missing.join(", ")
                )?;
                if restore.is_empty() {
                    return Ok(());
                }
                write!(
                    formatter,
                    "; an administrator restores that with `{restore}`"
                )
            }
            Self::RequesterUnproven { since } => write!(
                formatter,
                "nothing proved who asked for it when it was submitted: the policies that do so came into force later ({since}); cancel it and submit it again"
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
            other => other.fmt_later(formatter),
        }
    }
}

impl WaitReason {
    /// The reasons of a change that is established and approved.
    fn fmt_later(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
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
            Self::ApplicationUnready { .. }
            | Self::ApplicationBusy { .. }
            | Self::ApplicationWindow { .. }
            | Self::WindowsLifting { .. } => super::application::fmt(self, formatter),
            Self::Backup {
                name,
                cluster,
                says,
                until,
            } => write!(
                formatter,
                "waits for backup {name} in {cluster} until {until}: {says}"
            ),
            Self::Data { says, until } => {
                write!(
                    formatter,
                    "waits for its data to be back until {until}: {says}"
                )
            }
            Self::DataNotAllowed { policy, why } => write!(
                formatter,
                "waits because policy {policy} allows no data to be brought back: {why}; cancel it, or change the policy"
            ),
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
            other => other.fmt_under_way(formatter),
        }
    }

    /// The reasons of a change that has started, or has ended and still owes
    /// something.
    fn fmt_under_way(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ApprovalsOwed {
                missing,
                by,
                is_overdue,
                objection,
            } => {
                let short = missing.need.saturating_sub(missing.have).max(1);
                let owed = ordinals(missing.have + 1, short);
                write!(
                    formatter,
                    "{owed} of this emergency {}",
                    due(*is_overdue, by)
                )?;
                match objection {
                    Some(who) => write!(formatter, "; {who} says that it should not have run"),
                    None => Ok(()),
                }
            }
            Self::ReviewOwed {
                by,
                is_overdue,
                voided,
            } => {
                write!(
                    formatter,
                    "a review of this emergency {}",
                    due(*is_overdue, by)
                )?;
                match voided {
                    0 => Ok(()),
                    1 => formatter.write_str("; one review was made that does not count"),
                    several => write!(formatter, "; {several} reviews were made that do not count"),
                }
            }
            Self::PeopleUnknown { policy } => write!(
                formatter,
                "policy {policy} says whose names are one person's, and until it can be read again nothing settles what is owed"
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
            Self::Held { .. }
            | Self::NotBefore { .. }
            | Self::CalendarMissing { .. }
            | Self::Calendar { .. }
            | Self::DependsOn { .. }
            | Self::TargetBusy { .. }
            | Self::LimitReached { .. }
            | Self::Backup { .. }
            | Self::Data { .. }
            | Self::DataNotAllowed { .. }
            | Self::Preview
            | Self::Refused { .. }
            | Self::Drifted { .. }
            | Self::TicketTaken { .. }
            | Self::Ungoverned { .. }
            | Self::GovernedTwice { .. }
            | Self::PolicySplit { .. }
            | Self::PolicyNotReady { .. }
            | Self::Source { .. }
            | Self::Manifests { .. }
            | Self::IdentityUnproven { .. }
            | Self::RequesterUnproven { .. }
            | Self::Approvals { .. }
            | Self::ApplicationUnready { .. }
            | Self::ApplicationBusy { .. }
            | Self::ApplicationWindow { .. }
            | Self::WindowsLifting { .. } => Ok(()),
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
    if short > 0 && !missing.only.is_empty() {
        let only: Vec<String> = missing
            .only
            .iter()
            .map(|group| format!("@{group}"))
            .collect();
        let wanted = ordinals(missing.have + 1, short);
        return write!(
            formatter,
            "waits for {wanted} of {} by {}",
            digest.short(),
            only.join(" or ")
        )
        .and_then(|()| not_counting(formatter, voided));
    }
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
    not_counting(formatter, voided)
}

fn not_counting(formatter: &mut fmt::Formatter<'_>, voided: usize) -> fmt::Result {
    match voided {
        0 => Ok(()),
        1 => formatter.write_str("; one approval was made that does not count"),
        several => write!(
            formatter,
            "; {several} approvals were made that do not count"
        ),
    }
}

/// By when something is owed.
fn due(is_overdue: bool, by: &str) -> String {
    if is_overdue {
        format!("was owed by {by} and is still missing")
    } else {
        format!("is owed by {by}")
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
