//! Enough people agreed.

use super::outlook::Outlook;
use super::{Shut, emergency};
use crate::approval::counts::Subject;
use crate::approval::{Tally, Verdict};
use crate::lifecycle::context::Context;
use crate::lifecycle::facts::{Identity, Rendered, Source};
use crate::lifecycle::phase::Phase;
use crate::lifecycle::status::CountedApproval;
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
        requester: &context.request.requested_by,
        authors: &source.authors,
        people: &policy.approvals.people,
        valid_for: policy.approvals.valid_for,
    };
    let protected = context.facts.identity == Identity::Proven;
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
