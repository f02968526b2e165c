//! Enough people agreed.

use super::outlook::Outlook;
use super::{Shut, emergency};
use crate::approval::counts::Subject;
use crate::approval::{Tally, Verdict};
use crate::lifecycle::context::Context;
use crate::lifecycle::facts::{Identity, Rendered, Source};
use crate::lifecycle::phase::Phase;
use crate::lifecycle::status::{Agreement, CountedApproval};
use crate::lifecycle::wait::WaitReason;
use crate::policy::{ApprovalRules, Policy};

/// Enough people agreed to exactly this.
pub(super) fn approved(
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
        tool: &rendered.tool,
        renderings: &context.status.renderings,
        requester: &context.request.requested_by,
        requester_proven: context.status.requester_proven,
        proven_after: context.facts.identity.proves_after(),
        authors: &source.authors,
        people: &policy.approvals.people,
        valid_for: policy.approvals.valid_for,
    };
    let rules = emergency(context, policy).map(|rules| ApprovalRules {
        count: rules.now,
        groups: Vec::new(),
        only: rules.groups.clone(),
        ..policy.approvals.clone()
    });
    let tally = Tally::new(
        &context.facts.approvals,
        &subject,
        rules.as_ref().unwrap_or(&policy.approvals),
        context.now,
    );
    context.status.approvals = tally.verdicts.iter().map(counted).collect();
    context.status.agreement = Some(Agreement {
        have: tally.missing.have,
        need: tally.missing.need,
    });
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
    match &context.facts.identity {
        Identity::Unproven { missing, restore } => reasons.push(WaitReason::IdentityUnproven {
            missing: missing.clone(),
            restore: restore.clone(),
        }),
        // No approval would help.
        Identity::Proven { .. } if !context.status.requester_proven => {
            let since = context.facts.identity.proves_after();
            let since = since.map_or_else(String::new, |at| context.moment(at));
            let reason = WaitReason::RequesterUnproven { since };
            return Err(Shut::Waits(Phase::Approving, vec![reason]));
        }
        Identity::Proven { .. } => {}
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

pub(in crate::lifecycle) fn counted(verdict: &Verdict) -> CountedApproval {
    let note = match &verdict.not_counted {
        Some(reason) => reason.to_string(),
        None if verdict.groups.is_empty() => String::new(),
        None => format!("for {}", verdict.groups.join(", ")),
    };
    CountedApproval {
        approver: verdict.approver.clone(),
        decision: verdict.decision,
        at: verdict.at,
        counts: verdict.not_counted.is_none(),
        note,
    }
}
