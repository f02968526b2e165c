//! What must hold before anything is touched.
//!
//! The gates stand in a row; a change is in the phase of the first that is
//! shut. They are all asked again at every step until the change starts, so a
//! gate that shuts behind a change takes it back by itself.

use jiff::{SignedDuration, Timestamp};

use super::context::{Advance, Context, after};
use super::facts::{Identity, Rendered, Source, Ticket};
use super::phase::Phase;
use super::status::{CountedApproval, Run, TargetDigest};
use super::wait::WaitReason;
use crate::approval::counts::Subject;
use crate::approval::{Tally, Verdict};
use crate::calendar::{Calendar, Opening, Passes, Subject as CalendarSubject};
use crate::change::ChangeType;
use crate::policy::{Backup, Governance, Policy, govern};
use crate::request::Wanted;

/// How long before its start a change makes its dry run, so that none of the
/// window is spent on it.
pub(super) const PREVIEW_AHEAD: SignedDuration = SignedDuration::from_mins(1);

/// How often a branch or tag is looked up.
const LOOK_UP_EVERY: SignedDuration = SignedDuration::from_mins(1);

/// How often targets with windows of their own are asked for one they share.
const ROUNDS: usize = 1000;

/// A gate that is shut.
pub(super) enum Shut {
    /// It may open: the change waits in this phase.
    Waits(Phase, Vec<WaitReason>),
    /// It never will: the change ends in this phase.
    Ends(Phase, String),
}

/// All gates are open.
pub(super) struct Open<'a> {
    policy: &'a Policy,
    closes_at: Option<Timestamp>,
}

/// Moves a change that has not started to the first gate that is shut, or
/// starts it.
pub(super) fn advance(context: &mut Context<'_>) -> Advance {
    if let Some(why) = context.called_off() {
        return Advance::Enter(Phase::Cancelled, why);
    }
    match ask(context, Asked::ToStart) {
        Err(Shut::Ends(phase, why)) => Advance::Enter(phase, why),
        Err(Shut::Waits(phase, reasons)) if phase == context.status.phase => context.wait(reasons),
        Err(Shut::Waits(phase, reasons)) => {
            let why = reasons
                .first()
                .map_or_else(String::new, ToString::to_string);
            Advance::Enter(phase, why)
        }
        Ok(open) => {
            let plan = open.policy.plan.clone();
            let Backup::Waived { reason } = &open.policy.backup;
            let backup = format!("waived: {reason}");
            let closes_at = open.closes_at;
            context.status.backup = Some(backup);
            context.status.plan = Some(plan);
            context.status.attempts += 1;
            context.status.run = Some(Run {
                started_at: context.now,
                closes_at,
                touched: false,
                stage: 0,
                stage_since: context.now,
                healthy_since: None,
                verifying_since: None,
                checks: Vec::new(),
                retreat: None,
            });
            Advance::Enter(Phase::BackingUp, "every gate is open".to_owned())
        }
    }
}

/// What the gates are asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// May it start?
    ToStart,
    /// May it still write for the first time?
    ToWrite,
}

/// Asks every gate in order.
pub(super) fn ask<'a>(context: &mut Context<'a>, asked: Asked) -> Result<Open<'a>, Shut> {
    let (policy_name, policy) = governed(context)?;
    let (source, rendered) = manifests(context, policy)?;
    assessed(context, rendered)?;
    let outlook = outlook(context, policy);
    approved(context, policy, source, rendered, outlook.as_ref().ok())?;
    let mut opens_at = None;
    let (mut reasons, closes_at) = match outlook {
        Err(reason) => (vec![reason], None),
        Ok(Outlook::Open { closes_at }) => (Vec::new(), closes_at),
        Ok(Outlook::TooShort { closes_at, .. }) if asked == Asked::ToWrite => {
            (Vec::new(), Some(closes_at))
        }
        Ok(
            Outlook::TooShort {
                reason,
                opens_at: at,
                ..
            }
            | Outlook::Shut {
                reason,
                opens_at: at,
            },
        ) => {
            opens_at = at;
            (vec![reason], None)
        }
    };
    if asked == Asked::ToStart {
        reasons.splice(0..0, scheduled(context, policy_name, policy)?);
        if let Some(at) = opens_at {
            context.due(at);
        }
        preview(context, rendered, reasons.is_empty(), &mut reasons);
    }
    if reasons.is_empty() {
        Ok(Open { policy, closes_at })
    } else {
        Err(Shut::Waits(Phase::Scheduled, reasons))
    }
}

