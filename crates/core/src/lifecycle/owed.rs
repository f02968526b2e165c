//! What an emergency owes after it started: the rest of its approvals and a
//! review. It is asked for until it is there, also after the change has ended.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::context::{Context, after};
use super::facts::Source;
use super::gates::counted;
use super::status::CountedApproval;
use super::wait::WaitReason;
use crate::approval::counts::{self, Head, Subject};
use crate::approval::{Approval, Decision, Missing, People, Tally};
use crate::policy::{ApprovalRules, EmergencyRules, rules_of};
use crate::revision::Revision;

/// What an emergency owes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Owed {
    /// How many different people must have agreed in all.
    pub approvals: u32,
    /// By when.
    pub approvals_by: Timestamp,
    /// When the last of them agreed, which may be before Tidegate saw it. None:
    /// not yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_at: Option<Timestamp>,
    /// They had not by then. Stays, even if they do later.
    #[serde(default)]
    pub approvals_overdue: bool,
    /// By when somebody reviews what was done.
    pub review_by: Timestamp,
    /// Who did. None: nobody yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<Review>,
    /// Reviews that do not count, with the reason in their notes, as they were
    /// judged last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reviews_not_counted: Vec<CountedApproval>,
    /// Nobody had by then. Stays, even if somebody does later.
    #[serde(default)]
    pub review_overdue: bool,
    /// Addresses of the authors of what was deployed, whose approval never
    /// counts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub authors: Vec<String>,
    /// Parents of the commit that was deployed. If it is a merge, approvals of
    /// them may count.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parents: Vec<Revision>,
}

/// A post-implementation review.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Review {
    /// Who reviewed.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// What they found.
    pub findings: String,
}

/// Something that became so and is told once.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Notice {
    /// Its own word among those of one attempt.
    pub key: &'static str,
    /// What, in one sentence.
    pub text: String,
    /// Somebody has to act.
    pub is_alarm: bool,
}

impl Owed {
    /// Nothing is owed any more.
    pub fn is_settled(&self) -> bool {
        self.approved_at.is_some() && self.review.is_some()
    }

    /// Something is owed whose time is over.
    pub fn is_overdue(&self) -> bool {
        (self.approvals_overdue && self.approved_at.is_none())
            || (self.review_overdue && self.review.is_none())
    }

    /// Everything that became so, oldest first.
    pub fn notices(&self) -> Vec<Notice> {
        let notice = |key, text, is_alarm| Notice {
            key,
            text,
            is_alarm,
        };
        let mut notices = Vec::new();
        if self.approvals_overdue {
            let text = "the approvals owed for this emergency were not there in time";
            notices.push(notice("approvals-overdue", text.to_owned(), true));
        }
        if self.approved_at.is_some() {
            let text = format!(
                "all {} approvals of this emergency are there",
                self.approvals
            );
            notices.push(notice("approvals-complete", text, false));
        }
        if self.review_overdue {
            let text = "the review owed for this emergency was not there in time";
            notices.push(notice("review-overdue", text.to_owned(), true));
        }
        if let Some(review) = &self.review {
            let text = format!("reviewed by {}: {}", review.by, review.findings);
            notices.push(notice("reviewed", text, false));
        }
        notices
    }
}

/// An emergency starts, and owes from now on.
pub(super) fn owe(context: &Context<'_>, rules: &EmergencyRules, source: &Source) -> Owed {
    Owed {
        approvals: rules.now.saturating_add(rules.later),
        approvals_by: after(context.now, rules.later_within),
        approved_at: None,
        approvals_overdue: false,
        review_by: after(context.now, rules.review_within),
        review: None,
        reviews_not_counted: Vec::new(),
        review_overdue: false,
        authors: source.authors.clone(),
        parents: source.head.parents.clone(),
    }
}

/// Looks at what is owed, in every phase from the start on, and gives what is
/// still missing.
pub(super) fn settle(context: &mut Context<'_>) -> Vec<WaitReason> {
    let Some(mut owed) = context.status.owed.take() else {
        return Vec::new();
    };
    let rules = rules(context);
    let mut missing = Vec::new();
    missing.extend(approvals(context, &mut owed, rules));
    missing.extend(review(context, &mut owed, rules));
    if rules.is_none() && !missing.is_empty() {
        missing.push(WaitReason::PeopleUnknown {
            policy: context.status.policy.clone().unwrap_or_default(),
        });
    }
    context.status.owed = Some(owed);
    missing
}

/// The policy as it is now says which names belong to one person. While it
/// cannot be read nothing is judged: one person could be two.
fn rules<'a>(context: &Context<'a>) -> Option<&'a ApprovalRules> {
    let name = context.status.policy.as_deref();
    rules_of(&context.facts.policies, name).map(|policy| &policy.approvals)
}

