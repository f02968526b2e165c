//! What an emergency owes is asked for until it is there, and settled by nobody
//! but those who may (invariant 8). What it needs before it writes is judged by
//! the oracle.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use tidegate_core::approval::Decision;
use tidegate_core::lifecycle::WaitReason;
use tidegate_core::lifecycle::owed::Owed;
use tidegate_core::policy::EmergencyRules;

use super::Answer;
use crate::model::oracle::{Breach, counts};
use crate::model::setting::{Commit, Setting};

/// Only an emergency owes, and it does from its start on.
pub(super) fn is_owed(answer: &Answer<'_>) -> Result<(), Breach> {
    let Answer {
        setting,
        state,
        change,
        minute,
        decided,
        ..
    } = *answer;
    let name = Setting::name(change);
    let broken = |what: &str| Err(Breach::new(8, format!("{name} {what}")));
    let emergency = setting.is_emergency(change);
    let since = state.actors[change]
        .owes_after(decided, minute)
        .filter(|_| emergency);
    let rules = setting.emergency(change);
    match (since, &decided.status.owed, rules) {
        (None, None, _) => Ok(()),
        (None, Some(_), _) if !emergency => broken("is no emergency and owes like one"),
        (None, Some(_), _) => broken("has not started and owes already"),
        (Some(_), _, None) => broken("starts under a policy without rules for it"),
        (Some(_), None, Some(_)) => broken("has lost what it owes"),
        (Some(since), Some(owed), Some(rules)) => {
            match stands(answer, since, rules, owed).or_else(|| is_told(answer, owed)) {
                None => Ok(()),
                Some(what) => broken(what),
            }
        }
    }
}

/// What it says it owes is what it owes.
fn stands(
    answer: &Answer<'_>,
    since: u32,
    rules: &EmergencyRules,
    owed: &Owed,
) -> Option<&'static str> {
    let now = Setting::at(answer.minute);
    let by = |within: SignedDuration| Setting::at(since) + within;
    let needed = rules.now + rules.later;
    let as_ruled = owed.approvals == needed
        && owed.approvals_by == by(rules.later_within)
        && owed.review_by == by(rules.review_within);
    if !as_ruled {
        return Some("owes other things than its policy says");
    }
    let before = answer.seen.status.owed.as_ref();
    let before = before.filter(|_| answer.state.actors[answer.change].owes_since == Some(since));
    let agreed = before
        .and_then(|owed| owed.approved_at)
        .or_else(|| agreed_at(answer, since, needed as usize));
    if owed.approved_at != agreed {
        return Some(match agreed {
            None => "takes its approvals for settled, and too few may settle them",
            Some(_) => "has the approvals that it owes and does not say so, or not since when",
        });
    }
    let reviewed = before
        .and_then(|owed| owed.review.as_ref())
        .map(|review| review.at)
        .or_else(|| reviewed_at(answer, since));
    if owed.review.as_ref().map(|review| review.at) != reviewed {
        return Some(match reviewed {
            None => "takes itself for reviewed, and nobody who may has done it",
            Some(_) => "was reviewed and does not say so",
        });
    }
    let late = |was: bool, by: Timestamp, at: Option<Timestamp>| was || at.unwrap_or(now) >= by;
    let was = before.is_some_and(|owed| owed.approvals_overdue);
    if owed.approvals_overdue != late(was, owed.approvals_by, agreed) {
        return Some("does not have on record whether its approvals came in time");
    }
    let was = before.is_some_and(|owed| owed.review_overdue);
    if owed.review_overdue != late(was, owed.review_by, reviewed) {
        return Some("does not have on record whether its review came in time");
    }
    None
}

/// While something is owed it says so wherever it waits.
fn is_told(answer: &Answer<'_>, owed: &Owed) -> Option<&'static str> {
    let told = |is: fn(&WaitReason) -> bool| answer.decided.waiting_on.iter().any(is);
    let approvals = told(|reason| matches!(reason, WaitReason::ApprovalsOwed { .. }));
    let review = told(|reason| matches!(reason, WaitReason::ReviewOwed { .. }));
    if answer.decided.effect.is_some() {
        return None;
    }
    let same = approvals == owed.approved_at.is_none() && review == owed.review.is_none();
    (!same).then_some("does not ask for what it owes, or for more")
}

/// When the last of so many people agreed to what ran. None: they have not, or
/// somebody is against it, or nothing proves who is who. Somebody whose approval
/// had expired when it started agreed to nothing.
fn agreed_at(answer: &Answer<'_>, since: u32, needed: usize) -> Option<Timestamp> {
    let Answer {
        setting,
        state,
        change,
        minute,
        ..
    } = *answer;
    if needed == 0 {
        return Some(Setting::at(minute));
    }
    let mut people = BTreeSet::new();
    let mut last = None;
    let commit = ran(answer)?;
    for given in &state.actors[change].given {
        let Some(person) = counts(setting, state, since, change, given, commit) else {
            continue;
        };
        let one_more = match given.decision {
            Decision::Rejected => return None,
            Decision::Approved => people.insert(person),
            Decision::Reviewed => false,
        };
        if one_more && people.len() == needed {
            last = Some(Setting::at(given.at));
        }
    }
    last
}

/// When somebody reviewed what ran, after it had started. An author may; who
/// asked for it may not.
fn reviewed_at(answer: &Answer<'_>, since: u32) -> Option<Timestamp> {
    let Answer {
        setting,
        state,
        change,
        ..
    } = *answer;
    let commit = ran(answer)?;
    let commits = &setting.changes[change].commits;
    let mut given = state.actors[change].given.iter();
    let review = given.find(|given| {
        let person = setting.voices[given.voice].person;
        let approved = &commits[given.commit];
        let merged = commit.parents.len() > 1 && commit.parents.contains(&approved.revision);
        let same = approved.revision == commit.revision || merged;
        given.decision == Decision::Reviewed
            && given.at >= since
            && given.is_proven(state)
            && same
            && approved.digest == commit.digest
            && person.is_some_and(|person| person != setting.requester)
    });
    review.map(|given| Setting::at(given.at))
}

/// The commit that ran, where it can be told who signed what.
fn ran<'a>(answer: &Answer<'a>) -> Option<&'a Commit> {
    let Answer {
        setting,
        state,
        change,
        decided,
        ..
    } = *answer;
    let revision = decided.status.revision.as_ref()?;
    let mut commits = setting.changes[change].commits.iter();
    let commit = commits.find(|commit| commit.revision == *revision)?;
    (state.guarded && state.policy_ready).then_some(commit)
}