fn draft(reason: WaitReason) -> Shut {
    Shut::Waits(Phase::Draft, vec![reason])
}

/// A ticket of its own, and exactly one policy that is ready.
fn governed<'a>(context: &mut Context<'a>) -> Result<(&'a str, &'a Policy), Shut> {
    if context.request.kind == ChangeType::Standard {
        return Err(Shut::Ends(
            Phase::Rejected,
            "type standard needs a template and there are none yet; submit it as normal".to_owned(),
        ));
    }
    if let Ticket::Taken { by } = &context.facts.ticket {
        return Err(draft(WaitReason::TicketTaken { by: by.clone() }));
    }
    let facts = context.facts;
    let targets = context.request.targets.iter().map(|target| &target.key);
    let fact = match govern(targets, &facts.policies) {
        None => {
            return Err(Shut::Ends(Phase::Rejected, "it names no target".to_owned()));
        }
        Some(Governance::One(fact)) => fact,
        Some(Governance::None(target)) => return Err(draft(WaitReason::Ungoverned { target })),
        Some(Governance::Several(target, policies)) => {
            return Err(draft(WaitReason::GovernedTwice { target, policies }));
        }
        Some(Governance::Split(policies)) => {
            return Err(draft(WaitReason::PolicySplit { policies }));
        }
    };
    context.status.policy = Some(fact.name.clone());
    let not_ready = |problems: Vec<String>| {
        draft(WaitReason::PolicyNotReady {
            policy: fact.name.clone(),
            problems,
        })
    };
    if let Err(problem) = &fact.governs {
        return Err(not_ready(vec![problem.clone()]));
    }
    match &fact.rules {
        Ok(policy) => Ok((&fact.name, policy)),
        Err(problems) => Err(not_ready(problems.clone())),
    }
}

/// A commit, and the manifests it renders to, all of which can go out in the
/// policy's stages.
fn manifests<'a>(
    context: &mut Context<'a>,
    policy: &Policy,
) -> Result<(&'a Source, &'a Rendered), Shut> {
    let facts = context.facts;
    let source = match &facts.source {
        None => return Err(draft(WaitReason::Source { problem: None })),
        Some(Err(problem)) => {
            return Err(draft(WaitReason::Source {
                problem: Some(problem.clone()),
            }));
        }
        Some(Ok(source)) => source,
    };
    let rendered = match &facts.rendered {
        Some(Ok(rendered)) if rendered.revision == source.revision => rendered,
        Some(Err(problem)) => {
            return Err(draft(WaitReason::Manifests {
                problem: Some(problem.clone()),
            }));
        }
        None | Some(Ok(_)) => return Err(draft(WaitReason::Manifests { problem: None })),
    };
    if let Wanted::Reference(_) = context.request.wanted {
        context.wake(after(context.now, LOOK_UP_EVERY));
    }
    context.status.revision = Some(source.revision.clone());
    context.status.digest = Some(rendered.digest);
    context.status.rendered_by = Some(rendered.tool.clone());
    context.status.targets = rendered
        .targets
        .iter()
        .map(|(target, digest)| TargetDigest {
            target: target.clone(),
            digest: *digest,
        })
        .collect();
    let whole = |kind: &String| policy.plan.whole_kinds.contains(kind);
    let staged = policy.plan.stages.len() > 1;
    let stuck: Vec<&str> = rendered
        .unstageable
        .iter()
        .filter(|object| staged && !whole(&object.kind))
        .map(|object| object.why.as_str())
        .collect();
    if stuck.is_empty() {
        return Ok((source, rendered));
    }
    Err(Shut::Ends(
        Phase::Rejected,
        format!(
            "cannot go out in stages: {}; the policy may let a kind go whole by naming it in `wholeKinds`",
            stuck.join("; ")
        ),
    ))
}

