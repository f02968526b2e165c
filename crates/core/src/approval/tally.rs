//! Whether the approvals that count are enough.

use std::collections::BTreeSet;
use std::fmt;

use jiff::Timestamp;

use super::counts::{self, Approval, Decision, NotCounted, Subject};
use super::people::Person;
use crate::policy::ApprovalRules;

/// One approval, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Verdict {
    /// Who signed.
    pub approver: String,
    /// What they said.
    pub decision: Decision,
    /// When.
    pub at: Timestamp,
    /// Why it does not count. None: it does.
    pub not_counted: Option<NotCounted>,
    /// Those of the approver's groups that the policy asks for.
    pub groups: Vec<String>,
}

/// What is still missing.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Missing {
    /// How many people count.
    pub have: u32,
    /// How many people must.
    pub need: u32,
    /// Groups, and how many of their members are missing.
    pub groups: Vec<(String, u32)>,
    /// The only groups whose members count. Empty: anybody.
    pub only: Vec<String>,
}

impl Missing {
    /// Nothing is.
    pub fn is_none(&self) -> bool {
        self.have >= self.need && self.groups.is_empty()
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} of {} approvals",
            self.have.min(self.need),
            self.need
        )?;
        for (group, count) in &self.groups {
            write!(formatter, ", {count} more from {group}")?;
        }
        if self.have < self.need && !self.only.is_empty() {
            write!(formatter, " from {}", self.only.join(" or "))?;
        }
        Ok(())
    }
}

/// All approvals of a change, judged.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tally {
    /// In the order in which they were made.
    pub verdicts: Vec<Verdict>,
    /// What is still missing.
    pub missing: Missing,
    /// Who said no, where that counts.
    pub rejected_by: Option<String>,
    /// The first moment at which one of those that count stops counting.
    pub expires_at: Option<Timestamp>,
}

impl Tally {
    /// Counts.
    pub fn new(
        approvals: &[Approval],
        subject: &Subject<'_>,
        rules: &ApprovalRules,
        now: Timestamp,
    ) -> Self {
        let mut ordered: Vec<&Approval> = approvals
            .iter()
            .filter(|said| said.decision != Decision::Reviewed)
            .collect();
        ordered.sort_by(|a, b| (a.at, &a.name).cmp(&(b.at, &b.name)));
        let mut people: BTreeSet<Person> = BTreeSet::new();
        let mut members: Vec<BTreeSet<Person>> = vec![BTreeSet::new(); rules.groups.len()];
        let mut tally = Self::default();
        for approval in ordered {
            let judged = counts::counts(approval, subject, now)
                .and_then(|person| speaks_for_one(approval, &rules.only).map(|()| person));
            let groups: Vec<String> = rules
                .groups
                .iter()
                .map(|rule| &rule.name)
                .chain(&rules.only)
                .filter(|name| approval.groups.contains(name))
                .cloned()
                .collect();
            let not_counted = match judged {
                Err(reason) => Some(reason),
                Ok(_) if approval.decision == Decision::Rejected => {
                    tally
                        .rejected_by
                        .get_or_insert_with(|| approval.approver.clone());
                    None
                }
                Ok(person) => {
                    let mut speaks_for_more = false;
                    for (rule, seen) in rules.groups.iter().zip(&mut members) {
                        if groups.contains(&rule.name) {
                            speaks_for_more |= seen.insert(person.clone());
                        }
                    }
                    // Somebody who joins a group after the first approval, or
                    // is in it under another name, need not take the first back.
                    if people.insert(person) || speaks_for_more {
                        let expiry = counts::expiry(approval, rules.valid_for);
                        tally.expires_at = [tally.expires_at, expiry].into_iter().flatten().min();
                        None
                    } else {
                        Some(NotCounted::SamePerson)
                    }
                }
            };
            tally.verdicts.push(Verdict {
                approver: approval.approver.clone(),
                decision: approval.decision,
                at: approval.at,
                not_counted,
                groups,
            });
        }
        tally.missing = Missing {
            have: count(people.len()),
            need: rules.count,
            only: rules.only.clone(),
            groups: rules
                .groups
                .iter()
                .zip(&members)
                .filter_map(|(rule, seen)| {
                    let short = rule.count.saturating_sub(count(seen.len()));
                    (short > 0).then(|| (rule.name.clone(), short))
                })
                .collect(),
        };
        tally
    }

    /// Enough people agreed and nobody who counts objected.
    pub fn is_enough(&self) -> bool {
        self.missing.is_none() && self.rejected_by.is_none()
    }
}

/// Nobody may let an emergency start but those whom the policy names.
fn speaks_for_one(approval: &Approval, only: &[String]) -> Result<(), NotCounted> {
    if only.is_empty() || approval.groups.iter().any(|group| only.contains(group)) {
        return Ok(());
    }
    Err(NotCounted::OtherGroup {
        groups: only.to_vec(),
    })
}

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