fn approvals(
    context: &mut Context<'_>,
    owed: &mut Owed,
    rules: Option<&ApprovalRules>,
) -> Option<WaitReason> {
    if owed.approved_at.is_some() {
        return None;
    }
    let tally = rules.and_then(|rules| tally(context, owed, rules));
    if let Some(tally) = &tally {
        context.status.approvals = tally.verdicts.iter().map(counted).collect();
        if tally.is_enough() {
            let at = agreed_at(tally, owed.approvals).unwrap_or(context.now);
            owed.approved_at = Some(at);
            owed.approvals_overdue |= at >= owed.approvals_by;
            return None;
        }
    }
    owed.approvals_overdue |= context.now >= owed.approvals_by;
    context.due(owed.approvals_by);
    let (missing, objection) = tally.map_or_else(
        || as_shown(&context.status.approvals, owed.approvals),
        |tally| (tally.missing, tally.rejected_by),
    );
    Some(WaitReason::ApprovalsOwed {
        missing,
        by: context.moment(owed.approvals_by),
        is_overdue: owed.approvals_overdue,
        objection,
    })
}

/// Who agreed to what ran. None: the status lost what that was, so nothing can
/// be judged.
fn tally(context: &Context<'_>, owed: &Owed, rules: &ApprovalRules) -> Option<Tally> {
    let head = head(owed);
    let subject = Subject {
        authors: &owed.authors,
        valid_for: rules.valid_for,
        ..subject(context, &head, &rules.people)?
    };
    let rules = ApprovalRules {
        count: owed.approvals,
        groups: Vec::new(),
        ..rules.clone()
    };
    // What ran does not become unapproved with time. An approval that had
    // expired before is none of it.
    Some(Tally::new(
        &context.facts.approvals,
        &subject,
        &rules,
        started_at(context)?,
    ))
}

/// When the last of so many people agreed. None: nobody had to.
fn agreed_at(tally: &Tally, needed: u32) -> Option<Timestamp> {
    let last = usize::try_from(needed).ok()?.checked_sub(1)?;
    let mut agreed = tally
        .verdicts
        .iter()
        .filter(|verdict| verdict.not_counted.is_none() && verdict.decision == Decision::Approved);
    agreed.nth(last).map(|verdict| verdict.at)
}

/// What was missing and who objected when it was judged last.
fn as_shown(shown: &[CountedApproval], need: u32) -> (Missing, Option<String>) {
    let said = |decision| {
        let counted = shown.iter().filter(|approval| approval.counts);
        counted.filter(move |approval| approval.decision == decision)
    };
    let have = said(Decision::Approved).count();
    let missing = Missing {
        have: u32::try_from(have).unwrap_or(u32::MAX),
        need,
        ..Missing::default()
    };
    let objection = said(Decision::Rejected).next();
    (missing, objection.map(|approval| approval.approver.clone()))
}

/// A review counts like an approval, but an author may have written it; whoever
/// asked for the change may not.
fn review(
    context: &mut Context<'_>,
    owed: &mut Owed,
    rules: Option<&ApprovalRules>,
) -> Option<WaitReason> {
    if owed.review.is_some() {
        return None;
    }
    if let Some(rules) = rules {
        judge(context, owed, rules);
    }
    if let Some(review) = &owed.review {
        owed.review_overdue |= review.at >= owed.review_by;
        return None;
    }
    owed.review_overdue |= context.now >= owed.review_by;
    context.due(owed.review_by);
    Some(WaitReason::ReviewOwed {
        by: context.moment(owed.review_by),
        is_overdue: owed.review_overdue,
        voided: owed.reviews_not_counted.len(),
    })
}

/// Looks for the first review that counts. Before the start there was nothing to
/// look at.
fn judge(context: &Context<'_>, owed: &mut Owed, rules: &ApprovalRules) {
    let head = head(owed);
    let (Some(started_at), Some(subject)) =
        (started_at(context), subject(context, &head, &rules.people))
    else {
        return;
    };
    let reviewed = |said: &&Approval| said.decision == Decision::Reviewed;
    let mut reviews: Vec<_> = context.facts.approvals.iter().filter(reviewed).collect();
    reviews.sort_by_key(|said| (said.at, &said.name));
    owed.reviews_not_counted.clear();
    for said in reviews {
        // The API server tells when it stored a review in whole seconds.
        let note = if said.at.as_second() < started_at.as_second() {
            "was written before the change started".to_owned()
        } else if let Err(reason) = counts::counts(said, &subject, context.now) {
            reason.to_string()
        } else {
            owed.review = Some(Review {
                by: said.approver.clone(),
                at: said.at,
                findings: said.comment.clone(),
            });
            return;
        };
        owed.reviews_not_counted.push(CountedApproval {
            approver: said.approver.clone(),
            decision: said.decision,
            at: said.at,
            counts: false,
            note,
        });
    }
}

fn started_at(context: &Context<'_>) -> Option<Timestamp> {
    context.status.run.as_ref().map(|run| run.started_at)
}

fn head(owed: &Owed) -> Head {
    Head {
        parents: owed.parents.clone(),
        ..Head::default()
    }
}

/// What ran, whoever wrote it and however long ago.
fn subject<'a>(
    context: &'a Context<'_>,
    head: &'a Head,
    people: &'a People,
) -> Option<Subject<'a>> {
    Some(Subject {
        revision: context.status.revision.as_ref()?,
        head,
        digest: context.status.digest.as_ref()?,
        tool: context.status.rendered_by.as_deref().unwrap_or_default(),
        renderings: &context.status.renderings,
        requester: &context.request.requested_by,
        requester_proven: context.status.requester_proven,
        proven_after: context.facts.identity.proves_after(),
        authors: &[],
        people,
        valid_for: None,
    })
}