/// The API server took these manifests in a dry run, once.
fn assessed(context: &mut Context<'_>, rendered: &Rendered) -> Result<(), Shut> {
    if context.status.accepted == Some(rendered.digest) {
        return Ok(());
    }
    let wait = |reason| Err(Shut::Waits(Phase::Assessing, vec![reason]));
    match context
        .facts
        .preview
        .as_ref()
        .filter(|preview| preview.digest == rendered.digest)
    {
        None => wait(WaitReason::Preview),
        Some(preview) if preview.refused.is_empty() => {
            context.status.accepted = Some(rendered.digest);
            Ok(())
        }
        Some(preview) => {
            context.wake(preview.stale_at());
            wait(WaitReason::Refused {
                problems: preview.refused.clone(),
            })
        }
    }
}

/// Enough people agreed to exactly this.
fn approved(
    context: &mut Context<'_>,
    policy: &Policy,
    source: &Source,
    rendered: &Rendered,
    outlook: Option<&Outlook>,
) -> Result<(), Shut> {
    let subject = Subject {
        revision: &source.revision,
        head: &source.head,
        digest: &rendered.digest,
        requester: &context.request.requested_by,
        authors: &source.authors,
        people: &policy.approvals.people,
        valid_for: policy.approvals.valid_for,
    };
    let protected = context.facts.identity == Identity::Proven;
    let tally = Tally::new(
        &context.facts.approvals,
        &subject,
        &policy.approvals,
        protected,
        context.now,
    );
    context.status.approvals = tally.verdicts.iter().map(counted).collect();
    if let Some(at) = tally.expires_at {
        context.wake(at);
    }
    if let Some(by) = &tally.rejected_by {
        return Err(Shut::Ends(Phase::Rejected, format!("rejected by {by}")));
    }
    if tally.is_enough() {
        return Ok(());
    }
    let mut reasons = Vec::new();
    if let Identity::Unproven(missing) = &context.facts.identity {
        reasons.push(WaitReason::IdentityUnproven {
            missing: missing.clone(),
        });
    }
    let voided = tally
        .verdicts
        .iter()
        .filter(|verdict| verdict.not_counted.is_some())
        .count();
    reasons.push(WaitReason::Approvals {
        missing: tally.missing,
        digest: rendered.digest,
        voided,
        outlook: outlook.map(|outlook| outlook.sentence(context)),
    });
    Err(Shut::Waits(Phase::Approving, reasons))
}

fn counted(verdict: &Verdict) -> CountedApproval {
    let note = match &verdict.not_counted {
        Some(reason) => reason.to_string(),
        None if verdict.groups.is_empty() => String::new(),
        None => format!("for {}", verdict.groups.join(", ")),
    };
    CountedApproval {
        approver: verdict.approver.clone(),
        at: verdict.at,
        counts: verdict.not_counted.is_none(),
        note,
    }
}

/// What the calendar says of this change.
enum Outlook {
    Open {
        closes_at: Option<Timestamp>,
    },
    TooShort {
        closes_at: Timestamp,
        opens_at: Option<Timestamp>,
        reason: WaitReason,
    },
    Shut {
        opens_at: Option<Timestamp>,
        reason: WaitReason,
    },
}

