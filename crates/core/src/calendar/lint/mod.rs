//! What is odd about a calendar although it can be read.
//!
//! The gate does not depend on any of this: what is shut stays shut.

mod selectors;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::entry::{Effect, Entry, When};
use super::opening::Openings;
use super::{Calendar, Interval, LATEST, Subject};
use crate::change::ChangeType;

/// How far the entries are looked at: a year.
const AHEAD: SignedDuration = SignedDuration::from_hours(366 * 24);

/// How many stretches of a freeze are compared with those of others.
const COMPARED: usize = 1000;

/// How many names a sentence gives before it only counts.
const NAMED: usize = 3;

/// What a calendar is looked at for.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// From when on.
    pub now: Timestamp,
    /// How long the shortest change takes; a shorter window is of no use.
    pub shortest_change: SignedDuration,
    /// Every target there is, if that is known.
    pub targets: Option<&'a [Subject<'a>]>,
}

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Something cannot work as it is written.
    Error,
    /// Something is probably not meant as it is written.
    Warning,
    /// Something to know.
    Information,
}

/// One oddity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What kind it is. It never changes: `window-always-frozen`.
    pub id: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// The entry or exception.
    pub entry: Arc<str>,
    /// What is so, as one sentence without a full stop.
    pub sentence: String,
    /// What to do, likewise.
    pub fix: String,
}

impl Calendar {
    /// Every oddity, those of one entry together in the calendar's order.
    pub fn lint(&self, expected: &Expected<'_>) -> Vec<Finding> {
        let until = expected.now.checked_add(AHEAD).unwrap_or(LATEST);
        let entries: Vec<&Entry> = self
            .entries
            .iter()
            .filter_map(|entry| entry.as_ref().ok())
            .collect();
        let freezes = Freezes::new(&entries, expected.now, until);
        let mut findings = Vec::new();
        for entry in &self.entries {
            match entry {
                Err(broken) => findings.push(Finding {
                    id: "entry-broken",
                    severity: Severity::Error,
                    entry: broken.name.clone(),
                    sentence: format!("it shuts the gate: {}", broken.error.in_one_line()),
                    fix: "correct the entry".to_owned(),
                }),
                Ok(entry) => {
                    let of_entry = [
                        over(entry, expected.now),
                        too_short(entry, expected.shortest_change),
                        always_frozen(entry, &freezes, expected.now, until),
                        freezes.overlap(entry),
                        matches_nothing(entry, expected.targets),
                    ];
                    findings.extend(of_entry.into_iter().flatten());
                }
            }
        }
        findings.extend(self.twice());
        findings.extend(self.exceptions(expected.now));
        findings
    }

    fn twice(&self) -> Vec<Finding> {
        let mut names: BTreeMap<&str, Vec<Effect>> = BTreeMap::new();
        for entry in &self.entries {
            let (name, effect) = match entry {
                Ok(entry) => (&entry.name, entry.effect),
                Err(broken) => (&broken.name, broken.effect),
            };
            names.entry(name).or_default().push(effect);
        }
        let several = names.into_iter().filter(|(_, effects)| effects.len() > 1);
        several
            .map(|(name, effects)| Finding {
                id: "name-twice",
                severity: Severity::Warning,
                entry: name.into(),
                sentence: format!(
                    "{} entries have this name, so nobody can tell which one is meant",
                    effects.len()
                ),
                fix: "give each entry a name of its own".to_owned(),
            })
            .collect()
    }

    fn exceptions(&self, now: Timestamp) -> Vec<Finding> {
        let one = |exception: &Result<
            super::exception::Exception,
            super::exception::ExceptionError,
        >| match exception {
            Err(error) => Some(Finding {
                id: "exception-broken",
                severity: Severity::Error,
                entry: error.name().into(),
                sentence: format!("it opens nothing: {error}"),
                fix: "correct the exception".to_owned(),
            }),
            Ok(exception) if exception.until <= now => Some(Finding {
                id: "exception-over",
                severity: Severity::Information,
                entry: exception.name.clone(),
                sentence: format!("the exception for {} is over", exception.change),
                fix: "remove it".to_owned(),
            }),
            Ok(_) => None,
        };
        self.exceptions.list.iter().filter_map(one).collect()
    }
}

/// The freezes and when they are active, looked up once.
struct Freezes<'a>(Vec<(&'a Entry, Vec<Interval>)>);

impl<'a> Freezes<'a> {
    fn new(entries: &[&'a Entry], now: Timestamp, until: Timestamp) -> Self {
        let freezes = entries.iter().filter(|entry| entry.effect == Effect::Deny);
        let active = |freeze: &&'a Entry| {
            let openings = Openings::between(freeze, &[], now, until).take(COMPARED);
            let interval = |opening: super::Opening| Interval {
                start: opening.opens,
                end: opening.closes.unwrap_or(LATEST),
            };
            (*freeze, openings.map(interval).collect())
        };
        Self(freezes.map(active).collect())
    }

