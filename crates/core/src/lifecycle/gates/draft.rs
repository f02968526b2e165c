//! A ticket, a policy, a commit and its manifests.

use jiff::SignedDuration;

use super::Shut;
use crate::approval::counts::Rendering;
use crate::change::ChangeType;
use crate::lifecycle::context::{Context, after};
use crate::lifecycle::facts::{Rendered, Source, Ticket};
use crate::lifecycle::phase::Phase;
use crate::lifecycle::status::TargetDigest;
use crate::lifecycle::wait::WaitReason;
use crate::policy::{Governance, Policy, RestoreData, govern};
use crate::request::Wanted;

/// How often a branch or tag is looked up, and a source tried again that could
/// not be had: no watch tells when it can.
const LOOK_UP_EVERY: SignedDuration = SignedDuration::from_mins(1);

fn draft(reason: WaitReason) -> Shut {
    Shut::Waits(Phase::Draft, vec![reason])
}

/// A ticket of its own, and exactly one policy that is ready.
pub(super) fn governed<'a>(context: &mut Context<'a>) -> Result<(&'a str, &'a Policy), Shut> {
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
        Ok(policy)
            if policy.emergency.is_none() && context.request.kind == ChangeType::Emergency =>
        {
            Err(Shut::Ends(
                Phase::Rejected,
                format!(
                    "policy {} has no rules for emergencies; submit it as normal",
                    fact.name
                ),
            ))
        }
        Ok(policy) => match forbids_data(context, policy) {
            None => Ok((&fact.name, policy)),
            Some(why) => Err(draft(WaitReason::DataNotAllowed {
                policy: fact.name.clone(),
                why: why.to_owned(),
            })),
        },
        Err(problems) => Err(not_ready(problems.clone())),
    }
}

/// Why the data that the change would bring back may not be discarded for it.
fn forbids_data(context: &Context<'_>, policy: &Policy) -> Option<&'static str> {
    let undoes = context.request.rolls_back.as_ref();
    undoes.filter(|undoes| !undoes.data.is_empty())?;
    match policy.backup.rules().map(|rules| rules.restore_data) {
        None => Some("it has no backups made, so what is there now could not be had again"),
        Some(RestoreData::Never) => Some("its backup.restoreData is never"),
        Some(RestoreData::Manual | RestoreData::OnFailure) => None,
    }
}

/// A commit, and the manifests it renders to, all of which can go out in the
/// policy's stages.
pub(super) fn manifests<'a>(
    context: &mut Context<'a>,
    policy: &Policy,
) -> Result<(&'a Source, &'a Rendered), Shut> {
    let facts = context.facts;
    let source = match &facts.source {
        None => return Err(draft(WaitReason::Source { problem: None })),
        Some(Err(problem)) => {
            context.wake(after(context.now, LOOK_UP_EVERY));
            return Err(draft(WaitReason::Source {
                problem: Some(problem.clone()),
            }));
        }
        Some(Ok(source)) => source,
    };
    let rendered = match &facts.rendered {
        Some(Ok(rendered)) if rendered.revision == source.revision => rendered,
        Some(Err(problem)) => {
            context.wake(after(context.now, LOOK_UP_EVERY));
            return Err(draft(WaitReason::Manifests {
                problem: Some(problem.clone()),
            }));
        }
        None | Some(Ok(_)) => return Err(draft(WaitReason::Manifests { problem: None })),
    };
    if let Wanted::Reference(_) | Wanted::Chart { .. } = context.request.wanted {
        context.wake(after(context.now, LOOK_UP_EVERY));
    }
    remember(context, rendered);
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
    if let Err(why) = super::applications::assigned(context, &policy.plan) {
        let why = format!("cannot go out in stages: {why}");
        return Err(Shut::Ends(Phase::Rejected, why));
    }
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

/// How many renderings are remembered, so that somebody whose approval is for an
/// earlier one is told which tool made it.
const REMEMBERED: usize = 8;

fn remember(context: &mut Context<'_>, rendered: &Rendered) {
    let status = &mut context.status;
    let (Some(digest), Some(rendered_by)) = (status.digest, &status.rendered_by) else {
        return;
    };
    if digest == rendered.digest {
        return;
    }
    status.renderings.retain(|known| known.digest != digest);
    status.renderings.push(Rendering {
        digest,
        rendered_by: rendered_by.clone(),
    });
    let surplus = status.renderings.len().saturating_sub(REMEMBERED);
    status.renderings.drain(..surplus);
}