impl Outlook {
    /// When the change could start, as part of a sentence.
    fn sentence(&self, context: &Context<'_>) -> String {
        match self {
            Self::Open { closes_at: None } => "it could start at once".to_owned(),
            Self::Open {
                closes_at: Some(close),
            } => {
                format!("a window is open until {}", context.moment(*close))
            }
            Self::TooShort { reason, .. } => reason.to_string(),
            Self::Shut {
                opens_at: Some(at), ..
            } => {
                format!("the next window opens {}", context.moment(*at))
            }
            Self::Shut {
                opens_at: None,
                reason,
            } => reason.to_string(),
        }
    }
}

/// Asks the calendar. An error is a calendar that is not there.
fn outlook(context: &mut Context<'_>, policy: &Policy) -> Result<Outlook, WaitReason> {
    context.status.outlook = None;
    let Some(name) = &policy.calendar else {
        return Ok(Outlook::Open { closes_at: None });
    };
    let Some(calendar) = context.facts.calendars.get(name) else {
        return Err(WaitReason::CalendarMissing {
            calendar: name.clone(),
            policy: context.status.policy.clone().unwrap_or_default(),
        });
    };
    let outlook = ask_calendar(context, calendar);
    context.status.outlook = Some(outlook.sentence(context));
    Ok(outlook)
}

/// All targets must be open at once: the change starts when the last opens, and
/// its time ends when the first closes.
fn ask_calendar(context: &mut Context<'_>, calendar: &Calendar) -> Outlook {
    let needed = context.request.expected_duration;
    let from = context
        .control
        .window
        .not_before
        .map_or(context.now, |at| at.max(context.now));
    let mut closes_at: Option<Timestamp> = None;
    let mut shut: Option<String> = None;
    let subjects: Vec<CalendarSubject<'_>> = context
        .request
        .targets
        .iter()
        .map(|target| CalendarSubject {
            cluster: &target.key.cluster,
            namespace: &target.key.namespace,
            name: Some(&target.key.name),
            kind: context.request.kind,
        })
        .collect();
    for subject in &subjects {
        let decision = calendar.decision(subject, Passes::default(), context.now);
        if decision.is_open() {
            closes_at = [closes_at, decision.closes_at].into_iter().flatten().min();
        } else if shut.is_none() {
            let sentences: Vec<String> = decision.shut.iter().map(ToString::to_string).collect();
            shut = Some(sentences.join(" and "));
        }
    }
    if let Some(close) = closes_at {
        context.wake(close);
    }
    match (shut, closes_at) {
        (None, None) => Outlook::Open { closes_at: None },
        (None, Some(close)) if after(context.now, needed) <= close => {
            context.wake(close.checked_sub(needed).unwrap_or(close));
            Outlook::Open {
                closes_at: Some(close),
            }
        }
        (shut, _) => {
            let opening = common_opening(calendar, &subjects, needed, from);
            let next = opening
                .as_ref()
                .map(|opening| format!("the next window opens {opening}"));
            if let Some(opening) = &opening {
                context.wake(opening.opens);
                context.wake(
                    opening
                        .opens
                        .checked_sub(PREVIEW_AHEAD)
                        .unwrap_or(opening.opens),
                );
            }
            let window = opening
                .as_ref()
                .and_then(|opening| opening.window.as_deref());
            let summary = window.map_or_else(
                || "the calendar".to_owned(),
                |name| format!("window {name}"),
            );
            let minutes = needed.as_mins();
            match shut {
                Some(shut) => Outlook::Shut {
                    opens_at: opening.map(|opening| opening.opens),
                    reason: WaitReason::Calendar {
                        shut,
                        summary,
                        next,
                    },
                },
                None => {
                    let close = closes_at.unwrap_or(context.now);
                    let shut = format!(
                        "the window closes {}, too soon for the {minutes} minutes it is expected to take",
                        context.moment(close)
                    );
                    Outlook::TooShort {
                        closes_at: close,
                        opens_at: opening.map(|opening| opening.opens),
                        reason: WaitReason::Calendar {
                            shut,
                            summary,
                            next,
                        },
                    }
                }
            }
        }
    }
}