    /// Freezes that hold some targets at the same time as this one.
    fn overlap(&self, entry: &Entry) -> Option<Finding> {
        let (position, (_, intervals)) = self
            .0
            .iter()
            .enumerate()
            .find(|(_, (freeze, _))| std::ptr::eq(*freeze, entry))?;
        let others = self.0.iter().skip(position + 1).filter(|(other, active)| {
            selectors::meet(&entry.selector, &other.selector) && overlap(intervals, active)
        });
        let others: Vec<&str> = others.map(|(other, _)| &*other.name).collect();
        (!others.is_empty()).then(|| Finding {
            id: "freezes-overlap",
            severity: Severity::Information,
            entry: entry.name.clone(),
            sentence: format!(
                "it is active at the same time and for some of the same targets as {}",
                named(&others)
            ),
            fix: "nothing, if that is meant: all of them hold, and a change must pass each"
                .to_owned(),
        })
    }
}

/// Whether two lists of stretches, each in order, have an instant in common.
fn overlap(one: &[Interval], other: &[Interval]) -> bool {
    let (mut one, mut other) = (one.iter().peekable(), other.iter().peekable());
    while let (Some(a), Some(b)) = (one.peek(), other.peek()) {
        if a.start < b.end && b.start < a.end {
            return true;
        }
        if a.end <= b.end {
            one.next();
        } else {
            other.next();
        }
    }
    false
}

fn named(names: &[&str]) -> String {
    match names.split_at_checked(NAMED) {
        Some((first, rest)) if !rest.is_empty() => {
            format!("{} and {} more", first.join(", "), rest.len())
        }
        _ => names.join(", "),
    }
}

fn noun(entry: &Entry) -> &'static str {
    match entry.effect {
        Effect::Allow => "window",
        Effect::Deny => "freeze",
    }
}

/// One that has been for the last time.
fn over(entry: &Entry, now: Timestamp) -> Option<Finding> {
    let last = match &entry.when {
        When::Recurring(_) => return None,
        When::OneOff(interval) => Some(*interval),
        When::Listed(listing) => listing.blocks().last().copied(),
    };
    match last {
        None => Some(Finding {
            id: "no-events",
            severity: Severity::Warning,
            entry: entry.name.clone(),
            sentence: format!(
                "its feed has no event, so the {} is never active",
                noun(entry)
            ),
            fix: "check the address of the feed, or remove the entry".to_owned(),
        }),
        Some(last) if last.end <= now => Some(Finding {
            id: "entry-over",
            severity: Severity::Information,
            entry: entry.name.clone(),
            sentence: format!("the {} is over and will never be active again", noun(entry)),
            fix: "remove it, or give it new times".to_owned(),
        }),
        Some(_) => None,
    }
}

fn too_short(entry: &Entry, shortest: SignedDuration) -> Option<Finding> {
    if entry.effect == Effect::Deny {
        return None;
    }
    let length = |interval: &Interval| interval.end.duration_since(interval.start);
    let longest = match &entry.when {
        When::Recurring(recurrence) => recurrence.longest(),
        When::OneOff(interval) => length(interval),
        When::Listed(listing) => listing.blocks().iter().map(length).max()?,
    };
    (longest < shortest).then(|| Finding {
        id: "window-too-short",
        severity: Severity::Warning,
        entry: entry.name.clone(),
        sentence: format!(
            "it is open for {longest:#} at most, and no change takes less than {shortest:#}"
        ),
        fix: "make it longer, or remove it".to_owned(),
    })
}

/// A window that opens, but never while no freeze is active.
fn always_frozen(
    entry: &Entry,
    freezes: &Freezes<'_>,
    now: Timestamp,
    until: Timestamp,
) -> Option<Finding> {
    if entry.effect == Effect::Deny {
        return None;
    }
    let is_shut = |freezes: &[&Entry]| {
        Openings::between(entry, freezes, now, until)
            .next()
            .is_none()
    };
    if is_shut(&[]) {
        return None;
    }
    let holds = |freeze: &Entry| {
        let exempt = &freeze.exempt;
        let lets_through = exempt.types.contains(&ChangeType::Normal) || !exempt.targets.is_empty();
        !lets_through && selectors::covers(&freeze.selector, &entry.selector)
    };
    let holding: Vec<&Entry> = freezes
        .0
        .iter()
        .map(|(freeze, _)| *freeze)
        .filter(|freeze| holds(freeze))
        .collect();
    if !is_shut(&holding) {
        return None;
    }
    let alone = holding.iter().find(|freeze| is_shut(&[freeze]));
    let by = if let Some(freeze) = alone {
        format!("freeze {} is", freeze.name)
    } else {
        let names: Vec<&str> = holding.iter().map(|freeze| &*freeze.name).collect();
        format!("one of the freezes {} is", named(&names))
    };
    Some(Finding {
        id: "window-always-frozen",
        severity: Severity::Error,
        entry: entry.name.clone(),
        sentence: format!(
            "no normal change can use it within a year: {by} active whenever it is open, and a freeze beats every window"
        ),
        fix: "move the window, or exempt its targets from the freeze".to_owned(),
    })
}

fn matches_nothing(entry: &Entry, targets: Option<&[Subject<'_>]>) -> Option<Finding> {
    let none = !targets?
        .iter()
        .any(|target| entry.selector.selects(target, entry.effect));
    none.then(|| Finding {
        id: "matches-nothing",
        severity: Severity::Warning,
        entry: entry.name.clone(),
        sentence: format!("the {} selects none of the targets there are", noun(entry)),
        fix: "check the spelling of its clusters, namespaces, applications and labels".to_owned(),
    })
}

#[cfg(test)]
mod tests;
