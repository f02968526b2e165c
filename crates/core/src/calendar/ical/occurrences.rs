//! From the events of a feed to the stretches of time they cover.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::error::{FeedError, FeedProblem};
use super::event::{Event, Standing};
use super::expand::{self, Budget, Ended};
use super::stamp::Stamp;
use super::{END, MOST_OCCURRENCES};
use crate::calendar::listing::Occurrence;
use crate::calendar::local::Interval;
use crate::calendar::{EARLIEST, Effect, LATEST};

/// Every occurrence of every event.
pub(super) fn listing(events: Vec<Event>, effect: Effect) -> Result<Vec<Occurrence>, FeedError> {
    let events = latest(events);
    // Which occurrences of an event another one stands for.
    let mut replaced: BTreeMap<&str, BTreeSet<Timestamp>> = BTreeMap::new();
    for event in &events {
        if let (Some(uid), Some(instead_of)) = (&event.uid, &event.instead_of) {
            let replaced = replaced.entry(uid).or_default();
            replaced.insert(instead_of.instant());
        }
    }
    let mut found = Found {
        occurrences: Vec::new(),
        effect,
        goes_on: false,
    };
    let mut budget = Budget::new();
    for event in &events {
        let counts = match event.standing {
            Standing::Confirmed => true,
            Standing::Tentative => effect == Effect::Deny,
            Standing::Cancelled => false,
        };
        if !counts {
            continue;
        }
        let mut without: BTreeSet<Timestamp> = event.without.iter().map(Stamp::instant).collect();
        if event.instead_of.is_none()
            && let Some(others) = event.uid.as_deref().and_then(|uid| replaced.get(uid))
        {
            without.extend(others);
        }
        found.add(event, &without, &mut budget)?;
    }
    if found.goes_on && effect == Effect::Deny {
        let (start, end) = (END, LATEST);
        found.occurrences.push(Occurrence {
            interval: Interval { start, end },
            title: Some("feeds are read up to the year 2100".into()),
        });
    }
    Ok(found.occurrences)
}

/// Leaves out revisions that a later one has replaced.
fn latest(events: Vec<Event>) -> Vec<Event> {
    type Key = (String, Option<Timestamp>);
    let key = |event: &Event| -> Option<Key> {
        let instead_of = event.instead_of.as_ref().map(Stamp::instant);
        event.uid.clone().map(|uid| (uid, instead_of))
    };
    let mut highest: BTreeMap<Key, u32> = BTreeMap::new();
    for event in &events {
        if let Some(key) = key(event) {
            let highest = highest.entry(key).or_default();
            *highest = event.sequence.max(*highest);
        }
    }
    let is_latest = |event: &Event| {
        key(event).is_none_or(|key| highest.get(&key).is_none_or(|most| event.sequence == *most))
    };
    events.into_iter().filter(is_latest).collect()
}

struct Found {
    occurrences: Vec<Occurrence>,
    effect: Effect,
    // Beyond the year 2100.
    goes_on: bool,
}

impl Found {
    fn add(
        &mut self,
        event: &Event,
        without: &BTreeSet<Timestamp>,
        budget: &mut Budget,
    ) -> Result<(), FeedError> {
        let start = &event.start;
        let once = event.rule.is_none().then_some(start);
        for start in once.into_iter().chain(&event.more) {
            self.one(event, start, without)
                .map_err(|problem| problem.at(event.line))?;
        }
        let Some((rule, line)) = &event.rule else {
            return Ok(());
        };
        let mut first = None;
        let ended = expand::starts(rule, start.clock, &start.zone, budget, |clock| {
            first.get_or_insert(clock);
            let start = Stamp {
                clock,
                ..start.clone()
            };
            self.one(event, &start, without)
        });
        let ended = ended.map_err(|problem| problem.at(*line))?;
        self.goes_on |= ended == Ended::AtTheEnd;
        // A start beyond the year 2100 is not looked for.
        let given = first == Some(start.clock) || start.instant() >= END;
        if given || without.contains(&start.instant()) {
            return Ok(());
        }
        let why = "RRULE does not give DTSTART, which leaves open whether the event is on then";
        Err(FeedProblem::Contradiction(why).at(*line))
    }

    fn one(
        &mut self,
        event: &Event,
        start: &Stamp,
        without: &BTreeSet<Timestamp>,
    ) -> Result<(), FeedProblem> {
        let interval = event.length.from(start, self.effect);
        // One that lies within a skipped hour does not take place.
        let is_on = interval.start < interval.end && interval.end > EARLIEST;
        if !is_on || without.contains(&interval.start) {
            return Ok(());
        }
        if self.occurrences.len() >= MOST_OCCURRENCES {
            return Err(FeedProblem::TooMany);
        }
        self.occurrences.push(Occurrence {
            interval,
            title: event.title.clone(),
        });
        Ok(())
    }
}