/// The first opening that all subjects share. Each may be shut when another
/// opens, so the latest is asked of all again until they agree.
fn common_opening(
    calendar: &Calendar,
    subjects: &[CalendarSubject<'_>],
    needed: SignedDuration,
    from: Timestamp,
) -> Option<Opening> {
    let mut at = from;
    for _ in 0..ROUNDS {
        let openings: Option<Vec<Opening>> = subjects
            .iter()
            .map(|subject| calendar.next_opening(subject, Passes::default(), needed, at))
            .collect();
        let latest = openings?.into_iter().max_by_key(|opening| opening.opens)?;
        if latest.opens == at || subjects.len() == 1 {
            return Some(latest);
        }
        at = latest.opens;
    }
    None
}

/// Nobody and nothing else is in the way.
fn scheduled(
    context: &mut Context<'_>,
    policy_name: &str,
    policy: &Policy,
) -> Result<Vec<WaitReason>, Shut> {
    let mut reasons = Vec::new();
    let window = &context.control.window;
    if let Some(end) = window.not_after {
        if context.now >= end {
            let why = format!(
                "it did not start before {}, the end of its wanted window",
                context.moment(end)
            );
            return Err(Shut::Ends(Phase::Expired, why));
        }
        context.wake(end);
    }
    if let Some(reason) = &context.control.hold {
        reasons.push(WaitReason::Held {
            reason: reason.clone(),
        });
    }
    if let Some(at) = window.not_before
        && context.now < at
    {
        context.due(at);
        reasons.push(WaitReason::NotBefore {
            at: context.moment(at),
        });
    }
    for change in &context.request.depends_on {
        let other = context
            .facts
            .others
            .iter()
            .find(|other| other.name == *change);
        let phase = other.map(|other| other.phase);
        if phase != Some(Phase::Succeeded) {
            reasons.push(WaitReason::DependsOn {
                change: change.clone(),
                phase,
            });
        }
    }
    let running = context
        .facts
        .others
        .iter()
        .filter(|other| other.phase.is_running());
    let mut under_policy = 0;
    for other in running {
        if other.policy.as_deref() == Some(policy_name) {
            under_policy += 1;
        }
        for target in &context.request.targets {
            if other.targets.contains(&target.key) {
                reasons.push(WaitReason::TargetBusy {
                    target: target.key.clone(),
                    by: other.name.clone(),
                });
            }
        }
    }
    if let Some(limit) = policy.max_running
        && under_policy >= limit
    {
        reasons.push(WaitReason::LimitReached {
            policy: policy_name.to_owned(),
            limit,
        });
    }
    Ok(reasons)
}

/// A dry run of exactly these manifests, made lately, that the API server took.
fn preview(
    context: &mut Context<'_>,
    rendered: &Rendered,
    due: bool,
    reasons: &mut Vec<WaitReason>,
) {
    match &context.facts.preview {
        Some(preview) if preview.digest == rendered.digest && context.now < preview.stale_at() => {
            let stale_at = preview.stale_at();
            if !preview.refused.is_empty() {
                reasons.push(WaitReason::Refused {
                    problems: preview.refused.clone(),
                });
                context.wake(stale_at);
            }
            if !preview.drifted.is_empty() {
                reasons.push(WaitReason::Drifted {
                    fields: preview.drifted.clone(),
                });
                context.wake(stale_at);
            }
        }
        None | Some(_) if due => reasons.push(WaitReason::Preview),
        None | Some(_) => {}
    }
}

/// The gates have shut on a change that has taken its targets but has not
/// finished its first writes.
pub(super) fn shut_sentence(shut: Shut) -> String {
    match shut {
        Shut::Waits(_, reasons) => reasons.first().map_or_else(String::new, |reason| {
            format!("a gate shut before the first stage was out: {reason}")
        }),
        Shut::Ends(_, why) => why,
    }
}
