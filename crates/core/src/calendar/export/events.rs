//! Calendars as an iCalendar feed.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::content::{Content, stamp};
use crate::calendar::clock::Clocks;
use crate::calendar::local::Interval;
use crate::calendar::{BrokenEntry, Calendar, EARLIEST, Effect, Entry, LATEST};

/// The most windows and freezes that a feed tells of.
pub const MOST_EVENTS: usize = 10_000;

/// What a feed tells of.
struct Event {
    interval: Interval,
    /// What it is the event of, and so the first part of its UID.
    of: String,
    category: &'static str,
    summary: String,
    description: Option<String>,
}

/// Every window and freeze of the calendars that is on at some instant in
/// `[from, to)`, as an iCalendar feed (RFC 5545) whose times are in UTC and in
/// whole seconds. `stamp` says as of when.
///
/// What is on since ever or for ever is told from `from` or up to `to`. An
/// entry that is broken is an event from `from` to `to` that says so, since it
/// shuts the gate. Beyond [`MOST_EVENTS`] those that start last are left out,
/// and a last event says from when on. An event keeps its UID as long as the
/// names of calendar and entry and its start stay.
pub fn ical(calendars: &[&Calendar], from: Timestamp, to: Timestamp, stamp: Timestamp) -> String {
    let (from, to) = (from.max(EARLIEST), to.min(LATEST));
    let mut events = Vec::new();
    if from < to {
        for calendar in calendars {
            for entry in &calendar.entries {
                match entry {
                    Ok(entry) => events.extend(of_entry(calendar, entry, from, to)),
                    Err(broken) => events.push(of_broken(calendar, broken, from, to)),
                }
            }
        }
    }
    events.sort_by_key(|event| (event.interval.start, event.interval.end));
    if let Some(first) = events.get(MOST_EVENTS) {
        let start = first.interval.start;
        events.truncate(MOST_EVENTS);
        events.push(Event {
            interval: Interval { start, end: to.max(start) },
            of: "left-out".to_owned(),
            category: "LEFT-OUT",
            summary: "More windows and freezes than this feed tells of".to_owned(),
            description: Some(format!(
                "A feed has {MOST_EVENTS} events at most. Those that start later are left out; ask for a shorter time."
            )),
        });
    }
    written(calendars, &events, stamp)
}

/// The stretches of time of an entry, in order; a few more than a feed can hold
/// if there are so many.
fn of_entry<'a>(
    calendar: &'a Calendar,
    entry: &'a Entry,
    from: Timestamp,
    to: Timestamp,
) -> impl Iterator<Item = Event> + 'a {
    let mut clocks = Clocks::new(from);
    let reached = clocks.reached(&entry.zone);
    let mut next = entry
        .active(from, &reached)
        .or_else(|| entry.next(from, &reached, to));
    let intervals = std::iter::from_fn(move || {
        let interval = next?;
        clocks.set(interval.start);
        next = entry.next(interval.start, &clocks.reached(&entry.zone), to);
        Some(interval)
    });
    let (noun, category) = match entry.effect {
        Effect::Allow => ("Window", "WINDOW"),
        Effect::Deny => ("Freeze", "FREEZE"),
    };
    intervals.take(MOST_EVENTS + 1).filter_map(move |interval| {
        // Since ever is since the time asked about.
        let known = Interval {
            start: if interval.start < EARLIEST {
                from
            } else {
                interval.start
            },
            end: if interval.end > LATEST {
                to
            } else {
                interval.end
            },
        };
        let reason = entry.reason(interval.start.max(from));
        let reason = reason
            .map(|reason| format!(": {reason}"))
            .unwrap_or_default();
        Some(Event {
            interval: in_seconds(known, entry.effect)?,
            of: format!("{category}/{}/{}", calendar.name, entry.name),
            category,
            summary: format!("{noun} {}{reason}", entry.name),
            description: None,
        })
    })
}

/// In whole seconds, so that the gate is never told to be open for longer.
fn in_seconds(interval: Interval, effect: Effect) -> Option<Interval> {
    let down = |at: Timestamp| Timestamp::from_second(at.as_second()).unwrap_or(at);
    let up = |at: Timestamp| {
        let below = down(at);
        if below < at {
            below
                .checked_add(SignedDuration::from_secs(1))
                .unwrap_or(below)
        } else {
            below
        }
    };
    let interval = match effect {
        Effect::Allow => Interval {
            start: up(interval.start),
            end: down(interval.end),
        },
        Effect::Deny => Interval {
            start: down(interval.start),
            end: up(interval.end),
        },
    };
    (interval.start < interval.end).then_some(interval)
}

fn of_broken(calendar: &Calendar, broken: &BrokenEntry, start: Timestamp, end: Timestamp) -> Event {
    let span = Interval { start, end };
    Event {
        interval: in_seconds(span, Effect::Deny).unwrap_or(span),
        of: format!("BROKEN/{}/{}", calendar.name, broken.name),
        category: "ERROR",
        summary: format!("{} cannot be used, which shuts the gate", broken.name),
        description: Some(broken.error.in_one_line()),
    }
}

fn written(calendars: &[&Calendar], events: &[Event], at: Timestamp) -> String {
    let mut content = Content::default();
    content.line("BEGIN", "VCALENDAR");
    content.line("VERSION", "2.0");
    content.line("PRODID", "-//tidegate.dev//Tidegate//EN");
    content.line("CALSCALE", "GREGORIAN");
    let names: Vec<&str> = calendars
        .iter()
        .map(|calendar| calendar.name.as_str())
        .collect();
    content.text("X-WR-CALNAME", &names.join(", "));
    let mut uids: BTreeMap<String, usize> = BTreeMap::new();
    for event in events {
        let uid = format!("{}/{}", event.of, stamp(event.interval.start));
        let count = uids.entry(uid.clone()).or_default();
        *count += 1;
        // Entries that share a name may start together.
        let uid = match *count {
            1 => format!("{uid}@tidegate.dev"),
            count => format!("{uid}/{count}@tidegate.dev"),
        };
        content.line("BEGIN", "VEVENT");
        content.text("UID", &uid);
        content.instant("DTSTAMP", at);
        content.instant("DTSTART", event.interval.start);
        content.instant("DTEND", event.interval.end);
        content.text("SUMMARY", &event.summary);
        if let Some(description) = &event.description {
            content.text("DESCRIPTION", description);
        }
        content.line("CATEGORIES", &format!("TIDEGATE,{}", event.category));
        // It is no appointment of whoever subscribes to it.
        content.line("TRANSP", "TRANSPARENT");
        content.line("END", "VEVENT");
    }
    if events.is_empty() {
        // A calendar has a component at least (section 3.6).
        for (name, value) in [
            ("BEGIN", "VTIMEZONE"),
            ("TZID", "UTC"),
            ("BEGIN", "STANDARD"),
            ("DTSTART", "19700101T000000"),
            ("TZOFFSETFROM", "+0000"),
            ("TZOFFSETTO", "+0000"),
            ("END", "STANDARD"),
            ("END", "VTIMEZONE"),
        ] {
            content.line(name, value);
        }
    }
    content.line("END", "VCALENDAR");
    content.finished()
}
